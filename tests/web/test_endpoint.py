"""What an endpoint does around its handlers, and in which order."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from rest_framework.response import Response

from tests.web import endpoints
from tests.web.conftest import Ask
from user_auth.web.endpoint import Call, Endpoint

FOREIGN = {"HTTP_ORIGIN": "https://evil.example"}
CORE = Path(endpoints.__file__).parents[2] / "core"


def code_of(answer: Any) -> str:
    return str(answer.json()["code"])


@pytest.mark.asvs("8.2.1")
def test_a_handler_without_an_operation_is_not_even_defined() -> None:
    """Nothing says who may call it, so nobody may."""
    with pytest.raises(TypeError, match=r"Open\.post has no @operation"):

        class Open(Endpoint):
            def post(self, call: Call) -> Response:
                return Response({})


def test_a_handler_that_asked_for_no_session_gets_none(ask: Ask, caplog: pytest.LogCaptureFixture) -> None:
    """It is a mistake of ours, and cannot pass for a user."""
    assert code_of(ask("GET", "/forgetful")) == "internal_error"
    assert "TypeError" in caplog.text


@pytest.mark.asvs("4.1.4", "13.4.4")
def test_a_method_that_the_path_does_not_have_is_refused(ask: Ask) -> None:
    """Known or made up, with the list of those it has."""
    for method in ("PUT", "PATCH", "TRACE", "CONNECT", "BREW", "get", "Get", "OPTIONSX", "DISPATCH", "__CLASS__"):
        answer = ask(method, "/plain")
        assert (answer.status_code, code_of(answer)) == (405, "method_not_allowed"), method
        assert answer.headers["Allow"] == "GET, POST, DELETE, HEAD, OPTIONS"


def test_head_answers_like_get(ask: Ask) -> None:
    """With its headers, and no body."""
    get, head = ask("GET", "/auth/healthz"), ask("HEAD", "/auth/healthz")
    assert (head.status_code, head.headers["Content-Type"]) == (get.status_code, get.headers["Content-Type"])
    assert ask("HEAD", "/echo").status_code == 405


@pytest.mark.asvs("4.1.4")
def test_options_names_the_methods_and_nothing_more(ask: Ask) -> None:
    """No description of the view, whatever body or token comes along."""
    answer = ask("OPTIONS", "/echo", raw=b"nonsense", HTTP_AUTHORIZATION="Bearer x")
    assert (answer.status_code, answer.content, answer.headers["Allow"]) == (204, b"", "POST, OPTIONS")
    assert "Content-Type" not in answer.headers


@pytest.mark.asvs("3.2.1", "4.1.1")
@pytest.mark.parametrize("accept", ["text/html", "application/xml", "*/*", "nonsense", "application/json;q=0", ""])
def test_the_answer_is_json_whatever_is_asked_for(ask: Ask, accept: str) -> None:
    """There is one form."""
    answer = ask("GET", "/plain?format=api", HTTP_ACCEPT=accept)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/json")


def test_a_success_without_content_has_no_media_type(ask: Ask) -> None:
    """204, and the cookies that go with it."""
    answer = ask("DELETE", "/plain")
    assert (answer.status_code, answer.content) == (204, b"")
    assert "Content-Type" not in answer.headers
    assert answer.cookies["token"]["max-age"] == 0


def test_the_checks_come_in_the_order_of_the_contract(ask: Ask, settings: Any, mongo: None) -> None:
    """A request that is wrong in every way is told one thing after the other, as each is set right."""
    settings.USER_AUTH = {**settings.USER_AUTH, "RATE_LIMITS": "on", "LIMIT_SIGNUP_CLIENT": "1/hour"}
    large, host, method = b"x" * 20000, {"HTTP_HOST": "evil.example"}, "BREW"
    assert code_of(ask(method, "/limited", raw=large, media_type="text/plain", **host, **FOREIGN)) == "unknown_host"
    assert code_of(ask(method, "/limited", raw=large, media_type="text/plain", **FOREIGN)) == "method_not_allowed"
    assert code_of(ask("POST", "/limited", raw=large, media_type="text/plain", **FOREIGN)) == "payload_too_large"
    assert code_of(ask("POST", "/limited", raw=b"x", media_type="text/plain", **FOREIGN)) == "unsupported_media_type"
    assert code_of(ask("POST", "/limited", raw=b"x", **FOREIGN)) == "cross_site_request"
    assert code_of(ask("POST", "/limited", raw=b"x")) == "malformed_body"
    limited = ask("POST", "/limited", raw=b"x")
    assert (limited.status_code, code_of(limited)) == (429, "rate_limited")
    assert int(limited.headers["Retry-After"]) == limited.json()["retry_after"] > 0


def test_the_body_comes_before_the_session(ask: Ask) -> None:
    """As the contract has it."""
    assert code_of(ask("POST", "/session", raw=b"x")) == "malformed_body"
    assert code_of(ask("POST", "/session", {})) == "validation_error"
    assert code_of(ask("POST", "/session", {"text": "x"})) == "session_missing"


def test_only_tokens_that_fail_are_charged(ask: Ask, settings: Any, mongo: None) -> None:
    """Asking without one is not guessing."""
    settings.USER_AUTH = {**settings.USER_AUTH, "RATE_LIMITS": "on", "LIMIT_VERIFY_CLIENT": "1/minute"}
    bad = {"HTTP_AUTHORIZATION": "Bearer nonsense"}
    codes = [code_of(ask("POST", "/session", {"text": "x"}, **headers)) for headers in ({}, {}, bad, bad, {})]
    assert codes == ["session_missing", "session_missing", "session_invalid", "rate_limited", "session_missing"]


@pytest.mark.asvs("16.2.5", "16.3.4", "16.5.1", "16.5.4")
def test_a_crash_tells_nothing(ask: Ask, caplog: pytest.LogCaptureFixture) -> None:
    """Not to the client, and to the log where it was but not what it said: that may quote a secret."""
    answer = ask("GET", "/crash")
    assert (answer.status_code, code_of(answer)) == (500, "internal_error")
    assert endpoints.SECRET not in answer.content.decode()
    ours = "\n".join(record.getMessage() for record in caplog.records if record.name == "user_auth.web")
    assert answer.json()["request_id"] in ours
    assert "RuntimeError" in ours
    assert "endpoints.py" in ours
    assert endpoints.SECRET not in caplog.text


def test_an_answer_that_cannot_be_written_is_a_crash(ask: Ask) -> None:
    """Writing it is still inside the edge."""
    assert code_of(ask("GET", "/unfit")) == "internal_error"


def test_a_crash_is_told_to_djangos_listeners(ask: Ask) -> None:
    """Whatever a project has plugged in to hear of crashes hears of ours; the test client does."""
    with pytest.raises(RuntimeError):
        Client(raise_request_exception=True).get("/crash")


HOSTILE = """
import sys
sys.path.insert(0, sys.argv[1])
import django
from django.conf import settings
from django.urls import path, include

settings.configure(
    DEBUG=True,
    SECRET_KEY="a key of a host project that is long enough",
    ALLOWED_HOSTS=["testserver"],
    ROOT_URLCONF=__name__,
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "rest_framework", "user_auth"],
    MIDDLEWARE=["django.middleware.common.CommonMiddleware", "django.middleware.csrf.CsrfViewMiddleware"],
    USER_AUTH={"MODE": "local", "RATE_LIMITS": "off"},
    REST_FRAMEWORK={
        "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.BasicAuthentication"],
        "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAdminUser"],
        "DEFAULT_THROTTLE_CLASSES": ["rest_framework.throttling.AnonRateThrottle"],
        "DEFAULT_THROTTLE_RATES": {"anon": "1/day"},
        "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.FormParser"],
        "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.BrowsableAPIRenderer"],
        "DEFAULT_VERSIONING_CLASS": "rest_framework.versioning.AcceptHeaderVersioning",
        "ALLOWED_VERSIONS": ["9"],
        "EXCEPTION_HANDLER": "nowhere.at_all",
        "COMPACT_JSON": False,
        "UNICODE_JSON": False,
        "DATETIME_FORMAT": "%s",
        "NON_FIELD_ERRORS_KEY": "wrong",
        "URL_FORMAT_OVERRIDE": "format",
    },
)
django.setup()
urlpatterns = [path("auth/", include("user_auth.urls"))]

from django.test import Client
from rest_framework.views import exception_handler
from user_auth.web.endpoint import Endpoint

assert Endpoint().get_exception_handler() is exception_handler
assert not Endpoint().get_authenticators() + Endpoint().get_permissions() + Endpoint().get_throttles()
client = Client(enforce_csrf_checks=True)
for _ in range(3):
    answer = client.get("/auth/healthz?format=api", HTTP_ACCEPT="text/html")
    assert (answer.status_code, answer.content) == (200, b'{"status":"ok"}'), answer.content
answer = client.post("/auth/logout", "{}", content_type="application/json")
assert answer.status_code == 204, answer.content
answer = client.post("/auth/login", '{"email": 1}', content_type="application/json")
assert answer.status_code == 400 and answer.json()["code"] == "validation_error", answer.content
assert [error["param"] for error in answer.json()["errors"]] == ["email", "password"], answer.content
assert answer.json()["type"].endswith("/auth/docs/errors/validation_error"), answer.content
answer = client.put("/auth/login")
assert answer.status_code == 405 and answer.json()["code"] == "method_not_allowed", answer.content
answer = client.post("/auth/verify-session", "{}", content_type="application/json")
assert answer.status_code == 401 and answer.json()["code"] == "session_missing", answer.content
"""


def test_a_host_projects_defaults_change_nothing() -> None:
    """Permissions, parsers, renderers, throttles, versions, handlers, CSRF: all of it is passed by."""
    subprocess.run([sys.executable, "-c", HOSTILE, str(CORE)], check=True, timeout=50)
