"""The language in which somebody is answered: chosen by ``Accept-Language``, among ``LANGUAGES`` of the project."""

from django.http import HttpRequest
from django.utils import translation

_KEPT_AS = "user_auth.language"


def of(request: HttpRequest) -> str:
    """Return the language of a request; with ``USE_I18N = False`` it is always ``LANGUAGE_CODE``."""
    kept = request.META.get(_KEPT_AS)
    if not isinstance(kept, str):
        kept = request.META[_KEPT_AS] = translation.get_language_from_request(request)
    return kept
