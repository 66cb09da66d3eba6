"""Log-ins against bare bcrypt, and checks while others log in without pause."""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from statistics import mean, median, quantiles

from bench import callers, goals, processes
from bench.callers import Caller
from bench.figures import rate
from bench.report import Figure
from bench.stage import WORKERS, Stage
from tests.harness.service import ROOT

CLIENTS = 8
COST = 12
CHECKS_A_SECOND = 50
# So many log-ins make a rate, however long they take on a machine that is busy with other things.
FEWEST = 12
PAUSE_SECONDS = 0.01


class Person:
    """Somebody who logs in again and again, without pause; always with the same browser, each time from elsewhere."""

    def __init__(self, stage: Stage, number: int) -> None:
        self._caller = Caller(stage.service)
        self._email = stage.spare(number)
        self._addresses = map(callers.address, range(number, 1 << 24, CLIENTS))

    def log_in(self) -> float:
        """Return when it was done."""
        self._caller.ip = next(self._addresses)
        self._caller.log_in(self._email)
        return time.perf_counter()

    def log_in_until(self, running: "Running") -> None:
        """Log in until that is to stop."""
        while not running.stop.is_set():
            running.done_at.append(self.log_in())

    def leave(self) -> None:
        self._caller.close()


class Running:
    """Log-ins that go on.

    Attributes:
        done_at: When each was done.
    """

    def __init__(self) -> None:
        self.done_at: list[float] = []
        self.stop = threading.Event()
        self.jobs: list[Future[None]] = []

    def await_done(self, count: int) -> None:
        """Wait until there were so many."""
        while len(self.done_at) < count:
            for job in self.jobs:
                if job.done():
                    job.result()
            time.sleep(PAUSE_SECONDS)


class People:
    """Those who log in, each in a thread of their own."""

    def __init__(self, stage: Stage) -> None:
        self._pool = ThreadPoolExecutor(CLIENTS)
        self._people = [Person(stage, number) for number in range(CLIENTS)]
        # The first time shows the browser: from then on it is nobody new.
        list(self._pool.map(Person.log_in, self._people))

    @contextmanager
    def logging_in(self) -> Iterator[Running]:
        """Have them at it until the block ends; by its beginning there were as many log-ins as there are people."""
        running = Running()
        running.jobs = [self._pool.submit(person.log_in_until, running) for person in self._people]
        try:
            running.await_done(CLIENTS)
            yield running
        finally:
            running.stop.set()
            wait(running.jobs)

    def leave(self) -> None:
        self._pool.shutdown()
        for person in self._people:
            person.leave()


def measure(stage: Stage) -> Iterator[Figure]:
    people = People(stage)
    try:
        # In turns, so that whatever else the machine does falls on both.
        turns = [Turn(stage, people) for _ in range(stage.plan.login_rounds)]
    finally:
        people.leave()
    yield from _log_ins(turns)
    yield from _mixed([taken for turn in turns for taken in turn.checks])


class Turn:
    """Bcrypt alone for a while, then log-ins, then log-ins and checks.

    Attributes:
        hashes: How many there are a second; ``hash_seconds`` is the processor time of one. The same for log-ins.
        checks: How long each took.
    """

    def __init__(self, stage: Stage, people: People) -> None:
        plan = stage.plan
        self.hashes, self.hash_seconds = _bare_bcrypt(plan.login_seconds)
        spent = processes.stopwatch(stage.pids)
        with people.logging_in() as running:
            started, before = time.perf_counter(), len(running.done_at)
            time.sleep(plan.login_seconds)
            running.await_done(before + FEWEST)
            ended = time.perf_counter()
            self.checks = _paced(stage)
        self.log_ins = rate(running.done_at, start=started, end=ended)
        self.log_in_seconds = spent() / len(running.done_at)


def _log_ins(turns: list[Turn]) -> Iterator[Figure]:
    hashes, log_ins = (median(getattr(turn, name) for turn in turns) for name in ("hashes", "log_ins"))
    hash_seconds = median(turn.hash_seconds for turn in turns)
    log_in_seconds = median(turn.log_in_seconds for turn in turns)
    yield Figure(f"bcrypt alone, cost {COST}, all cores", hashes, "/s", server_us=hash_seconds * 1e6)
    yield Figure(
        f"log-ins, {CLIENTS} clients",
        log_ins,
        "/s",
        server_us=log_in_seconds * 1e6,
        ratio=median(turn.log_ins / turn.hashes for turn in turns),
        to="bcrypt alone",
        goal=goals.LOG_INS,
    )
    yield Figure("CPU of bcrypt, of that of a log-in", hash_seconds / log_in_seconds * 100, "%")


def _bare_bcrypt(seconds: float) -> tuple[float, float]:
    """Hash on every core at once; return how many there are a second, and the processor time of one in seconds."""
    command = [sys.executable, "-m", "bench.bare_bcrypt", str(COST), str(seconds)]
    env = {**os.environ, "PYTHONPATH": f"{ROOT / 'core'}:{ROOT}"}
    cores = len(os.sched_getaffinity(0))
    running = [subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True) for _ in range(cores)]
    told = [json.loads(process.communicate()[0]) for process in running]
    all_at_it = max(each["done_at"][0] for each in told), min(each["done_at"][-1] for each in told)
    done_at = [at for each in told for at in each["done_at"]]
    return rate(done_at, start=all_at_it[0], end=all_at_it[1]), mean(each["cpu_seconds"] for each in told)


def _mixed(taken: list[float]) -> Iterator[Figure]:
    ranks = [each * 1000 for each in quantiles(taken, n=20)]
    yield Figure("check at 50/s while 8 log in, p50", ranks[9], "ms")
    yield Figure("check at 50/s while 8 log in, p95", ranks[18], "ms", goal=goals.MIXED_P95_MS)
    yield Figure("check at 50/s while 8 log in, max", max(taken) * 1000, "ms", goal=goals.MIXED_MAX_MS)


def _paced(stage: Stage) -> list[float]:
    """Check at a steady pace; return how long each took from the moment on at which it was due."""
    token, taken = stage.few.read_text().split()[0], []
    workers = callers.one_of_each_worker(stage.service, count=WORKERS)
    asked = list(workers.values())
    started = time.perf_counter()
    for number in range(round(stage.plan.mixed_seconds * CHECKS_A_SECOND)):
        due = started + number / CHECKS_A_SECOND
        time.sleep(max(0.0, due - time.perf_counter()))
        if not asked[number % len(asked)].check(token):
            raise RuntimeError("A good session was refused.")
        taken.append(time.perf_counter() - due)
    return taken
