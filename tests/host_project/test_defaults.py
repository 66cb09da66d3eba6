"""What a project's middleware and its defaults of Django REST Framework cannot change of our endpoints."""

import re

import pytest
import requests

from tests.harness.client import PASSWORD
from tests.host_project.hosting import Host, Shopper


@pytest.fixture
def stranger(host: Host) -> Shopper:
    return Shopper(host, "stranger@example.com")


def problem(answer: requests.Response) -> tuple[int, str]:
    """Return status and code of an answer, which must be a problem in our form."""
    body = answer.json()
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert {"type", "title", "status", "detail", "code", "request_id"} <= body.keys()
    assert answer.headers["X-Request-Id"] == body["request_id"]
    assert answer.headers["Cache-Control"] == "no-store"
    return answer.status_code, body["code"]


def test_parsers(stranger: Shopper) -> None:
    """The project takes forms only; our endpoints take JSON only."""
    assert problem(stranger.post("/login", {"email": "a@example.com", "password": "p"})) == (401, "invalid_credentials")
    assert problem(stranger.post("/login", data={"email": "a@example.com"})) == (415, "unsupported_media_type")
    too_large = {"email": "a@example.com", "password": "p" * 20_000}
    assert problem(stranger.post("/login", too_large)) == (413, "payload_too_large")


def test_permissions_throttles_and_exception_handler(stranger: Shopper) -> None:
    """The project wants a session everywhere, throttles strangers and puts errors into an envelope."""
    assert stranger.post("/logout").status_code == 204
    assert problem(stranger.verify_session()) == (401, "session_missing")
    assert problem(stranger.verify_session(token="nonsense")) == (401, "session_invalid")


@pytest.mark.parametrize("query", ["?format=api", "?format=xml", "?version=9"])
def test_negotiation_and_versions(stranger: Shopper, query: str) -> None:
    """The project lets a query choose the format, and knows one version only."""
    assert problem(stranger.post(f"/verify-session{query}")) == (401, "session_missing")


@pytest.mark.parametrize("accept", ["text/html", "application/xml", "application/json; version=9", "nonsense"])
def test_accept(stranger: Shopper, accept: str) -> None:
    """A call is answered in JSON, whatever the project would render."""
    assert problem(stranger.post("/verify-session", headers={"Accept": accept})) == (401, "session_missing")


def test_language(stranger: Shopper) -> None:
    """The project speaks German; our texts are the same for everybody."""
    answers = [
        stranger.post("/login", {"password": 5}, headers={"Accept-Language": language, "X-Request-Id": "same"})
        for language in ("de", "en", "ne")
    ]
    assert len({answer.content for answer in answers}) == 1
    assert "This field is needed." in answers[0].text


def test_formats_of_times_and_text(newcomer: Shopper) -> None:
    """The project writes dates its own way and no letter beyond ASCII."""
    newcomer.sign_up("zoe@example.com", name="Zoë")
    newcomer.open_account()
    answer = newcomer.log_in(newcomer.email)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", answer.json()["user"]["created_at"])
    assert answer.content.startswith(b'{"user":{"id":"')


def test_the_cookie_is_good_for_the_whole_project(newcomer: Shopper) -> None:
    """Its path is ``/``, not the prefix; scripts cannot read it."""
    newcomer.open_account()
    cookie = newcomer.log_in(newcomer.email).headers["Set-Cookie"]
    assert re.search(r"token=[^;]+; HttpOnly; Max-Age=604(800|799); Path=/; SameSite=Lax", cookie)


def test_errors_are_explained_under_the_prefix(stranger: Shopper, host: Host) -> None:
    """``type`` leads to a page that is there."""
    address = stranger.log_in("a@example.com", password=PASSWORD).json()["type"]
    assert address == f"{host.url}/auth/docs/errors/invalid_credentials"
    assert stranger.visit(address.removeprefix(host.url)).status_code == 200


def test_the_api_is_described_under_the_prefix(stranger: Shopper) -> None:
    """The page is there, and the document gives paths that lead to us."""
    assert stranger.get("/docs").status_code == 200
    server = stranger.get("/openapi.json").json()["servers"][0]["url"]
    assert server.endswith("/auth")


def test_an_unknown_host_is_refused(stranger: Shopper) -> None:
    """``ALLOWED_HOSTS`` is the project's own."""
    answer = stranger.post("/login", {}, headers={"Host": "elsewhere.example"})
    assert answer.status_code == 400
