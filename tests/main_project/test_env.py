"""The environment: read once, judged as a whole."""

import stat
from collections.abc import Mapping
from pathlib import Path

import pytest

from main_project import env
from user_auth.conf import Mode

GOOD = {"SECRET_KEY": "0123456789abcdefghijklmnopqrstuvwxyz"}
PRODUCTION = {
    **GOOD,
    "MODE": "production",
    "MONGODB_URI": "mongodb://db.example.com/auth",
    "PUBLIC_URL": "https://auth.example.com",
    "ALLOWED_HOSTS": "auth.example.com",
    "EMAIL_HOST": "smtp.example.com",
    "DEFAULT_FROM_EMAIL": "auth@example.com",
}


def problems_of(values: Mapping[str, str]) -> dict[str, str]:
    with pytest.raises(env.EnvironmentProblemsError) as raised:
        env.read(values.get)
    return {problem.name: problem.text for problem in raised.value.problems}


def test_a_secret_key_is_all_that_local_mode_needs() -> None:
    """With nothing else set the service is local, embedded, on loopback, and keeps its mail in the mailbox."""
    environment = env.read(GOOD.get)
    assert (environment.mode, environment.host, environment.port) == (Mode.LOCAL, "127.0.0.1", 8000)
    assert environment.embedded
    assert environment.mail_to_mailbox
    assert environment.public_url == "http://127.0.0.1:8000"
    assert set(environment.allowed_hosts) == {"localhost", "127.0.0.1", "[::1]"}


def test_all_problems_are_told_at_once() -> None:
    """Each wrong value is named with what is wrong and what to do, none hides another."""
    found = problems_of({"PORT": "eighty", "MAX_SESSIONS": "-1", "OTP_SECONDS": "601", "EMAIL_USE_TLS": "perhaps"})
    assert found.keys() == {"SECRET_KEY", "PORT", "MAX_SESSIONS", "OTP_SECONDS", "EMAIL_USE_TLS"}
    assert "1 to 65535" in found["PORT"]


def test_production_starts_when_it_is_safe() -> None:
    """The full set of safe values is accepted."""
    environment = env.read(PRODUCTION.get)
    assert environment.mode is Mode.PRODUCTION
    assert not environment.embedded


@pytest.mark.parametrize(
    "name", ["MONGODB_URI", "PUBLIC_URL", "ALLOWED_HOSTS", "EMAIL_HOST", "DEFAULT_FROM_EMAIL", "SECRET_KEY"]
)
def test_production_refuses_what_is_missing(name: str) -> None:
    """Each name that production needs is asked for when it is missing."""
    assert name in problems_of({key: value for key, value in PRODUCTION.items() if key != name})


@pytest.mark.asvs("11.2.3", "11.4.2", "13.2.3")
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECRET_KEY", "short"),
        ("SECRET_KEY", "replace-me-with-a-long-random-text"),
        ("SECRET_KEY", "a" * 64),
        ("SECRET_KEY_FALLBACKS", "short"),
        ("PUBLIC_URL", "http://auth.example.com"),
        ("ALLOWED_HOSTS", "*"),
        ("RATE_LIMITS", "off"),
        ("BCRYPT_ROUNDS", "9"),
    ],
)
def test_production_refuses_what_is_weak(name: str, value: str) -> None:
    """Values that are fine on one's own machine are refused for everybody's."""
    assert name in problems_of({**PRODUCTION, name: value})


def test_local_mode_listens_on_loopback_only() -> None:
    """Another address would put a mailbox page and http cookies on a network."""
    assert "HOST" in problems_of({**GOOD, "HOST": "0.0.0.0"})


def test_a_user_name_alone_means_gmail() -> None:
    """With the specification's three names only, mail goes through Gmail with TLS."""
    mail = env.read({**GOOD, "EMAIL_HOST_USER": "me@gmail.com", "EMAIL_HOST_PASSWORD": "app password"}.get).mail
    assert (mail.host, mail.port, mail.use_tls, mail.sender) == ("smtp.gmail.com", 587, True, "me@gmail.com")


def test_smtp_has_no_tls_unless_asked() -> None:
    """A named host is spoken to as the settings say and not otherwise."""
    mail = env.read({**GOOD, "EMAIL_HOST": "localhost"}.get).mail
    assert (mail.port, mail.use_tls, mail.use_ssl, mail.user) == (25, False, False, "")


@pytest.mark.asvs("16.2.5")
def test_no_message_repeats_a_secret() -> None:
    """A problem with a secret value is told without it."""
    with pytest.raises(env.EnvironmentProblemsError) as raised:
        env.read({**PRODUCTION, "SECRET_KEY": "hunter2", "MONGODB_URI": "http://user:hunter3@db"}.get)
    assert "hunter" not in str(raised.value)


@pytest.mark.asvs("13.3.2")
def test_the_first_start_writes_a_file_that_only_its_owner_can_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without key and file a key is made; the next start reads the same one."""
    monkeypatch.delenv("SECRET_KEY", raising=False)
    monkeypatch.setattr(env, "ENV_FILE", tmp_path / ".env")
    env.load.cache_clear()
    first = env.load()
    assert stat.S_IMODE((tmp_path / ".env").stat().st_mode) == 0o600
    env.load.cache_clear()
    assert env.load().secret_key == first.secret_key
    assert len(first.secret_key) >= 32
    env.load.cache_clear()
    assert [path.name for path in tmp_path.iterdir()] == [".env"]
