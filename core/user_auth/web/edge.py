"""The headers that every answer leaves with."""

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers

from user_auth import conf
from user_auth.web import cross_site, request_ids

API_POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
# Two years: what browsers ask for before they take a name into their preloaded list.
STRICT_TRANSPORT = "max-age=63072000; includeSubDomains"
ALLOWED_REQUEST_HEADERS = "Authorization, Content-Type, X-Request-Id"
EXPOSED_HEADERS = "Retry-After, WWW-Authenticate, X-Request-Id"
PREFLIGHT_SECONDS = 600


def finish(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """Add the headers that every answer has, where it has none of that name yet; to do it twice changes nothing."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers.setdefault("Content-Security-Policy", PAGE_POLICY if _is_page(response) else API_POLICY)
    response.headers.setdefault(request_ids.HEADER, request_ids.of(request))
    _share(request, response)
    return response


def plain_headers(request_id: str) -> dict[str, str]:
    """Return the headers of an answer that is given without Django; it has no request to read the origin from."""
    return {**HEADERS, "Content-Security-Policy": API_POLICY, request_ids.HEADER: request_id}


def _is_page(response: HttpResponseBase) -> bool:
    return response.headers.get("Content-Type", "").startswith("text/html")


def _share(request: HttpRequest, response: HttpResponseBase) -> None:
    """Let scripts of a trusted origin read the answer (CORS)."""
    if not conf.settings().trusted_origins:
        return
    patch_vary_headers(response, ["Origin"])
    origin = request.META.get("HTTP_ORIGIN")
    if origin is None or not cross_site.is_trusted_origin(origin):
        return
    response.headers["Access-Control-Allow-Origin"] = origin
    response.headers["Access-Control-Allow-Credentials"] = "true"
    if "HTTP_ACCESS_CONTROL_REQUEST_METHOD" in request.META:
        response.headers["Access-Control-Allow-Methods"] = response.headers.get("Allow", "")
        response.headers["Access-Control-Allow-Headers"] = ALLOWED_REQUEST_HEADERS
        response.headers["Access-Control-Max-Age"] = str(PREFLIGHT_SECONDS)
    else:
        response.headers["Access-Control-Expose-Headers"] = EXPOSED_HEADERS
