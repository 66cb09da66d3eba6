"""Where people are sent on to: back to the page, or to the application, that they came from."""

from urllib.parse import quote, urlsplit

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.utils.cache import patch_vary_headers

from user_auth.web import cross_site, negotiation

PARAMETER = "next"
MAX_LENGTH = 2000


def wanted(request: HttpRequest) -> str:
    """Return where the query string's ``next`` leads, if that is ours or a trusted application's; else nothing."""
    query = QueryDict(request.META.get("QUERY_STRING", ""), encoding="utf-8")
    url = query.get(PARAMETER) or ""
    return url if is_ours(url) or is_trusted(url) else ""


def is_ours(url: str) -> bool:
    """Tell whether a URL is a path of this host, in the eyes of every browser."""
    return url.startswith("/") and not url.startswith("//") and _is_plain(url)


def is_trusted(url: str) -> bool:
    """Tell whether a URL leads to one of ``TRUSTED_ORIGINS``."""
    if not _is_plain(url):
        return False
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return bool(parts.netloc) and "@" not in parts.netloc and cross_site.is_trusted_origin(_origin(url))


def with_next(path: str, then: str) -> str:
    """Return a path of ours that knows where to go on."""
    return f"{path}?{PARAMETER}={quote(then, safe='/')}" if then else path


def to_login(request: HttpRequest) -> HttpResponse:
    """Send somebody to the log-in page, from where they come back to this one.

    Raises:
        NoReverseMatch: It is not served.
    """
    response = HttpResponseRedirect(with_next(reverse("user_auth:login"), request.get_full_path()))
    response.status_code = 303
    patch_vary_headers(response, negotiation.VARY)
    return response


def _is_plain(url: str) -> bool:
    # Browsers take a backslash for a slash, and drop tabs and line breaks before they look.
    return 0 < len(url) <= MAX_LENGTH and "\\" not in url and url.isprintable() and " " not in url


def _origin(url: str) -> str:
    scheme, _, rest = url.partition("://")
    host = rest.replace("?", "/").replace("#", "/").partition("/")[0]
    return f"{scheme}://{host}"
