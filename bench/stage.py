"""What all measurements share: the service, its database, and how long to look at it."""

import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench import callers, processes, records
from tests.harness.service import ROOT, Service, environment_of, running_service, start_service

WORKERS = 2
ENV = {"BCRYPT_ROUNDS": "12", "WORKERS": str(WORKERS), "RATE_LIMITS": "on", **callers.ENV}


@dataclass(frozen=True)
class Plan:
    """How long and how often to measure.

    Attributes:
        rounds: Each subject has so many turns; the median counts. Those that are slow have ``steady_rounds``.
        hot: Sessions that are asked about, where they are many.
        live: Sessions in the database.
        endings: Sessions that are ended to see whether anybody still accepts them.
        endings_elsewhere: The same, of those that another machine hears of.
        stalls: How often the change stream is held up.
    """

    rounds: int
    steady_rounds: int
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


SHORT = Plan(
    rounds=4,
    steady_rounds=2,
    round_seconds=1,
    hot=2_000,
    live=10_000,
    more_live=0,
    login_rounds=2,
    login_seconds=3,
    mixed_seconds=5,
    endings=500,
    password_changes=4,
    endings_elsewhere=100,
    stalls=0,
    starts=1,
)
FULL = Plan(
    rounds=9,
    steady_rounds=5,
    round_seconds=2,
    hot=10_000,
    live=10_000,
    more_live=1_000_000,
    login_rounds=4,
    login_seconds=10,
    mixed_seconds=20,
    endings=10_000,
    password_changes=40,
    endings_elsewhere=1000,
    stalls=5,
    starts=5,
)


@dataclass(frozen=True)
class Stage:
    """A running service with people in its database.

    Attributes:
        tokens: One of each live session's first ones, one a line; ``few`` are four of them.
        mongod: Its process.
        uri: Where it is.
    """

    plan: Plan
    folder: Path
    service: Service
    tokens: Path
    few: Path
    mongod: int
    uri: str

    @property
    def pids(self) -> tuple[int, ...]:
        return tuple(processes.group_of(self.service.pid))

    def more(self, name: str) -> Path:
        """Return a new folder, for another service."""
        folder = self.folder / name
        folder.mkdir()
        return folder

    def other_env(self, **env: str) -> dict[str, str]:
        """Return the environment of another service on the same database, for which the same tokens are good."""
        return {**ENV, "MONGODB_URI": self.uri, "PUBLIC_URL": self.service.base_url, **env}

    def start_other(self, name: str, **env: str) -> Service:
        """Start such a service; it is to be ended by whoever asked for it."""
        return start_service(self.more(name), env=self.other_env(**env))


@contextmanager
def staged(folder: Path, *, plan: Plan) -> Iterator[Stage]:
    """Run the service, with as many people and sessions as the plan says."""
    with running_service(folder, env=ENV) as service:
        fill(service, folder, users=plan.live, sessions=plan.live, tokens=(folder / "tokens", plan.live))
        few = folder / "few"
        few.write_text("\n".join((folder / "tokens").read_text().split()[:4]))
        mongod = processes.mongod_of(service.pid)
        yield Stage(plan, folder, service, folder / "tokens", few, mongod, records.uri_of(service))


def fill(service: Service, folder: Path, *, users: int, sessions: int, tokens: tuple[Path, int]) -> None:
    """Put people and sessions into the service's database; write the tokens of some of them to a file."""
    file, count = tokens
    counts = ("--users", str(users), "--sessions", str(sessions), "--tokens", str(file), "--first", str(count))
    run("bench.fill", *counts, env=environment_of(folder, env=ENV | {"PUBLIC_URL": service.base_url}))


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
