"""The lane: a good session is answered in front of Django, with the bytes that the view would give.

It takes what mostly comes, ``POST /verify-session`` without a body and with a token that the judge finds good. All else
is Django's: every refusal has one place.
"""

from dataclasses import dataclass
from functools import lru_cache

from django.http import HttpRequest, HttpResponse

from main_project.server.calls import Answer, Headers
from main_project.server.rsgi import Scope
from user_auth.features.session import answers
from user_auth.foundation.errors import SessionInvalidError
from user_auth.sessions.caching import Entry
from user_auth.web import cross_site, request_ids
from user_auth.web.credentials import Presented
from user_auth.web.middleware import EdgeMiddleware
from user_auth.web.renderer import JsonRenderer, encode

METHOD, PATH = "POST", "/verify-session"
# The name of the path's pattern: what the metrics call it.
ENDPOINT = "verify_session"
# Whoever sends one of these wants to be told what is wrong with it.
UNUSUAL = frozenset({"transfer-encoding", "content-encoding", "access-control-request-method"})


@dataclass(frozen=True, slots=True)
class Question:
    """A request that the lane can answer if its token is good."""

    token: str
    request_id: str
    headers: Headers


def read(scope: Scope) -> Question | None:
    """Return what a request asks; ``None`` when that is for Django to find out."""
    if scope.path != PATH or scope.method != METHOD:
        return None
    items = scope.headers.items()
    given = dict(items)
    # A header that came twice, or whose value is no text, is no usual one either.
    is_plain = len(given) == len(items) == len(scope.headers.keys()) and UNUSUAL.isdisjoint(given)
    if not is_plain or given.get("content-length", "0") != "0":
        return None
    token = _token(given)
    headers = _headers(scope.authority or given.get("host", ""), given.get("origin"))
    return Question(token, request_ids.choose(given.get("x-request-id", "")), headers) if token and headers else None


def answer(question: Question, entry: Entry) -> Answer:
    """Return the answer for a good session; its bytes are kept with it."""
    if entry.answer is None:
        entry.answer = encode(answers.active(entry.snapshot))
    return Answer(200, [*question.headers, (request_ids.HEADER, question.request_id)], entry.answer)


def _token(given: dict[str, str]) -> str | None:
    presented = Presented.read(given.get("authorization"), given.get("cookie", ""))
    if not presented.has_bearer and not cross_site.is_ours(given.get("sec-fetch-site"), origin=given.get("origin")):
        return None
    try:
        return presented.token
    except SessionInvalidError:
        return None


@lru_cache(maxsize=256)
def _headers(host: str, origin: str | None) -> Headers | None:
    """Return what the service's outermost layer adds to an answer, but for the request's id; ``None`` if it refuses."""
    request = HttpRequest()
    request.META |= {"HTTP_HOST": host, "REQUEST_METHOD": METHOD} | ({} if origin is None else {"HTTP_ORIGIN": origin})
    response = EdgeMiddleware(lambda _: HttpResponse(content_type=JsonRenderer.media_type))(request)
    is_refused = response.status_code != HttpResponse.status_code
    return None if is_refused else [(name, value) for name, value in response.items() if name != request_ids.HEADER]
