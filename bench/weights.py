"""Memory and the time to start."""

import time
from collections.abc import Iterator
from contextlib import suppress
from http.client import HTTPException
from statistics import median

from bench import goals
from bench.callers import Caller
from bench.processes import proportional_set_size, tree_of
from bench.report import Figure
from bench.stage import WORKERS, Stage, run
from tests.harness.service import Service, end, environment_of

PAUSE_SECONDS = 0.005
LONGEST_SECONDS = 60
ENTRIES = 2000


def weigh(service: Service) -> float:
    """Return the memory of all processes but mongod, in megabytes."""
    return proportional_set_size(tree_of(service.pid)) / 1e6


def at_rest(stage: Stage) -> Iterator[Figure]:
    """To be asked for before any load."""
    yield Figure(f"memory at rest, {WORKERS} workers", weigh(stage.service), "MB")


def after_load(stage: Stage) -> Iterator[Figure]:
    yield Figure(f"memory after load, {WORKERS} workers", weigh(stage.service), "MB", goal=goals.MEMORY_MB)


def cached(stage: Stage) -> Iterator[Figure]:
    env = environment_of(stage.more("cached"), env=stage.other_env())
    taken = float(run("bench.cached", str(stage.tokens), str(ENTRIES), env=env))
    yield Figure("cache, bytes a session and worker", taken, "B", goal=goals.CACHED_BYTES)


def starts(stage: Stage) -> Iterator[Figure]:
    """Start the service on a database that is there, until the first check is answered with yes."""
    taken = [_start(stage, number) for number in range(stage.plan.starts)]
    yield Figure("cold start to the first good check", median(taken), "s", goal=goals.COLD_START_SECONDS)


def _start(stage: Stage, number: int) -> float:
    token = stage.few.read_text().split()[0]
    started = time.perf_counter()
    service = stage.start_other(f"start {number}")
    try:
        while not _is_good(service, token):
            if time.perf_counter() > started + LONGEST_SECONDS:
                raise RuntimeError(f"The service does not start:\n{service.output}")
            time.sleep(PAUSE_SECONDS)
        return time.perf_counter() - started
    finally:
        end(service)


def _is_good(service: Service, token: str) -> bool:
    with suppress(OSError, HTTPException), Caller(service) as caller:
        return caller.check(token)
    return False
