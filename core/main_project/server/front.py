"""What each worker runs: an RSGI application in front of Django's WSGI handler.

Heads and bodies are read in the event loop, so that thousands of slow clients cost no thread. Good sessions are
answered right there (``lane``); for all else Django runs in threads, in pools that do not wait for each other.
"""

import asyncio
import logging
import multiprocessing
import signal
from collections.abc import Callable
from functools import partial
from typing import TypeVar

import pymongo

from local_mongo.parent_death import end_with_parent
from main_project.server import bodies, environs, lane, meters, paths
from main_project.server.calls import Answer, Application, Environ, call
from main_project.server.lane import Question
from main_project.server.pools import Pool
from main_project.server.rsgi import Exchange, Scope
from main_project.wsgi import application
from user_auth import metrics, sessions
from user_auth.foundation.errors import InternalError, SessionError
from user_auth.mongo import connection
from user_auth.sessions import caching
from user_auth.web import counting, edge, failures, problems, request_ids

# Waiting for a thread and then for the database, nobody waits longer than this and the least together.
WAIT_SECONDS = connection.OPERATION_SECONDS
LEAST_SECONDS = 0.5
# Whoever would wait longer than this for a core to hash their password is told at once.
PASSWORD_SECONDS = 2
# How far a scrape may lag behind what is counted in the event loop.
FLUSH_SECONDS = 1
# An empty name is the least that the server can be made to say about itself.
SERVER_HEADER = ("Server", "")

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

    def __rsgi_init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Take up the life of a worker, before the first request."""
        if parent := multiprocessing.parent_process():
            end_with_parent(parent.pid or 0)
        # Blocked since the parent started this process, so that a stop while everything was imported waited until now.
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
        meters.join()
        _keep_flushing(loop)

    def __rsgi_del__(self, loop: asyncio.AbstractEventLoop) -> None:
        for pool in (self._common, self._hashing, *self._spare.values()):
            pool.close()
        metrics.flush()

    async def __rsgi__(self, scope: Scope, exchange: Exchange) -> None:
        question = lane.read(scope)
        answer = await self._by_lane(question) if question else None
        if answer is None:
            body = await bodies.receive(scope, exchange)
            answer = await self._by_django(environs.build(scope, body), is_whole=body.failure is None)
        exchange.response_bytes(answer.status, [*answer.headers, SERVER_HEADER], answer.body)

    async def _by_lane(self, question: Question) -> Answer | None:
        """Answer a good session; ``None`` for one that is not good, since Django has the words and the limits for it."""
        entry = caching.find(question.token)
        if entry:
            metrics.lane_hits.add()
            return lane.answer(question, entry)
        try:
            entry = await self._common.run(partial(_in_time, partial(sessions.look_up, question.token)))
        except SessionError:
            return None
        except Exception as error:  # noqa: BLE001 - as below
            return _refuse(error, method=lane.METHOD, request_id=question.request_id)
        metrics.count_check("miss")
        metrics.count_request(endpoint=lane.ENDPOINT, method=lane.METHOD, outcome="200")
        return lane.answer(question, entry)

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


def _keep_flushing(loop: asyncio.AbstractEventLoop) -> None:
    metrics.flush()
    loop.call_later(FLUSH_SECONDS, _keep_flushing, loop)


def _refuse(error: Exception, *, method: str, request_id: str) -> Answer:
    refusal = failures.translate(error)
    if isinstance(refusal, InternalError):
        log.error("A request could not be answered.", exc_info=error)
    metrics.count_request(endpoint="front", method=counting.method_label(method), outcome=refusal.code)
    rendered = problems.render(refusal, request_id=request_id)
    headers = edge.plain_headers(request_id) | rendered.headers
    return Answer(rendered.status, list(headers.items()), rendered.body)


app = Front(application)
