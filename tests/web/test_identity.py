"""Who sent a request, for views that are not ours."""

import pymongo
import pytest
from django.http import HttpRequest
from pytest_django.fixtures import Settings

from tests.web.sessions_shown import CALLER, FOREIGN, NOWHERE, OWN, by_cookie, by_header, request, started
from user_auth import sessions
from user_auth.accounts import User
from user_auth.foundation.errors import (
    CrossSiteRequestError,
    SessionInvalidError,
    SessionRevokedError,
    UnavailableError,
)
from user_auth.mongo import connection
from user_auth.sessions import Reason
from user_auth.web.identity import CurrentUser, current_user, identify

pytestmark = pytest.mark.usefixtures("mongo")


def test_the_header_and_the_cookie_show_the_same_identity() -> None:
    """Either way it is the session that was started, and its user."""
    session = started(roles=["editor"])
    for asked in (by_header(session.token), by_cookie(session.token)):
        found = identify(asked)
        assert found is not None
        assert found.session.id == session.session.handle
        assert found.session.methods == ("pwd",)
        assert (found.user.email, found.user.name, found.user.roles) == ("ada@example.com", "Ada", ("editor",))


@pytest.mark.parametrize("asked", [request(), by_cookie("")])
def test_a_request_that_shows_no_session_has_no_identity(asked: HttpRequest) -> None:
    """That is no error: it may be for everybody."""
    assert identify(asked) is None


@pytest.mark.parametrize("header", ["Basic YWRhOnB3", "Token abc"])
def test_another_scheme_is_left_to_others(header: str) -> None:
    """And the cookie does not count beside it, as beside any header."""
    session = started()
    assert identify(request("GET", {"Authorization": header, "Cookie": f"token={session.token}"})) is None


@pytest.mark.parametrize("header", ["Bearer", "Bearer a b", "", "bearer nonsense"])
def test_a_bad_bearer_header_is_refused_whatever_the_cookie_says(header: str) -> None:
    """The header is there, so the cookie is not looked at."""
    session = started()
    with pytest.raises(SessionInvalidError):
        identify(request("GET", {"Authorization": header, "Cookie": f"token={session.token}"}))


def test_two_cookies_of_our_name_are_refused() -> None:
    """Somebody has planted one of them."""
    session = started()
    with pytest.raises(SessionInvalidError):
        identify(request("GET", {"Cookie": f"token={session.token}; token=other"}))


@pytest.mark.asvs("7.4.1")
def test_an_ended_session_is_refused_with_its_reason() -> None:
    """The next request after the end is refused: nothing is remembered."""
    session = started()
    assert identify(by_header(session.token))
    sessions.end([session.session], reason=Reason.REVOKED)
    with pytest.raises(SessionRevokedError) as refused:
        identify(by_header(session.token))
    assert refused.value.members == {"reason": "revoked"}


@pytest.mark.asvs("3.5.1")
def test_a_foreign_site_cannot_use_the_cookie_to_change_something() -> None:
    """It can to read, which shows it nothing, and so can our own site to change."""
    session = started()
    with pytest.raises(CrossSiteRequestError):
        identify(by_cookie(session.token, method="POST", **FOREIGN))
    assert identify(by_cookie(session.token, method="GET", **FOREIGN))
    assert identify(by_cookie(session.token, method="POST", **OWN))
    assert identify(by_header(session.token, method="POST", **FOREIGN))


@pytest.mark.asvs("16.5.2", "16.5.3")
def test_a_database_that_is_away_is_told_from_a_bad_token(settings: Settings) -> None:
    """The session may be good: who asks is told to come back, not to log in."""
    session = started()
    settings.USER_AUTH = {**settings.USER_AUTH, "MONGODB_URI": NOWHERE}
    connection.close()
    with pytest.raises(UnavailableError) as refused, pymongo.timeout(0.2):
        identify(by_header(session.token))
    assert refused.value.retry_after == 2
    with pymongo.timeout(0.2):
        assert current_user(by_header(session.token)) is None


def test_current_user_refuses_nobody() -> None:
    """Who cannot be identified, for whatever reason, is nobody."""
    session = started()
    assert current_user(by_cookie(session.token)) is not None
    sessions.end([session.session], reason=Reason.LOGOUT)
    for asked in (request(), by_header("nonsense"), by_cookie(session.token)):
        assert current_user(asked) is None
    assert current_user(by_cookie(started("bob@example.com").token, method="POST", **FOREIGN)) is None


def test_a_user_is_what_frameworks_expect_of_one() -> None:
    """Signed in, not anonymous, named by the address, and without any of Django's own permissions."""
    user = CurrentUser("5f0", "ada@example.com", "Ada", ("editor",))
    assert (user.is_authenticated, user.is_anonymous, user.is_active) == (True, False, True)
    assert (user.pk, str(user), user.get_username()) == ("5f0", "ada@example.com", "ada@example.com")
    assert (user.is_staff, user.is_superuser, user.has_perms(["shop.add_order"])) == (False, False, False)
    assert (user.has_role("editor"), user.has_role("admin")) == (True, False)


def test_a_user_is_the_same_after_a_change_of_name() -> None:
    """The id decides, in comparisons and in sets."""
    assert len({CurrentUser("1", "a@example.com", "Ada", ()), CurrentUser("1", "b@example.com", "Bob", ())}) == 1


@pytest.mark.asvs("15.3.1")
def test_no_record_leaves_the_app() -> None:
    """What a view gets carries no hash, and nothing that could be saved."""
    session = started()
    found = identify(by_header(session.token))
    assert found is not None
    user = User.objects.get(id=session.session.user_id)
    assert user.audit_salt not in repr(found)
    assert session.session.id not in repr(found)
    assert CALLER.user_agent not in repr(found)
    with pytest.raises(AttributeError):
        found.user.roles = ("admin",)  # type: ignore[misc]
