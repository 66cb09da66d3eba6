"""Over HTTP: a password is asked for once more inside a session."""

from collections.abc import Callable, Iterator

import pytest

from tests.harness.client import PASSWORD, Client
from tests.harness.service import Service, shared_service
from tests.journeys.conftest import Inbox
from tests.journeys.person import TRANSPORTS, Person, set_cookies
from tests.mail.post_office import PostOffice

WEEK = 7 * 86400
Account = Callable[[str], str]
by_both = pytest.mark.parametrize("transport", TRANSPORTS)


@by_both
@pytest.mark.asvs("7.2.4", "7.5.1")
def test_a_session_gets_a_new_token(client: Client, account: Account, email: str, transport: str) -> None:
    """By the way that the old one came; the session stays what it was, and the old token is ``replaced``."""
    person = Person(client, account(email), transport=transport)
    old, before = person.token, person.login.json()["session"]
    answer = person.send("POST", "/reauthenticate", {"password": PASSWORD})
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert body.keys() == person.login.json().keys()
    assert body["user"] == person.login.json()["user"]
    assert body["session"] == before | {"last_seen_at": body["session"]["last_seen_at"]}
    person.take_token(answer)
    assert person.token != old
    assert person.reason() is None
    assert Client(client.base_url).verify_session(token=old).json()["reason"] == "replaced"
    assert [each["id"] for each in person.get("/sessions").json()["sessions"]] == [before["id"]]


def test_by_cookie_the_token_is_in_the_cookie_alone(client: Client, account: Account, email: str) -> None:
    """For the rest of the session's life."""
    person = Person(client, account(email), transport="cookie")
    answer = person.send("POST", "/reauthenticate", {"password": PASSWORD})
    [cookie] = [line for line in set_cookies(answer) if line.startswith("token=")]
    life = int(dict(part.partition("=")[::2] for part in cookie.split("; "))["Max-Age"])
    assert WEEK - 60 < life <= WEEK
    assert client.cookies["token"] not in answer.text


def test_by_header_the_token_is_in_the_answer_alone(client: Client, account: Account, email: str) -> None:
    """Also where a cookie came along: the header counts."""
    person = Person(client, account(email), transport="header")
    person.client.log_in(email)
    answer = person.send("POST", "/reauthenticate", {"password": PASSWORD})
    body = answer.json()
    assert (body["token_type"], body["expires_at"]) == ("Bearer", body["session"]["expires_at"])
    assert body["session"]["id"] == person.session_id
    assert set_cookies(answer) == []


@by_both
def test_a_wrong_password_is_told(client: Client, account: Account, email: str, transport: str) -> None:
    """And changes nothing, whatever is sent."""
    person = Person(client, account(email), transport=transport)
    for password in ("wrong", "", f"{PASSWORD} ", "x" * 5000):
        answer = person.send("POST", "/reauthenticate", {"password": password})
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid_password")
        assert set_cookies(answer) == []
    for body in ({}, {"password": 1}, {"password": PASSWORD, "x": ""}):
        assert person.send("POST", "/reauthenticate", body).json()["code"] == "validation_error"
    assert person.reason() is None


def test_it_needs_a_session(client: Client) -> None:
    """As for ``/verify-session``."""
    answer = client.post("/reauthenticate", {"password": PASSWORD})
    assert (answer.status_code, answer.json()["code"]) == (401, "session_missing")


# ---- With limits


@pytest.fixture(scope="module")
def limited(office: PostOffice, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service whose limits are on; this machine is a proxy whose word is taken, so that there can be many clients."""
    env = {
        "EMAIL_HOST": "127.0.0.1",
        "EMAIL_PORT": str(office.port),
        "RATE_LIMITS": "on",
        "TRUSTED_PROXIES": "127.0.0.1/32",
    }
    with shared_service(tmp_path_factory.mktemp("limited"), env=env) as service:
        yield service


def at(service: Service, ip: str) -> Client:
    return Client(service.base_url, headers={"X-Forwarded-For": ip})


def make_account(service: Service, inbox: Inbox, email: str) -> str:
    client = at(service, "192.0.2.1")
    answer = client.post("/verify-otp", {"verification_id": client.sign_up(email), "otp": inbox.code(email)})
    assert answer.status_code == 200
    return email


def prove(person: Person, password: str) -> int:
    return person.send("POST", "/reauthenticate", {"password": password}).status_code


@by_both
@pytest.mark.asvs("6.3.1")
def test_five_wrong_in_a_row_end_the_session(limited: Service, inbox: Inbox, email: str, transport: str) -> None:
    """As ``revoked``; another session of the same user goes on, and the fifth was told like the others."""
    email = make_account(limited, inbox, f"{transport}.{email}")
    person, other = (Person(at(limited, "192.0.2.2"), email, transport=transport) for _ in range(2))
    assert [prove(person, "wrong") for _ in range(4)] == [400] * 4
    assert prove(person, PASSWORD) == 200
    [current] = [each for each in other.get("/sessions").json()["sessions"] if each["id"] == person.session_id]
    assert current["is_current"] is False
    person = Person(at(limited, "192.0.2.3"), email, transport=transport)
    assert [prove(person, "wrong") for _ in range(5)] == [400] * 5
    assert person.reason() == "revoked"
    assert prove(person, PASSWORD) == 401
    assert other.reason() is None


@pytest.mark.asvs("6.3.1")
def test_twenty_wrong_a_day_are_enough_for_one_user(limited: Service, inbox: Inbox, email: str) -> None:
    """In whatever session, from whatever address; it lasts, and is told with the time to wait."""
    make_account(limited, inbox, email)
    for number in range(4):
        person = Person(at(limited, f"198.51.100.{number}"), email, transport="header")
        assert [prove(person, "wrong") for _ in range(5)] == [400] * 5
    person = Person(at(limited, "198.51.100.9"), email, transport="header")
    refused = person.send("POST", "/reauthenticate", {"password": PASSWORD})
    assert (refused.status_code, refused.json()["code"]) == (429, "rate_limited")
    assert int(refused.headers["Retry-After"]) > 3600
    assert person.send("DELETE", "/account", {"password": PASSWORD}).status_code == 429
    assert person.reason() is None


@pytest.mark.asvs("6.3.1")
def test_a_client_asks_thirty_times_an_hour(limited: Service, inbox: Inbox, email: str) -> None:
    """With right and wrong passwords, for whatever it is asked."""
    make_account(limited, inbox, email)
    person = Person(at(limited, "203.0.113.5"), email, transport="cookie")
    assert [prove(person, PASSWORD) for _ in range(29)] == [200] * 29
    assert person.send("DELETE", "/account", {"password": "wrong"}).status_code == 400
    assert prove(person, PASSWORD) == 429
    assert person.send("DELETE", "/account", {"password": PASSWORD}).status_code == 429
