"""Checks under load, beside what they are compared with, in turns."""

import http.client
import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import fields
from pathlib import Path
from statistics import median
from typing import Any

from pymongo import MongoClient

from bench import foreign, goals, load
from bench.load import Round, Subject
from bench.processes import group_of
from bench.report import Figure
from bench.servers import Server, serving
from bench.stage import Stage, fill
from tests.harness.service import Service, end

# The server adds them itself.
SERVERS_OWN = {"date", "content-length", "connection", "server"}
CONSTANT, CONSTANT_RSGI = "constant function, WSGI", "constant function, RSGI"
HIT_FEW, HIT_MANY, MISS = "check, hit, 4 sessions", "check, hit, many sessions", "check, miss"
ONE_READ, AVERAGE = "PyJWT + one PyMongo read, Django", "as commonly written: DRF, MongoEngine"
DRF, DRF_SIGNED_IN = "DRF view", "DRF view, JWTAuthentication"
# Each answer takes so much longer that fewer turns tell as much.
STEADY = {MISS, ONE_READ, AVERAGE, DRF, DRF_SIGNED_IN}
# Many sessions are warm when fewer than one check in 500, and a few, still read the database.
WARM, FEW = 500, 20
MOST_WARM_UPS = 30

Rounds = Mapping[str, Round]


def measure(stage: Stage) -> Iterator[Figure]:
    """Measure all subjects in turns."""
    with _subjects(stage) as subjects:
        yield from _figures(_medians(subjects, stage), hot=stage.plan.hot)
        if stage.plan.more_live:
            yield from _with_more_live(stage, subjects)


def _figures(found: Rounds, *, hot: int) -> Iterator[Figure]:
    constant, few, many, miss = (found[name] for name in (CONSTANT, HIT_FEW, HIT_MANY, MISS))
    to_constant = few.rate / constant.rate
    yield _figure(CONSTANT, constant)
    yield _figure(CONSTANT_RSGI, found[CONSTANT_RSGI], ratio=found[CONSTANT_RSGI].rate / constant.rate, to="WSGI, rate")
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
    yield _figure(DRF, found[DRF])
    signed_in = found[DRF_SIGNED_IN]
    yield _figure(DRF_SIGNED_IN, signed_in, ratio=signed_in.rate / found[DRF].rate, to="DRF view, rate")


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


def _medians(subjects: Iterable[Subject], stage: Stage) -> dict[str, Round]:
    """Give each subject its turn, again and again, so that whatever else the machine does falls on all alike."""
    found: dict[str, list[Round]] = {}
    for number in range(stage.plan.rounds):
        for subject in subjects:
            if subject.name in STEADY and number >= stage.plan.steady_rounds:
                continue
            if subject.name == HIT_MANY:
                _warm(subject, stage)
            round_ = load.run(subject, seconds=stage.plan.round_seconds, database=stage.mongod)
            found.setdefault(subject.name, []).append(round_)
    return {name: _median(rounds) for name, rounds in found.items()}


def _median(rounds: list[Round]) -> Round:
    return Round(**{field.name: median(getattr(each, field.name) for each in rounds) for field in fields(Round)})


def _with_more_live(stage: Stage, subjects: list[Subject]) -> Iterator[Figure]:
    """Compare with a database of many more sessions, of which as many as before are asked about."""
    asked = [subject for subject in subjects if subject.name in (HIT_MANY, MISS)]
    before = _medians(asked, stage)
    more = stage.plan.more_live - stage.plan.live
    fill(stage.service, stage.folder, users=more // 10, sessions=more, tokens=(stage.folder / "unused", 0))
    for name, round_ in _medians(asked, stage).items():
        ratio = round_.rate / before[name].rate
        to = f"{stage.plan.live} live"
        yield _figure(f"{name}, {stage.plan.more_live} live", round_, ratio=ratio, to=to, goal=goals.MILLION_LIVE)


@contextmanager
def _subjects(stage: Stage) -> Iterator[list[Subject]]:
    """Run all that is measured, each warm."""
    with ExitStack() as running:
        answer, uri = _answer_of(stage.service, stage.few), {"MONGODB_URI": stage.uri}
        host = uri | {"DJANGO_SETTINGS_MODULE": "bench.subjects.host_settings", "PUBLIC_URL": stage.service.base_url}
        host["SESSION_CACHE_DIR"] = str(stage.folder / "host")

        def start(app: str, **options: Any) -> Server:
            env = {"BENCH_ANSWER": json.dumps(answer), **options.pop("env", uri)}
            return running.enter_context(serving(app, stage.folder, env=env, **options))

        # All at once, since each takes a moment to import Django.
        missing = stage.start_other("missing", SESSION_CACHE_ENTRIES="0")
        running.callback(end, missing)
        constant, rsgi = start("constant:wsgi"), start("constant:rsgi", interface="rsgi")
        one_read, average = start("one_read:application"), start("average:application")
        views = start("views:application", env=host)
        missing.await_ready()
        for server in (constant, rsgi, one_read, average, views):
            server.await_up()
        hot = _first(stage.tokens, stage.plan.hot)
        others = foreign.store(stage.uri, hot)
        subjects = [
            _of(CONSTANT, constant, "/verify-session", stage.few),
            _of(CONSTANT_RSGI, rsgi, "/verify-session", stage.few),
            _check(HIT_FEW, stage.service, stage.few),
            _check(HIT_MANY, stage.service, hot),
            _check(MISS, missing, hot),
            _of(ONE_READ, one_read, "/check", others),
            _of(AVERAGE, average, "/check", others),
            _of(DRF, views, "/bare", stage.few, method="GET"),
            _of(DRF_SIGNED_IN, views, "/signed-in", stage.few, method="GET"),
        ]
        for subject in subjects:
            load.run(subject, seconds=1, database=stage.mongod)
        yield subjects


def _warm(subject: Subject, stage: Stage) -> None:
    """Ask about many sessions until every worker knows nearly all of them; it forgets each after a minute.

    Raises:
        RuntimeError: They do not come to know them.
    """
    with MongoClient[dict[str, Any]](stage.uri) as client:
        for _ in range(MOST_WARM_UPS):
            before = _commands(client)
            answers = load.run(subject, seconds=1, database=stage.mongod).answers
            if _commands(client) - before < FEW + answers / WARM:
                return
    raise RuntimeError("The workers do not come to answer from memory.")


def _commands(client: "MongoClient[dict[str, Any]]") -> int:
    """Return how many commands mongod has had, but for reads, writes and the like, which it counts apart."""
    return int(client.admin.command("serverStatus")["opcounters"]["command"])


def _of(name: str, server: Server, path: str, tokens: Path, *, method: str = "POST") -> Subject:
    return Subject(name, server.url + path, server.pids, tokens, method)


def _check(name: str, service: Service, tokens: Path) -> Subject:
    return Subject(name, f"{service.base_url}/verify-session", tuple(group_of(service.pid)), tokens)


def _answer_of(service: Service, tokens: Path) -> dict[str, Any]:
    """Return a check's answer, for those that give it without having checked anything."""
    headers = {"Authorization": f"Bearer {tokens.read_text().split()[0]}"}
    with closing(http.client.HTTPConnection(service.host, service.port, timeout=60)) as connection:
        connection.request("POST", "/verify-session", headers=headers)
        answer = connection.getresponse()
        kept = [(name, value) for name, value in answer.getheaders() if name.lower() not in SERVERS_OWN]
        return {"headers": kept, "body": answer.read().decode()}


def _first(tokens: Path, count: int) -> Path:
    file = tokens.with_name(f"first {count}")
    file.write_text("\n".join(tokens.read_text().split()[:count]))
    return file
