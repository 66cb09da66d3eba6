"""Checks under load, beside what they are compared with, in turns."""

import http.client
import json
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from dataclasses import fields
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from pymongo import MongoClient

from bench import foreign, goals, load
from bench.load import Round, Subject
from bench.processes import tree_of
from bench.report import Figure
from bench.servers import Server, serving
from bench.stage import Plan, Stage
from tests.harness.service import Service, end

# The server adds them itself.
SERVERS_OWN = {"date", "content-length", "connection", "server"}
CONSTANT = "constant function, WSGI"
HIT_FEW, HIT_MANY, MISS = "check, hit, 4 sessions", "check, hit, many sessions", "check, miss"
ONE_READ, AVERAGE = "PyJWT + one PyMongo read, Django", "as commonly written: DRF, MongoEngine"
DRF, DRF_SIGNED_IN = "DRF view", "DRF view, JWTAuthentication"
# Each answer takes so much longer that fewer turns tell as much.
STEADY = {MISS, ONE_READ, AVERAGE, DRF, DRF_SIGNED_IN}
# Many sessions are warm when fewer than one check in 500, and a few, still read the database.
WARM, FEW = 500, 20
# On a machine that is too busy they never are.
MOST_COLD_ROUNDS = 10
WARM_UP_SECONDS = 1

Rounds = Mapping[str, Round]


def measure(stage: Stage) -> Iterator[Figure]:
    """Measure all subjects in turns."""
    with _subjects(stage) as subjects:
        yield from _figures(_medians(subjects, stage.plan), hot=stage.plan.hot)


def measure_more_live(stage: Stage, other: Stage) -> Iterator[Figure]:
    """Compare databases of few and of many sessions, of which equally many are asked about, in turns."""
    stages = sorted((stage, other), key=lambda each: each.live)
    with ExitStack() as running:
        asked = [subject for each in stages for subject in _of_live(each, running)]
        found = _medians(asked, stage.plan)
    few, many = (each.live for each in stages)
    for name in (HIT_MANY, MISS):
        round_, before = found[f"{name}, {many} live"], found[f"{name}, {few} live"]
        ratio = round_.rate / before.rate
        yield _figure(f"{name}, {many} live", round_, ratio=ratio, to=f"{few} live", goal=goals.MILLION_LIVE)


def _of_live(stage: Stage, running: ExitStack) -> list[Subject]:
    missing = _missing(stage, running)
    missing.await_ready()
    hot, live = _hot(stage), f"{stage.live} live"
    return [
        _check(f"{HIT_MANY}, {live}", stage.service, hot, stage.mongod, warm_on=stage.uri),
        _check(f"{MISS}, {live}", missing, hot, stage.mongod),
    ]


def _figures(found: Rounds, *, hot: int) -> Iterator[Figure]:
    constant, few, many, miss = (found[name] for name in (CONSTANT, HIT_FEW, HIT_MANY, MISS))
    to_constant = few.rate / constant.rate
    yield _figure(CONSTANT, constant)
    yield _figure(HIT_FEW, few, ratio=to_constant, to="constant, rate")
    yield _cpu("CPU of a hit", few, yardstick=constant, to="constant", goal=goals.HIT_CPU)
    yield _figure(f"check, hit, {hot} sessions", many, ratio=many.rate / few.rate, to="4", goal=goals.MANY_HOT)
    yield Figure(
        "against the fastest peer, at once",
        to_constant / goals.FASTEST_PEER_AT_ONCE,
        "times",
        to="by constant",
        goal=goals.AGAINST_PEERS_AT_ONCE,
    )
    yield Figure(
        "against the fastest peer, later",
        to_constant / goals.FASTEST_PEER_LATER,
        "times",
        to="by constant",
        goal=goals.AGAINST_PEERS_LATER,
    )
    average = found[AVERAGE]
    yield _figure(AVERAGE, average, ratio=average.rate / constant.rate, to="constant, rate")
    yield Figure(
        "against as commonly written",
        few.rate / average.rate,
        "times",
        to="same run",
        goal=goals.AGAINST_PEERS_AT_ONCE,
    )
    yield _figure(ONE_READ, found[ONE_READ])
    yield _figure(MISS, miss, ratio=miss.rate / found[ONE_READ].rate, to="one read, rate")
    yield _cpu("CPU of a miss", miss, yardstick=found[ONE_READ], to="one read", goal=goals.MISS_CPU)
    if DRF in found:
        signed_in, bare = found[DRF_SIGNED_IN], found[DRF]
        yield _figure(DRF, bare)
        yield _figure(DRF_SIGNED_IN, signed_in, ratio=signed_in.rate / bare.rate, to="DRF view, rate")


def _figure(name: str, round_: Round, *, ratio: float | None = None, to: str = "", goal: Any = None) -> Figure:
    return Figure(
        name,
        round_.rate,
        "/s",
        server_us=round_.server_us,
        database_us=round_.database_us,
        ratio=ratio,
        to=to,
        goal=goal,
    )


def _cpu(name: str, round_: Round, *, yardstick: Round, to: str, goal: goals.Goal) -> Figure:
    """Compare processor time, mongod's with it: it is the steadier figure where others use the machine."""
    spent, yardsticks = (each.server_us + each.database_us for each in (round_, yardstick))
    return Figure(name, spent, "µs", ratio=spent / yardsticks, to=to, goal=goal)


def _medians(subjects: Iterable[Subject], plan: Plan) -> dict[str, Round]:
    """Give each subject its turn, again and again, so that whatever else the machine does falls on all alike."""
    found: dict[str, list[Round]] = {}
    for number in range(plan.rounds):
        for subject in subjects:
            if number < plan.steady_rounds or subject.name not in STEADY:
                found.setdefault(subject.name, []).append(_round(subject, seconds=plan.round_seconds))
    return {name: _median(rounds) for name, rounds in found.items()}


def _median(rounds: list[Round]) -> Round:
    return Round(**{field.name: median(getattr(each, field.name) for each in rounds) for field in fields(Round)})


def _round(subject: Subject, *, seconds: float, tries: int = MOST_COLD_ROUNDS) -> Round:
    """Put a subject under load; again while it is to answer from memory and does not: it forgets each after a minute."""
    if not subject.warm_on:
        return load.run(subject, seconds=seconds)
    with MongoClient[dict[str, Any]](subject.warm_on) as client:
        before = _commands(client)
        round_ = load.run(subject, seconds=seconds)
        is_warm = _commands(client) - before < FEW + round_.answers / WARM
    return round_ if is_warm or not tries else _round(subject, seconds=seconds, tries=tries - 1)


@contextmanager
def _subjects(stage: Stage) -> Iterator[list[Subject]]:
    """Run all that is measured, each warm."""
    hot, mongod, env = _hot(stage), stage.mongod, {"MONGODB_URI": stage.uri}
    with ExitStack() as running:
        # All at once, since each takes a moment to import Django.
        missing = _missing(stage, running)
        answer = {"BENCH_ANSWER": json.dumps(_answer_of(stage.service, stage.few))}
        constant = running.enter_context(serving("constant:wsgi", stage.folder, env=answer))
        one_read = running.enter_context(serving("one_read:application", stage.folder, env=env))
        average = running.enter_context(serving("average:application", stage.folder, env=env))
        views = _views(stage, running) if stage.plan.views else []
        others = foreign.store(stage.uri, hot)
        missing.await_ready()
        for server in (constant, one_read, average):
            server.await_up()
        subjects = [
            _of(CONSTANT, constant, "/verify-session", stage.few, mongod),
            _check(HIT_FEW, stage.service, stage.few, mongod),
            _check(HIT_MANY, stage.service, hot, mongod, warm_on=stage.uri),
            _check(MISS, missing, hot, mongod),
            _of(ONE_READ, one_read, "/check", others, mongod),
            _of(AVERAGE, average, "/check", others, mongod),
            *views,
        ]
        # Whatever each does once, it has done then.
        with ThreadPoolExecutor(len(subjects)) as pool:
            list(pool.map(partial(load.send, seconds=WARM_UP_SECONDS), subjects))
        yield subjects


def _views(stage: Stage, running: ExitStack) -> list[Subject]:
    """Start a project that has the app in it."""
    env = {"MONGODB_URI": stage.uri, "DJANGO_SETTINGS_MODULE": "bench.subjects.host_settings"}
    env |= {"PUBLIC_URL": stage.service.base_url, "SESSION_CACHE_DIR": str(stage.folder / "host")}
    server = running.enter_context(serving("views:application", stage.folder, env=env))
    server.await_up()
    return [
        _of(DRF, server, "/bare", stage.few, stage.mongod, method="GET"),
        _of(DRF_SIGNED_IN, server, "/signed-in", stage.few, stage.mongod, method="GET"),
    ]


def _missing(stage: Stage, running: ExitStack) -> Service:
    """Start a service that has no cache, so that every check reads the database."""
    service = stage.start_other("missing", SESSION_CACHE_ENTRIES="0")
    running.callback(end, service)
    return service


def _commands(client: "MongoClient[dict[str, Any]]") -> int:
    """Return how many commands mongod has had, but for reads, writes and the like, which it counts apart."""
    return int(client.admin.command("serverStatus")["opcounters"]["command"])


def _of(name: str, server: Server, path: str, tokens: Path, mongod: int, *, method: str = "POST") -> Subject:
    return Subject(name, server.url + path, server.pids, mongod, tokens, method=method)


def _check(name: str, service: Service, tokens: Path, mongod: int, *, warm_on: str = "") -> Subject:
    url, pids = f"{service.base_url}/verify-session", tuple(tree_of(service.pid))
    return Subject(name, url, pids, mongod, tokens, warm_on=warm_on)


def _answer_of(service: Service, tokens: Path) -> dict[str, Any]:
    """Return a check's answer, for those that give it without having checked anything."""
    headers = {"Authorization": f"Bearer {tokens.read_text().split()[0]}"}
    with closing(http.client.HTTPConnection(service.host, service.port, timeout=60)) as connection:
        connection.request("POST", "/verify-session", headers=headers)
        answer = connection.getresponse()
        kept = [(name, value) for name, value in answer.getheaders() if name.lower() not in SERVERS_OWN]
        return {"headers": kept, "body": answer.read().decode()}


def _hot(stage: Stage) -> Path:
    file = stage.folder / "hot"
    file.write_text("\n".join(stage.tokens.read_text().split()[: stage.plan.hot]))
    return file
