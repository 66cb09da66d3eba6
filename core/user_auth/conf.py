"""The app's settings: one table of options, read from the ``USER_AUTH`` dict of Django's settings.

The stand-alone service fills that dict from its environment with the same names, so that both are held
to the same rules. Nothing else in the app reads ``django.conf``.
"""

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings as django_settings
from django.core.exceptions import ImproperlyConfigured
from django.core.signals import setting_changed

from user_auth import readers
from user_auth.crypto import keys
from user_auth.crypto.keys import Purpose
from user_auth.foundation.windows import Window
from user_auth.readers import IpNetwork

STRONG_KEY_BYTES = 32
STRONG_KEY_LETTERS = 8
SAFE_BCRYPT_ROUNDS = 10
SAMPLE_SECRET_KEY = "replace-me-with-a-long-random-text"  # noqa: S105 - what core/env/.env.example holds


class Mode(StrEnum):
    """Where the service runs: on one developer's machine, or for everybody."""

    LOCAL = "local"
    PRODUCTION = "production"


# Compared by identity: what follows from the settings is cached by them, and looked up at every request.
@dataclass(frozen=True, eq=False)
class Settings:
    """Everything that can be set, typed. ``docs/settings.md`` explains each name."""

    mode: Mode
    secret_key: str
    secret_key_fallbacks: tuple[str, ...]
    mongodb_uri: str | Callable[[], str]
    service_name: str
    logo_url: str
    accent_color: str
    public_url: str
    trusted_origins: tuple[str, ...]
    trusted_proxies: tuple[IpNetwork, ...]
    session_life: timedelta
    session_idle: timedelta
    max_sessions: int
    session_cache_entries: int
    session_cache_dir: Path | None
    otp_life: timedelta
    otp_resend: timedelta
    otp_guesses: int
    otp_challenge_guesses: int
    jwt_algorithm: str
    jwt_keys_dir: Path | None
    jwt_issuer: str
    jwt_audience: str
    hashing_threads: int
    bcrypt_rounds: int
    password_min_length: int
    password_pepper: str
    metrics_token: str
    signup: str
    rate_limits: bool
    limit_login_client: tuple[Window, ...]
    limit_login_account_client: int
    limit_login_account: int
    limit_login_max_delay: int
    limit_signup_client: tuple[Window, ...]
    limit_signup_account_client: tuple[Window, ...]
    limit_signup_account: tuple[Window, ...]
    limit_codes_client: tuple[Window, ...]
    limit_codes_account: tuple[Window, ...]
    limit_mails_client: tuple[Window, ...]
    limit_mails_account_client: tuple[Window, ...]
    limit_mails_account: tuple[Window, ...]
    limit_password_client: tuple[Window, ...]
    limit_password_account: tuple[Window, ...]
    limit_password_session: int
    limit_verify_client: tuple[Window, ...]

    @property
    def is_local(self) -> bool:
        return self.mode is Mode.LOCAL

    @property
    def uses_https(self) -> bool:
        """Whether browsers reach the service over https: decides the cookies' ``Secure`` and ``__Host-``, and HSTS."""
        return self.public_url.startswith("https://")


@dataclass(frozen=True)
class Option:
    """One setting.

    Attributes:
        read: Turns the value into its type; ``ValueError`` says what is wrong and what to do.
        default: The value, before reading, when it is not set.
        field: Its name in ``Settings``, where that is not the setting's own in lower case.
    """

    read: Callable[[object], Any]
    default: object
    field: str = ""


def _windows(default: str) -> Option:
    return Option(readers.windows, default)


OPTIONS: Mapping[str, Option] = {
    "MODE": Option(readers.choice(Mode), "local"),
    "SECRET_KEY": Option(readers.secret, None),
    "SECRET_KEY_FALLBACKS": Option(readers.secrets, ()),
    "MONGODB_URI": Option(readers.mongodb_uri, "mongodb://127.0.0.1:27017/user_auth"),
    "SERVICE_NAME": Option(readers.line, "Django JWT Auth"),
    "LOGO_URL": Option(readers.image, ""),
    "ACCENT_COLOR": Option(readers.color, ""),
    "PUBLIC_URL": Option(readers.origin, "http://127.0.0.1:8000"),
    "TRUSTED_ORIGINS": Option(readers.origins, ()),
    "TRUSTED_PROXIES": Option(readers.networks, ()),
    "SESSION_DAYS": Option(readers.duration("days", least=0.0001, most=400), "7", "session_life"),
    "SESSION_IDLE_HOURS": Option(readers.duration("hours", least=0, most=8760), "0", "session_idle"),
    "MAX_SESSIONS": Option(readers.integer(1, 1000), "10"),
    "SESSION_CACHE_ENTRIES": Option(readers.integer(0, 10_000_000), "40000"),
    "SESSION_CACHE_DIR": Option(readers.path, None),
    "OTP_SECONDS": Option(readers.duration("seconds", least=1, most=600), "300", "otp_life"),
    "OTP_RESEND_SECONDS": Option(readers.duration("seconds", least=0, most=600), "60", "otp_resend"),
    "OTP_GUESSES": Option(readers.integer(1, 5), "5"),
    "OTP_CHALLENGE_GUESSES": Option(readers.integer(1, 10), "10"),
    "JWT_ALGORITHM": Option(readers.one_of("HS256", "EdDSA", "ES256"), "HS256"),
    "JWT_KEYS_DIR": Option(readers.path, None),
    "JWT_ISSUER": Option(readers.line, None),
    "JWT_AUDIENCE": Option(readers.line, None),
    "HASHING_THREADS": Option(readers.integer(1, 256), "1"),
    "BCRYPT_ROUNDS": Option(readers.integer(4, 20), "12"),
    "PASSWORD_MIN_LENGTH": Option(readers.integer(8, 128), "8"),
    "PASSWORD_PEPPER": Option(readers.text, ""),
    "METRICS_TOKEN": Option(readers.text, ""),
    "SIGNUP": Option(readers.one_of("open", "closed"), "open"),
    "RATE_LIMITS": Option(readers.switch, "on"),
    "LIMIT_LOGIN_CLIENT": _windows("20/minute,200/hour"),
    "LIMIT_LOGIN_ACCOUNT_CLIENT": Option(readers.integer(1, 1000), "5"),
    "LIMIT_LOGIN_ACCOUNT": Option(readers.integer(1, 100_000), "100"),
    "LIMIT_LOGIN_MAX_DELAY": Option(readers.integer(1, 86400), "900"),
    "LIMIT_SIGNUP_CLIENT": _windows("10/hour"),
    "LIMIT_SIGNUP_ACCOUNT_CLIENT": _windows("3/hour"),
    "LIMIT_SIGNUP_ACCOUNT": _windows("20/day"),
    "LIMIT_CODES_CLIENT": _windows("30/hour"),
    "LIMIT_CODES_ACCOUNT": _windows("100/day"),
    "LIMIT_MAILS_CLIENT": _windows("20/hour"),
    "LIMIT_MAILS_ACCOUNT_CLIENT": _windows("1/minute,5/hour"),
    "LIMIT_MAILS_ACCOUNT": _windows("20/day"),
    "LIMIT_PASSWORD_CLIENT": _windows("30/hour"),
    "LIMIT_PASSWORD_ACCOUNT": _windows("20/day"),
    "LIMIT_PASSWORD_SESSION": Option(readers.integer(1, 1000), "5"),
    "LIMIT_VERIFY_CLIENT": _windows("600/minute"),
}


@dataclass(frozen=True)
class Problem:
    """One setting that cannot be used: its name, what is wrong, and what to do."""

    name: str
    text: str

    def __str__(self) -> str:
        return f"{self.name} {self.text}"


class ProblemsError(ImproperlyConfigured):
    """Some settings cannot be used; ``problems`` holds all of them."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        super().__init__("\n".join(f"  {problem}" for problem in problems))


def read(given: Mapping[str, object]) -> Settings:
    """Build the settings from names and values as a host project or the environment gives them.

    Raises:
        ProblemsError: With every problem at once.
    """
    problems = [_unknown(name) for name in given if name not in OPTIONS]
    values: dict[str, Any] = {}
    for name, option in OPTIONS.items():
        value = given.get(name)
        try:
            values[option.field or name.lower()] = option.read(option.default if value is None else value)
        except ValueError as error:
            problems.append(Problem(name, str(error)))
    problems += _unsafe(values)
    if problems:
        raise ProblemsError(problems)
    values["jwt_issuer"] = values["jwt_issuer"] or values["public_url"]
    values["jwt_audience"] = values["jwt_audience"] or values["service_name"]
    return Settings(**values)


def _unknown(name: str) -> Problem:
    near = difflib.get_close_matches(name.upper(), OPTIONS, n=1)
    return Problem(name, f"is not a setting. Did you mean {near[0]}?" if near else "is not a setting; remove it.")


def _unsafe(values: Mapping[str, Any]) -> list[Problem]:
    """Return what must not be so, in production or anywhere; a name whose value could not be read is passed over."""
    problems = []
    if values.get("jwt_algorithm") in ("EdDSA", "ES256") and not values.get("jwt_keys_dir"):
        problems.append(
            Problem("JWT_KEYS_DIR", f"is needed for JWT_ALGORITHM={values['jwt_algorithm']}; name a folder.")
        )
    if values.get("mode") is not Mode.PRODUCTION:
        return problems
    for name, (field, is_safe, text) in _SAFE.items():
        if field in values and not is_safe(values[field]):
            problems.append(Problem(name, text))
    return problems


def _is_strong(key: str) -> bool:
    return (
        len(key.encode(errors="surrogateescape")) >= STRONG_KEY_BYTES
        and len(set(key)) >= STRONG_KEY_LETTERS
        and key != SAMPLE_SECRET_KEY
    )


def _are_strong(keys: tuple[str, ...]) -> bool:
    return all(map(_is_strong, keys))


def _is_https(url: str) -> bool:
    return url.startswith("https://")


def _is_costly(rounds: int) -> bool:
    return rounds >= SAFE_BCRYPT_ROUNDS


_SAFE: Mapping[str, tuple[str, Callable[[Any], bool], str]] = {
    "SECRET_KEY": ("secret_key", _is_strong, "is too weak for production; use 32 random bytes or more."),
    "SECRET_KEY_FALLBACKS": ("secret_key_fallbacks", _are_strong, "holds a key too weak for production; drop it."),
    "PUBLIC_URL": ("public_url", _is_https, "must begin with https:// in production."),
    "RATE_LIMITS": ("rate_limits", bool, "cannot be off in production; remove it."),
    "BCRYPT_ROUNDS": ("bcrypt_rounds", _is_costly, "must be 10 or more in production; 12 is the default."),
}


@lru_cache(maxsize=1)
def settings() -> Settings:
    """Return the settings in force.

    Raises:
        ProblemsError: Some of them cannot be used.
    """
    given = {
        "MODE": "local" if django_settings.DEBUG else "production",
        "SECRET_KEY": django_settings.SECRET_KEY,
        "SECRET_KEY_FALLBACKS": tuple(django_settings.SECRET_KEY_FALLBACKS),
        **getattr(django_settings, "USER_AUTH", {}),
    }
    return read(given)


@lru_cache
def key(purpose: Purpose) -> bytes:
    """Return the key for one purpose, derived from ``SECRET_KEY``."""
    return keys.derive(settings().secret_key, purpose)


def _forget(*, setting: str, **_: object) -> None:
    if setting in ("USER_AUTH", "SECRET_KEY", "SECRET_KEY_FALLBACKS", "DEBUG"):
        settings.cache_clear()
        key.cache_clear()


setting_changed.connect(_forget)
