"""What a browser sends on behalf of a foreign site is refused."""

from typing import Any

import pytest

from tests.web.conftest import Ask

OWN, TRUSTED, FOREIGN = "http://127.0.0.1:8000", "https://app.example.com", "https://evil.example"


@pytest.fixture(autouse=True)
def _trusted_origin(settings: Any) -> None:
    settings.USER_AUTH = {**settings.USER_AUTH, "TRUSTED_ORIGINS": TRUSTED, "PUBLIC_URL": OWN}


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"HTTP_SEC_FETCH_SITE": "same-origin"},
        {"HTTP_SEC_FETCH_SITE": "none"},
        {"HTTP_SEC_FETCH_SITE": "same-origin", "HTTP_ORIGIN": OWN},
        {"HTTP_SEC_FETCH_SITE": "same-site", "HTTP_ORIGIN": TRUSTED},
        {"HTTP_SEC_FETCH_SITE": "cross-site", "HTTP_ORIGIN": TRUSTED},
        {"HTTP_ORIGIN": TRUSTED},
        {"HTTP_ORIGIN": OWN},
        {"HTTP_ORIGIN": "http://localhost:8000"},
        {"HTTP_ORIGIN": "http://[::1]:8000"},
    ],
)
@pytest.mark.parametrize("method", ["POST", "DELETE"])
def test_our_own_pages_trusted_origins_and_programs_may_write(ask: Ask, method: str, headers: dict[str, str]) -> None:
    """In local mode this machine goes by three names; what is no browser sends neither header."""
    assert ask(method, "/plain", **headers).status_code in (200, 204)


FOREIGN_HEADERS = [
    {"HTTP_SEC_FETCH_SITE": "cross-site"},
    {"HTTP_SEC_FETCH_SITE": "same-site"},
    {"HTTP_SEC_FETCH_SITE": ""},
    {"HTTP_SEC_FETCH_SITE": "same-origin, cross-site"},
    {"HTTP_SEC_FETCH_SITE": "cross-site", "HTTP_ORIGIN": OWN},
    {"HTTP_SEC_FETCH_SITE": "cross-site", "HTTP_ORIGIN": FOREIGN},
    {"HTTP_ORIGIN": FOREIGN},
    {"HTTP_ORIGIN": "null"},
    {"HTTP_ORIGIN": ""},
    {"HTTP_ORIGIN": "http://127.0.0.1:8001"},
    {"HTTP_ORIGIN": "https://127.0.0.1:8000"},
    {"HTTP_ORIGIN": "http://127.0.0.1:8000.evil.example"},
    {"HTTP_ORIGIN": TRUSTED + ".evil.example"},
    {"HTTP_ORIGIN": "http://app.example.com"},
]


@pytest.mark.asvs("3.5.1")
@pytest.mark.parametrize("headers", FOREIGN_HEADERS)
@pytest.mark.parametrize("method", ["POST", "DELETE"])
def test_a_foreign_site_may_not(ask: Ask, method: str, headers: dict[str, str]) -> None:
    """Not even one that shares the site: a neighbor under the same domain is foreign."""
    answer = ask(method, "/plain", **headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "cross_site_request")


@pytest.mark.parametrize("headers", FOREIGN_HEADERS)
def test_a_bearer_token_is_proof_enough(ask: Ask, headers: dict[str, str]) -> None:
    """No browser adds one by itself, and to add one by script needs our leave."""
    assert ask("POST", "/plain", HTTP_AUTHORIZATION="Bearer whatever", **headers).status_code == 200


@pytest.mark.asvs("3.5.1")
@pytest.mark.parametrize("authorization", ["Basic abc", "Bearer", ""])
def test_another_authorization_is_not(ask: Ask, authorization: str) -> None:
    """A browser sends Basic by itself."""
    answer = ask("POST", "/plain", HTTP_AUTHORIZATION=authorization, HTTP_ORIGIN=FOREIGN)
    assert answer.json()["code"] == "cross_site_request"


@pytest.mark.parametrize("headers", FOREIGN_HEADERS)
def test_reading_is_not_concerned(ask: Ask, headers: dict[str, str]) -> None:
    """A safe method changes nothing, and CORS keeps its answer from the foreign page."""
    answer = ask("GET", "/plain", **headers)
    assert answer.status_code == 200
    assert "Access-Control-Allow-Origin" not in answer.headers


@pytest.mark.asvs("3.5.1")
def test_in_production_this_machine_has_one_name(ask: Ask, settings: Any) -> None:
    """Nothing but the origin of ``PUBLIC_URL`` is our own."""
    settings.USER_AUTH = {**settings.USER_AUTH, "PUBLIC_URL": "https://auth.example.com"}
    assert ask("POST", "/plain", HTTP_ORIGIN="https://auth.example.com").status_code == 200
    assert ask("POST", "/plain", HTTP_ORIGIN="https://localhost").status_code == 403
    assert ask("POST", "/plain", HTTP_ORIGIN=OWN).status_code == 403


def test_a_trusted_origin_may_read_the_answer(ask: Ask) -> None:
    """With its credentials, and with the headers that tell it what to do; errors too."""
    for answer in (ask("GET", "/plain", HTTP_ORIGIN=TRUSTED), ask("POST", "/echo", {}, HTTP_ORIGIN=TRUSTED)):
        assert answer.headers["Access-Control-Allow-Origin"] == TRUSTED
        assert answer.headers["Access-Control-Allow-Credentials"] == "true"
        assert "Retry-After" in answer.headers["Access-Control-Expose-Headers"]
        assert answer.headers["Vary"] == "Origin"


@pytest.mark.asvs("3.4.2")
@pytest.mark.parametrize("origin", [FOREIGN, "null", OWN, "*"])
def test_nobody_else_may(ask: Ask, origin: str) -> None:
    """No wildcard, and no echo of what was sent; caches are told that answers differ."""
    answer = ask("GET", "/plain", HTTP_ORIGIN=origin)
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert answer.headers["Vary"] == "Origin"


PREFLIGHT = {"HTTP_ACCESS_CONTROL_REQUEST_METHOD": "POST", "HTTP_ACCESS_CONTROL_REQUEST_HEADERS": "authorization"}


def test_a_trusted_origin_is_told_what_it_may_send(ask: Ask) -> None:
    """The preflight of a browser, before it sends the token in the header."""
    answer = ask("OPTIONS", "/plain", HTTP_ORIGIN=TRUSTED, **PREFLIGHT)
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["Access-Control-Allow-Origin"] == TRUSTED
    assert answer.headers["Access-Control-Allow-Methods"] == "GET, POST, DELETE, HEAD, OPTIONS"
    assert "Authorization" in answer.headers["Access-Control-Allow-Headers"]


@pytest.mark.asvs("3.4.2")
def test_a_foreign_origin_is_told_nothing(ask: Ask) -> None:
    """Its browser then sends nothing."""
    answer = ask("OPTIONS", "/plain", HTTP_ORIGIN=FOREIGN, **PREFLIGHT)
    assert (answer.status_code, answer.headers["Allow"]) == (204, "GET, POST, DELETE, HEAD, OPTIONS")
    assert not [name for name in answer.headers if name.startswith("Access-Control")]
