"""Two ways to the same answer: the lane in front of Django, and the view."""

import asyncio
import re
from collections.abc import Iterator
from functools import partial
from http import HTTPStatus
from itertools import cycle, product
from pathlib import Path
from typing import Any

import pytest
from bson import ObjectId
from pytest_django.fixtures import Settings

from main_project.server import bodies, environs, lane
from main_project.server.calls import Answer
from main_project.server.front import Front
from main_project.wsgi import application
from tests.harness.memory import remembering
from user_auth import accounts, sessions
from user_auth.foundation.addresses import parse
from user_auth.foundation.caller import Caller
from user_auth.sessions import Reason

CALLER = Caller(ip="192.0.2.1", user_agent='A "browser" with an é', request_id="r")
RANDOM_ID = re.compile(r"[A-Za-z0-9_-]{22}")
HOST = "127.0.0.1:8000"
GOOD, ENDED, FORGED = "<good>", "<ended>", "<forged>"  # in place of tokens, until there are some


class Headers:
    """Headers as granian hands them out: a value that is not ASCII is none, but its name is there."""

    def __init__(self, pairs: list[tuple[str, str]]) -> None:
        self._pairs = pairs

    def __contains__(self, name: str) -> bool:
        return name in self.keys()

    def keys(self) -> list[str]:
        return list(dict(self._pairs))

    def items(self) -> list[tuple[str, str]]:
        return [(name, value) for name, value in self._pairs if value.isascii()]

    def get(self, name: str, default: str) -> str:
        return dict(self.items()).get(name, default)


class Request:
    """A request without a body, and what it is answered."""

    http_version = "1.1"
    server = HOST
    client = "192.0.2.1:4321"
    scheme = "http"
    query_string = ""
    authority: str | None = None

    def __init__(self, pairs: list[tuple[str, str]], *, method: str = "POST", path: str = lane.PATH) -> None:
        self.method, self.path, self.headers = method, path, Headers(pairs)
        self.answer = Answer()

    def response_bytes(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        self.answer = Answer(status, headers, body)

    async def __aiter__(self) -> Any:
        yield b""


async def both(front: Front, request: Request) -> tuple[Answer, Answer]:
    """Return what the service answers, and what Django alone would."""
    await front.__rsgi__(request, request)
    body = await bodies.receive(request, request)
    by_django = await front._by_django(environs.build(request, body))
    return request.answer, by_django


def comparable(answer: Answer) -> tuple[int, list[tuple[str, str]], bytes]:
    """Return an answer without the id that it was given if its request had none, and without the server's own header."""
    headers = [(name, value) for name, value in answer.headers if name != "Server"]
    ids = {value for name, value in headers if name == "X-Request-Id" and RANDOM_ID.fullmatch(value)}
    body = answer.body
    for each in ids:
        body = body.replace(each.encode(), b"<id>")
    return answer.status, sorted((name, "<id>" if value in ids else value) for name, value in headers), body


@pytest.fixture(params=["http", "https and trusted origins"])
def tokens(request: pytest.FixtureRequest, mongo: None, settings: Settings, tmp_path: Path) -> Iterator[dict[str, str]]:
    """Tokens of each kind, while good ones are remembered."""
    options: dict[str, object] = {"RATE_LIMITS": False}
    if request.param != "http":
        options |= {"PUBLIC_URL": f"https://{HOST}", "TRUSTED_ORIGINS": ["https://app.example.com"]}
    settings.USER_AUTH = {**settings.USER_AUTH, **options}
    user = accounts.create(parse("ada@example.com"), user_id=ObjectId(), name="Ada <b>é</b>", password_hash="-")
    assert user
    start = partial(sessions.start, user, caller=CALLER, methods=["pwd"])
    with remembering(settings, tmp_path):
        good, ended = start(), start()
        sessions.check(good.token)
        sessions.end([ended.session], reason=Reason.LOGOUT)
        yield {GOOD: good.token, ENDED: ended.token, FORGED: f"{good.token[:-4]}AAAA"}
    lane._headers.cache_clear()


AUTHORIZATIONS = (
    None,
    *(f"Bearer {token}" for token in (GOOD, ENDED, FORGED, "a.b.c", "", "é", f"{GOOD}=", f"{GOOD} {GOOD}")),
    *(f"{scheme}{GOOD}" for scheme in ("bearer ", "Bearer  ", "Bearer", "Basic ")),
)
COOKIES = (
    None,
    *(f"{name}={GOOD}" for name in ("token", "__Host-token", "Token")),
    *(f"token={token}; __Host-token={token}" for token in (ENDED, FORGED, "")),
    f"other=1; token={GOOD};__Host-token={GOOD}",
    f"token={GOOD}; token={GOOD}; __Host-token={GOOD}; __Host-token={GOOD}",
)
SOURCES: tuple[dict[str, str], ...] = (
    {"host": HOST},
    {"host": "localhost"},
    {"host": "evil.example"},
    {},
    {"host": HOST, "origin": f"http://{HOST}"},
    {"host": HOST, "origin": f"https://{HOST}", "sec-fetch-site": "same-origin"},
    {"host": HOST, "origin": "https://app.example.com", "sec-fetch-site": "same-site"},
    {"host": HOST, "origin": "https://evil.example", "sec-fetch-site": "cross-site"},
    {"host": HOST, "sec-fetch-site": "none"},
)
OTHERS: tuple[dict[str, str], ...] = (
    {},
    {"x-request-id": "mine", "content-length": "0", "content-type": "text/plain"},
    {"x-request-id": "two words", "accept": "text/html", "accept-language": "de"},
    {"content-length": "00"},
    {"content-encoding": "gzip"},
    {"x_request_id": "theirs", "x-forwarded-for": "6.6.6.6"},
    {"access-control-request-method": "POST"},
)
SHAPES = (("POST", lane.PATH, ""),) * 9 + (
    *(("POST", lane.PATH, twice) for twice in ("host", "authorization", "cookie", "x-request-id")),
    *((method, lane.PATH, "") for method in ("GET", "HEAD", "post", "OPTIONS")),
    *(("POST", path, "") for path in (f"{lane.PATH}/", "/Verify-Session", f"/{lane.PATH}")),
)


def requests(tokens: dict[str, str]) -> Iterator[Request]:
    """Return a request for each way to show a token and to come from somewhere, with what else it has in turn."""
    others, shapes = cycle(OTHERS), cycle(SHAPES)
    for authorization, cookie, source, _ in product(AUTHORIZATIONS, COOKIES, SOURCES, range(3)):
        shown = {"authorization": authorization, "cookie": cookie}
        given = (
            source | {name: _filled(text, tokens) for name, text in shown.items() if text is not None} | next(others)
        )
        method, path, twice = next(shapes)
        pairs = [*given.items(), *((name, value) for name, value in given.items() if name == twice)]
        yield Request(pairs, method=method, path=path)


def _filled(text: str, tokens: dict[str, str]) -> str:
    for name, token in tokens.items():
        text = text.replace(name, token)
    return text


def test_the_lane_answers_as_the_view_would(tokens: dict[str, str]) -> None:
    """Status, headers and body, to the byte, for thousands of requests of every kind; and a good part by the lane."""

    async def story() -> int:
        front, by_lane = Front(application), 0
        for request in requests(tokens):
            answer, by_django = await both(front, request)
            assert comparable(answer) == comparable(by_django), (request.method, request.path, request.headers.items())
            by_lane += answer.status == HTTPStatus.OK and lane.read(request) is not None
        return by_lane

    assert asyncio.run(story()) > 100
