"""Real services to attack: one whose limits are off, one whose limits are on, one that is closed."""

from collections.abc import Callable, Iterator
from itertools import count

import pytest

from tests.attacks.forging import Parts, decode
from tests.attacks.inside import PEPPER, Post, Records, records_of
from tests.attacks.people import People, Somebody, make_account
from tests.harness.client import Client
from tests.harness.service import Service, shared_service
from tests.mail.post_office import PostOffice

Account = Callable[[str], str]
_numbers = count()


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
    with shared_service(tmp_path_factory.mktemp("attacked"), env=env) as service:
        yield service


@pytest.fixture(scope="session")
def records(service: Service) -> Iterator[Records]:
    """The service's database."""
    with records_of(service) as client:
        yield client["user_auth"]


@pytest.fixture(scope="session")
def limited(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Limits on, mail in the mailbox; 127.0.0.1 is a proxy whose word is taken, other loopback addresses are clients."""
    env = {
        "WORKERS": "2",
        "RATE_LIMITS": "on",
        "TRUSTED_PROXIES": "127.0.0.1/32",
        "TRUSTED_ORIGINS": "https://app.example.com",
        "PASSWORD_PEPPER": PEPPER,
        "LIMIT_VERIFY_CLIENT": "5/minute",
        "OTP_RESEND_SECONDS": "0",
    }
    with shared_service(tmp_path_factory.mktemp("limited"), env=env) as service:
        yield service


@pytest.fixture(scope="session")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service that people reach by https, and that takes no sign-ups."""
    env = {
        "PUBLIC_URL": "https://auth.example.com",
        "ALLOWED_HOSTS": "auth.example.com,127.0.0.1",
        "SIGNUP": "closed",
    }
    with shared_service(tmp_path_factory.mktemp("closed"), env=env) as service:
        yield service


@pytest.fixture(scope="session")
def limited_records(limited: Service) -> Iterator[Records]:
    """The database of the service whose limits are on."""
    with records_of(limited) as client:
        yield client["user_auth"]


@pytest.fixture(autouse=True)
def _no_crash(request: pytest.FixtureRequest) -> Iterator[None]:
    """Whatever a test does to a service, that says nothing of a crash."""
    services = [
        request.getfixturevalue(name) for name in ("service", "limited", "closed") if name in request.fixturenames
    ]
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
def account(service: Service, mail: Post) -> Account:
    """Make an account through the front door and return its address."""

    def make(email: str) -> str:
        client = Client(service.base_url)
        verification_id = client.sign_up(email)
        answer = client.post("/verify-otp", {"verification_id": verification_id, "otp": mail.code(email)})
        assert answer.status_code == 200, answer.text
        return email

    return make


@pytest.fixture(scope="session")
def token(service: Service, account: Account) -> str:
    """A good token."""
    email = account("tokens@example.com")
    found: str = Client(service.base_url).log_in(email, transport="header").json()["token"]
    return found


@pytest.fixture
def header(token: str) -> Parts:
    """Its header."""
    return decode(token, part=0)


@pytest.fixture
def claims(token: str) -> Parts:
    """What it says."""
    return decode(token, part=1)


@pytest.fixture
def people(limited: Service) -> People:
    """Make strangers who ask the service whose limits are on, each from an address of their own unless one is given."""
    return lambda **options: Somebody(limited, **options)


@pytest.fixture
def known(people: People, limited_records: Records, email: str) -> str:
    """An address that has an account there."""
    return make_account(people(), limited_records, email)
