"""Tokens are read from the header and the cookie, and judged later."""

from typing import Any

import pytest
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from tests.web.conftest import Ask
from user_auth.foundation.errors import SessionInvalidError
from user_auth.web.credentials import Presented


def presented(**headers: str) -> Presented:
    request = RequestFactory().get("/")
    request.META |= headers
    return Presented.of(request)


def test_nothing_presented_is_nothing() -> None:
    """Neither header nor cookie."""
    nothing = presented()
    assert (nothing.token, nothing.cookie, nothing.every_token, nothing.has_bearer) == (None, None, (), False)


@pytest.mark.parametrize("header", ["Bearer abc", "bearer abc", "BEARER   abc", " Bearer abc "])
def test_a_bearer_token_counts_and_the_cookie_is_ignored(header: str) -> None:
    """The name of the scheme has no case."""
    both = presented(HTTP_AUTHORIZATION=header, HTTP_COOKIE="token=other")
    assert (both.token, both.transport, both.has_bearer) == ("abc", "header", True)
    assert both.every_token == ("abc", "other")


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", "Basic abc", "abc", "Bearer a b", "Bearerabc", "Token abc", "Bearer\tabc"]
)
def test_a_bad_header_counts_too(header: str) -> None:
    """It makes a good cookie no better."""
    bad = presented(HTTP_AUTHORIZATION=header, HTTP_COOKIE="token=good")
    assert not bad.has_bearer
    with pytest.raises(SessionInvalidError):
        _ = bad.token


@pytest.mark.parametrize(
    "cookies", ["token=good", " token=good ;a=b", "a=b; token=good", "a; token=good;;", "Token=x; token=good; tokens=y"]
)
def test_one_cookie_of_our_name_counts(cookies: str) -> None:
    """Whatever stands beside it."""
    assert presented(HTTP_COOKIE=cookies).token == "good"


@pytest.mark.asvs("15.3.7")
@pytest.mark.parametrize(
    "cookies", ["token=good; token=good", "token=good; token=", "token=;token=good", "token=a; x=y; token=b"]
)
def test_two_cookies_of_our_name_are_invalid(cookies: str) -> None:
    """Somebody else has put one there; which is not to be guessed."""
    two = presented(HTTP_COOKIE=cookies)
    assert two.cookie is None
    with pytest.raises(SessionInvalidError):
        _ = two.token


def test_two_cookies_do_not_matter_beside_a_header() -> None:
    """The header counts, and the cookies are ignored."""
    assert presented(HTTP_AUTHORIZATION="Bearer abc", HTTP_COOKIE="token=a; token=b").token == "abc"


@pytest.mark.asvs("3.3.3")
def test_with_https_the_cookie_has_a_prefix(settings: Any) -> None:
    """Only ``__Host-token`` counts then: a page of another host cannot have set it."""
    settings.USER_AUTH = {**settings.USER_AUTH, "PUBLIC_URL": "https://auth.example.com"}
    assert presented(HTTP_COOKIE="token=bad").token is None
    assert presented(HTTP_COOKIE="token=bad; __Host-token=good").token == "good"


@given(st.text(), st.text())
def test_nothing_that_is_sent_makes_reading_fail(authorization: str, cookie: str) -> None:
    """All judgment is left to ``token``."""
    assert isinstance(presented(HTTP_AUTHORIZATION=authorization, HTTP_COOKIE=cookie).every_token, tuple)


@pytest.mark.parametrize(
    ("headers", "code", "challenge"),
    [
        ({}, "session_missing", "Bearer"),
        ({"HTTP_COOKIE": "token=nonsense"}, "session_invalid", 'Bearer error="invalid_token"'),
        ({"HTTP_COOKIE": "token=a; token=a"}, "session_invalid", 'Bearer error="invalid_token"'),
        ({"HTTP_AUTHORIZATION": "Bearer nonsense"}, "session_invalid", 'Bearer error="invalid_token"'),
        ({"HTTP_AUTHORIZATION": "Basic abc"}, "session_invalid", 'Bearer error="invalid_token"'),
        ({"HTTP_AUTHORIZATION": "Bearer \u00e9.\u00e9.\u00e9"}, "session_invalid", 'Bearer error="invalid_token"'),
    ],
)
def test_a_session_that_is_no_good_is_a_401(ask: Ask, headers: dict[str, str], code: str, challenge: str) -> None:
    """With the challenge of RFC 6750: an error is named only where a token was tried."""
    answer = ask("POST", "/session", {"text": "x"}, **headers)
    assert (answer.status_code, answer.json()["code"], answer.headers["WWW-Authenticate"]) == (401, code, challenge)
