"""The only reader of the environment: the process's own, then ``core/env/.env``."""

import os
import secrets
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from decouple import Config, RepositoryEmpty, RepositoryEnv

from user_auth import conf, readers
from user_auth.conf import Mode, Option, Problem

CORE = Path(__file__).resolve().parent.parent
ENV_FILE = CORE / "env" / ".env"
CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
LOOPBACK = ("localhost", "127.0.0.1", "::1")
GMAIL = {"host": "smtp.gmail.com", "port": 587, "use_tls": True}


class EnvironmentProblemsError(Exception):
    """Some of the environment cannot be used; the text names every problem and its remedy."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        lines = "\n".join(f"  {problem}" for problem in problems)
        super().__init__(f"The settings cannot be used (environment and core/env/.env):\n{lines}")


@dataclass(frozen=True)
class Mail:
    """How mail leaves: through SMTP, or into the mailbox page when ``host`` is empty."""

    host: str
    port: int
    user: str
    password: str
    use_tls: bool
    use_ssl: bool
    sender: str


@dataclass(frozen=True)
class Environment:
    """The environment, typed.

    Attributes:
        data_dir: Absolute; what the embedded database and the service keep.
        log_format: ``json`` or ``text``.
        embedded: No ``MONGODB_URI`` in local mode: an embedded MongoDB is to be used.
        user_auth: The names and values for the app's ``USER_AUTH``.
    """

    mode: Mode
    host: str
    port: int
    workers: int
    data_dir: Path
    embedded: bool
    public_url: str
    service_name: str
    secret_key: str
    allowed_hosts: tuple[str, ...]
    log_format: str
    log_level: str
    mail: Mail
    user_auth: Mapping[str, str]

    @property
    def mail_to_mailbox(self) -> bool:
        return not self.mail.host


SERVICE_OPTIONS: Mapping[str, Option] = {
    "HOST": Option(readers.line, "127.0.0.1"),
    "PORT": Option(readers.integer(1, 65535), "8000"),
    "WORKERS": Option(readers.integer(1, 512), str(CORES)),
    "DATA_DIR": Option(readers.path, str(CORE / "var")),
    "ALLOWED_HOSTS": Option(readers.items, ()),
    "LOG_FORMAT": Option(readers.one_of("auto", "json", "text"), "auto"),
    "LOG_LEVEL": Option(readers.one_of("DEBUG", "INFO", "WARNING", "ERROR"), "INFO"),
    "EMAIL_HOST": Option(readers.line, ""),
    "EMAIL_PORT": Option(readers.integer(0, 65535), "0"),
    "EMAIL_HOST_USER": Option(readers.text, ""),
    "EMAIL_HOST_PASSWORD": Option(readers.text, ""),
    "EMAIL_USE_TLS": Option(readers.switch, "off"),
    "EMAIL_USE_SSL": Option(readers.switch, "off"),
    "DEFAULT_FROM_EMAIL": Option(readers.line, ""),
}

Lookup = Callable[[str], str | None]


@lru_cache(maxsize=1)
def load() -> Environment:
    """Read the environment; in local mode without ``SECRET_KEY`` or file, write the file first.

    Raises:
        EnvironmentProblemsError: With every problem at once.
    """
    if not ENV_FILE.exists() and "SECRET_KEY" not in os.environ and os.environ.get("MODE", "local") == "local":
        _write_env_file()
    try:
        config = Config(RepositoryEnv(str(ENV_FILE)) if ENV_FILE.exists() else RepositoryEmpty())
    except (OSError, UnicodeDecodeError) as error:
        raise EnvironmentProblemsError([Problem("core/env/.env", f"cannot be read: {error}")]) from error
    return read(partial(config, default=None))


def read(lookup: Lookup) -> Environment:
    """Build the environment from ``lookup``, which returns a name's text or ``None``.

    Raises:
        EnvironmentProblemsError: With every problem at once.
    """
    given = {name: text for name in {**conf.OPTIONS, **SERVICE_OPTIONS} if (text := lookup(name)) not in (None, "")}
    values, problems = _service_values(given)
    user_auth = {name: text for name, text in given.items() if name in conf.OPTIONS}
    user_auth.setdefault("PUBLIC_URL", f"http://127.0.0.1:{values.get('PORT', 8000)}")
    user_auth.setdefault("HASHING_THREADS", str(_hashing_threads(values.get("WORKERS", CORES))))
    if "DATA_DIR" in values:
        user_auth.setdefault("SESSION_CACHE_DIR", str(_absolute(values["DATA_DIR"])))
    if user_auth.get("MODE", Mode.LOCAL) == Mode.LOCAL and "DATA_DIR" in values:
        user_auth.setdefault("JWT_KEYS_DIR", str(_absolute(values["DATA_DIR"]) / "keys"))
    app: conf.Settings | None = None
    try:
        app = conf.read(user_auth)
    except conf.ProblemsError as error:
        problems += error.problems
    problems += _unsafe(given, values, mode=given.get("MODE", "local"))
    if problems or app is None:
        raise EnvironmentProblemsError(problems)
    return _environment(values, app=app, user_auth=user_auth)


def _hashing_threads(workers: int) -> int:
    """Return how many passwords a worker hashes at the same time: its share of the cores, and one more of several.

    The kernel deals connections out by chance, and who has most of them must be able to use a core that another leaves
    idle.
    """
    return max(1, CORES // workers) + (workers > 1)


def _service_values(given: Mapping[str, str]) -> tuple[dict[str, Any], list[Problem]]:
    values: dict[str, Any] = {}
    problems: list[Problem] = []
    for name, option in SERVICE_OPTIONS.items():
        try:
            values[name] = option.read(given.get(name, option.default))
        except ValueError as error:
            problems.append(Problem(name, str(error)))
    return values, problems


def _environment(values: Mapping[str, Any], *, app: conf.Settings, user_auth: Mapping[str, str]) -> Environment:
    hosts = values["ALLOWED_HOSTS"] or (("localhost", "127.0.0.1", "[::1]") if app.is_local else ())
    return Environment(
        mode=app.mode,
        host=values["HOST"],
        port=values["PORT"],
        workers=values["WORKERS"],
        data_dir=_absolute(values["DATA_DIR"]),
        embedded=app.is_local and "MONGODB_URI" not in user_auth,
        public_url=app.public_url,
        service_name=app.service_name,
        secret_key=app.secret_key,
        allowed_hosts=hosts,
        log_format=_log_format(values["LOG_FORMAT"], is_local=app.is_local),
        log_level=values["LOG_LEVEL"],
        mail=_mail(values),
        user_auth=user_auth,
    )


def _log_format(chosen: str, *, is_local: bool) -> str:
    """Return the form for whoever is there to read: a person at a terminal, or a collector of logs."""
    return chosen if chosen != "auto" else "text" if is_local else "json"


def _absolute(path: Path) -> Path:
    """Read a relative path from the checkout, whatever the folder that a command is run in."""
    return path if path.is_absolute() else CORE.parent / path


def _mail(values: Mapping[str, Any]) -> Mail:
    host, port, use_tls = values["EMAIL_HOST"], values["EMAIL_PORT"], values["EMAIL_USE_TLS"]
    if not host and values["EMAIL_HOST_USER"]:
        # The specification names only a user and a password: they are those of a Gmail account.
        host, port, use_tls = GMAIL["host"], port or GMAIL["port"], GMAIL["use_tls"]
    user = values["EMAIL_HOST_USER"]
    return Mail(
        host=host,
        port=port or (465 if values["EMAIL_USE_SSL"] else 587 if use_tls else 25),
        user=user,
        password=values["EMAIL_HOST_PASSWORD"],
        use_tls=use_tls and not values["EMAIL_USE_SSL"],
        use_ssl=values["EMAIL_USE_SSL"],
        sender=values["DEFAULT_FROM_EMAIL"] or (user if "@" in user else "no-reply@localhost"),
    )


def _unsafe(given: Mapping[str, str], values: Mapping[str, Any], *, mode: str) -> list[Problem]:
    problems = []
    if values.get("EMAIL_USE_TLS") and values.get("EMAIL_USE_SSL"):
        problems.append(Problem("EMAIL_USE_SSL", "and EMAIL_USE_TLS exclude each other; set one of them."))
    if mode == "local" and values.get("HOST", "127.0.0.1") not in LOOPBACK:
        problems.append(
            Problem("HOST", "must be a loopback address in local mode; set MODE=production to listen elsewhere.")
        )
    if mode != "production":
        return problems
    needed = {
        "MONGODB_URI": "is needed in production; name a MongoDB 6 or newer.",
        "ALLOWED_HOSTS": "is needed in production; name the hosts that this service answers under.",
        "DEFAULT_FROM_EMAIL": "is needed in production; name the sender of the service's mails.",
        "PUBLIC_URL": "is needed in production; name the https:// address that users see.",
    }
    if "@" in values.get("EMAIL_HOST_USER", ""):
        del needed["DEFAULT_FROM_EMAIL"]
    if "*" in values.get("ALLOWED_HOSTS", ()):
        problems.append(Problem("ALLOWED_HOSTS", "must name hosts in production, not *."))
    if not values.get("EMAIL_HOST") and not values.get("EMAIL_HOST_USER"):
        problems.append(
            Problem("EMAIL_HOST", "or EMAIL_HOST_USER is needed in production; without one no code reaches anybody.")
        )
    return problems + [Problem(name, text) for name, text in needed.items() if name not in given]


def _write_env_file() -> None:
    """Write a first ``core/env/.env`` that only its owner can read; somebody who was quicker wins."""
    draft = ENV_FILE.with_name(f".{os.getpid()}.draft")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(
                f"# Written on the first start; .env.example explains every name.\nSECRET_KEY={secrets.token_urlsafe(48)}\n"
            )
        with suppress(FileExistsError):
            # A link appears whole or not at all, and never over another file.
            os.link(draft, ENV_FILE)
        draft.unlink()
    except OSError as error:
        problem = Problem(
            "core/env/.env", f"cannot be written ({error.strerror}); make the folder writable, or set SECRET_KEY."
        )
        raise EnvironmentProblemsError([problem]) from error
