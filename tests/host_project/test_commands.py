"""A project's own command line, with the app in it."""

import json

import pytest

from tests.host_project.hosting import Host


def test_check_finds_nothing(host: Host) -> None:
    """Not even a warning."""
    checked = host.manage("check", "--fail-level", "WARNING")
    assert checked.returncode == 0, checked.stderr


def test_check_names_every_wrong_setting_at_once(host: Host) -> None:
    """Wrong values and unknown names, the latter with what may have been meant."""
    wrong = {"MAX_SESSIONS": 0, "SESION_DAYS": 1, "PUBLIC_URL": "shop.example"}
    checked = host.manage("check", USER_AUTH=json.dumps(wrong))
    assert checked.returncode == 1
    for line in (
        "(user_auth.E001) USER_AUTH: MAX_SESSIONS must be a whole number from 1 to 1000.",
        "(user_auth.E001) USER_AUTH: PUBLIC_URL must be an origin",
        "(user_auth.E002) USER_AUTH: SESION_DAYS is not a setting. Did you mean SESSION_DAYS?",
    ):
        assert line in checked.stderr
    assert "Traceback" not in checked.stderr


def test_the_server_does_not_start_with_wrong_settings(host: Host) -> None:
    """``runserver`` runs the checks first."""
    started = host.manage("runserver", "--noreload", "0", USER_AUTH='{"MAX_SESSIONS": 0}')
    assert started.returncode != 0
    assert "MAX_SESSIONS" in started.stderr


@pytest.mark.asvs("11.2.3")
def test_a_weak_key_is_found_in_production(host: Host) -> None:
    """It is Django's own, and the check says so."""
    checked = host.manage(
        "check", SECRET_KEY="short", USER_AUTH='{"MODE": "production", "PUBLIC_URL": "https://shop.example"}'
    )
    assert "SECRET_KEY is too weak for production" in checked.stderr
    assert "Django's own SECRET_KEY counts" in checked.stderr


def test_migrations_are_the_projects_alone(host: Host) -> None:
    """The app brings no models: no table is its own, and none is missing."""
    assert host.manage("makemigrations", "--check", "--dry-run").returncode == 0
    tables = {name for (name,) in host.sql("SELECT name FROM sqlite_master WHERE type = 'table'")}
    assert {"auth_user", "django_session", "shop_customer"} <= tables
    assert not {name for name in tables if name.startswith("user_auth")}


def test_indexes_are_made_and_compared(host: Host) -> None:
    """In the database that the project names."""
    made = host.manage("auth", "indexes")
    assert (made.returncode, made.stdout) == (0, "Every index is as it should be.\n")


def test_static_files_are_found(host: Host) -> None:
    """By the project's own ``collectstatic``, into which they go."""
    found = host.manage("findstatic", "user_auth/docs.js")
    assert str(host.packages) in found.stdout


def test_users_are_looked_after(host: Host) -> None:
    """By the same verbs as in the stand-alone service, in the project's own database."""
    for arguments in (("create", "boss@example.com", "--name", "Boss"), ("grant", "boss@example.com", "admin")):
        done = host.manage("auth", *arguments)
        assert done.returncode == 0, done.stderr
    (told,) = host.manage("auth", "users", "--q", "boss@", "--json").stdout.splitlines()
    assert json.loads(told)["roles"] == ["admin"]
    refused = host.manage("auth", "revoke", "boss@example.com", "admin")
    assert refused.returncode == 1
    assert refused.stderr == "CommandError: This is the last active admin. Make somebody else one first.\n"
    assert host.manage("auth", "audit-verify").returncode == 0
