"""The pages beside the API: the same path, another answer."""

import gzip
import re
from pathlib import Path
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.test import Client, RequestFactory

from user_auth.features.operations import catalogue
from user_auth.foundation import errors
from user_auth.web import edge, phrases, problems
from user_auth.web.phrases import REFUSALS

pytestmark = pytest.mark.usefixtures("mongo")

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
OPEN = ["/login", "/signup", "/verify-otp", "/forgot-password", "/reset-password"]
INSIDE = ["/account", "/sessions", "/admin/users", "/admin/users/x", "/admin/audit?event="]
# What programs are told, and people are shown in other words or not at all.
NOT_SAID = {"malformed_body", "unknown_host", "method_not_allowed", "request_timeout", "payload_too_large"}


@pytest.fixture
def browser(client: Client) -> Client:
    client.defaults["HTTP_ACCEPT"] = BROWSER
    return client


@pytest.mark.parametrize("path", OPEN)
def test_one_path_has_a_page_and_the_api(browser: Client, client: Client, path: str) -> None:
    """Caches are told that they differ; without ``text/html`` nothing is as if there were no page."""
    page, api = browser.get(path), Client().get(path)
    assert (page.status_code, page.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert (api.status_code, api.json()["code"]) == (405, "method_not_allowed")
    for answer in (page, api):
        assert "Accept" in answer.headers["Vary"]
        assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.asvs("3.4.3", "3.4.8")
@pytest.mark.parametrize("path", OPEN)
def test_a_page_keeps_to_the_policy(browser: Client, path: str) -> None:
    """Its styles and scripts are files of ours that are there; nothing in it runs by itself."""
    answer = browser.get(path)
    html = answer.content.decode()
    assert answer.headers["Content-Security-Policy"] == edge.PAGE_POLICY
    assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assets = re.findall(r'(?:src|href)="/static/([^"]+)"', html)
    assert len(assets) >= 4
    assert all(finders.find(asset) for asset in assets)
    assert not re.findall(r"<style|<script>|\sstyle=|\son\w+=|https?://", html)
    assert '<form id="' in html
    # Were a script not there yet, a form sent by the browser itself would put what was typed into the address.
    assert 'method="get"' not in html


@pytest.mark.parametrize("path", INSIDE)
def test_a_page_that_needs_a_session_leads_to_the_log_in_and_back(browser: Client, path: str) -> None:
    """And the API answers as ever."""
    answer = browser.get(path)
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/login?next=/")
    assert browser.get(answer.headers["Location"]).status_code == 200
    assert Client().get(path).json()["code"] == "session_missing"


def test_a_bad_cookie_is_no_dead_end(browser: Client) -> None:
    """Of a session that is over, say: the log-in page comes up all the same."""
    browser.cookies["token"] = "not.a.token"
    assert browser.get("/account").status_code == 303
    assert browser.get("/login").status_code == 200
    assert browser.get("/").headers["Location"] == "/login"


def test_the_root_is_for_people_alone(browser: Client) -> None:
    """To programs it is an unknown path, with every method."""
    assert browser.get("/").status_code == 303
    assert [Client().generic(method, "/").status_code for method in ("GET", "POST", "OPTIONS")] == [404, 404, 404]


@pytest.mark.parametrize(
    ("language", "title"),
    [("de", "Anmelden"), ("de-AT,de;q=0.9", "Anmelden"), ("fr", "Log in"), ("", "Log in"), ("x" * 600, "Log in")],
)
def test_the_language_is_that_of_the_browser(browser: Client, language: str, title: str) -> None:
    """English where the browser's own is none of ours; caches are told."""
    answer = browser.get("/login", headers={"Accept-Language": language})
    assert f"<title>{title} ·" in answer.content.decode()
    assert "Accept-Language" in answer.headers["Vary"]


def test_a_refusal_is_a_page_with_the_same_status(browser: Client) -> None:
    """And with the number under which it is in the log."""
    answer = browser.get("/nothing", headers={"X-Request-Id": "number-7"})
    assert answer.status_code == 404
    assert "There is nothing here" in answer.content.decode()
    assert "number-7" in answer.content.decode()


@pytest.mark.asvs("1.2.3")
def test_what_the_service_calls_itself_is_escaped(browser: Client, settings: Any) -> None:
    """In texts, in attributes and in what is handed to scripts."""
    settings.USER_AUTH = {**settings.USER_AUTH, "SERVICE_NAME": "<img src=x onerror=alert(1)>'\"</script>"}
    html = browser.get("/signup").content.decode()
    assert "<img src=x" not in html
    assert html.count("</script>") == html.count("<script")


def test_a_host_project_overrides_a_block_and_keeps_the_rest(browser: Client, settings: Any, tmp_path: Path) -> None:
    """A template of the same name in its own folder, which extends ours by a second name."""
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [str(tmp_path)]}]
    folder = tmp_path / "user_auth"
    folder.mkdir()
    (folder / "login.html").write_text(
        '{% extends "user_auth/login.html" %}{% block below %}<p>Ask the desk for an account.</p>{% endblock %}'
    )
    html = browser.get("/login").content.decode()
    assert "Ask the desk for an account." in html
    assert 'id="login"' in html
    assert "No account yet?" not in html


def test_a_closed_service_has_no_form_to_sign_up(browser: Client, settings: Any) -> None:
    """It says so instead."""
    settings.USER_AUTH = {**settings.USER_AUTH, "SIGNUP": "closed"}
    html = browser.get("/signup").content.decode()
    assert "takes no new accounts" in html
    assert "<form" not in html


def test_every_refusal_has_its_phrase() -> None:
    """What the API can answer to a page, the page can say."""
    assert (
        catalogue.kinds().keys() - NOT_SAID - {"unsupported_media_type", "reauthentication_required"} <= REFUSALS.keys()
    )
    assert set(phrases.for_scripts()) == {*phrases.REFUSALS, *phrases.FINDINGS}


def test_the_color_of_a_service_is_a_sheet(client: Client, settings: Any) -> None:
    """Linked where there is one; without, there is none."""
    assert client.get("/theme.css").status_code == 404
    settings.USER_AUTH = {**settings.USER_AUTH, "ACCENT_COLOR": "#ffd500"}
    answer = client.get("/theme.css")
    assert answer.headers["Content-Type"] == "text/css; charset=utf-8"
    assert "--fill: #ffd500; " in answer.content.decode()
    assert 'href="/theme.css"' in client.get("/login", headers={"Accept": BROWSER}).content.decode()


@pytest.mark.parametrize(
    ("refusal", "status", "title"),
    [
        (errors.NotFoundError(), 404, "There is nothing here"),
        (errors.ForbiddenError(), 403, "This is not for you"),
        (errors.RateLimitedError(retry_after=90), 429, "One moment, please"),
        (errors.UnavailableError(retry_after=2), 503, "Back in a moment"),
        (errors.InternalError(), 500, "Something went wrong"),
        (errors.MalformedBodyError(), 400, "This did not work"),
    ],
    ids=lambda value: value.code if isinstance(value, errors.AuthError) else "",
)
def test_each_sort_of_refusal_has_its_page(refusal: errors.AuthError, status: int, title: str) -> None:
    """With the time to wait, where there is one, as a program gets it too; and no word of the inside."""
    request = RequestFactory().get("/x", headers={"Accept": BROWSER})
    answer = problems.answer(refusal, request=request)
    html = answer.content.decode()
    assert answer.status_code == status
    assert f"<h1>{title}</h1>" in html
    assert answer.headers.get("Retry-After") == (str(refusal.retry_after) if refusal.retry_after else None)
    assert (f'data-seconds="{refusal.retry_after}"' in html) == (refusal.retry_after is not None)


def test_under_a_prefix_every_address_has_it(browser: Client, settings: Any) -> None:
    """A host project chooses it; what is static stays where the project keeps it."""
    settings.ROOT_URLCONF = "tests.web.endpoints"
    html = browser.get("/auth/login").content.decode()
    assert set(re.findall(r'(?:href|src|action|data-\w+)="(/[^"]*)"', html)) == {
        "/auth/",
        "/auth/login",
        "/auth/signup",
        "/auth/account",
        "/auth/verify-session",
        "/auth/forgot-password",
        *re.findall(r'"(/static/[^"]+)"', html),
    }
    assert browser.get("/auth/account").headers["Location"] == "/auth/login?next=/auth/account"


def test_the_compressed_sheet_is_the_sheet() -> None:
    """Browsers get the smaller one, where it is served from files."""
    found = finders.find("user_auth/pico/pico.classless.min.css")
    assert isinstance(found, str)
    assert gzip.decompress(Path(f"{found}.gz").read_bytes()) == Path(found).read_bytes()
