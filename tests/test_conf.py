"""The app's settings, as a host project gives them."""

from dataclasses import fields
from datetime import timedelta
from typing import Any

import pytest
from pytest_django.fixtures import Settings

from user_auth import conf
from user_auth.conf import OPTIONS, Mode, Option
from user_auth.crypto.keys import Purpose
from user_auth.foundation.windows import Window

KEY = {"SECRET_KEY": "0123456789abcdefghijklmnopqrstuvwxyz"}


def problems_of(given: dict[str, object]) -> dict[str, str]:
    with pytest.raises(conf.ProblemsError) as raised:
        conf.read(given)
    return {problem.name: problem.text for problem in raised.value.problems}


def field_of(name: str, option: Option) -> str:
    return option.field or name.lower()


def test_every_option_has_its_field() -> None:
    """The table and the typed settings are one list."""
    assert {field.name for field in fields(conf.Settings)} == {field_of(*row) for row in OPTIONS.items()}


def test_an_unknown_name_is_refused_with_the_one_meant() -> None:
    """A typing mistake does not silently leave the default in force."""
    found = problems_of({**KEY, "SESSION_DAY": 1, "COMPLETELY_ELSE": 1})
    assert "Did you mean SESSION_DAYS?" in found["SESSION_DAY"]
    assert "remove it" in found["COMPLETELY_ELSE"]


def test_values_may_be_pythons_own() -> None:
    """A host project need not write numbers and lists as text."""
    settings = conf.read(
        {
            **KEY,
            "SESSION_DAYS": timedelta(days=2),
            "OTP_SECONDS": 60,
            "RATE_LIMITS": False,
            "TRUSTED_ORIGINS": ["https://app.example.com/"],
            "LIMIT_LOGIN_CLIENT": (Window(1, 60),),
        }
    )
    assert settings.session_life == timedelta(days=2)
    assert settings.otp_life == timedelta(minutes=1)
    assert settings.rate_limits is False
    assert settings.trusted_origins == ("https://app.example.com",)


def test_text_reads_like_the_environment() -> None:
    """Decimals, lists and rates have one way to be written."""
    settings = conf.read(
        {**KEY, "SESSION_DAYS": "0.5", "TRUSTED_PROXIES": "10.0.0.0/8, ::1/128", "LIMIT_CODES_CLIENT": "3/minute,9/day"}
    )
    assert settings.session_life == timedelta(hours=12)
    assert [str(network) for network in settings.trusted_proxies] == ["10.0.0.0/8", "::1/128"]
    assert settings.limit_codes_client == (Window(3, 60), Window(9, 86400))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MODE", "staging"),
        ("SECRET_KEY", ""),
        ("SECRET_KEY", 7),
        ("MONGODB_URI", "http://db"),
        ("PUBLIC_URL", "auth.example.com"),
        ("PUBLIC_URL", "https://user@auth.example.com"),
        ("PUBLIC_URL", "https://auth.example.com/path"),
        ("PUBLIC_URL", "https://auth.example.com:port"),
        ("TRUSTED_ORIGINS", "*"),
        ("TRUSTED_PROXIES", "everybody"),
        ("SESSION_DAYS", "nan"),
        ("SESSION_DAYS", "401"),
        ("SESSION_DAYS", True),
        ("MAX_SESSIONS", 0),
        ("MAX_SESSIONS", 1.5),
        ("OTP_SECONDS", "601"),
        ("JWT_ALGORITHM", "none"),
        ("JWT_ALGORITHM", "EdDSA"),
        ("RATE_LIMITS", "maybe"),
        ("LIMIT_LOGIN_CLIENT", "0/minute"),
        ("LIMIT_LOGIN_CLIENT", "many"),
        ("SERVICE_NAME", "two\nlines"),
        ("ACCENT_COLOR", "red"),
        ("ACCENT_COLOR", "#fff"),
        ("ACCENT_COLOR", "#12345g"),
        ("LOGO_URL", "https://elsewhere.example/logo.png"),
        ("LOGO_URL", "//elsewhere.example/logo.png"),
        ("LOGO_URL", "javascript:alert(1)"),
        ("LOGO_URL", "data:text/html,hello"),
        ("LOGO_URL", "/two\nlines"),
    ],
)
def test_wrong_values_are_refused(name: str, value: object) -> None:
    """Each is named; what cannot be understood is never guessed at."""
    found = problems_of({**KEY, name: value})
    assert found.keys() <= {name, "JWT_KEYS_DIR"}
    assert found


def test_a_host_projects_mode_follows_debug(settings: Settings) -> None:
    """On a developer's machine local, otherwise production with all it asks for."""
    settings.USER_AUTH = {"PUBLIC_URL": "https://auth.example.com"}
    settings.DEBUG = True
    assert conf.settings().mode is Mode.LOCAL
    settings.DEBUG = False
    assert conf.settings().mode is Mode.PRODUCTION


def test_keys_differ_by_purpose() -> None:
    """No derived key is another's."""
    derived: list[Any] = [conf.key(purpose) for purpose in Purpose]
    assert len(set(derived)) == len(derived)
