"""Over HTTP: an account is seen, renamed, taken out and deleted."""

from collections.abc import Callable

import pytest

from tests.attacks.inside import records_of
from tests.harness.client import PASSWORD, Client
from tests.harness.service import Service, run_manage
from tests.harness.traces import traces
from tests.journeys.conftest import Inbox
from tests.journeys.person import TRANSPORTS, Person, clears_cookie, set_cookies
from tests.mail.post_office import wait_until

NAME = "Ada Augusta"
Account = Callable[[str], str]
by_both = pytest.mark.parametrize("transport", TRANSPORTS)


@pytest.fixture
def person(client: Client, account: Account, email: str, transport: str) -> Person:
    return Person(client, account(email), transport=transport)


@by_both
def test_the_account_is_seen(person: Person) -> None:
    """As the log-in showed it."""
    answer = person.get("/account")
    assert (answer.status_code, answer.json()) == (200, {"user": person.login.json()["user"]})


@by_both
def test_the_name_is_changed(person: Person) -> None:
    """Trimmed, and from the next answer on."""
    answer = person.send("PATCH", "/account", {"name": f"  {NAME} "})
    assert (answer.status_code, answer.json()["user"]["name"]) == (200, NAME)
    assert person.get("/account").json() == answer.json()
    assert person.send("POST", "/verify-session").json()["user"]["name"] == NAME


@by_both
@pytest.mark.asvs("15.3.3", "8.2.3")
@pytest.mark.parametrize(
    ("body", "param", "code"),
    [
        ({}, "name", "required"),
        ({"name": ""}, "name", "invalid"),
        ({"name": "  "}, "name", "invalid"),
        ({"name": None}, "name", "invalid"),
        ({"name": "a" * 101}, "name", "invalid"),
        ({"name": "a\nb"}, "name", "invalid"),
        ({"name": {"$set": "x"}}, "name", "invalid"),
        ({"name": "Ada", "roles": ["admin"]}, "roles", "unknown"),
        ({"name": "Ada", "email": "eve@example.com"}, "email", "unknown"),
    ],
)
def test_nothing_but_a_good_name_is_taken(person: Person, body: dict[str, object], param: str, code: str) -> None:
    """What is refused changes nothing, a good name beside it included."""
    answer = person.send("PATCH", "/account", body)
    assert (answer.status_code, answer.json()["code"]) == (400, "validation_error")
    assert [(each["param"], each["code"]) for each in answer.json()["errors"]] == [(param, code)]
    assert person.get("/account").json()["user"] == person.login.json()["user"]


@by_both
@pytest.mark.asvs("14.3.2")
def test_everything_held_is_taken_out(person: Person, another_client: Client, email: str) -> None:
    """One document that a browser keeps as a file, and no cache does."""
    another_client.log_in(email, password="wrong")
    answer = person.get("/account/export")
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"] == 'attachment; filename="account.json"'
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Cache-Control"] == "no-store"
    document = answer.json()
    assert document["user"].items() >= person.login.json()["user"].items()
    assert [each["id"] for each in document["sessions"]] == [person.session_id]
    events = [each["event"] for each in document["audit_events"]]
    assert events == ["sensitive_read", "authn_login_fail", "authn_login_success", "user_created"]
    assert [(each["kind"], each["to"], each["status"]) for each in document["mails"]] == [
        ("signup_code", email, "sent")
    ]
    assert person.token not in answer.text


@by_both
@pytest.mark.asvs("7.4.2", "14.3.1", "14.2.7")
def test_an_account_is_deleted(
    person: Person, another_client: Client, service: Service, inbox: Inbox, email: str, transport: str
) -> None:
    """Its sessions end, its cookie goes, nobody can log in, and no collection holds anything of it."""
    name = f"{NAME} of {transport}"
    person.send("PATCH", "/account", {"name": name})
    elsewhere = Person(Client(service.base_url), email, transport=transport)
    assert another_client.post("/forgot-password", {"email": email}).status_code == 202
    another_client.sign_up(email.upper())
    # The code to sign up, the notice of the second log-in, the code to reset, the notice of the stranger's sign-up.
    wait_until(lambda: len(inbox.texts(email)) + len(inbox.texts(email.upper())) >= 4)
    with records_of(service) as client:
        database = client["user_auth"]
        wait_until(lambda: database.outbox.count_documents({"status": {"$ne": "sent"}}) == 0)
        stored = database.users.find_one({"email": email}) or {}
        sought = [email, stored["email_digest"], str(stored["_id"]), name]
        assert {each.partition(":")[0] for each in traces(database, sought)} == {
            "users",
            "sessions",
            "challenges",
            "outbox",
        }
        answer = person.send("DELETE", "/account", {"password": PASSWORD})
        assert (answer.status_code, answer.content, clears_cookie(answer)) == (204, b"", True)
        assert traces(database, sought) == []
    assert (person.reason(), elsewhere.reason()) == ("account_deleted", "account_deleted")
    assert another_client.log_in(email).json()["code"] == "invalid_credentials"
    assert elsewhere.send("DELETE", "/account", {"password": PASSWORD}).json()["code"] == "session_revoked"


@by_both
def test_the_address_is_free_again(person: Person, inbox: Inbox, email: str, transport: str) -> None:
    """For a new account that has nothing of the old one."""
    person.send("PATCH", "/account", {"name": NAME})
    assert person.send("DELETE", "/account", {"password": PASSWORD}).status_code == 204
    client = Client(person.client.base_url)
    sign_up(client, inbox, email, mails=2)
    again = Person(client, email, transport=transport)
    user = again.get("/account").json()["user"]
    assert user["name"] == ""
    assert user["id"] != person.login.json()["user"]["id"]
    assert person.reason() == "account_deleted"


@by_both
@pytest.mark.asvs("7.5.3")
def test_a_wrong_password_deletes_nothing(person: Person) -> None:
    """Nor does none."""
    wrong = person.send("DELETE", "/account", {"password": "wrong"})
    assert (wrong.status_code, wrong.json()["code"], set_cookies(wrong)) == (400, "invalid_password", [])
    none = person.send("DELETE", "/account", {})
    assert (none.status_code, none.json()["code"]) == (400, "validation_error")
    assert person.reason() is None


@by_both
def test_nobody_without_a_session_gets_in(client: Client, transport: str) -> None:
    """As for ``/verify-session``; the body is judged before."""
    headers = {"Authorization": "Bearer a.b.c"} if transport == "header" else {}
    code = "session_invalid" if transport == "header" else "session_missing"
    requests = (("GET", "/account", None), ("PATCH", "/account", {"name": "x"}), ("GET", "/account/export", None))
    for method, path, body in (*requests, ("DELETE", "/account", {"password": "x"})):
        answer = client.send(method, path, headers=headers, json=body)
        assert (answer.status_code, answer.json()["code"]) == (401, code), path


def test_the_last_admin_stays(service: Service, account: Account, email: str) -> None:
    """Until there is another; the session goes on meanwhile."""
    names = [account(email), account(f"other.{email}")]
    with records_of(service) as client:
        # Those of other tests: they are over.
        client["user_auth"].users.update_many({"roles": "admin"}, {"$pull": {"roles": "admin"}})
    person = Person(Client(service.base_url), email, transport="cookie")
    grant_admin(service, names[0])
    answer = person.send("DELETE", "/account", {"password": PASSWORD})
    assert (answer.status_code, answer.json()["code"], set_cookies(answer)) == (409, "last_admin", [])
    assert person.reason() is None
    grant_admin(service, names[1])
    assert person.send("DELETE", "/account", {"password": PASSWORD}).status_code == 204


def grant_admin(service: Service, email: str) -> None:
    done = run_manage(service.data_dir.parent, "auth", "grant", email, "admin")
    assert done.returncode == 0, done.stderr


def sign_up(client: Client, inbox: Inbox, email: str, *, mails: int = 1) -> None:
    """Make an account once there are so many mails to its address."""
    verification_id = client.sign_up(email)
    otp = inbox.code(email, mails=mails)
    answer = client.post("/verify-otp", {"verification_id": verification_id, "otp": otp})
    assert answer.status_code == 200, answer.text
