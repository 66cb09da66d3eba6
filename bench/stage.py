"""What all measurements share: the service, its database, and how long to look at it."""

import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench import callers, processes, records
from tests.harness.service import ROOT, Service, environment_of, running_service, start_service

WORKERS = 2
ENV = {"BCRYPT_ROUNDS": "12", "WORKERS": str(WORKERS), "RATE_LIMITS": "on", **callers.ENV}
# Who is there to log in, and whose sessions nobody asks about: each log-in may end an older one.
SPARE = 10


@dataclass(frozen=True)
class Plan:
    """How long and how often to measure.

    Attributes:
        rounds: Each subject has so many turns; the median counts. Those that are slow have ``steady_rounds``.
        views: Whether to measure what sessions cost the views of a project that has the app in it.
        login_rounds: How often bcrypt alone, log-ins, and log-ins and checks have their turns, of so many seconds.
        hot: Sessions that are asked about, where they are many.
        live: Sessions in the database, but for those that are ended.
        more_live: Sessions in a second database, to compare with; 0 for none.
        others: Sessions of people who are there before, and whom nobody asks about.
        endings: Sessions that are ended to see whether anybody still accepts them.
        endings_elsewhere: The same, of those that another machine hears of.
        stalls: How often the change stream is held up.
    """

    rounds: int
    steady_rounds: int
    views: bool
    round_seconds: float
    hot: int
    live: int
    more_live: int
    login_rounds: int
    login_seconds: float
    mixed_seconds: float
    endings: int
    password_changes: int
    endings_elsewhere: int
    stalls: int
    starts: int
    others: int = 0

    @property
    def pairs(self) -> int:
        """How many sessions are ended in all."""
        return self.password_changes + self.endings + self.endings_elsewhere + self.stalls

    @property
    def users(self) -> int:
        return self.live + self.pairs + SPARE


SHORT = Plan(
    rounds=3,
    # Their processor time, which is what is promised, hardly differs between turns.
    steady_rounds=1,
    views=False,
    round_seconds=1,
    hot=2_000,
    live=10_000,
    more_live=0,
    login_rounds=2,
    login_seconds=1.5,
    mixed_seconds=1.5,
    endings=150,
    password_changes=2,
    endings_elsewhere=100,
    stalls=0,
    starts=1,
)
FULL = Plan(
    rounds=7,
    steady_rounds=4,
    views=True,
    round_seconds=2,
    hot=10_000,
    live=10_000,
    more_live=1_000_000,
    login_rounds=4,
    login_seconds=10,
    mixed_seconds=5,
    endings=5_000,
    password_changes=40,
    endings_elsewhere=1000,
    stalls=5,
    starts=5,
)


@dataclass(frozen=True)
class Pair:
    """Two sessions of one user: one that ends, and one that sees to it."""

    number: int
    ending: str
    other: str


@dataclass(frozen=True)
class Stage:
    """A running service with people in its database.

    Attributes:
        tokens: A file with the tokens of the plan's live sessions, one a line; ``few`` has four of them.
        pairs: Sessions to be ended, each once; any thread may take the next.
        first: How many people were there before.
        live: How many sessions there are in all.
        mongod: Its process.
        uri: Where it is.
    """

    plan: Plan
    folder: Path
    service: Service
    tokens: Path
    few: Path
    pairs: Iterator[Pair]
    first: int
    live: int
    mongod: int
    uri: str

    @property
    def pids(self) -> tuple[int, ...]:
        return tuple(processes.tree_of(self.service.pid))

    def spare(self, number: int) -> str:
        """Return the address of somebody whose sessions nobody asks about."""
        return records.email_of(self.first + self.plan.users - 1 - number)

    def more(self, name: str) -> Path:
        """Return a new folder, for another service."""
        return Path(tempfile.mkdtemp(prefix=f"{name}-", dir=self.folder))

    def other_env(self, **env: str) -> dict[str, str]:
        """Return the environment of another service on the same database, for which the same tokens are good."""
        return {**ENV, "MONGODB_URI": self.uri, "PUBLIC_URL": self.service.base_url, **env}

    def start_other(self, name: str, **env: str) -> Service:
        """Start such a service; it is to be ended by whoever asked for it."""
        return start_service(self.more(name), env=self.other_env(**env))


@contextmanager
def staged(folder: Path, *, plan: Plan, data_dir: Path | None = None) -> Iterator[Stage]:
    """Run the service, and add as many people and sessions as the plan says to those whose data it is given."""
    folder.mkdir(exist_ok=True)
    env = ENV | ({"DATA_DIR": str(data_dir)} if data_dir else {})
    with running_service(folder, env=env) as service, records.records_of(service) as client:
        database = client["user_auth"]
        if plan.others:
            fill(service, folder, users=plan.others // 10, sessions=plan.others)
        first = database["users"].estimated_document_count()
        tokens = _people(service, folder, plan=plan)
        yield Stage(
            plan=plan,
            folder=folder,
            service=service,
            tokens=_file(folder / "tokens", tokens[plan.pairs :][: plan.live]),
            few=_file(folder / "few", tokens[plan.pairs :][:4]),
            pairs=iter([Pair(n, tokens[n], tokens[plan.users + n]) for n in range(plan.pairs)]),
            first=first,
            live=database["sessions"].estimated_document_count(),
            mongod=processes.mongod_of(service.pid),
            uri=records.uri_of(service),
        )


def _people(service: Service, folder: Path, *, plan: Plan) -> list[str]:
    """Add the people; return the tokens of a session of each, and those of another one of the first."""
    file, sessions = folder / "all tokens", plan.users + plan.pairs
    fill(service, folder, "--tokens", str(file), "--first", str(sessions), users=plan.users, sessions=sessions)
    return file.read_text().split()


def fill(service: Service, folder: Path, *options: str, users: int, sessions: int) -> None:
    """Put people and sessions into the service's database."""
    env = {**ENV, "DATA_DIR": str(service.data_dir), "PUBLIC_URL": service.base_url}
    counts = ("--users", str(users), "--sessions", str(sessions))
    run("bench.fill", *counts, *options, env=environment_of(folder, env=env))


def _file(path: Path, lines: list[str]) -> Path:
    path.write_text("\n".join(lines))
    return path


def run(module: str, *arguments: str, env: Mapping[str, str]) -> str:
    """Run a program of the bench as part of the service; return what it prints."""
    search = {"PYTHONPATH": f"{ROOT / 'core'}:{ROOT}"}
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        env={**env, **search},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{module} has failed:\n{done.stderr}")
    return done.stdout
