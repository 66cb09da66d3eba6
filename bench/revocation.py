"""Is anybody let in after the end? Sessions are ended, and every worker is asked at once.

On the machine where it ended: over connections that are open already, from the acknowledgement on. On another machine:
for how long after the acknowledgement a request is accepted.
"""

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from statistics import median, quantiles

from bench import callers, goals
from bench.callers import Caller
from bench.people import PASSWORD
from bench.report import Figure
from bench.stage import WORKERS, Pair, Stage
from bench.stalling import Proxy
from local_mongo.places import Places
from tests.harness.service import Service, end

AT_ONCE = 4
PAUSE_SECONDS = 0.05
LONGEST_SECONDS = 30


class Observers:
    """A connection to each worker of a service."""

    def __init__(self, service: Service) -> None:
        self._callers = list(callers.one_of_each_worker(service, count=WORKERS).values())

    def close(self) -> None:
        for caller in self._callers:
            caller.close()

    def accepting(self, pair: Pair) -> int:
        """Return how many workers accept the session."""
        for caller in self._callers:
            caller.ip = callers.address(pair.number)
        return sum(caller.check(pair.ending) for caller in self._callers)

    def know(self, pair: Pair) -> None:
        """Let each worker find the session good.

        Raises:
            RuntimeError: One does not.
        """
        if self.accepting(pair) < len(self._callers):
            raise RuntimeError("A good session was refused.")

    def seconds_accepted(self, pair: Pair) -> float:
        """Return how long from now a request for the session could be sent and be accepted; 0 if none could.

        One worker is asked, since what they know is shared. When it was asked counts, and not when it answered: that it
        refuses takes time too, more of it than anything else here where the machine is busy.
        """
        caller, started = self._callers[pair.number % len(self._callers)], time.perf_counter()
        asked = started
        while caller.check(pair.ending) and asked < started + LONGEST_SECONDS:
            asked = time.perf_counter()
        return asked - started


def here(stage: Stage) -> Iterator[Figure]:
    """Count the workers that accept a session after its end."""
    plan = stage.plan
    # One after the other, since each hashes twice.
    counts = [_end_some(stage, plan.password_changes, by_password=True)]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        jobs = [pool.submit(_end_some, stage, plan.endings // AT_ONCE) for _ in range(AT_ONCE)]
        counts += [job.result() for job in jobs]
    name = f"ended, here: accepted of {WORKERS * (plan.password_changes + plan.endings)}"
    yield Figure(name, sum(counts), "", goal=goals.ACCEPTED_AFTER_THE_END)


def _end_some(stage: Stage, number: int, *, by_password: bool = False) -> int:
    """End so many sessions, and count the times that a worker accepts one of them after that."""
    accepted = 0
    with _observers(stage.service) as observers, Caller(stage.service) as actor:
        for _ in range(number):
            pair = next(stage.pairs)
            observers.know(pair)
            _end(actor, pair, by_password=by_password)
            accepted += observers.accepting(pair)
    return accepted


def elsewhere(stage: Stage) -> Iterator[Figure]:
    """Tell how long another machine goes on accepting what ended here: processes that share the database alone."""
    yield from _flowing(stage)
    if stage.plan.stalls:
        yield _stalled(stage)


def _flowing(stage: Stage) -> Iterator[Figure]:
    with _other(stage, "elsewhere") as other, _observers(other) as observers, Caller(stage.service) as actor:
        taken = []
        _await_cache(other)
        for _ in range(stage.plan.endings_elsewhere):
            pair = next(stage.pairs)
            observers.know(pair)
            _end(actor, pair)
            taken.append(observers.seconds_accepted(pair) * 1000)
    p99 = quantiles(taken, n=100)[98]
    yield Figure("ended, elsewhere: accepted, p50", median(taken), "ms")
    yield Figure("ended, elsewhere: accepted, p99", p99, "ms", goal=goals.ELSEWHERE_P99_MS)
    yield Figure("ended, elsewhere: accepted, longest", max(taken), "ms")


def _stalled(stage: Stage) -> Figure:
    """Tell the same while the change stream brings the other machine nothing, and all else goes well."""
    owner = Places(stage.service.data_dir / "mongo").read_owner()
    taken = []
    with ExitStack() as stack:
        proxy = stack.enter_context(Proxy(owner.socket if owner else ""))
        other = stack.enter_context(_other(stage, "stalled", MONGODB_URI=proxy.uri))
        observers = stack.enter_context(_observers(other))
        actor = stack.enter_context(Caller(stage.service))
        for _ in range(stage.plan.stalls):
            pair = next(stage.pairs)
            _await_cache(other)
            observers.know(pair)
            proxy.stall()
            _end(actor, pair)
            taken.append(observers.seconds_accepted(pair))
            proxy.resume()
    longest = max(taken)
    return Figure("the same, stream stalled, longest", longest, "s", goal=goals.STALLED_SECONDS)


def _await_cache(service: Service) -> None:
    """Wait until the service answers from memory, as it does once its change stream is known to be alive."""
    deadline = time.monotonic() + LONGEST_SECONDS
    while json.loads(service.get("/readyz")[1]).get("session_cache") != "on":
        if time.monotonic() > deadline:
            raise RuntimeError("The service does not come to answer from memory.")
        time.sleep(PAUSE_SECONDS)


def _end(actor: Caller, pair: Pair, *, by_password: bool = False) -> None:
    """End one session, by turns as its owner does and as its owner does from another device."""
    actor.ip = callers.address(pair.number)
    if by_password:
        body = {"current_password": PASSWORD, "new_password": f"{PASSWORD} {pair.number}"}
        answer = actor.insist("POST", "/change-password", body, token=pair.other)
    elif pair.number % 2:
        answer = actor.send("POST", "/logout", token=pair.ending)
    else:
        handle = actor.send("POST", "/verify-session", token=pair.ending)[1]["session"]["id"]
        answer = actor.send("DELETE", f"/sessions/{handle}", token=pair.other)
    if answer[0] != 204:
        raise RuntimeError(f"A session could not be ended: {answer}")


@contextmanager
def _observers(service: Service) -> Iterator[Observers]:
    observers = Observers(service)
    try:
        yield observers
    finally:
        observers.close()


@contextmanager
def _other(stage: Stage, name: str, **env: str) -> Iterator[Service]:
    service = stage.start_other(name, **env)
    try:
        service.await_ready()
        yield service
    finally:
        end(service)
