"""The ASGI application of a worker, in front of Django's WSGI handler.

Heads and bodies are read in the event loop, so that thousands of slow clients cost no thread. Good sessions are
answered without Django (``lane``); for all else it runs in threads, in pools that do not wait for each other.
"""

import logging
from collections.abc import Callable, Iterator
from functools import partial
from http import HTTPStatus
from typing import TypeVar

import pymongo
from asgiref.typing import ASGIReceiveCallable, ASGISendCallable, ASGISendEvent, HTTPScope

from main_project.server import bodies, environs, lane, paths
from main_project.server.bodies import Body, ClientGoneError
from main_project.server.calls import Answer, Application, Environ, call
from main_project.server.connections import QUESTION, TARGET
from main_project.server.lane import Question
from main_project.server.pools import Pool
from user_auth import metrics, sessions
from user_auth.foundation.errors import InternalError, SessionError
from user_auth.mongo import connection
from user_auth.web import counting, edge, failures, problems, request_ids

# Waiting for a thread and then for the database, nobody waits longer than this and the least together.
WAIT_SECONDS = connection.OPERATION_SECONDS
LEAST_SECONDS = 0.5
# Whoever would wait longer than this for a core to hash their password is told at once.
PASSWORD_SECONDS = 2
# They have no body, and so no length of one.
BODILESS = (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED)
CLOSE = ("connection", "close")

OF_HEALTH: HTTPScope = {
    "type": "http",
    "asgi": {"spec_version": "2.3", "version": "3.0"},
    "http_version": "1.1",
    "method": paths.HEALTH[0],
    "scheme": "http",
    "path": paths.HEALTH[1],
    "raw_path": paths.HEALTH[1].encode(),
    "query_string": b"",
    "root_path": "",
    "headers": [],
    "client": ("127.0.0.1", 0),
    "server": ("127.0.0.1", 0),
    "state": {},
    "extensions": None,
}

T = TypeVar("T")

log = logging.getLogger(__name__)


class Front:
    """Answers every request of one worker process.

    Args:
        threads: For all that neither hashes a password nor asks whether the process is alive.
        most_waiting: How many may wait for one of them.
    """

    def __init__(self, application: Application, *, threads: int = 16, most_waiting: int = 500) -> None:
        self._application = application
        self._common = Pool("request", threads=threads, most_waiting=most_waiting, wait_seconds=WAIT_SECONDS)
        # One hashes, the others read and write before and after. The quarter of a second that each takes adds up.
        self._hashing = Pool(
            "password", threads=4, most_waiting=most_waiting, wait_seconds=WAIT_SECONDS, told_seconds=PASSWORD_SECONDS
        )
        # Whoever asks how the process is must not wait behind those who wait for the database: least of all then.
        self._spare = {
            which: Pool(which[1].strip("/"), threads=1, most_waiting=most_waiting, wait_seconds=WAIT_SECONDS)
            for which in (paths.HEALTH, paths.METRICS)
        }

    def close(self) -> None:
        """Take no more work, without waiting for what is under way."""
        for pool in (self._common, self._hashing, *self._spare.values()):
            pool.close()

    async def __call__(self, scope: HTTPScope, more: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        """Answer a request; its ``state`` is what ``connections`` tells of it."""
        state = scope["state"]
        question, body = state.get(QUESTION), Body(None)
        answer = await self._by_lane(question) if question else None
        if answer is None:
            try:
                body = await bodies.receive(scope, more)
            except ClientGoneError:
                return
            environ = environs.build(scope, body, target=state[TARGET])
            answer = await self._by_django(environ, is_whole=body.failure is None)
        for event in _events(answer, is_last=body.is_cut):
            await send(event)

    async def ask_health(self) -> int:
        """Return the status that whoever asks whether this process is well is answered."""
        return (await self._by_django(environs.build(OF_HEALTH, Body(None), target=OF_HEALTH["raw_path"]))).status

    async def _by_lane(self, question: Question) -> Answer | None:
        """Answer a good session that must be read; ``None`` for one that is not good: Django has the words for it."""
        try:
            look_up = partial(sessions.look_up, question.token, keep_as=lane.rest_of)
            rest = await self._common.run(partial(_in_time, look_up))
        except SessionError:
            return None
        except Exception as error:  # noqa: BLE001 - as below
            return _refuse(error, method=lane.METHOD.decode(), request_id=question.request_id)
        metrics.count_check("miss")
        metrics.count_request(endpoint=lane.ENDPOINT, method=lane.METHOD.decode(), outcome="200")
        return lane.answer(question, rest)

    async def _by_django(self, environ: Environ, *, is_whole: bool = True) -> Answer:
        # Without its body a request goes no further than to be refused.
        pool = self._pool(environ) if is_whole else self._common
        try:
            return await pool.run(partial(_in_time, partial(call, self._application, environ)))
        except Exception as error:  # noqa: BLE001 - the edge: whatever it is becomes an answer
            request_id = request_ids.choose(environ.get("HTTP_X_REQUEST_ID", ""))
            return _refuse(error, method=environ["REQUEST_METHOD"], request_id=request_id)

    def _pool(self, environ: Environ) -> Pool:
        which = (environ["REQUEST_METHOD"], environ["PATH_INFO"])
        usual = self._hashing if which in paths.with_passwords() else self._common
        return self._spare.get(which, usual)


def _in_time(work: Callable[[], T], waited: float) -> T:
    with pymongo.timeout(max(LEAST_SECONDS, WAIT_SECONDS - waited)):
        return work()


def _events(answer: Answer, *, is_last: bool) -> Iterator[ASGISendEvent]:
    headers = [*answer.headers, CLOSE] if is_last else answer.headers
    raw = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]
    if answer.status not in BODILESS:
        raw.append((b"content-length", str(len(answer.body)).encode()))
    yield {"type": "http.response.start", "status": answer.status, "headers": raw, "trailers": False}
    yield {"type": "http.response.body", "body": answer.body, "more_body": False}


def _refuse(error: Exception, *, method: str, request_id: str) -> Answer:
    refusal = failures.translate(error)
    if isinstance(refusal, InternalError):
        log.error("A request could not be answered.", exc_info=error)
    metrics.count_request(endpoint="front", method=counting.method_label(method), outcome=refusal.code)
    rendered = problems.render(refusal, request_id=request_id)
    headers = edge.plain_headers(request_id) | rendered.headers
    return Answer(rendered.status, list(headers.items()), rendered.body)
