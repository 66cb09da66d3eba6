"""An ended session is refused by every process of a machine from the answer on, and by other machines a moment later."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from local_mongo import replica_set
from local_mongo.places import Places
from tests.harness import waiting
from tests.harness.client import PASSWORD, Client
from tests.harness.raw import Connection, connected
from tests.harness.service import Service, shared_service
from tests.journeys.person import Person
from tests.mail.post_office import PostOffice

# Enough to reach each of two workers, whichever takes which.
CONNECTIONS = 12

Ways = dict[str, Callable[[Person], object]]
WAYS: Ways = {
    "log-out": lambda person: person.send("POST", "/logout"),
    "its name": lambda person: person.send("DELETE", f"/sessions/{person.session_id}"),
    "all at once": lambda person: person.send("DELETE", "/sessions?all=true"),
    "a new secret": lambda person: person.send("POST", "/reauthenticate", {"password": PASSWORD}),
    "the account's end": lambda person: person.send("DELETE", "/account", {"password": PASSWORD}),
}


@pytest.fixture
def person(service: Service, account: Callable[[str], str], email: str) -> Person:
    return Person(Client(service.base_url), account(email), transport="header")


@pytest.fixture(scope="module")
def another_machine(
    service: Service, office: PostOffice, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    """A service with nothing in common with the first but the database, and its address."""
    owner = Places(service.data_dir.resolve() / "mongo").read_owner()
    assert owner
    mail = {"EMAIL_HOST": "127.0.0.1", "EMAIL_PORT": str(office.port), "OTP_RESEND_SECONDS": "0"}
    # The token is made for the first one's address.
    env = {"MONGODB_URI": replica_set.uri_of(owner.socket), "PUBLIC_URL": service.base_url, **mail}
    with shared_service(tmp_path_factory.mktemp("another"), env=env) as another:
        yield another


@pytest.fixture
def connections(service: Service) -> Iterator[list[Connection]]:
    with ExitStack() as stack:
        yield [stack.enter_context(connected(service)) for _ in range(CONNECTIONS)]


def asked(connections: list[Connection], token: str) -> set[int]:
    """Ask whether a token is good over each of these connections; return the statuses."""
    request = f"POST /verify-session HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n\r\n"
    for connection in connections:
        connection.send(request)
    return {connection.answer(method="POST")[0] for connection in connections}


@pytest.mark.asvs("7.4.1")
@pytest.mark.parametrize("way", WAYS)
def test_no_process_accepts_it_after_the_answer(person: Person, connections: list[Connection], way: str) -> None:
    """Whatever each of them had in memory."""
    token = person.token
    for _ in range(2):
        assert asked(connections, token) == {200}
    assert WAYS[way](person)
    assert asked(connections, token) == {401}


def test_another_machine_hears_of_it(person: Person, another_machine: Service) -> None:
    """It remembered the session, and does no more."""
    with connected(another_machine) as connection:
        for _ in range(2):
            assert asked([connection], person.token) == {200}
        person.send("POST", "/logout")
        waiting.until(lambda: asked([connection], person.token) == {401}, seconds=20)


def test_another_machine_hears_of_a_change(person: Person, another_machine: Service) -> None:
    """The name that it answers with is the new one."""
    elsewhere = Client(another_machine.base_url)
    assert elsewhere.verify_session(token=person.token).json()["user"]["name"] == ""
    person.send("PATCH", "/account", {"name": "Ada"})
    waiting.until(lambda: elsewhere.verify_session(token=person.token).json()["user"]["name"] == "Ada", seconds=20)
