"""``kill -9`` of everything in the middle of the work: whatever was acknowledged is there after the next start."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import pytest
import requests

from tests.attacks.inside import Post, records_of
from tests.harness.client import Client, bearer
from tests.harness.ports import free_port
from tests.harness.service import Service, running_service
from tests.harness.waiting import is_alive, until
from tests.mail.post_office import PostOffice
from user_auth.foundation import clock

pytestmark = pytest.mark.faults

ROUNDS = 3
WORK_SECONDS = 0.4
_numbers = count()


@dataclass
class Acknowledged:
    """What clients had been told when everything ended; a list's ``append`` is safe from any thread."""

    signups: list[tuple[str, str]] = field(default_factory=list)
    accounts: list[str] = field(default_factory=list)
    sessions: list[str] = field(default_factory=list)
    logouts: list[str] = field(default_factory=list)

    def is_whole(self) -> bool:
        """Whether there is something of each kind."""
        return all((self.signups, self.accounts, self.sessions, self.logouts))


@pytest.fixture
def office() -> Iterator[PostOffice]:
    office = PostOffice()
    office.open()
    yield office
    office.close()


def new_email() -> str:
    return f"durable.{next(_numbers)}@example.com"


def verify(client: Client, mail: Post, email: str, verification_id: str) -> int:
    """Enter the code that has come; return the status."""
    otp = mail.code(email)
    return client.post("/verify-otp", {"verification_id": verification_id, "otp": otp}).status_code


class Work:
    """People at work on a service, each noting every answer the moment it has come."""

    def __init__(self, service: Service, mail: Post, *, owner: str) -> None:
        self.told = Acknowledged()
        self._service = service
        self._mail = mail
        self._owner = owner
        self._is_over = threading.Event()

    def until_it_is_killed(self) -> Acknowledged:
        """Have all of them work for a while, end everything at once, and return what they had been told by then."""
        tasks = (self._sign_up, self._sign_up_and_verify, self._log_in, self._log_in_and_out)
        with ThreadPoolExecutor(len(tasks)) as pool:
            done = [pool.submit(self._go_on, task) for task in tasks]
            time.sleep(WORK_SECONDS)
            until(self.told.is_whole, seconds=20)
            kill_everything(self._service)
            self._is_over.set()
        for each in done:
            each.result()
        return self.told

    def _go_on(self, task: Callable[[Client], None]) -> None:
        with suppress(requests.RequestException):
            while True:
                task(Client(self._service.base_url))

    def _sign_up(self, client: Client) -> None:
        email = new_email()
        self.told.signups.append((email, client.sign_up(email)))

    def _sign_up_and_verify(self, client: Client) -> None:
        email = new_email()
        verification_id = client.sign_up(email)
        until(lambda: self._mail.mails(email) or self._is_over.is_set(), seconds=20)
        if not self._is_over.is_set():
            assert verify(client, self._mail, email, verification_id) == 200
            self.told.accounts.append(email)

    def _log_in(self, client: Client) -> None:
        answer = client.log_in(self._owner, transport="header")
        assert answer.status_code == 200
        self.told.sessions.append(answer.json()["token"])

    def _log_in_and_out(self, client: Client) -> None:
        token = client.log_in(self._owner, transport="header").json()["token"]
        assert client.post("/logout", headers=bearer(token)).status_code == 204
        self.told.logouts.append(token)


def kill_everything(service: Service) -> None:
    """End the parent, its workers and mongod in the same instant, as far as signals can; return when all are gone."""
    mongod = service.mongod_pid
    service.kill_group()
    until(lambda: not is_alive(mongod), seconds=3)


def check_nothing_is_lost(service: Service, mail: Post, told: Acknowledged) -> None:
    """Hold the service to every answer that it gave before it was killed."""
    client = Client(service.base_url)
    let_leases_lapse(service)
    assert {verify(client, mail, *signup) for signup in told.signups} == {200}
    assert {client.log_in(email).status_code for email in told.accounts} == {200}
    assert {client.verify_session(token=token).status_code for token in told.sessions} == {200}
    ended = [client.verify_session(token=token) for token in told.logouts]
    assert {(answer.status_code, answer.json().get("reason")) for answer in ended} == {(401, "logout")}


def let_leases_lapse(service: Service) -> None:
    """Pass over the time after which mails that a dead worker was sending are somebody else's."""
    with records_of(service) as client:
        sending = {"status": "sending"}
        client["user_auth"].outbox.update_many(sending, {"$set": {"due_at": clock.now()}})


@pytest.mark.asvs("2.3.3", "16.5.2")
@pytest.mark.timeout(120)
def test_nothing_acknowledged_is_lost_when_everything_is_killed(tmp_path: Path, office: PostOffice) -> None:
    """Sign-ups still get their mail and their code works, accounts and sessions are there, what was ended stays ended."""
    # The same port each time: it is part of the tokens' issuer.
    env = {"PORT": str(free_port()), "WORKERS": "2", "MAX_SESSIONS": "1000"}
    env |= {"EMAIL_HOST": "127.0.0.1", "EMAIL_PORT": str(office.port)}
    mail, owner = Post(office), new_email()
    with running_service(tmp_path, env=env) as service:
        client = Client(service.base_url)
        assert verify(client, mail, owner, client.sign_up(owner)) == 200
        told = Work(service, mail, owner=owner).until_it_is_killed()
    for number in range(1, ROUNDS + 1):
        with running_service(tmp_path, env=env) as service:
            check_nothing_is_lost(service, mail, told)
            if number < ROUNDS:
                told = Work(service, mail, owner=owner).until_it_is_killed()
