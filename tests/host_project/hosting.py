"""The wheel, and a foreign project that runs on it as its own people would run it."""

import contextlib
import os
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests
from pymongo import MongoClient

from tests.harness import waiting
from tests.harness.client import SECONDS, Client, bearer
from tests.mail.post_office import PostOffice, text_of
from tests.mails import code_in

ROOT = Path(__file__).resolve().parent.parent.parent
PROJECT = Path(__file__).resolve().parent / "project"
START_SECONDS = 30
STOP_SECONDS = 10


def build(folder: Path) -> Path:
    """Build the wheel as a release would, and return it."""
    _run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT))
    return next(folder.glob("*.whl"))


def install(wheel: Path, *, into: Path) -> None:
    """Install the wheel alone; what it needs is where these tests run."""
    _run(sys.executable, "-m", "pip", "install", "--no-deps", "--no-index", "--target", str(into), str(wheel))


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@dataclass(frozen=True)
class Host:
    """The project, with data of its own.

    Attributes:
        packages: The folder into which the wheel was installed: the only place where ``user_auth`` can come from.
        folder: Where its SQL database is, and its processes write what they print.
        mongodb_uri: Names a database of its own.
    """

    packages: Path
    folder: Path
    mongodb_uri: str
    port: int
    office: PostOffice
    email_backend: str = "django.core.mail.backends.smtp.EmailBackend"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(self.packages),
            "PYTHONNOUSERSITE": "1",
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONUNBUFFERED": "1",
            "SQLITE_PATH": str(self.folder / "shop.sqlite3"),
            "MONGODB_URI": self.mongodb_uri,
            "EMAIL_BACKEND": self.email_backend,
            "EMAIL_PORT": str(self.office.port),
            "PUBLIC_URL": self.url,
        }

    def python(self, *arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
        """Run Python as the project does, to its end."""
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=self.folder,
            env=self.environment | environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def manage(self, *arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
        """Run a command of ``manage.py`` to its end."""
        return self.python(str(PROJECT / "manage.py"), *arguments, **environment)

    @contextlib.contextmanager
    def serving(self) -> Iterator[None]:
        """Serve, by the project's own ``runserver``."""
        with self._running("runserver", "--noreload", f"127.0.0.1:{self.port}") as process:
            waiting.until(lambda: self._listens() or process.poll() is not None, seconds=START_SECONDS)
            assert process.poll() is None, (self.folder / "runserver.log").read_text(encoding="utf-8")
            yield

    @contextlib.contextmanager
    def delivering(self) -> Iterator[None]:
        """Send mail, by ``auth mail-worker``."""
        with self._running("auth", "mail-worker"):
            yield

    def sql(self, query: str, *values: str) -> list[Any]:
        with contextlib.closing(sqlite3.connect(self.folder / "shop.sqlite3")) as database:
            return database.execute(query, values).fetchall()

    def grant(self, email: str, role: str) -> None:
        with MongoClient[Mapping[str, Any]](self.mongodb_uri) as client:
            client.get_default_database().users.update_one({"email": email}, {"$addToSet": {"roles": role}})

    @contextlib.contextmanager
    def _running(self, *arguments: str) -> Iterator["subprocess.Popen[bytes]"]:
        command = [sys.executable, str(PROJECT / "manage.py"), *arguments]
        with (
            (self.folder / f"{arguments[0]}.log").open("wb") as log,
            subprocess.Popen(command, cwd=self.folder, env=self.environment, stdout=log, stderr=log) as process,
        ):
            try:
                yield process
            finally:
                _stop(process)

    def _listens(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0


class Shopper(Client):
    """Somebody with a browser, or an app: ``Client`` for what lies under the prefix, ``visit`` for the rest."""

    def __init__(self, host: Host, email: str) -> None:
        super().__init__(f"{host.url}/auth", headers={"Accept": "application/json"})
        self.host = host
        self.email = email

    def visit(self, path: str, method: str = "GET", *, token: str = "", **options: Any) -> requests.Response:
        headers = options.pop("headers", {}) | (bearer(token) if token else {})
        return self._session.request(
            method, self.host.url + path, headers=headers, timeout=SECONDS, allow_redirects=False, **options
        )

    def open_account(self) -> requests.Response:
        """Sign up, wait for the mail, and send back the code that is in it."""
        verification_id = self.sign_up(self.email, name="Ada")
        waiting.until(self._letters, seconds=START_SECONDS)
        return self.post("/verify-otp", {"verification_id": verification_id, "otp": code_in(self._letters()[-1])})

    def log_in_by_header(self) -> str:
        """Log in and return the token."""
        return str(self.log_in(self.email, transport="header").json()["token"])

    def _letters(self) -> list[str]:
        return [text_of(mail) for mail in list(self.host.office.received) if mail["To"] == self.email]


def _stop(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
