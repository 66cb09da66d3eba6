"""Operations that need a session, or a role, and those that find no database."""

from collections.abc import Iterator
from typing import Any

import pytest
from bson import ObjectId

from tests.harness import promises
from tests.web.conftest import Ask
from user_auth import accounts, sessions
from user_auth.accounts import User
from user_auth.foundation.addresses import parse
from user_auth.foundation.caller import Caller
from user_auth.mongo import connection
from user_auth.sessions import Reason

CALLER = Caller(ip="127.0.0.1", user_agent="", request_id="id")


@pytest.fixture
def user(mongo: None) -> User:
    made = accounts.create(parse("ann@example.com"), user_id=ObjectId(), name="Ann", password_hash="none")
    assert made
    return made


@pytest.fixture
def token(user: User) -> str:
    return sessions.start(user, caller=CALLER, methods=["pwd"]).token


def test_a_session_comes_by_header_or_by_cookie(ask: Ask, token: str) -> None:
    """The handler gets the session and its user."""
    for headers in ({"HTTP_AUTHORIZATION": f"Bearer {token}"}, {"HTTP_COOKIE": f"token={token}"}):
        assert ask("POST", "/session", {"text": "x"}, **headers).json() == {"email": "ann@example.com"}


def test_a_bad_header_is_not_saved_by_a_good_cookie(ask: Ask, token: str) -> None:
    """Nor is one good cookie beside another."""
    bad = ask("POST", "/session", {"text": "x"}, HTTP_AUTHORIZATION="Bearer x", HTTP_COOKIE=f"token={token}")
    two = ask("POST", "/session", {"text": "x"}, HTTP_COOKIE=f"token={token}; token={token}")
    assert [answer.json()["code"] for answer in (bad, two)] == ["session_invalid", "session_invalid"]


@pytest.mark.asvs("7.4.1")
def test_an_ended_session_says_why(ask: Ask, token: str) -> None:
    """Where the reason is known."""
    sessions.end_presented(token, reason=Reason.LOGOUT, caller=CALLER)
    answer = ask("POST", "/session", {"text": "x"}, HTTP_AUTHORIZATION=f"Bearer {token}")
    assert (answer.status_code, answer.json()["code"], answer.json()["reason"]) == (401, "session_revoked", "logout")
    assert answer.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'


@pytest.mark.asvs("8.2.1", "8.3.1", "8.3.2")
def test_a_role_is_needed_on_top_of_a_session(ask: Ask, user: User, token: str) -> None:
    """It is read from the account at every request."""
    assert ask("GET", "/admin").json()["code"] == "session_missing"
    headers = {"HTTP_AUTHORIZATION": f"Bearer {token}"}
    refused = ask("GET", "/admin", **headers)
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    User.objects(id=user.id).update_one(roles=["admin"])
    assert ask("GET", "/admin", **headers).status_code == 200


@pytest.fixture
def database_away(settings: Any) -> Iterator[None]:
    """No server at the other end."""
    connection.close()
    settings.USER_AUTH = {**settings.USER_AUTH, "MONGODB_URI": "mongodb://127.0.0.1:1/user_auth"}
    yield
    connection.close()


@pytest.mark.asvs("13.2.6", "16.5.2")
def test_a_database_that_is_away_is_a_503_within_6_seconds(ask_service: Ask, database_away: None) -> None:
    """With the time to wait in header and body, and nothing of where it was looked for."""
    promises.keep(lambda: promises.timed(lambda: ask_service("GET", "/database")), seconds=6)
    answer = ask_service("GET", "/database")
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert int(answer.headers["Retry-After"]) == answer.json()["retry_after"] > 0
    assert "127.0.0.1:1" not in answer.content.decode().replace("127.0.0.1:8000", "")
