"""``/admin/…``: who may, what is taken, what is answered."""

import base64
from collections.abc import Callable
from itertools import count
from typing import Any

import pytest
from bson import ObjectId
from django.http import HttpResponse
from django.test import Client

from tests.conftest import MovableClock
from user_auth import accounts, audit, sessions
from user_auth.accounts import User
from user_auth.audit import AuditEvent, Event
from user_auth.foundation.addresses import parse
from user_auth.foundation.caller import Caller
from user_auth.foundation.errors import SessionRevokedError

pytestmark = pytest.mark.usefixtures("mongo")

CALLER = Caller(ip="192.0.2.1", user_agent="Browser", request_id="r")
UNKNOWN = "6b031d5a7a3084405b6a3a66"
_numbers = count()
Send = Callable[..., Any]


def make(*roles: str, email: str = "") -> User:
    address = parse(email or f"user.{next(_numbers)}@example.com")
    user = accounts.create(address, user_id=ObjectId(), name="", password_hash="-")
    assert user
    user = accounts.set_roles(user, roles)
    assert user
    return user


def sign_in(user: User) -> str:
    return sessions.start(user, caller=CALLER, methods=["pwd"]).token


def send_as(token: str) -> Send:
    """Return what sends a request with a token: a method, a path below ``/admin``, a body."""

    def send(method: str, path: str, body: object = None) -> HttpResponse:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        request = {"data": body, "content_type": "application/json"} if body is not None else {}
        answer: HttpResponse = getattr(Client(), method.lower())(f"/admin{path}", headers=headers, **request)
        return answer

    return send


@pytest.fixture
def admin() -> User:
    return make("admin")


@pytest.fixture
def send(admin: User) -> Send:
    """Send as an admin who has just signed in."""
    return send_as(sign_in(admin))


def code_of(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def problems_of(answer: Any) -> list[tuple[str, str]]:
    assert code_of(answer) == (400, "validation_error"), answer.content
    return [(each["param"], each["code"]) for each in answer.json()["errors"]]


READS: list[tuple[str, str, object]] = [
    ("GET", "/users", None),
    ("GET", f"/users/{UNKNOWN}", None),
    ("GET", "/audit", None),
]
WRITES: list[tuple[str, str, object]] = [
    ("PATCH", f"/users/{UNKNOWN}", {"roles": []}),
    ("DELETE", f"/users/{UNKNOWN}/sessions", None),
]


# ---- Who may


@pytest.mark.asvs("8.2.1", "8.3.1")
@pytest.mark.parametrize(("method", "path", "body"), [*READS, *WRITES])
def test_only_admins_may(method: str, path: str, body: object) -> None:
    """Without a session 401, without the role 403, before it is told whether there is such a user."""
    assert code_of(send_as("")(method, path, body)) == (401, "session_missing")
    assert code_of(send_as("a.b.c")(method, path, body)) == (401, "session_invalid")
    for roles in ((), ("editor", "Admin", "administrator")):
        assert code_of(send_as(sign_in(make(*roles)))(method, path, body)) == (403, "forbidden")


@pytest.mark.asvs("16.3.2")
def test_a_refusal_for_want_of_the_role_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    """With the client's address."""
    caplog.set_level("INFO", logger="user_auth.audit")
    Client(REMOTE_ADDR="192.0.2.77").get("/admin/users", headers={"Authorization": f"Bearer {sign_in(make())}"})
    told = [record.getMessage() for record in caplog.records]
    assert any("event=authz_fail outcome=failure ip=192.0.2.77" in line for line in told)
    assert AuditEvent.objects(event=Event.ACCESS_REFUSED).count() == 0


@pytest.mark.asvs("7.5.3", "8.3.2")
@pytest.mark.parametrize(("method", "path", "body"), WRITES)
def test_writes_need_a_fresh_sign_in(admin: User, clock: MovableClock, method: str, path: str, body: object) -> None:
    """Not older than five minutes."""
    send = send_as(sign_in(admin))
    clock.tick(seconds=299)
    assert code_of(send(method, path, body)) == (404, "not_found")
    clock.tick(seconds=1)
    assert code_of(send(method, path, body)) == (403, "reauthentication_required")


def test_reads_do_not(admin: User, clock: MovableClock) -> None:
    """An admin may look for as long as the session lives."""
    send = send_as(sign_in(admin))
    clock.tick(seconds=3600)
    assert send("GET", "/users").status_code == 200
    assert send("GET", "/audit").status_code == 200


def test_who_is_no_admin_is_not_asked_to_sign_in_again(clock: MovableClock) -> None:
    """It would not help them."""
    token = sign_in(make())
    clock.tick(seconds=600)
    assert code_of(send_as(token)(*WRITES[0])) == (403, "forbidden")


@pytest.mark.asvs("8.3.2")
def test_roles_are_read_at_every_request(admin: User, send: Send) -> None:
    """Who has lost the role is refused from the next request on; who has it back is not."""
    other = make("admin")
    path = f"/users/{admin.id}"
    other_sends = send_as(sign_in(other))
    assert send("GET", "/users").status_code == 200
    assert other_sends("PATCH", path, {"roles": ["editor"]}).status_code == 200
    assert code_of(send("GET", "/users")) == (403, "forbidden")
    assert other_sends("PATCH", path, {"roles": ["admin"]}).status_code == 200
    assert send("GET", "/users").status_code == 200
    assert other_sends("PATCH", path, {"is_active": False}).status_code == 200
    refused = send("GET", "/users")
    assert code_of(refused) == (401, "session_revoked")
    assert refused.json()["reason"] == "account_disabled"


# ---- Users


def test_users_are_listed(send: Send, admin: User) -> None:
    """As admins see them."""
    user = make("editor", email="Ada@example.com")
    answer = send("GET", "/users")
    assert answer.status_code == 200
    assert answer.json()["next_cursor"] is None
    first, second = answer.json()["users"]
    assert second["id"] == str(admin.id)
    assert first == {
        "id": str(user.id),
        "email": "Ada@example.com",
        "name": "",
        "email_verified": True,
        "roles": ["editor"],
        "second_factors": [],
        "created_at": first["created_at"],
        "is_active": True,
        "audit_subject": accounts.pseudonym(user),
    }
    assert send("GET", f"/users/{user.id}").json() == {"user": first}


def test_users_come_fifty_a_page(send: Send) -> None:
    """Until there is no cursor."""
    made = {str(make(email=f"page.{number}@example.com").id) for number in range(120)}
    seen: list[str] = []
    cursor: str | None = ""
    for size in (50, 50, 20):
        page = send("GET", f"/users?q=page.&cursor={cursor}").json()
        assert len(page["users"]) == size
        seen += [user["id"] for user in page["users"]]
        cursor = page["next_cursor"]
    assert cursor is None
    assert set(seen) == made
    assert len(seen) == len(made)


@pytest.mark.asvs("1.2.4")
@pytest.mark.parametrize(
    "query", ["q=.*", "q=%5Ba-z%5D", "q=%24ne", "q=%00", "q=%ED%A0%80", "q=%FF", "q=\u00e9", "q=" + "a" * 254]
)
def test_any_question_is_answered(send: Send, query: str) -> None:
    """Nobody's address begins so."""
    answer = send("GET", f"/users?{query}")
    assert answer.status_code == 200, answer.content
    assert answer.json() == {"users": [], "next_cursor": None}


def cursor_of(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


@pytest.mark.parametrize("path", ["/users", "/audit"])
@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "*",
        "a" * 401,
        "%00",
        "%C3%A9",
        cursor_of("x"),
        cursor_of("a b"),
        cursor_of("a b c"),
        cursor_of(f"-1 {UNKNOWN}"),
    ],
)
def test_a_cursor_that_is_none_is_refused(send: Send, path: str, cursor: str) -> None:
    """It names the field."""
    assert problems_of(send("GET", f"{path}?cursor={cursor}")) == [("cursor", "invalid")]


@pytest.mark.parametrize(
    ("path", "problem"),
    [
        ("/users?x=1", ("x", "unknown")),
        ("/users?q=a&q=b", ("q", "invalid")),
        ("/users?q=" + "a" * 255, ("q", "invalid")),
        ("/users?q[$ne]=a", ("q[$ne]", "unknown")),
        ("/audit?event=nothing", ("event", "invalid")),
        ("/audit?event=authn_logout&event=authn_logout", ("event", "invalid")),
        ("/audit?user=" + "a" * 255, ("user", "invalid")),
    ],
)
def test_a_query_of_a_wrong_form_is_refused(send: Send, path: str, problem: tuple[str, str]) -> None:
    """Unknown names, names given twice, values too long."""
    assert problems_of(send("GET", path)) == [problem]


def test_what_is_asked_empty_is_not_asked(send: Send) -> None:
    """As some clients send it."""
    assert send("GET", "/users?q=&cursor=").json()["users"]
    assert send("GET", "/audit?user=&event=&cursor=").status_code == 200


IDS = [
    UNKNOWN,
    UNKNOWN.upper(),
    "x",
    "%00",
    "..",
    "%ED%A0%80",
    "6b031d5a7a30%2084405b6a3a6",
    "a" * 3000,
    "%7B%22$ne%22:1%7D",
]


@pytest.mark.parametrize("user_id", IDS, ids=range(len(IDS)))
def test_an_unknown_user_is_not_found(send: Send, user_id: str) -> None:
    """Whatever the id looks like."""
    assert code_of(send("GET", f"/users/{user_id}")) == (404, "not_found")
    assert code_of(send("PATCH", f"/users/{user_id}", {"roles": []})) == (404, "not_found")
    assert code_of(send("DELETE", f"/users/{user_id}/sessions")) == (404, "not_found")


# ---- Changing them


def test_a_user_is_changed(send: Send, admin: User) -> None:
    """The answer is the user as they are now; the audit says who did it."""
    user = make()
    answer = send("PATCH", f"/users/{user.id}", {"is_active": False, "roles": ["b", "a", "a"]})
    assert answer.status_code == 200
    assert (answer.json()["user"]["is_active"], answer.json()["user"]["roles"]) == (False, ["a", "b"])
    disabled = AuditEvent.objects.get(event=Event.USER_DISABLED)
    assert disabled.subject == accounts.pseudonym(user)
    assert disabled.details["operator"] == accounts.pseudonym(admin)
    assert disabled.ip == "127.0.0.1"


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ({}, ("is_active", "required")),
        ({"is_active": 1}, ("is_active", "invalid")),
        ({"is_active": "true"}, ("is_active", "invalid")),
        ({"is_active": None}, ("is_active", "invalid")),
        ({"roles": None}, ("roles", "invalid")),
        ({"roles": "admin"}, ("roles", "invalid")),
        ({"roles": {"admin": 1}}, ("roles", "invalid")),
        ({"roles": ["Admin"]}, ("roles", "invalid")),
        ({"roles": ["1a"]}, ("roles", "invalid")),
        ({"roles": [""]}, ("roles", "invalid")),
        ({"roles": ["a" * 33]}, ("roles", "invalid")),
        ({"roles": ["a\n"]}, ("roles", "invalid")),
        ({"roles": ["é"]}, ("roles", "invalid")),
        ({"roles": [1]}, ("roles", "invalid")),
        ({"roles": [["a"]]}, ("roles", "invalid")),
        ({"roles": [{"$ne": "a"}]}, ("roles", "invalid")),
        ({"roles": [f"r{number}" for number in range(21)]}, ("roles", "invalid")),
        ({"is_active": True, "email": "x@example.com"}, ("email", "unknown")),
    ],
    ids=repr,
)
def test_a_change_of_a_wrong_form_is_refused(send: Send, body: object, problem: tuple[str, str]) -> None:
    """Each field takes one type and one form; at least one is needed."""
    user = make("editor")
    assert problem in problems_of(send("PATCH", f"/users/{user.id}", body))
    assert accounts.get(user.id) == user


def test_roles_of_every_form_are_taken(send: Send) -> None:
    """Twenty, of up to 32 signs; or none."""
    path = f"/users/{make().id}"
    roles = ["a", "a-b_9", "z" * 32, *(f"role{number:02}" for number in range(17))]
    assert send("PATCH", path, {"roles": roles}).json()["user"]["roles"] == sorted(roles)
    assert send("PATCH", path, {"roles": []}).json()["user"]["roles"] == []


@pytest.mark.parametrize(
    "body", [{"is_active": False}, {"roles": []}, {"roles": ["editor"], "is_active": True}], ids=repr
)
def test_the_last_admin_stays(send: Send, admin: User, body: object) -> None:
    """A conflict, and nothing has changed."""
    assert code_of(send("PATCH", f"/users/{admin.id}", body)) == (409, "last_admin")
    assert send("GET", f"/users/{admin.id}").json()["user"]["roles"] == ["admin"]


def test_sessions_are_ended(send: Send) -> None:
    """Of the user named, and of nobody else."""
    user, other = make(), make()
    token, others = sign_in(user), sign_in(other)
    answer = send("DELETE", f"/users/{user.id}/sessions")
    assert (answer.status_code, answer.content) == (204, b"")
    assert not answer.cookies
    with pytest.raises(SessionRevokedError) as refused:
        sessions.check(token)
    assert refused.value.members == {"reason": "revoked"}
    assert sessions.check(others)


def test_an_admin_can_end_their_own(admin: User) -> None:
    """This one too, and its cookie goes."""
    client = Client()
    client.cookies["token"] = sign_in(admin)
    answer = client.delete(f"/admin/users/{admin.id}/sessions")
    assert answer.status_code == 204
    assert answer.cookies["token"]["max-age"] == 0
    assert client.get("/admin/users").status_code == 401


@pytest.mark.asvs("3.5.1")
def test_a_foreign_site_changes_nothing(admin: User) -> None:
    """The cookie is not enough."""
    client = Client()
    client.cookies["token"] = sign_in(admin)
    for answer in (
        client.delete(f"/admin/users/{admin.id}/sessions", headers={"Sec-Fetch-Site": "cross-site"}),
        client.patch(f"/admin/users/{admin.id}", "{}", "application/json", headers={"Origin": "https://evil.example"}),
    ):
        assert code_of(answer) == (403, "cross_site_request")


# ---- The audit


def test_the_audit_is_shown(send: Send) -> None:
    """By user and event, newest first, without seals and numbers."""
    user = make(email="ada@example.com")
    for event in (Event.LOGIN_SUCCEEDED, Event.LOGGED_OUT):
        audit.record(event, outcome="success", caller=CALLER, subject=accounts.pseudonym(user), details={"a": "b"})
    answer = send("GET", "/audit?user=Ada@example.com")
    assert answer.status_code == 200
    first, second = answer.json()["events"]
    assert (first["event"], second["event"]) == ("authn_logout", "authn_login_success")
    assert first == {
        "id": first["id"],
        "at": first["at"],
        "event": "authn_logout",
        "outcome": "success",
        "subject": accounts.pseudonym(user),
        "ip": CALLER.ip,
        "user_agent": CALLER.user_agent,
        "request_id": CALLER.request_id,
        "details": {"a": "b"},
    }
    assert send("GET", f"/audit?user={user.id}&event=authn_logout").json() == {"events": [first], "next_cursor": None}
    assert send("GET", "/audit?user=nobody@example.com").json() == {"events": [], "next_cursor": None}


def test_the_audit_comes_fifty_a_page(send: Send) -> None:
    """Of one event too."""
    for _ in range(60):
        audit.record(Event.LOGGED_OUT, outcome="success", caller=None, subject=None)
    first = send("GET", "/audit?event=authn_logout").json()
    assert len(first["events"]) == 50
    rest = send("GET", f"/audit?event=authn_logout&cursor={first['next_cursor']}").json()
    assert len(rest["events"]) == 10
    assert rest["next_cursor"] is None
    assert not {each["id"] for each in first["events"]} & {each["id"] for each in rest["events"]}
