"""Whether a request asks for a page or for the API: one path has both."""

from collections.abc import Iterator

from django.http import HttpRequest

PAGE = "text/html"
API = "application/json"
# What the answer of a path that has both depends on.
VARY = ("Accept", "Accept-Language", "Cookie")
MOST_RANGES = 30


def wants_page(request: HttpRequest) -> bool:
    """Tell whether a person's browser asks: it reads, ranks HTML above JSON, and carries no token in a header."""
    meta = request.META
    if meta["REQUEST_METHOD"] not in ("GET", "HEAD") or "HTTP_AUTHORIZATION" in meta:
        return False
    accept = str(meta.get("HTTP_ACCEPT", ""))
    return quality(accept, PAGE) > quality(accept, API)


def quality(accept: str, media_type: str) -> float:
    """Return how much a type is wanted, from 0 to 1: the most specific range that fits it counts (RFC 9110 §12.5.1)."""
    ranges = dict(_ranges(accept))
    kind = media_type.partition("/")[0]
    fitting = (each for each in (media_type, f"{kind}/*", "*/*") if each in ranges)
    return ranges.get(next(fitting, ""), 0.0)


def _ranges(accept: str) -> Iterator[tuple[str, float]]:
    for part in accept.lower().split(",")[:MOST_RANGES]:
        name, *parameters = (piece.strip() for piece in part.split(";"))
        weights = [value for key, _, value in (each.partition("=") for each in parameters) if key.strip() == "q"]
        yield name, _weight(weights[0]) if weights else 1.0


def _weight(text: str) -> float:
    try:
        weight = float(text)
    except ValueError:
        return 0.0
    # NaN is none of these.
    return weight if 0.0 <= weight <= 1.0 else 0.0
