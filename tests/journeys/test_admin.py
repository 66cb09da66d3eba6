"""Over HTTP and the command line: an admin looks after others, and stops being one."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from tests.harness.client import Client, bearer
from tests.harness.service import Service, run_manage

Account = Callable[[str], str]
Auth = Callable[..., str]


@pytest.fixture
def auth(service: Service) -> Auth:
    """Run ``manage.py auth`` beside the service and return what it printed."""

    def run(*arguments: str) -> str:
        done = run_manage(service.data_dir.parent, "auth", *arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


@pytest.fixture
def make_admin(account: Account, auth: Auth, client: Client) -> Callable[[str], str]:
    """Make an account, have it granted the role on the command line, and return the token of a log-in."""

    def make(email: str) -> str:
        auth("grant", account(email), "admin")
        return str(client.log_in(email, transport="header").json()["token"])

    return make


def send(client: Client, method: str, path: str, token: str, body: object = None) -> requests.Response:
    return client.send(method, path, headers=bearer(token), **({} if body is None else {"json": body}))


def everybody(client: Client, token: str) -> list[dict[str, Any]]:
    """Return all users, page by page."""
    users: list[dict[str, Any]] = []
    cursor: str | None = ""
    while cursor is not None:
        page = send(client, "GET", f"/admin/users?cursor={cursor}", token).json()
        users += page["users"]
        cursor = page["next_cursor"]
    return users


def id_of(answer: Any) -> str:
    return str(answer.json()["user"]["id"])


@pytest.mark.asvs("7.4.5", "8.3.2")
def test_an_admin_looks_after_a_user(
    client: Client, another_client: Client, account: Account, make_admin: Callable[[str], str], email: str
) -> None:
    """Finds them, shuts them out while they are signed in, lets them in again, gives them a role, ends their sessions."""
    token = make_admin(f"admin.{email}")
    user_id = id_of(another_client.log_in(account(email)))
    found = send(client, "GET", f"/admin/users?q={email.upper()}", token).json()["users"]
    assert [user["id"] for user in found] == [user_id]
    path = f"/admin/users/{user_id}"

    assert send(client, "PATCH", path, token, {"is_active": False}).json()["user"]["is_active"] is False
    refused = another_client.verify_session()
    assert (refused.status_code, refused.json()["reason"]) == (401, "account_disabled")
    assert another_client.log_in(email).json()["code"] == "invalid_credentials"

    assert send(client, "PATCH", path, token, {"is_active": True, "roles": ["editor"]}).status_code == 200
    assert another_client.verify_session().status_code == 401
    assert another_client.log_in(email).json()["user"]["roles"] == ["editor"]

    assert send(client, "DELETE", f"{path}/sessions", token).status_code == 204
    refused = another_client.verify_session()
    assert (refused.status_code, refused.json()["reason"]) == (401, "revoked")

    told = [event["event"] for event in send(client, "GET", f"/admin/audit?user={user_id}", token).json()["events"]]
    assert {"user_disabled", "user_enabled", "authz_change", "authn_token_revoked", "user_created"} <= set(told)


def test_the_same_by_cookie(client: Client, account: Account, auth: Auth, email: str) -> None:
    """A browser's requests, which need no header."""
    auth("grant", account(email), "admin")
    user_id = id_of(client.log_in(email))
    assert client.get("/admin/users?q=").status_code == 200
    assert client.send("PATCH", f"/admin/users/{user_id}", json={"roles": ["admin", "editor"]}).status_code == 200
    assert client.send("DELETE", f"/admin/users/{user_id}/sessions").status_code == 204
    assert client.get("/admin/users").json()["code"] == "session_missing"


@pytest.mark.asvs("8.3.2")
def test_a_role_counts_and_ends_at_the_next_request(
    client: Client, account: Account, make_admin: Callable[[str], str], auth: Auth, email: str
) -> None:
    """The same token: it is the database that says who is an admin."""
    make_admin(f"another.{email}")
    account(email)
    token = client.log_in(email, transport="header").json()["token"]
    assert send(client, "GET", "/admin/users", token).json()["code"] == "forbidden"
    auth("grant", email, "admin")
    assert send(client, "GET", "/admin/users", token).status_code == 200
    auth("revoke", email, "admin")
    assert send(client, "GET", "/admin/users", token).json()["code"] == "forbidden"
    auth("disable", email)
    refused = send(client, "GET", "/admin/users", token)
    assert (refused.status_code, refused.json()["reason"]) == (401, "account_disabled")


def test_of_two_admins_who_remove_each_other_at_once_one_stays(
    client: Client, make_admin: Callable[[str], str], email: str
) -> None:
    """The other is told that they may not any more, or that this is the last one."""
    tokens = [make_admin(f"{name}.{email}") for name in ("one", "two")]
    ids = [id_of(client.verify_session(token=token)) for token in tokens]
    others = [user["id"] for user in everybody(client, tokens[0]) if "admin" in user["roles"] and user["id"] not in ids]
    for other in others:
        assert send(client, "PATCH", f"/admin/users/{other}", tokens[0], {"roles": []}).status_code == 200

    def remove(number: int) -> requests.Response:
        return send(client, "PATCH", f"/admin/users/{ids[1 - number]}", tokens[number], {"roles": []})

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(remove, range(2)))
    codes = [answer.json().get("code") for answer in answers]
    assert codes.count(None) == 1, codes
    assert set(codes) <= {None, "last_admin", "forbidden"}
    still = [send(client, "GET", "/admin/users", token).status_code for token in tokens]
    assert sorted(still) == [200, 403]
