"""What ``manage.py check`` says about the app's settings."""

from django.core import checks
from pytest_django.fixtures import Settings

from user_auth.checks import NO_TEMPLATES, TAG, UNKNOWN, UNUSABLE


def findings() -> list[checks.CheckMessage]:
    return checks.run_checks(tags=[TAG])


def test_good_settings_are_not_mentioned() -> None:
    """Those of the tests are."""
    assert findings() == []


def test_every_problem_is_an_error_of_its_own(settings: Settings) -> None:
    """All at once; a name that does not exist is told from a value that cannot be used."""
    settings.USER_AUTH = {**settings.USER_AUTH, "MAX_SESSIONS": 0, "OTP_SECONDS": 3600, "BCRYPT_ROUND": 12}
    assert {(found.id, found.msg.split()[1]) for found in findings()} == {
        (UNUSABLE, "MAX_SESSIONS"),
        (UNUSABLE, "OTP_SECONDS"),
        (UNKNOWN, "BCRYPT_ROUND"),
    }
    assert all(found.is_serious() for found in findings())


def test_an_unknown_name_is_answered_with_the_one_that_was_meant(settings: Settings) -> None:
    """As far as it can be guessed."""
    settings.USER_AUTH = {**settings.USER_AUTH, "BCRYPT_ROUND": 12}
    assert [found.msg for found in findings()] == [
        "USER_AUTH: BCRYPT_ROUND is not a setting. Did you mean BCRYPT_ROUNDS?"
    ]


def test_no_finding_repeats_a_secret(settings: Settings) -> None:
    """What ``check`` prints ends up in logs."""
    settings.USER_AUTH = {
        "MODE": "production",
        "SECRET_KEY": "hunter2",
        "MONGODB_URI": "postgres://ada:hunter3@db.example",
        "PUBLIC_URL": "https://ada:hunter4@shop.example",
    }
    assert len(findings()) == 3
    assert "hunter" not in str(findings())


def test_templates_that_cannot_be_found_are_an_error(settings: Settings) -> None:
    """Without them no mail leaves, which would be noticed late."""
    settings.TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates"}]
    assert [found.id for found in findings()] == [NO_TEMPLATES]
    settings.TEMPLATES = []
    assert [found.id for found in findings()] == [NO_TEMPLATES]
