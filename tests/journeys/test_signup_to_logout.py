"""The specification's story over HTTP: sign up, read the code, log in, be recognized, log out."""

from collections.abc import Callable

import pytest

from tests.harness.client import PASSWORD, Client, bearer
from tests.journeys.conftest import Inbox
from user_auth.sessions import Reason

CODE_NEVER = "000000"
WEEK = 7 * 86400
Account = Callable[[str], str]


@pytest.mark.asvs("3.3.4", "7.4.1", "14.3.1")
def test_from_signup_to_logout_by_cookie(client: Client, inbox: Inbox, email: str) -> None:
    """Each step answers as the contract says, and the cookie is gone at the end."""
    signup = client.post("/signup", {"email": email, "password": PASSWORD, "name": " Ada "})
    assert signup.status_code == 202
    challenge = signup.json()
    assert challenge | {"verification_id": ""} == {
        "verification_id": "",
        "expires_in": 300,
        "resend_after": 0,
        "otp_length": 6,
    }

    verified = client.post("/verify-otp", {"verification_id": challenge["verification_id"], "otp": inbox.code(email)})
    assert verified.status_code == 200
    user = verified.json()["user"]
    assert user == {
        "id": user["id"],
        "email": email,
        "name": "Ada",
        "email_verified": True,
        "roles": [],
        "second_factors": [],
        "created_at": user["created_at"],
    }
    assert "token" not in client.cookies

    login = client.log_in(email)
    assert login.status_code == 200
    assert login.json().keys() == {"user", "session"}
    assert login.json()["user"] == user
    cookie = next(line for line in login.raw.headers.getlist("Set-Cookie") if line.startswith("token="))
    assert {"HttpOnly", "SameSite=Lax", "Path=/", f"Max-Age={WEEK}"} <= set(cookie.split("; "))

    recognized = client.verify_session()
    assert recognized.status_code == 200
    assert recognized.json() == {"active": True, "user": user, "session": login.json()["session"]}
    assert recognized.json()["session"]["is_current"] is True
    assert recognized.json()["session"]["methods"] == ["pwd"]

    token = client.cookies["token"]
    logout = client.post("/logout")
    assert (logout.status_code, logout.content) == (204, b"")
    assert "token" not in client.cookies
    assert client.verify_session().json()["code"] == "session_missing"
    ended = client.verify_session(token=token)
    assert (ended.status_code, ended.json()["code"], ended.json()["reason"]) == (401, "session_revoked", "logout")


def test_from_login_to_logout_by_header(client: Client, account: Account, email: str) -> None:
    """With `transport: header` the token is in the answer, and nothing is in a cookie."""
    login = client.log_in(account(email), transport="header")
    assert "Set-Cookie" not in login.headers
    body = login.json()
    assert (body["token_type"], body["expires_at"]) == ("Bearer", body["session"]["expires_at"])
    assert WEEK - 60 < body["expires_in"] <= WEEK
    assert client.verify_session(token=body["token"]).json()["session"]["id"] == body["session"]["id"]
    assert client.post("/logout", headers=bearer(body["token"])).status_code == 204
    assert client.verify_session(token=body["token"]).json()["reason"] == "logout"


def test_the_code_can_be_named_by_address(client: Client, inbox: Inbox, email: str) -> None:
    """While exactly one sign-up is pending for it."""
    client.sign_up(email)
    assert client.post("/verify-otp", {"email": email.upper(), "otp": inbox.code(email)}).status_code == 200


def test_two_pending_sign_ups_cannot_be_told_by_address(client: Client, inbox: Inbox, email: str) -> None:
    """Then the id is needed, and with it the code works."""
    client.sign_up(email)
    inbox.code(email)
    second = client.sign_up(email)
    otp = inbox.code(email, mails=2)
    assert client.post("/verify-otp", {"email": email, "otp": otp}).json()["code"] == "invalid_or_expired_code"
    assert client.post("/verify-otp", {"verification_id": second, "otp": otp}).status_code == 200


@pytest.mark.asvs("6.6.2")
def test_a_resent_code_replaces_the_first(client: Client, inbox: Inbox, email: str) -> None:
    """Same id, new code; the old one is refused."""
    verification_id = client.sign_up(email)
    first = inbox.code(email)
    resent = client.post("/resend-otp", {"verification_id": verification_id})
    assert (resent.status_code, resent.json()["verification_id"]) == (202, verification_id)
    second = inbox.code(email, mails=2)
    if first != second:
        refused = client.post("/verify-otp", {"verification_id": verification_id, "otp": first})
        assert refused.json()["code"] == "invalid_or_expired_code"
    assert client.post("/verify-otp", {"verification_id": verification_id, "otp": second}).status_code == 200
    over = client.post("/resend-otp", {"verification_id": verification_id})
    assert (over.status_code, over.json()["code"]) == (400, "verification_expired")


@pytest.mark.asvs("6.3.8")
def test_a_taken_address_answers_like_a_free_one(
    client: Client, another_client: Client, account: Account, inbox: Inbox, email: str
) -> None:
    """The same bytes but for the id; the owner gets a notice, and no code opens the decoy."""
    account(email)
    taken = another_client.post("/signup", {"email": email, "password": "quite another secret 9"})
    free = another_client.post("/signup", {"email": f"free.{email}", "password": "quite another secret 9"})
    assert taken.status_code == free.status_code == 202
    taken_id, free_id = (answer.json()["verification_id"] for answer in (taken, free))
    assert taken.text.replace(taken_id, "") == free.text.replace(free_id, "")
    assert taken.headers.keys() == free.headers.keys()
    assert not inbox.code(email, mails=2)
    for body in ({"verification_id": taken_id, "otp": CODE_NEVER}, {"verification_id": free_id, "otp": CODE_NEVER}):
        assert another_client.post("/verify-otp", body).json()["code"] == "invalid_or_expired_code"
    assert client.log_in(email).status_code == 200


@pytest.mark.asvs("7.2.2", "7.2.4")
def test_a_second_log_in_replaces_the_first(client: Client, account: Account, email: str) -> None:
    """The session presented in the cookie ends; one in another browser stays."""
    account(email)
    elsewhere = client.log_in(email, transport="header").json()["token"]
    client.log_in(email)
    first = client.cookies["token"]
    client.log_in(email)
    assert client.cookies["token"] != first
    assert client.verify_session(token=first).json()["reason"] == Reason.REPLACED
    assert client.verify_session(token=elsewhere).status_code == 200


@pytest.mark.asvs("7.4.1")
def test_logout_ends_whatever_is_presented(client: Client, account: Account, email: str) -> None:
    """Header and cookie at once; and it answers the same with nothing, a bad or an ended token."""
    account(email)
    header = client.log_in(email, transport="header").json()["token"]
    client.log_in(email)
    cookie = client.cookies["token"]
    assert client.post("/logout", headers=bearer(header)).status_code == 204
    assert client.verify_session(token=header).json()["code"] == "session_revoked"
    assert client.verify_session(token=cookie).json()["code"] == "session_revoked"
    for headers in (
        {},
        bearer(header),
        bearer("nonsense"),
        {"Authorization": "Basic x"},
        {"Cookie": "token=a; token=b"},
    ):
        again = client.post("/logout", headers=headers)
        assert (again.status_code, again.content) == (204, b"")


@pytest.mark.asvs("6.3.8")
@pytest.mark.parametrize("password", ["wrong", "", "x" * 3000, "пароль"])
def test_no_log_in_tells_who_has_an_account(client: Client, account: Account, email: str, password: str) -> None:
    """Known and unknown addresses get the same bytes, but for the request's id."""
    account(email)
    known = client.log_in(email, password=password)
    unknown = client.log_in(f"nobody.{email}", password=password)
    assert known.status_code == unknown.status_code == 401
    assert known.json() | {"request_id": ""} == unknown.json() | {"request_id": ""}
    assert known.json()["code"] == "invalid_credentials"
    assert known.headers.keys() == unknown.headers.keys()


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({}, "session_missing"),
        ({"Authorization": "Bearer"}, "session_invalid"),
        ({"Authorization": "Basic dTpw"}, "session_invalid"),
        ({"Authorization": "Bearer a.b.c"}, "session_invalid"),
        ({"Cookie": "token=a.b.c"}, "session_invalid"),
        ({"Cookie": "token="}, "session_missing"),
    ],
)
def test_no_good_session_is_a_401_with_a_challenge(client: Client, headers: dict[str, str], code: str) -> None:
    """Missing and invalid are told apart, and clients are told what to bring."""
    answer = client.post("/verify-session", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (401, code)
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_bad_header_is_not_made_good_by_a_cookie(client: Client, account: Account, email: str) -> None:
    """With the header present the cookie is ignored; two cookies of our name are nobody's."""
    client.log_in(account(email))
    token = client.cookies["token"]
    assert client.verify_session(token="a.b.c").json()["code"] == "session_invalid"
    twice = Client(client.base_url).post("/verify-session", headers={"Cookie": f"token={token}; token={token}"})
    assert twice.json()["code"] == "session_invalid"
