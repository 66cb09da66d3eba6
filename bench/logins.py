"""Log-ins against bare bcrypt, and checks while others log in without pause."""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from statistics import mean, median, quantiles

from bench import callers, goals, processes
from bench.callers import Caller
from bench.records import email_of
from bench.report import Figure
from bench.stage import Stage
from tests.harness.service import ROOT, Service

CLIENTS = 8
COST = 12
CHECKS_A_SECOND = 50


class Person:
    """Somebody who logs in again and again, without pause; always with the same browser, each time from elsewhere."""

    def __init__(self, service: Service, number: int) -> None:
        self._caller = Caller(service)
        self._number = number
        self._addresses = map(callers.address, range(number % CLIENTS, 1 << 24, CLIENTS))

    def log_in(self) -> None:
        self._caller.ip = next(self._addresses)
        self._caller.log_in(email_of(self._number))

    def log_in_until(self, stop: threading.Event) -> list[float]:
        """Return when each log-in was done."""
        done_at = []
        while not stop.is_set():
            self.log_in()
            done_at.append(time.perf_counter())
        self._caller.close()
        return done_at


@contextmanager
def logging_in(stage: Stage) -> Iterator[list[float]]:
    """Have the last of the people at it until the block ends; after that, tell when each log-in was done."""
    # Not the first: each log-in ends the oldest session of its user, and theirs are asked about.
    people = [Person(stage.service, stage.plan.live - 1 - number) for number in range(CLIENTS)]
    stop = threading.Event()
    done_at: list[float] = []
    with ThreadPoolExecutor(CLIENTS) as pool:
        # The first shows the browser: from then on it is nobody new.
        list(pool.map(Person.log_in, people))
        jobs = [pool.submit(person.log_in_until, stop) for person in people]
        try:
            yield done_at
        finally:
            stop.set()
        for job in jobs:
            done_at += job.result()


def measure(stage: Stage) -> Iterator[Figure]:
    yield from _log_ins(stage)
    yield from _mixed(stage)


def _log_ins(stage: Stage) -> Iterator[Figure]:
    bare: list[dict[str, float]] = []
    rates, costs = [], []
    for _ in range(stage.plan.login_rounds):
        bare.append(_bare_bcrypt(stage.plan.login_seconds))
        taken = processes.stopwatch(stage.pids)
        with logging_in(stage) as done_at:
            started = time.perf_counter()
            time.sleep(stage.plan.login_seconds)
            ended = time.perf_counter()
        rates.append(sum(started < at <= ended for at in done_at) / (ended - started))
        costs.append(taken() / (len(done_at) + CLIENTS))
    hashes, hash_seconds = (median(each[name] for each in bare) for name in ("rate", "cpu_seconds"))
    log_ins, log_in_seconds = median(rates), median(costs)
    yield Figure("bcrypt alone, cost 12, all cores", hashes, "/s", server_us=hash_seconds * 1e6)
    yield Figure(
        f"log-ins, {CLIENTS} clients",
        log_ins,
        "/s",
        server_us=log_in_seconds * 1e6,
        ratio=log_ins / hashes,
        to="bcrypt alone",
        goal=goals.LOG_INS,
    )
    yield Figure("CPU of bcrypt, of that of a log-in", hash_seconds / log_in_seconds * 100, "%")


def _mixed(stage: Stage) -> Iterator[Figure]:
    """Check at a steady pace while both cores hash."""
    with logging_in(stage):
        taken = _paced(stage)
    ranks = [each * 1000 for each in quantiles(taken, n=20)]
    yield Figure("check at 50/s while 8 log in, p50", ranks[9], "ms")
    yield Figure("check at 50/s while 8 log in, p95", ranks[18], "ms", goal=goals.MIXED_P95_MS)
    yield Figure("check at 50/s while 8 log in, max", max(taken) * 1000, "ms", goal=goals.MIXED_MAX_MS)


def _paced(stage: Stage) -> list[float]:
    """Return how long each check took from the moment on at which it was due."""
    token, taken = stage.few.read_text().split()[0], []
    workers = callers.one_of_each_worker(stage.service, processes.workers_of(stage.service.pid))
    asked = list(workers.values())
    started = time.perf_counter()
    for number in range(round(stage.plan.mixed_seconds * CHECKS_A_SECOND)):
        due = started + number / CHECKS_A_SECOND
        time.sleep(max(0.0, due - time.perf_counter()))
        if not asked[number % len(asked)].check(token):
            raise RuntimeError("A good session was refused.")
        taken.append(time.perf_counter() - due)
    return taken


def _bare_bcrypt(seconds: float) -> dict[str, float]:
    """Hash on every core at once."""
    command = [sys.executable, "-m", "bench.bare_bcrypt", str(COST), str(seconds)]
    env = {**os.environ, "PYTHONPATH": f"{ROOT / 'core'}:{ROOT}"}
    cores = len(os.sched_getaffinity(0))
    running = [subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True) for _ in range(cores)]
    told = [json.loads(process.communicate()[0]) for process in running]
    return {"rate": sum(each["rate"] for each in told), "cpu_seconds": mean(each["cpu_seconds"] for each in told)}
