"""The lane: a good session is answered in front of Django, with the bytes that the view would give.

It takes what mostly comes, ``POST /verify-session`` without a body and with a token that the judge finds good. All else
is Django's: every refusal has one place.
"""

from functools import lru_cache
from typing import NamedTuple

from django.http import HttpRequest, HttpResponse

from main_project.server.calls import Answer, Headers
from user_auth import metrics
from user_auth.features.session import answers
from user_auth.foundation.errors import SessionInvalidError
from user_auth.sessions import Snapshot, caching
from user_auth.web import cross_site, request_ids
from user_auth.web.credentials import Presented
from user_auth.web.middleware import EdgeMiddleware
from user_auth.web.renderer import JsonRenderer, encode

METHOD, TARGET = b"POST", b"/verify-session"
# The name of the path's pattern: what the metrics call it.
ENDPOINT = "verify_session"
# Whoever sends one of these wants to be told what is wrong with it.
UNUSUAL = frozenset({b"transfer-encoding", b"content-encoding", b"access-control-request-method"})

RawHeaders = list[tuple[bytes, bytes]]


class Edge(NamedTuple):
    """What the service's outermost layer adds to an answer, but for the request's id."""

    headers: Headers
    head: bytes


class Question(NamedTuple):
    """A request that the lane can answer if its token is good."""

    token: str
    request_id: str
    edge: Edge


def read(method: bytes, target: bytes, headers: RawHeaders) -> Question | None:
    """Return what a request asks; ``None`` when that is for Django to find out.

    Args:
        headers: In order, the names in lower case.
    """
    if target != TARGET or method != METHOD:
        return None
    given = dict(headers)
    # A header that came twice is no usual one either.
    is_plain = len(given) == len(headers) and UNUSUAL.isdisjoint(given)
    if not is_plain or given.get(b"content-length", b"0") != b"0":
        return None
    token = _token(given)
    edge = _edge(given.get(b"host", b""), given.get(b"origin"))
    return Question(token, _request_id(given), edge) if token and edge else None


def answer_at_once(question: Question, *, date: bytes, keeps: bool) -> bytes | None:
    """Return the whole answer, if the session is known to be good.

    Args:
        date: The line of the head that says what time it is.
        keeps: The connection stays open.
    """
    entry = caching.find(question.token)
    if entry is None:
        return None
    if not isinstance(entry.known, bytes):
        # Django was the first to ask.
        entry.known = rest_of(entry.known)
    metrics.lane_hits.add()
    _, request_id, edge = question
    closing = b"" if keeps else b"connection: close\r\n"
    return b"%b%bx-request-id: %b\r\n%b%b" % (edge.head, date, request_id.encode(), closing, entry.known)


def answer(question: Question, rest: bytes) -> Answer:
    """Return the answer for a good session; ``rest`` is its part of it (``rest_of``)."""
    headers = [*question.edge.headers, (request_ids.HEADER, question.request_id)]
    return Answer(200, headers, rest.partition(b"\r\n\r\n")[2])


def rest_of(snapshot: Snapshot) -> bytes:
    """Return what is the same at each answer for a session.

    It is kept in place of the snapshot, which takes twice the memory; Django, which rarely asks, reads the session again.
    """
    body = encode(answers.active(snapshot))
    return b"content-length: %d\r\n\r\n%b" % (len(body), body)


def _token(given: dict[bytes, bytes]) -> str | None:
    authorization, cookie = given.get(b"authorization"), given.get(b"cookie")
    presented = Presented.read(_text(authorization), _text(cookie) or "")
    if not presented.has_bearer:
        site, origin = _text(given.get(b"sec-fetch-site")), _text(given.get(b"origin"))
        if not cross_site.is_ours(site, origin=origin):
            return None
    try:
        return presented.token
    except SessionInvalidError:
        return None


def _request_id(given: dict[bytes, bytes]) -> str:
    incoming = given.get(b"x-request-id")
    return request_ids.choose(incoming.decode("latin-1") if incoming else "")


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode("latin-1")


@lru_cache(maxsize=256)
def _edge(host: bytes, origin: bytes | None) -> Edge | None:
    """Ask the outermost layer what it adds for a host and an origin; ``None`` if it refuses."""
    request = HttpRequest()
    request.META |= {"HTTP_HOST": _text(host), "REQUEST_METHOD": METHOD.decode()}
    request.META |= {} if origin is None else {"HTTP_ORIGIN": _text(origin)}
    response = EdgeMiddleware(lambda _: HttpResponse(content_type=JsonRenderer.media_type))(request)
    if response.status_code != HttpResponse.status_code:
        return None
    headers = [(name, value) for name, value in response.items() if name != request_ids.HEADER]
    lines = "".join(f"{name.lower()}: {value}\r\n" for name, value in headers)
    return Edge(headers, b"HTTP/1.1 200 OK\r\n" + lines.encode("latin-1"))
