"""Requests that show a session in the ways that there are."""

from collections.abc import Sequence

from bson import ObjectId
from django.http import HttpRequest
from django.test import RequestFactory

from user_auth import accounts, sessions
from user_auth.accounts import User
from user_auth.foundation.addresses import parse
from user_auth.foundation.caller import Caller
from user_auth.sessions import Started

CALLER = Caller(ip="192.0.2.1", user_agent="Browser", request_id="r")
FOREIGN = {"Origin": "https://elsewhere.example", "Sec-Fetch-Site": "cross-site"}
NOWHERE = "mongodb://127.0.0.1:9"
OWN = {"Origin": "http://127.0.0.1:8000", "Sec-Fetch-Site": "same-origin"}


def started(email: str = "ada@example.com", *, roles: Sequence[str] = ()) -> Started:
    """Return a new session of a new user."""
    user = accounts.create(parse(email), user_id=ObjectId(), name="Ada", password_hash="-")
    assert user
    if roles:
        User.objects(id=user.id).update_one(roles=list(roles))
    return sessions.start(user, caller=CALLER, methods=["pwd"])


def by_header(token: str, *, method: str = "GET", **headers: str) -> HttpRequest:
    return request(method, {"Authorization": f"Bearer {token}", **headers})


def by_cookie(token: str, *, method: str = "GET", **headers: str) -> HttpRequest:
    return request(method, {"Cookie": f"token={token}", **headers})


def request(method: str = "GET", headers: dict[str, str] | None = None) -> HttpRequest:
    return RequestFactory().generic(method, "/", headers=headers or {})
