"""More requests than can be answered are refused early, instead of being kept waiting."""

import asyncio
import json
import threading
import time
from collections.abc import AsyncIterator, Iterable
from typing import Any

import pytest

from main_project.server.front import Front
from main_project.server.pools import Pool
from user_auth.foundation.errors import UnavailableError


class Headers(dict[str, str]):
    """Headers of a request, as the server hands them out."""

    def keys(self) -> list[str]:  # type: ignore[override]
        return list(super().keys())

    def items(self) -> list[tuple[str, str]]:  # type: ignore[override]
        return list(super().items())


class Request:
    """A request without body, and the answer to it."""

    http_version = "1.1"
    server = "127.0.0.1:8000"
    client = "[::ffff:192.0.2.1]:4321"
    scheme = "http"
    method = "GET"
    path = "/"
    query_string = ""
    authority: str | None = None

    def __init__(self) -> None:
        self.headers: Any = Headers({"host": "a", "x-request-id": "mine"})
        self.status = 0
        self.answer_headers: list[tuple[str, str]] = []
        self.body = b""

    def response_bytes(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        self.status, self.answer_headers, self.body = status, headers, body

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield b""


@pytest.mark.asvs("13.2.6", "15.2.2")
def test_requests_beyond_the_bound_are_told_to_come_back() -> None:
    """One is answered, one waits for the only thread, and the third hears 503 at once."""
    go_on = threading.Event()

    def application(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        go_on.wait(10)
        start("200 OK", [])
        return [environ["REMOTE_ADDR"].encode()]

    async def story() -> list[Request]:
        front = Front(application, threads=1, most_waiting=1)
        requests = [Request() for _ in range(3)]
        tasks = [asyncio.create_task(front.__rsgi__(request, request)) for request in requests]
        await tasks[2]
        assert [task.done() for task in tasks] == [False, False, True]
        go_on.set()
        await asyncio.gather(*tasks)
        return requests

    first, second, third = asyncio.run(story())
    assert (first.status, first.body, second.status) == (200, b"192.0.2.1", 200)
    assert third.status == 503
    assert dict(third.answer_headers)["Retry-After"] == "1"
    problem = json.loads(third.body)
    assert (problem["code"], problem["request_id"]) == ("unavailable", "mine")


@pytest.mark.asvs("15.4.4")
def test_who_would_wait_too_long_is_told_at_once() -> None:
    """By how long the work has taken lately, and not by how many wait: quick work has a long queue."""

    async def told(seconds: float) -> int:
        pool = Pool("test", threads=1, most_waiting=100, wait_seconds=10, told_seconds=1)
        await pool.run(lambda _waited: None)
        pool._usual_seconds = seconds
        asked = [pool.run(lambda _waited: time.sleep(0.01)) for _ in range(12)]
        answers = await asyncio.gather(*asked, return_exceptions=True)
        pool.close()
        return sum(isinstance(answer, UnavailableError) for answer in answers)

    assert asyncio.run(told(0.25)) > 0
    assert asyncio.run(told(0.001)) == 0


@pytest.mark.asvs("16.5.1", "16.5.4")
def test_a_handler_that_breaks_is_an_internal_error(caplog: Any) -> None:
    """What even Django does not catch is told without a word of the inside."""

    def application(_environ: dict[str, Any], _start: Any) -> Iterable[bytes]:
        raise RuntimeError("a secret")

    request = Request()
    asyncio.run(Front(application).__rsgi__(request, request))
    assert request.status == 500
    assert json.loads(request.body)["code"] == "internal_error"
    assert b"secret" not in request.body
