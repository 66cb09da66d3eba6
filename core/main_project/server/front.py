"""What each worker runs: an RSGI application in front of Django's WSGI handler.

Heads and bodies are read in the event loop, so that thousands of slow clients cost no thread; Django runs in a few
threads. Whatever is to be answered without Django at all belongs into ``Front.__rsgi__``, before the body is read.
"""

import asyncio
import contextvars
import logging
import multiprocessing
import signal
import time
from concurrent.futures import ThreadPoolExecutor

import pymongo

from local_mongo.parent_death import end_with_parent
from main_project.server import bodies, environs, meters
from main_project.server.calls import Answer, Application, Environ, call
from main_project.server.rsgi import Exchange, Scope
from main_project.wsgi import application
from user_auth import metrics
from user_auth.foundation.errors import AuthError, InternalError, UnavailableError
from user_auth.mongo import connection
from user_auth.web import counting, edge, problems, request_ids

THREADS = 16
# Beyond this many that wait for a thread, a client is better told to come back than left waiting.
MOST_WAITING = 500
# Waiting for a thread and then for the database, nobody waits longer than this and the least together.
WAIT_SECONDS = connection.OPERATION_SECONDS
LEAST_SECONDS = 0.5
HEALTH = "/healthz"
METRICS = "/metrics"
# How far a scrape may lag behind what is counted in the event loop.
FLUSH_SECONDS = 1
# An empty name is the least that the server can be made to say about itself.
SERVER_HEADER = ("Server", "")

log = logging.getLogger(__name__)


class Front:
    """Answers every request of one worker process."""

    def __init__(self, application: Application, *, threads: int = THREADS, most_waiting: int = MOST_WAITING) -> None:
        self._application = application
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="request")
        # Whoever asks how the process is must not wait behind those who wait for the database: least of all then.
        self._spare_threads = {
            path: ThreadPoolExecutor(1, thread_name_prefix=path.strip("/")) for path in (HEALTH, METRICS)
        }
        self._most_in_hand = threads + most_waiting
        self._in_hand = 0

    def __rsgi_init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Take up the life of a worker, before the first request."""
        if parent := multiprocessing.parent_process():
            end_with_parent(parent.pid or 0)
        # Blocked since the parent started this process, so that a stop while everything was imported waited until now.
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
        meters.join()
        _keep_flushing(loop)

    def __rsgi_del__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)
        for spare_thread in self._spare_threads.values():
            spare_thread.shutdown(wait=False, cancel_futures=True)
        metrics.flush()

    async def __rsgi__(self, scope: Scope, exchange: Exchange) -> None:
        body = await bodies.receive(scope, exchange)
        answer = await self._answer(environs.build(scope, body))
        exchange.response_bytes(answer.status, [*answer.headers, SERVER_HEADER], answer.body)

    async def _answer(self, environ: Environ) -> Answer:
        if self._in_hand >= self._most_in_hand:
            return _refuse(UnavailableError(retry_after=1), environ)
        self._in_hand += 1
        try:
            return await self._call(environ)
        except Exception:
            log.exception("A request could not be handed to Django.")
            return _refuse(InternalError(), environ)
        finally:
            self._in_hand -= 1

    async def _call(self, environ: Environ) -> Answer:
        """Have a thread answer; a request that none takes up in time is told to come back."""
        threads = self._spare_threads.get(environ["PATH_INFO"], self._threads)
        # A context of its own, so that no request sees what another has left in a context variable.
        job = threads.submit(contextvars.Context().run, self._answer_in_time, environ, time.monotonic())
        answer = asyncio.wrap_future(job)
        await asyncio.wait([answer], timeout=WAIT_SECONDS)
        # What has been taken up cannot be cancelled any more, and has limits of its own.
        if not answer.done() and job.cancel():
            return _refuse(UnavailableError(retry_after=1), environ)
        return await answer

    def _answer_in_time(self, environ: Environ, arrived_at: float) -> Answer:
        waited = time.monotonic() - arrived_at
        with pymongo.timeout(max(LEAST_SECONDS, WAIT_SECONDS - waited)):
            return call(self._application, environ)


def _keep_flushing(loop: asyncio.AbstractEventLoop) -> None:
    metrics.flush()
    loop.call_later(FLUSH_SECONDS, _keep_flushing, loop)


def _refuse(error: AuthError, environ: Environ) -> Answer:
    request_id = request_ids.choose(environ.get("HTTP_X_REQUEST_ID", ""))
    rendered = problems.render(error, request_id=request_id)
    headers = edge.plain_headers(request_id) | rendered.headers
    method = counting.method_label(environ["REQUEST_METHOD"])
    metrics.count_request(endpoint="front", method=method, outcome=error.code)
    return Answer(rendered.status, list(headers.items()), rendered.body)


app = Front(application)
