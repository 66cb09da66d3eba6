"""``GET /metrics``."""

from typing import Any

import pytest
from django.test import Client

from tests.harness.scraping import value
from user_auth.mail import outbox
from user_auth.mail.documents import Mail

TOKEN = "a-token-for-metrics"
# Django's test client asks from loopback; whoever is named here comes through a proxy.
FORWARDED = {"x-forwarded-for": "198.51.100.7"}


@pytest.fixture
def token(settings: Any) -> str:
    settings.USER_AUTH = {**settings.USER_AUTH, "METRICS_TOKEN": TOKEN}
    return TOKEN


@pytest.fixture
def production(settings: Any, token: str) -> None:
    changes = {"MODE": "production", "PUBLIC_URL": "https://testserver", "BCRYPT_ROUNDS": "12"}
    settings.USER_AUTH = {**settings.USER_AUTH, **changes}


def test_in_local_mode_this_machine_needs_no_token(client: Client, mongo: None) -> None:
    """The answer is text for Prometheus, and no cache keeps it."""
    answer = client.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-store"
    assert value(answer.content.decode(), "user_auth_database_up") == 1


@pytest.mark.parametrize("header", ["x-forwarded-for", "x-forwarded-host", "forwarded", "via", "x-real-ip"])
def test_behind_a_proxy_it_does(client: Client, mongo: None, header: str) -> None:
    """The peer is then the proxy, and says nothing of who is behind it."""
    assert client.get("/metrics", headers={header: "127.0.0.1"}).status_code == 401


def test_another_machine_needs_the_token(client: Client, mongo: None, token: str) -> None:
    assert client.get("/metrics", REMOTE_ADDR="198.51.100.7").status_code == 401
    authorization = {"authorization": f"Bearer {token}"}
    assert client.get("/metrics", REMOTE_ADDR="198.51.100.7", headers=authorization).status_code == 200


@pytest.mark.usefixtures("production", "mongo")
def test_in_production_everybody_does(client: Client) -> None:
    """Without one the answer is a problem that says what to send."""
    answer = client.get("/metrics")
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert (answer.headers["Content-Type"], answer.json()["code"]) == ("application/problem+json", "session_missing")
    assert client.get("/metrics", headers={"authorization": f"bearer {TOKEN}"}).status_code == 200


@pytest.mark.usefixtures("production", "mongo")
@pytest.mark.parametrize(
    "authorization",
    [
        "Bearer",
        "Bearer ",
        "Bearer a-token",
        f"Bearer {TOKEN}x",
        f"Basic {TOKEN}",
        TOKEN,
        "Bearer t\xf6ken",
        "Bearer \xff",
    ],
)
def test_any_other_token_is_refused(client: Client, authorization: str) -> None:
    """Whatever it is made of, it is compared and not a crash."""
    answer = client.get("/metrics", headers={"authorization": authorization})
    assert (answer.status_code, answer.json()["code"]) == (401, "session_invalid")
    assert answer.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'


@pytest.mark.usefixtures("production", "mongo")
def test_without_a_token_set_none_is_right(client: Client, settings: Any) -> None:
    """An empty one least of all."""
    settings.USER_AUTH = {**settings.USER_AUTH, "METRICS_TOKEN": ""}
    for authorization in ("Bearer ", "Bearer", f"Bearer {TOKEN}"):
        assert client.get("/metrics", headers={"authorization": authorization}).status_code == 401


def test_a_token_may_hold_more_than_ascii(client: Client, settings: Any, mongo: None) -> None:
    """WSGI gives its bytes as latin-1."""
    settings.USER_AUTH = {**settings.USER_AUTH, "METRICS_TOKEN": "schlüssel"}
    sent = "Bearer schlüssel".encode().decode("latin-1")
    assert client.get("/metrics", HTTP_AUTHORIZATION=sent, HTTP_VIA="a proxy").status_code == 200


def test_the_host_is_checked(client: Client) -> None:
    """As on every other path but those of health."""
    answer = client.get("/metrics", headers={"host": "evil.example"})
    assert (answer.status_code, answer.json()["code"]) == (400, "unknown_host")


def test_the_mail_queue_is_shown_as_it_is(client: Client, mongo: None, clock: Any) -> None:
    """How many mails wait, and how long the oldest has."""
    outbox.enqueue("a_kind", to="ada@example.com")
    clock.tick(seconds=90)
    dead = outbox.enqueue("a_kind", to="bob@example.com")
    Mail.objects(id=dead).update_one(status="dead")
    text = client.get("/metrics").content.decode()
    queue, oldest = "user_auth_mail_queue", "user_auth_mail_oldest_seconds"
    assert [value(text, queue, state=state) for state in ("queued", "sending", "dead")] == [1, 0, 1]
    assert 90 <= value(text, oldest, state="queued") < 150
    assert value(text, oldest, state="dead") < 60
    assert "example.com" not in text


def test_without_the_database_all_else_is_still_told(client: Client, database_away: None) -> None:
    """That is when somebody looks."""
    client.get("/healthz")
    answer = client.get("/metrics")
    text = answer.content.decode()
    assert answer.status_code == 200
    assert value(text, "user_auth_database_up") == 0
    assert "user_auth_mail_queue" not in text
    assert value(text, "user_auth_requests_total", endpoint="healthz") >= 1


def counted(client: Client, **labels: str) -> float:
    return value(client.get("/metrics").content.decode(), "user_auth_requests_total", **labels)


@pytest.mark.usefixtures("mongo")
@pytest.mark.parametrize(
    ("method", "path", "labels"),
    [
        ("GET", "/healthz", {"endpoint": "healthz", "method": "GET", "outcome": "200"}),
        ("POST", "/verify-session", {"endpoint": "verify_session", "method": "POST", "outcome": "session_missing"}),
        ("PUT", "/login", {"endpoint": "login", "method": "PUT", "outcome": "method_not_allowed"}),
        ("OPTIONS", "/login", {"endpoint": "login", "method": "OPTIONS", "outcome": "204"}),
        ("BREW", "/login", {"endpoint": "login", "method": "other", "outcome": "method_not_allowed"}),
        ("DELETE", "/sessions/b0b", {"endpoint": "session", "method": "DELETE", "outcome": "session_missing"}),
        ("GET", "/no/such/path", {"endpoint": "unknown", "method": "GET", "outcome": "not_found"}),
        (
            "GET",
            "/static/user_auth/swagger-ui/swagger-ui.css",
            {"endpoint": "static", "method": "GET", "outcome": "200"},
        ),
    ],
)
def test_each_request_counts_once_under_the_name_of_its_endpoint(
    client: Client, method: str, path: str, labels: dict[str, str]
) -> None:
    """Never under its path; whatever nobody serves is one name together, and so are made-up methods."""
    before, all_before = counted(client, **labels), counted(client)
    client.generic(method, path).close()
    assert counted(client, **labels) == before + 1
    # And the scrape before, which counts itself once it is answered.
    assert counted(client) == all_before + 3


@pytest.mark.usefixtures("mongo")
def test_endpoints_count_without_the_middleware_too(client: Client, settings: Any) -> None:
    """A host project does without it."""
    settings.MIDDLEWARE = []
    before = counted(client, endpoint="healthz")
    client.get("/healthz")
    assert counted(client, endpoint="healthz") == before + 1


@pytest.mark.usefixtures("mongo")
def test_a_refused_try_counts_by_its_action(client: Client, settings: Any) -> None:
    settings.USER_AUTH = {**settings.USER_AUTH, "RATE_LIMITS": "on", "LIMIT_VERIFY_CLIENT": "1/minute"}
    name, labels = "user_auth_limits_refused_total", {"action": "verify", "by": "client"}
    before = value(client.get("/metrics").content.decode(), name, **labels)
    bad = {"authorization": "Bearer nonsense"}
    answers = [client.generic("POST", "/verify-session", headers=bad) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [401, 429, 429]
    assert value(client.get("/metrics").content.decode(), name, **labels) == before + 2


@pytest.mark.usefixtures("mongo")
def test_the_database_is_timed_by_command(client: Client) -> None:
    name, labels = "user_auth_database_command_seconds_count", {"command": "find"}
    before = value(client.get("/metrics").content.decode(), name, **labels)
    Mail._get_collection().find_one({})
    assert value(client.get("/metrics").content.decode(), name, **labels) == before + 1
