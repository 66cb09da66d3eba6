"""Requests that a browser sends on behalf of a foreign site, told from the others."""

from functools import lru_cache
from urllib.parse import urlsplit

from django.http import HttpRequest

from user_auth import conf
from user_auth.foundation.errors import CrossSiteRequestError
from user_auth.web.credentials import Presented

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_LOOPBACK_NAMES = ("127.0.0.1", "localhost", "[::1]")


def check(request: HttpRequest, *, presented: Presented) -> None:
    """Let the request through unless a foreign site is behind it.

    A bearer token in the header is proof enough: no browser adds one by itself.

    Raises:
        CrossSiteRequestError: A foreign site is behind it.
    """
    if request.META["REQUEST_METHOD"] in SAFE_METHODS or presented.has_bearer:
        return
    site, origin = request.META.get("HTTP_SEC_FETCH_SITE"), request.META.get("HTTP_ORIGIN")
    if not is_ours(site, origin=origin):
        raise CrossSiteRequestError


def is_trusted_origin(origin: str | None) -> bool:
    """Tell whether the origin is one of ``TRUSTED_ORIGINS``."""
    return origin is not None and origin.lower() in conf.settings().trusted_origins


def is_ours(site: str | None, *, origin: str | None) -> bool:
    """Tell whether what ``Sec-Fetch-Site`` and ``Origin`` say leaves no foreign site behind a request."""
    if is_trusted_origin(origin):
        return True
    if site is not None:
        return site in ("same-origin", "none")
    # No browser sends neither.
    return origin is None or origin.lower() in _own_origins(conf.settings())


@lru_cache(maxsize=1)
def _own_origins(settings: conf.Settings) -> frozenset[str]:
    """Return our own origins: in local mode this machine goes by three names."""
    own = urlsplit(settings.public_url)
    if not settings.is_local or own.hostname not in ("127.0.0.1", "localhost", "::1"):
        return frozenset({settings.public_url})
    port = f":{own.port}" if own.port else ""
    return frozenset(f"{own.scheme}://{name}{port}" for name in _LOOPBACK_NAMES)
