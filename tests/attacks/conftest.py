"""Two real services to attack: one whose limits are off, one whose limits are on."""

from collections.abc import Callable, Iterator
from email.message import EmailMessage
from itertools import count
from typing import Any

import pytest
from local_mongo import replica_set
from local_mongo.places import Places
from pymongo import MongoClient
from pymongo.database import Database

from tests.harness.client import Client
from tests.harness.service import Service, running_service
from tests.mail.post_office import PostOffice, wait_until
from tests.mails import code_in

Records = Database[dict[str, Any]]
_numbers = count()


class Post:
    """What an SMTP server has taken, by recipient."""

    def __init__(self, office: PostOffice) -> None:
        self._office = office
        self._sorted: dict[str, list[EmailMessage]] = {}
        self._seen = 0

    def mails(self, email: str) -> list[EmailMessage]:
        """Return the mails to an address, oldest first."""
        while self._seen < len(self._office.received):
            mail = self._office.received[self._seen]
            self._sorted.setdefault(str(mail["To"]).lower(), []).append(mail)
            self._seen += 1
        return self._sorted.get(email.lower(), [])

    def wait_for(self, email: str, *, mails: int = 1) -> list[EmailMessage]:
        """Return the mails to an address once there are so many."""
        wait_until(lambda: len(self.mails(email)) >= mails, seconds=20)
        return self.mails(email)

    def code(self, email: str, *, mails: int = 1) -> str:
        """Return the code of the latest mail once there are so many; empty when it carries none."""
        return code_of(self.wait_for(email, mails=mails)[-1])


def code_of(mail: EmailMessage) -> str:
    return code_in(mail.get_body(("plain",)).get_content())  # type: ignore[union-attr]


def records_of(service: Service) -> MongoClient[dict[str, Any]]:
    """Open the database of a service, as somebody on its machine can."""
    owner = Places(service.data_dir.resolve() / "mongo").read_owner()
    assert owner, "the service has no database of its own"
    return MongoClient(replica_set.uri_of(owner.socket), tz_aware=True)


@pytest.fixture(scope="session")
def office() -> Iterator[PostOffice]:
    office = PostOffice()
    office.open()
    yield office
    office.close()


@pytest.fixture(scope="session")
def mail(office: PostOffice) -> Post:
    return Post(office)


@pytest.fixture(scope="session")
def service(office: PostOffice, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Two workers, mail by SMTP, limits off (the counts and cooldowns of codes are not), three sessions a user."""
    env = {"WORKERS": "2", "MAX_SESSIONS": "3", "EMAIL_HOST": "127.0.0.1", "EMAIL_PORT": str(office.port)}
    with running_service(tmp_path_factory.mktemp("attacked"), env=env) as service:
        yield service


@pytest.fixture(scope="session")
def records(service: Service) -> Iterator[Records]:
    """The service's database."""
    with records_of(service) as client:
        yield client["user_auth"]


@pytest.fixture(autouse=True)
def _no_crash(request: pytest.FixtureRequest) -> Iterator[None]:
    """Whatever a test does to a service, that says nothing of a crash."""
    services = [request.getfixturevalue(name) for name in ("service", "limited") if name in request.fixturenames]
    said = [len(service.output) for service in services]
    yield
    for service, length in zip(services, said, strict=True):
        assert "Traceback" not in service.output[length:]
        assert "Crash" not in service.output[length:]


@pytest.fixture
def client(service: Service) -> Client:
    return Client(service.base_url)


@pytest.fixture
def email() -> str:
    """An address that nobody has used yet."""
    return f"Ada.{next(_numbers)}@example.com"


@pytest.fixture(scope="session")
def account(service: Service, mail: Post) -> Callable[[str], str]:
    """Make an account through the front door and return its address."""

    def make(email: str) -> str:
        client = Client(service.base_url)
        verification_id = client.sign_up(email)
        answer = client.post("/verify-otp", {"verification_id": verification_id, "otp": mail.code(email)})
        assert answer.status_code == 200, answer.text
        return email

    return make
