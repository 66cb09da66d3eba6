"""What each worker runs: an RSGI application in front of Django's WSGI handler.

Heads and bodies are read in the event loop, so that thousands of slow clients cost no thread; Django runs in a few
threads. Whatever is to be answered without Django at all belongs into ``Front.__rsgi__``, before the body is read.
"""

import asyncio
import contextvars
import logging
import multiprocessing
import signal
from concurrent.futures import ThreadPoolExecutor

from local_mongo.parent_death import end_with_parent
from main_project.server import bodies, environs
from main_project.server.calls import Answer, Application, Environ, call
from main_project.server.rsgi import Exchange, Scope
from main_project.wsgi import application
from user_auth.foundation.errors import AuthError, InternalError, UnavailableError
from user_auth.web import problems, request_ids

THREADS = 16
# Beyond this many that wait for a thread, a client is better told to come back than left waiting.
MOST_WAITING = 500
# An empty name is the least that the server can be made to say about itself.
SERVER_HEADER = ("Server", "")

log = logging.getLogger(__name__)


class Front:
    """Answers every request of one worker process."""

    def __init__(self, application: Application, *, threads: int = THREADS, most_waiting: int = MOST_WAITING) -> None:
        self._application = application
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="request")
        self._most_in_hand = threads + most_waiting
        self._in_hand = 0

    def __rsgi_init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Take up the life of a worker, before the first request."""
        if parent := multiprocessing.parent_process():
            end_with_parent(parent.pid or 0)
        # Blocked since the parent started this process, so that a stop while everything was imported waited until now.
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})

    def __rsgi_del__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def __rsgi__(self, scope: Scope, exchange: Exchange) -> None:
        body = await bodies.receive(scope, exchange)
        answer = await self._answer(environs.build(scope, body))
        exchange.response_bytes(answer.status, [*answer.headers, SERVER_HEADER], answer.body)

    async def _answer(self, environ: Environ) -> Answer:
        if self._in_hand >= self._most_in_hand:
            return _refuse(UnavailableError(retry_after=1), environ)
        self._in_hand += 1
        try:
            # A context of its own, so that no request sees what another has left in a context variable.
            run = contextvars.Context().run
            return await asyncio.get_running_loop().run_in_executor(
                self._threads, run, call, self._application, environ
            )
        except Exception:
            log.exception("A request could not be handed to Django.")
            return _refuse(InternalError(), environ)
        finally:
            self._in_hand -= 1


def _refuse(error: AuthError, environ: Environ) -> Answer:
    request_id = request_ids.choose(environ.get("HTTP_X_REQUEST_ID", ""))
    rendered = problems.render(error, request_id=request_id)
    return Answer(rendered.status, [*rendered.headers.items(), (request_ids.HEADER, request_id)], rendered.body)


app = Front(application)
