"""Load: so many connections that each send the next request as soon as they have the answer."""

import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench import processes

CONNECTIONS = 64
SCRIPT = Path(__file__).with_name("load.lua")
ROOT = Path(__file__).resolve().parent.parent
WITHOUT_WRK = (
    "wrk is not installed (on Debian and Ubuntu: apt install wrk): a slow client of our own sends the requests, "
    "so look at the processor time of a request, not at how many there are a second."
)


@dataclass(frozen=True)
class Subject:
    """Something that answers requests.

    Attributes:
        pids: All processes that work for it, but those of the database.
        mongod: Its database's process.
        tokens: A file with a token a line; the requests present them in turn.
        warm_on: The database from which it reads no session that it has in memory; empty if it has none there.
    """

    name: str
    url: str
    pids: tuple[int, ...]
    mongod: int
    tokens: Path
    method: str = "POST"
    warm_on: str = ""


@dataclass(frozen=True)
class Round:
    """What one subject did under load.

    Attributes:
        server_us: Processor time of its processes for each answer, in microseconds; ``database_us`` that of mongod.
    """

    answers: int
    rate: float
    server_us: float
    database_us: float
    p50_ms: float
    p95_ms: float
    max_ms: float


def run(subject: Subject, *, seconds: float) -> Round:
    """Put a subject under load for some seconds.

    Raises:
        RuntimeError: Some of the answers were not what was asked for.
    """
    server_time, database_time = processes.stopwatch(subject.pids), processes.stopwatch([subject.mongod])
    told = send(subject, seconds=seconds)
    server, mongod = server_time(), database_time()
    if told["failed"] or not told["answers"]:
        raise RuntimeError(f"{subject.name}: {told['failed']} of {told['answers']} requests failed.")
    return Round(
        answers=round(told["answers"]),
        rate=told["answers"] / told["seconds"],
        server_us=server / told["answers"] * 1e6,
        database_us=mongod / told["answers"] * 1e6,
        p50_ms=told["p50_ms"],
        p95_ms=told["p95_ms"],
        max_ms=told["max_ms"],
    )


def has_wrk() -> bool:
    return shutil.which("wrk") is not None


def send(subject: Subject, *, seconds: float) -> dict[str, float]:
    """Send requests, and return how that went, however it did."""
    command = _wrk(subject, seconds=seconds) if has_wrk() else _own(subject, seconds=seconds)
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=True)
    told: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return told


def _wrk(subject: Subject, *, seconds: float) -> Sequence[str]:
    options = ("--threads", "1", "--connections", str(CONNECTIONS), "--duration", f"{max(1, round(seconds))}s")
    timeout = ("--timeout", "10s", "--script", str(SCRIPT))
    return ("wrk", *options, *timeout, subject.url, "--", str(subject.tokens), subject.method)


def _own(subject: Subject, *, seconds: float) -> Sequence[str]:
    given = (subject.url, str(subject.tokens), subject.method, str(CONNECTIONS), str(seconds))
    return (sys.executable, "-m", "bench.slow_load", *given)
