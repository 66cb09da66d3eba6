"""Two ways to the same answer: the lane in front of Django, and the view."""

import asyncio
import re
from collections.abc import Iterator
from functools import partial
from itertools import cycle, product
from pathlib import Path

import pytest
from bson import ObjectId
from pytest_django.fixtures import Settings

from main_project.server import lane
from main_project.server.front import Front
from main_project.wsgi import application
from tests.harness.memory import remembering
from tests.harness.wire import Server
from user_auth import accounts, epochs, metrics, sessions
from user_auth.foundation.addresses import parse
from user_auth.foundation.caller import Caller
from user_auth.sessions import Reason

CALLER = Caller(ip="192.0.2.1", user_agent='A "browser" with an é', request_id="r")
RANDOM_ID = re.compile(rb"[0-9a-f]{32}")
HOST = "127.0.0.1:8000"
PATH = lane.TARGET.decode()
GOOD, ENDED, FORGED = "<good>", "<ended>", "<forged>"  # in place of tokens, until there are some


def comparable(answer: bytes) -> tuple[bytes, list[bytes], bytes]:
    """Return status line, sorted headers and body, without the id that was drawn if the request had none."""
    head, _, body = answer.partition(b"\r\n\r\n")
    status, *headers = head.split(b"\r\n")
    drawn = [value for name, value in (each.split(b": ", 1) for each in headers) if name == b"x-request-id"]
    for each in drawn:
        if RANDOM_ID.fullmatch(each):
            headers = [header.replace(each, b"<id>") for header in headers]
            body = body.replace(each, b"<id>")
    return status, sorted(headers), body


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
    lane._edge.cache_clear()


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
    {"Host": HOST},
    {"host": "localhost"},
    {"Host": "evil.example"},
    {},
    {"Host": HOST, "Origin": f"http://{HOST}"},
    {"Host": HOST, "Origin": f"https://{HOST}", "Sec-Fetch-Site": "same-origin"},
    {"Host": HOST, "Origin": "https://app.example.com", "Sec-Fetch-Site": "same-site"},
    {"Host": HOST, "Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"},
    {"Host": HOST, "Sec-Fetch-Site": "none"},
)
OTHERS: tuple[dict[str, str], ...] = (
    {},
    {"X-Request-Id": "mine", "Content-Length": "0", "Content-Type": "text/plain"},
    {"X-Request-Id": "two words", "Accept": "text/html", "Accept-Language": "de"},
    {"Content-Length": "00"},
    {"Content-Encoding": "gzip"},
    {"x_request_id": "theirs", "X-Forwarded-For": "6.6.6.6"},
    {"Access-Control-Request-Method": "POST"},
    {"Connection": "close"},
    {"X-Request-Id": " spaces \t", "Connection": "keep-alive"},
    {"X-Request-Id": ""},
    {"Connection": "Upgrade", "Upgrade": "h2c"},
)
SHAPES = (("POST", PATH, "1.1", ""),) * 12 + (
    ("POST", PATH, "1.0", ""),
    *(("POST", PATH, "1.1", twice) for twice in ("Host", "Authorization", "Cookie", "X-Request-Id")),
    *((method, PATH, "1.1", "") for method in ("GET", "HEAD", "OPTIONS")),
    *(
        ("POST", path, "1.1", "")
        for path in (f"{PATH}/", "/Verify-Session", f"/{PATH}", f"{PATH}?a", "/verify%2Dsession")
    ),
    ("POST", f"http://evil.example{PATH}", "1.1", ""),
)


def requests(tokens: dict[str, str]) -> Iterator[bytes]:
    """Return a request for each way to show a token and to come from somewhere, with what else it has in turn."""
    others, shapes = cycle(OTHERS), cycle(SHAPES)
    for authorization, cookie, source, _ in product(AUTHORIZATIONS, COOKIES, SOURCES, range(2)):
        shown = {"Authorization": authorization, "Cookie": cookie}
        given = (
            source | {name: _filled(text, tokens) for name, text in shown.items() if text is not None} | next(others)
        )
        method, path, version, twice = next(shapes)
        lines = [*given.items(), *((name, value) for name, value in given.items() if name == twice)]
        head = [f"{method} {path} HTTP/{version}", *(f"{name}: {value}" for name, value in lines)]
        yield "\r\n".join([*head, "", ""]).encode()


def _filled(text: str, tokens: dict[str, str]) -> str:
    for name, token in tokens.items():
        text = text.replace(name, token)
    return text


def test_the_lane_answers_as_the_view_would(tokens: dict[str, str]) -> None:
    """Status, headers and body, to the byte, for thousands of requests of every kind; and a good part by the lane."""

    async def story() -> None:
        front = Front(application)
        by_lane, by_view = Server(front), Server(front, read=lambda *_: None)
        for request in requests(tokens):
            answer, expected = await by_lane.answer(request), await by_view.answer(request)
            assert comparable(answer.sent) == comparable(expected.sent), request
            assert answer.is_closed == expected.is_closed, request
        front.close()

    before = metrics.lane_hits.count
    asyncio.run(story())
    assert metrics.lane_hits.count - before > 100


def test_a_session_that_must_be_read_is_answered_alike(tokens: dict[str, str]) -> None:
    """By whoever reads it, and by the lane from what either has kept."""
    table = epochs.table()
    assert table
    request = f"POST {PATH} HTTP/1.1\r\nHost: {HOST}\r\nAuthorization: Bearer {tokens[GOOD]}\r\n\r\n".encode()

    async def story() -> None:
        front = Front(application)
        by_lane, by_view = Server(front), Server(front, read=lambda *_: None)
        expected = comparable((await by_view.answer(request)).sent)
        for first in (by_lane, by_view):
            table.bump_all()
            for server in (first, by_lane, by_view, by_lane):
                assert comparable((await server.answer(request)).sent) == expected
        front.close()

    asyncio.run(story())
