"""One real service for all journeys of a test process, with a real SMTP server beside it."""

from collections.abc import Callable, Iterator
from itertools import count

import pytest

from tests.harness.client import Client
from tests.harness.service import Service, shared_service
from tests.mail.post_office import PostOffice, text_of, wait_until
from tests.mails import code_in

_numbers = count()


class Inbox:
    """What an SMTP server has taken, by recipient."""

    def __init__(self, office: PostOffice) -> None:
        self._office = office
        self._texts: dict[str, list[str]] = {}
        self._seen = 0

    def texts(self, email: str) -> list[str]:
        """Return the text of each mail to an address, oldest first."""
        # Each mail is read once: whoever waits asks a hundred times a second.
        for mail in self._office.received[self._seen :]:
            self._texts.setdefault(str(mail["To"]).lower(), []).append(text_of(mail))
            self._seen += 1
        return self._texts.get(email.lower(), [])

    def wait_for(self, email: str, *, mails: int = 1) -> str:
        """Return the text of the latest mail once there are so many."""
        wait_until(lambda: len(self.texts(email)) >= mails)
        return self.texts(email)[-1]

    def code(self, email: str, *, mails: int = 1) -> str:
        return code_in(self.wait_for(email, mails=mails))


@pytest.fixture(scope="session")
def office() -> Iterator[PostOffice]:
    office = PostOffice()
    office.open()
    yield office
    office.close()


@pytest.fixture(scope="session")
def inbox(office: PostOffice) -> Inbox:
    return Inbox(office)


@pytest.fixture(scope="session")
def service(office: PostOffice, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service of two workers whose mail goes to ``office``; limits are off, the counts of codes are not."""
    env = {"WORKERS": "2", "EMAIL_HOST": "127.0.0.1", "EMAIL_PORT": str(office.port), "OTP_RESEND_SECONDS": "0"}
    with shared_service(tmp_path_factory.mktemp("service"), env=env) as service:
        yield service


@pytest.fixture
def client(service: Service) -> Client:
    return Client(service.base_url)


@pytest.fixture
def another_client(service: Service) -> Client:
    """Somebody else's browser."""
    return Client(service.base_url)


@pytest.fixture
def email() -> str:
    """An address that nobody has used yet."""
    return f"ada.{next(_numbers)}@example.com"


@pytest.fixture
def account(client: Client, inbox: Inbox) -> Callable[[str], str]:
    """Make an account through the front door and return its address."""

    def make(email: str) -> str:
        verification_id = client.sign_up(email)
        answer = client.post("/verify-otp", {"verification_id": verification_id, "otp": inbox.code(email)})
        assert answer.status_code == 200, answer.text
        return email

    return make
