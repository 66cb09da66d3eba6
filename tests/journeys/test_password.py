"""Over HTTP: a password is forgotten and reset, a password is changed."""

from collections.abc import Callable

import pytest

from tests.harness.client import PASSWORD, Client, bearer
from tests.journeys.conftest import Inbox
from user_auth.sessions import Reason

Account = Callable[[str], str]
NEW = "quite another secret 9"


def forget(client: Client, email: str) -> str:
    answer = client.post("/forgot-password", {"email": email})
    assert answer.status_code == 202, answer.text
    return str(answer.json()["verification_id"])


def reset_body(verification_id: str, otp: str, *, password: str = NEW) -> dict[str, str]:
    return {"verification_id": verification_id, "otp": otp, "new_password": password}


@pytest.mark.asvs("6.3.7", "7.4.3")
def test_from_forgotten_to_logged_in(
    client: Client, another_client: Client, account: Account, inbox: Inbox, email: str
) -> None:
    """By a code from the mailbox; sessions end, nobody is signed in, and only the new password opens the account."""
    client.log_in(account(email))
    asked = another_client.post("/forgot-password", {"email": email.upper()})
    assert asked.status_code == 202
    assert asked.json() | {"verification_id": ""} == {
        "verification_id": "",
        "expires_in": 300,
        "resend_after": 0,
        "otp_length": 6,
    }
    body = reset_body(asked.json()["verification_id"], inbox.code(email, mails=2))

    done = another_client.post("/reset-password", body)
    assert (done.status_code, done.content) == (204, b"")
    assert "Set-Cookie" not in done.headers
    assert client.verify_session().json()["reason"] == Reason.PASSWORD_RESET
    assert another_client.log_in(email, password=PASSWORD).json()["code"] == "invalid_credentials"
    assert another_client.log_in(email, password=NEW).status_code == 200
    assert any("was reset with a code" in text for text in (inbox.wait_for(email, mails=3), *inbox.texts(email)))
    assert another_client.post("/reset-password", body).json()["code"] == "invalid_or_expired_code"


@pytest.mark.asvs("6.3.8")
def test_nobody_hears_who_has_an_account(client: Client, account: Account, email: str) -> None:
    """Known, pending and unknown addresses get the same bytes but for the ids, and so do guesses at their codes."""
    account(email)
    client.sign_up(f"pending.{email}")
    told = []
    for each in (email, f"pending.{email}", f"nobody.{email}"):
        asked = client.post("/forgot-password", {"email": each})
        verification_id = asked.json()["verification_id"]
        guessed = client.post("/reset-password", reset_body(verification_id, "000000", password="short"))
        again = client.post("/resend-otp", {"verification_id": verification_id})
        texts = [asked.text.replace(verification_id, ""), again.text.replace(verification_id, "")]
        told.append((asked.status_code, sorted(asked.headers), texts, guessed.json() | {"request_id": ""}))
    assert told[0] == told[1] == told[2]
    assert told[0][3]["code"] == "invalid_or_expired_code"


def test_a_refused_password_does_not_burn_the_code(client: Client, account: Account, inbox: Inbox, email: str) -> None:
    """The person chooses another and goes on with the same code."""
    verification_id = forget(client, account(email))
    otp = inbox.code(email, mails=2)
    for password, code in (("short", "too_short"), (PASSWORD, "unchanged"), ("password1", "common")):
        refused = client.post("/reset-password", reset_body(verification_id, otp, password=password))
        assert (refused.status_code, refused.json()["code"]) == (400, "weak_password")
        assert [(each["param"], each["code"]) for each in refused.json()["errors"]] == [("new_password", code)]
    assert client.post("/reset-password", reset_body(verification_id, otp)).status_code == 204


@pytest.mark.asvs("6.6.2")
def test_a_code_resets_nothing_but_what_it_is_for(client: Client, account: Account, inbox: Inbox, email: str) -> None:
    """A sign-up's code and challenge are unknown to a reset, and the other way round."""
    reset_id = forget(client, account(email))
    reset_otp = inbox.code(email, mails=2)
    signup_id = client.sign_up(f"free.{email}")
    signup_otp = inbox.code(f"free.{email}")
    for body in (reset_body(signup_id, signup_otp), reset_body(reset_id[::-1], reset_otp)):
        assert client.post("/reset-password", body).json()["code"] == "invalid_or_expired_code"
    verify = client.post("/verify-otp", {"verification_id": reset_id, "otp": reset_otp})
    assert verify.json()["code"] == "invalid_or_expired_code"
    assert client.post("/reset-password", reset_body(reset_id, reset_otp)).status_code == 204


@pytest.mark.parametrize("transport", ["cookie", "header"])
def test_a_password_is_changed_in_a_session(
    client: Client, another_client: Client, account: Account, inbox: Inbox, email: str, transport: str
) -> None:
    """The session stays, others end, and a mail tells of it."""
    token = client.log_in(account(email), transport=transport).json().get("token")
    headers = bearer(token) if token else {}
    another_client.log_in(email)
    wrong = {"current_password": "wrong", "new_password": "short"}
    refused = client.post("/change-password", wrong, headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (400, "invalid_password")

    body = {"current_password": PASSWORD, "new_password": NEW}
    done = client.post("/change-password", body, headers=headers)
    assert (done.status_code, done.content) == (204, b"")
    assert client.verify_session(token=token).status_code == 200
    assert another_client.verify_session().json()["reason"] == Reason.PASSWORD_CHANGED
    assert another_client.log_in(email, password=NEW).status_code == 200
    inbox.wait_for(email, mails=2)
    assert any("was changed" in text for text in inbox.texts(email))


@pytest.mark.parametrize("code", ["too_short", "unchanged"])
def test_a_weak_new_password_is_named(client: Client, account: Account, email: str, code: str) -> None:
    """With the field and the rule."""
    client.log_in(account(email))
    new = "short" if code == "too_short" else PASSWORD
    refused = client.post("/change-password", {"current_password": PASSWORD, "new_password": new})
    assert (refused.status_code, refused.json()["code"]) == (400, "weak_password")
    assert [(each["param"], each["code"]) for each in refused.json()["errors"]] == [("new_password", code)]


def test_without_a_session_no_password_is_changed(client: Client) -> None:
    """However good the body."""
    refused = client.post("/change-password", {"current_password": PASSWORD, "new_password": NEW})
    assert (refused.status_code, refused.json()["code"]) == (401, "session_missing")
    assert refused.headers["WWW-Authenticate"] == "Bearer"
