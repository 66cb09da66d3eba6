"""Over HTTP: one's own sessions are listed and ended."""

from collections.abc import Callable

import pytest

from tests.harness.client import Client
from tests.harness.service import Service
from tests.journeys.person import TRANSPORTS, Person, clears_cookie, set_cookies

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
MEMBERS = {"id", "created_at", "expires_at", "last_seen_at", "ip", "user_agent", "is_current", "methods", "device"}

SignIn = Callable[..., Person]
pytestmark = pytest.mark.parametrize("transport", TRANSPORTS)


@pytest.fixture
def sign_in(service: Service, account: Callable[[str], str], email: str, transport: str) -> SignIn:
    """Sign in to one account, each time with a browser or an app of its own."""
    account(email)

    def sign_in(*, user_agent: str = "curl/8", to: str = email) -> Person:
        return Person(Client(service.base_url, headers={"User-Agent": user_agent}), to, transport=transport)

    return sign_in


@pytest.mark.asvs("7.5.2")
def test_sessions_are_listed_newest_first(sign_in: SignIn) -> None:
    """With the device in words that can be read, and the current one marked."""
    first, second = sign_in(user_agent=FIREFOX), sign_in()
    answer = first.get("/sessions")
    assert answer.status_code == 200
    newest, oldest = answer.json()["sessions"]
    assert newest.keys() == oldest.keys() == MEMBERS
    assert (newest["id"], newest["is_current"]) == (second.session_id, False)
    assert (oldest["id"], oldest["is_current"]) == (first.session_id, True)
    assert (oldest["device"], oldest["user_agent"], oldest["ip"]) == ("Firefox on Linux", FIREFOX, "127.0.0.1")


@pytest.mark.asvs("7.5.2", "7.4.1")
def test_another_session_is_ended(sign_in: SignIn) -> None:
    """It is over with the answer; the cookie of whoever ended it stays."""
    mine, other = sign_in(), sign_in()
    answer = mine.send("DELETE", f"/sessions/{other.session_id}")
    assert (answer.status_code, answer.content, set_cookies(answer)) == (204, b"", [])
    assert (mine.reason(), other.reason()) == (None, "revoked")
    assert [each["id"] for each in mine.get("/sessions").json()["sessions"]] == [mine.session_id]


@pytest.mark.asvs("14.3.1")
def test_the_current_session_is_ended(sign_in: SignIn) -> None:
    """And its cookie is cleared."""
    mine, other = sign_in(), sign_in()
    answer = mine.send("DELETE", f"/sessions/{mine.session_id}")
    assert (answer.status_code, clears_cookie(answer)) == (204, True)
    assert (mine.reason(), other.reason()) == ("revoked", None)


@pytest.mark.asvs("8.2.2")
def test_what_is_not_ones_own_is_a_404(sign_in: SignIn, account: Callable[[str], str], email: str) -> None:
    """Another user's session, an ended one, and whatever never was one."""
    mine, ended = sign_in(), sign_in()
    others = sign_in(to=account(f"other.{email}"))
    assert mine.send("DELETE", f"/sessions/{ended.session_id}").status_code == 204
    for name in (others.session_id, ended.session_id, "no-such", "%00", "%F0%9F%92%A9", "a" * 2000, "$ne", "..%2f.."):
        answer = mine.send("DELETE", f"/sessions/{name}")
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found"), name
    assert (mine.reason(), others.reason()) == (None, None)


def test_the_others_are_ended(sign_in: SignIn) -> None:
    """All of them and not the current one."""
    others = [sign_in() for _ in range(3)]
    mine = sign_in()
    answer = mine.send("DELETE", "/sessions")
    assert (answer.status_code, set_cookies(answer)) == (204, [])
    assert [each.reason() for each in others] == ["revoked"] * 3
    assert mine.reason() is None


@pytest.mark.asvs("14.3.1")
def test_all_are_ended(sign_in: SignIn) -> None:
    """With the current one, whose cookie is cleared; one can log in again."""
    other, mine = sign_in(), sign_in()
    answer = mine.send("DELETE", "/sessions?all=true")
    assert (answer.status_code, clears_cookie(answer)) == (204, True)
    assert (mine.reason(), other.reason()) == ("revoked", "revoked")
    assert sign_in().reason() is None


@pytest.mark.parametrize("query", ["all=false", "all=", "all=1", "all=TRUE", "all=true&all=true", "al=true", "x="])
def test_any_other_query_ends_nothing(sign_in: SignIn, query: str) -> None:
    """Whoever mistypes it must not end the others while meaning all."""
    mine, other = sign_in(), sign_in()
    answer = mine.send("DELETE", f"/sessions?{query}")
    assert (answer.status_code, answer.json()["code"]) == (400, "validation_error")
    assert (mine.reason(), other.reason()) == (None, None)


def test_nobody_without_a_session_gets_in(client: Client, transport: str) -> None:
    """As for ``/verify-session``."""
    headers = {"Authorization": "Bearer a.b.c"} if transport == "header" else {}
    code = "session_invalid" if transport == "header" else "session_missing"
    for method, path in (("GET", "/sessions"), ("DELETE", "/sessions"), ("DELETE", "/sessions/x")):
        answer = client.send(method, path, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (401, code)


@pytest.mark.asvs("3.5.1")
def test_a_foreign_site_ends_nothing(sign_in: SignIn, transport: str) -> None:
    """By the cookie; a token in the header no browser adds by itself."""
    mine, other = sign_in(), sign_in()
    headers = {"Sec-Fetch-Site": "cross-site"} | (
        {"Authorization": f"Bearer {mine.token}"} if transport == "header" else {}
    )
    answer = mine.client.send("DELETE", "/sessions", headers=headers)
    if transport == "cookie":
        assert (answer.status_code, answer.json()["code"]) == (403, "cross_site_request")
        assert other.reason() is None
    else:
        assert answer.status_code == 204
