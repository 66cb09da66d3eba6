"""Templates turned into answers; a host project overrides them by file, or by block in a file of the same name."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.cache import patch_vary_headers

from user_auth import conf
from user_auth.web import languages, negotiation, phrases


def page(
    request: HttpRequest, template: str, context: Mapping[str, Any] | None = None, *, status: int = 200
) -> HttpResponse:
    """Return a page in the language of whoever asks.

    Args:
        template: Its name in ``user_auth/``, without ``.html``.
    """
    language = languages.of(request)
    with translation.override(language):
        # Without the request: a host project's context processors have no business here.
        html = render_to_string(f"user_auth/{template}.html", {**_common(language), **(context or {})})
    response = HttpResponse(html, status=status, headers={"Content-Language": language})
    patch_vary_headers(response, negotiation.VARY)
    return response


def _common(language: str) -> dict[str, Any]:
    settings = conf.settings()
    return {
        "service_name": settings.service_name,
        "logo_url": settings.logo_url,
        "has_accent": bool(settings.accent_color),
        "language": language,
        "is_right_to_left": translation.get_language_bidi(),
        "phrases": phrases.for_scripts(),
    }
