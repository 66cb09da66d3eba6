"""What these tests share: one wheel, installed once, and one project that runs on it."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest

import local_mongo
from main_project import env
from tests.harness.ports import free_port
from tests.host_project import hosting
from tests.host_project.hosting import Host, Shopper
from tests.mail.post_office import PostOffice


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of the code as it is."""
    return hosting.build(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="session")
def project(wheel: Path, _mongod: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    """The project on the wheel, its SQL database migrated; it does not run yet."""
    packages = tmp_path_factory.mktemp("packages")
    hosting.install(wheel, into=packages)
    uri = local_mongo.attach(env.load().data_dir).replace("/?", "/shop?")
    office = PostOffice()
    office.open()
    made = Host(packages, tmp_path_factory.mktemp("shop"), uri, free_port(), office)
    migrated = made.manage("migrate")
    assert migrated.returncode == 0, migrated.stderr
    yield made
    office.close()


@pytest.fixture(scope="session")
def host(project: Host) -> Iterator[Host]:
    """The project, serving and sending mail by SMTP."""
    with project.serving(), project.delivering():
        yield project


@pytest.fixture
def developers_host(project: Host, tmp_path: Path) -> Iterator[Host]:
    """The project as its developer runs it, who has no SMTP server."""
    mine = replace(
        project,
        folder=tmp_path,
        mongodb_uri=project.mongodb_uri.replace("/shop?", "/developer?"),
        port=free_port(),
        email_backend="user_auth.mail.mailbox.MailboxBackend",
    )
    mine.manage("migrate")
    with mine.serving(), mine.delivering():
        yield mine


@pytest.fixture(scope="session")
def _numbers() -> Iterator[int]:
    return count(1)


@pytest.fixture
def newcomer(host: Host, _numbers: Iterator[int]) -> Shopper:
    """Somebody who has no account yet."""
    return Shopper(host, f"shopper{next(_numbers)}@example.com")


@pytest.fixture
def shopper(newcomer: Shopper) -> Shopper:
    """Somebody with an account, signed in by cookie."""
    assert newcomer.open_account().status_code == 200
    assert newcomer.log_in(newcomer.email).status_code == 200
    return newcomer


@pytest.fixture
def editor(shopper: Shopper) -> Shopper:
    """The same with the role of an editor."""
    shopper.host.grant(shopper.email, "editor")
    return shopper
