"""More requests than can be answered are refused early, instead of being kept waiting."""

import asyncio
import json
import threading
import time
from collections.abc import Iterable
from typing import Any

import pytest

from main_project.server.front import Front
from main_project.server.pools import Pool
from tests.harness.wire import Server, Wire
from user_auth.foundation.errors import UnavailableError

REQUEST = b"GET / HTTP/1.1\r\nHost: a\r\nX-Request-Id: mine\r\n\r\n"


@pytest.mark.asvs("13.2.6", "15.2.2")
def test_requests_beyond_the_bound_are_told_to_come_back() -> None:
    """One is answered, one waits for the only thread, and the third hears 503 at once."""
    go_on = threading.Event()

    def application(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        go_on.wait(10)
        start("200 OK", [])
        return [environ["REMOTE_ADDR"].encode()]

    async def story() -> list[Wire]:
        server = Server(Front(application, threads=1, most_waiting=1))
        tasks = [asyncio.create_task(server.answer(REQUEST, client="::ffff:192.0.2.1")) for _ in range(3)]
        await tasks[2]
        assert [task.done() for task in tasks] == [False, False, True]
        go_on.set()
        return await asyncio.gather(*tasks)

    first, second, third = asyncio.run(story())
    assert (first.status, first.body, second.status) == (200, b"192.0.2.1", 200)
    assert third.status == 503
    assert third.headers["retry-after"] == "1"
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

    answer = asyncio.run(Server(Front(application)).answer(REQUEST))
    assert answer.status == 500
    assert json.loads(answer.body)["code"] == "internal_error"
    assert b"secret" not in answer.sent
