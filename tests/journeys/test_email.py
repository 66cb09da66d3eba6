"""Over HTTP: an account gets another address."""

from collections.abc import Callable

import pytest

from tests.harness.client import PASSWORD, Client, bearer
from tests.journeys.conftest import Inbox
from user_auth.sessions import Reason

Account = Callable[[str], str]


def ask(client: Client, new_email: str, **options: object) -> str:
    answer = client.post("/change-email", {"new_email": new_email, "password": PASSWORD}, **options)
    assert answer.status_code == 202, answer.text
    return str(answer.json()["verification_id"])


@pytest.mark.asvs("6.3.7", "7.4.3")
def test_from_the_old_address_to_the_new(
    client: Client, another_client: Client, account: Account, inbox: Inbox, email: str
) -> None:
    """The old one logs in until the code comes back, then the new one; both addresses hear of it."""
    new = f"New.{email}"
    client.log_in(account(email))
    token, device = client.cookies["token"], client.cookies["device"]
    another_client.log_in(email)
    asked = client.post("/change-email", {"new_email": f" {new} ", "password": PASSWORD})
    assert asked.status_code == 202
    assert asked.json().keys() == {"verification_id", "expires_in", "resend_after", "otp_length"}
    assert another_client.verify_session().json()["user"]["email"] == email

    body = {"verification_id": asked.json()["verification_id"], "otp": inbox.code(new)}
    confirmed = client.post("/confirm-email", body)
    assert confirmed.status_code == 200, confirmed.text
    user = confirmed.json()["user"]
    assert (user["email"], user["email_verified"]) == (new, True)
    assert client.cookies["token"] == token
    assert client.cookies["device"] != device
    assert client.verify_session().json()["user"] == user
    assert another_client.verify_session().json()["reason"] == Reason.EMAIL_CHANGED
    assert another_client.log_in(email).json()["code"] == "invalid_credentials"
    assert another_client.log_in(new).json()["user"]["id"] == user["id"]
    assert "has a new address" in inbox.wait_for(new, mails=2)
    inbox.wait_for(email, mails=3)
    assert sum("has a new address" in text for text in inbox.texts(email)) == 1
    assert sum("asked to give your account" in text for text in inbox.texts(email)) == 1
    assert client.post("/confirm-email", body).json()["code"] == "invalid_or_expired_code"


def test_an_app_changes_it_by_header(client: Client, account: Account, inbox: Inbox, email: str) -> None:
    """Its token stays good, and no cookie is set."""
    token = client.log_in(account(email), transport="header").json()["token"]
    verification_id = ask(client, f"new.{email}", headers=bearer(token))
    body = {"verification_id": verification_id, "otp": inbox.code(f"new.{email}")}
    confirmed = client.post("/confirm-email", body, headers=bearer(token))
    assert confirmed.status_code == 200
    assert "Set-Cookie" not in confirmed.headers
    assert client.verify_session(token=token).json()["user"]["email"] == f"new.{email}"


@pytest.mark.asvs("6.3.8")
def test_a_taken_address_answers_like_a_free_one(
    client: Client, another_client: Client, account: Account, inbox: Inbox, email: str
) -> None:
    """The same bytes but for the id; its owner gets a notice and keeps it."""
    taken = account(f"bob.{email}")
    client.log_in(account(email))
    told = []
    for each in (taken, f"free.{email}"):
        asked = client.post("/change-email", {"new_email": each, "password": PASSWORD})
        verification_id = asked.json()["verification_id"]
        guessed = client.post("/confirm-email", {"verification_id": verification_id, "otp": "000000"})
        told.append(
            (asked.status_code, sorted(asked.headers), asked.text.replace(verification_id, ""), guessed.json()["code"])
        )
    assert told[0] == told[1]
    assert told[0][3] == "invalid_or_expired_code"
    assert not inbox.code(taken, mails=2)
    assert another_client.log_in(taken).status_code == 200


def test_a_challenge_of_somebody_else_is_unknown(
    client: Client, another_client: Client, account: Account, inbox: Inbox, email: str
) -> None:
    """Its code works in the session of the account that asked for it, and in no other."""
    client.log_in(account(email))
    another_client.log_in(account(f"bob.{email}"))
    body = {"verification_id": ask(client, f"new.{email}"), "otp": inbox.code(f"new.{email}")}
    assert another_client.post("/confirm-email", body).json()["code"] == "invalid_or_expired_code"
    assert client.post("/confirm-email", body).status_code == 200


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"new_email": "new@example.com", "password": "wrong"}, "invalid_password"),
        ({"new_email": "new@example.com"}, "validation_error"),
        ({"new_email": "nonsense", "password": PASSWORD}, "validation_error"),
    ],
)
def test_what_cannot_be_asked_for(
    client: Client, account: Account, email: str, body: dict[str, str], code: str
) -> None:
    """A wrong or missing password, or no address."""
    client.log_in(account(email))
    refused = client.post("/change-email", body)
    assert (refused.status_code, refused.json()["code"]) == (400, code)


def test_the_present_address_is_no_new_one(client: Client, account: Account, email: str) -> None:
    """The field is named."""
    client.log_in(account(email))
    refused = client.post("/change-email", {"new_email": email, "password": PASSWORD})
    assert (refused.status_code, refused.json()["code"]) == (400, "validation_error")
    assert [(each["param"], each["code"]) for each in refused.json()["errors"]] == [("new_email", "invalid")]


@pytest.mark.parametrize("path", ["/change-email", "/confirm-email"])
def test_without_a_session_no_address_is_changed(client: Client, path: str) -> None:
    """However good the body."""
    bodies = {
        "/change-email": {"new_email": "new@example.com", "password": PASSWORD},
        "/confirm-email": {"verification_id": "any", "otp": "000000"},
    }
    refused = client.post(path, bodies[path])
    assert (refused.status_code, refused.json()["code"]) == (401, "session_missing")
