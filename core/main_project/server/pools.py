"""Threads for work that waits, with a bounded queue in front of them."""

import asyncio
import contextvars
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from user_auth import metrics
from user_auth.foundation.errors import UnavailableError

# Over about so many pieces of work it is said how long one usually takes.
WEIGHED = 20

T = TypeVar("T")


class Pool:
    """A few threads of one kind of work, so that its waiting is nobody else's.

    Args:
        most_waiting: Beyond so many that wait for a thread, one is better told to come back than left waiting.
        wait_seconds: Nor does anybody wait longer than this.
        told_seconds: Who would have to wait longer than this, as things go, is told at once.
    """

    def __init__(
        self, name: str, *, threads: int, most_waiting: int, wait_seconds: float, told_seconds: float | None = None
    ) -> None:
        self._count = threads
        self._told_seconds = wait_seconds if told_seconds is None else told_seconds
        self._usual_seconds = 0.0
        self._name = name
        self._executor = ThreadPoolExecutor(threads, thread_name_prefix=name)
        self._most_in_hand = threads + most_waiting
        self._wait_seconds = wait_seconds
        self._in_hand = 0

    async def run(self, work: Callable[[float], T]) -> T:
        """Have a thread do the work; it is told for how many seconds it had to wait.

        Raises:
            UnavailableError: Too many wait already, or no thread was free in time. Nothing has been done.
        """
        if self._in_hand >= self._most_in_hand or self._expected_wait() > self._told_seconds:
            raise UnavailableError(retry_after=1)
        self._in_hand += 1
        try:
            with metrics.in_hand(self._name):
                return await self._run(work)
        finally:
            self._in_hand -= 1

    def _expected_wait(self) -> float:
        waiting = max(0, self._in_hand - self._count)
        return waiting * self._usual_seconds / self._count

    async def _run(self, work: Callable[[float], T]) -> T:
        asked_at = time.monotonic()
        # A context of its own, so that no request sees what another has left in a context variable.
        job = self._executor.submit(contextvars.Context().run, self._timed, work, asked_at)
        done = asyncio.wrap_future(job)
        await asyncio.wait([done], timeout=self._wait_seconds)
        # What has been taken up cannot be cancelled any more, and has limits of its own.
        if not done.done() and job.cancel():
            raise UnavailableError(retry_after=1)
        return await done

    def _timed(self, work: Callable[[float], T], asked_at: float) -> T:
        began = time.monotonic()
        try:
            return work(began - asked_at)
        finally:
            # Of several threads that write at once one is lost, which is no matter to a mean.
            self._usual_seconds += (time.monotonic() - began - self._usual_seconds) / WEIGHED

    def close(self) -> None:
        """Take no more work, without waiting for what is under way."""
        self._executor.shutdown(wait=False, cancel_futures=True)
