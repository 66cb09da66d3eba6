"""The cookies have the attributes of the contract."""

from datetime import timedelta
from typing import Any

import pytest
from django.http import HttpResponse

from user_auth.foundation import clock
from user_auth.web import cookies

TOKEN = "abc-_.DEF"


@pytest.fixture
def response() -> HttpResponse:
    return HttpResponse()


def test_over_http_the_cookie_is_plain(response: HttpResponse) -> None:
    """Browsers would not keep a secure one."""
    cookies.set_session(response, TOKEN, expires_at=clock.now() + timedelta(days=7))
    assert response.cookies.output(header="").strip() == (
        f"token={TOKEN}; HttpOnly; Max-Age=604800; Path=/; SameSite=Lax"
    )


@pytest.mark.asvs("3.3.1", "3.3.2", "3.3.3", "3.3.4")
def test_with_https_it_is_secure_and_bound_to_the_host(response: HttpResponse, settings: Any) -> None:
    """``__Host-``: https alone, no domain, the whole path."""
    settings.USER_AUTH = {**settings.USER_AUTH, "PUBLIC_URL": "https://auth.example.com"}
    cookies.set_session(response, TOKEN, expires_at=clock.now() + timedelta(hours=1))
    cookies.set_device(response, "id.signature~id.signature")
    session, device = response.cookies.output(header="", sep="\n").replace(" ", "").split("\n")[::-1]
    assert device == "__Host-device=id.signature~id.signature;HttpOnly;Max-Age=31536000;Path=/;SameSite=Lax;Secure"
    assert session == f"__Host-token={TOKEN};HttpOnly;Max-Age=3600;Path=/;SameSite=Lax;Secure"


@pytest.mark.asvs("14.3.1")
def test_a_cleared_cookie_is_gone_at_once(response: HttpResponse, settings: Any) -> None:
    """With the attributes it was set with, or a browser keeps a secure one."""
    settings.USER_AUTH = {**settings.USER_AUTH, "PUBLIC_URL": "https://auth.example.com"}
    cookies.clear_session(response)
    assert response.cookies.output(header="").strip() == (
        "__Host-token=; HttpOnly; Max-Age=0; Path=/; SameSite=Lax; Secure"
    )
