"""Our sessions in the views of Django REST Framework."""

from collections.abc import Callable, Sequence
from typing import Any, cast

import pymongo
import pytest
from django.http import HttpRequest
from pytest_django.fixtures import Settings
from rest_framework.authentication import BaseAuthentication
from rest_framework.permissions import AllowAny, IsAdminUser, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView, exception_handler

from tests.web.sessions_shown import FOREIGN, NOWHERE, by_cookie, by_header, request, started
from user_auth import sessions
from user_auth.mongo import connection
from user_auth.sessions import Reason
from user_auth.web.authentication import JWTAuthentication
from user_auth.web.identity import CurrentUser, Identity
from user_auth.web.permissions import has_role

pytestmark = pytest.mark.usefixtures("mongo")


class HostView(APIView):
    authentication_classes: Sequence[Any] = (JWTAuthentication,)
    permission_classes: Sequence[Any] = (IsAuthenticated,)

    def get(self, request: Request) -> Response:
        return Response({"email": str(request.user), "session": cast("Identity", request.auth).session.id})

    post = get


class PublicView(HostView):
    permission_classes = (AllowAny,)

    def get(self, request: Request) -> Response:
        return Response({"is_anonymous": request.user is None, "auth": request.auth is None})


def ask(asked: HttpRequest, *, view: type[APIView] = HostView, permission: object = None) -> Response:
    pins = {"permission_classes": [permission]} if permission else {}
    answer = view.as_view(**pins)(asked)
    assert isinstance(answer, Response)
    return answer


def code_of(answer: Response) -> str:
    assert answer.data
    return str(answer.data["detail"].code)


def test_a_view_gets_user_and_session() -> None:
    """``request.user`` and ``request.auth`` are of the session that was shown."""
    session = started()
    for asked in (by_header(session.token), by_cookie(session.token)):
        answer = ask(asked)
        assert (answer.status_code, answer.data) == (
            200,
            {"email": "ada@example.com", "session": session.session.handle},
        )


def test_without_a_session_a_protected_view_answers_401() -> None:
    """Not 403: the class names a challenge."""
    answer = ask(request())
    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Bearer")


def test_without_a_session_a_public_view_answers() -> None:
    """The request is anonymous in the sense of the project."""
    assert ask(request(), view=PublicView).data == {"is_anonymous": True, "auth": True}


def test_another_scheme_goes_to_the_next_class() -> None:
    """A project may let machines in by other means, beside us."""

    class Machines(BaseAuthentication):
        def authenticate(self, request: Request) -> tuple[Any, Any]:
            return CurrentUser("machine", "robot@example.com", "", ()), None

    class View(PublicView):
        authentication_classes = (JWTAuthentication, Machines)

        def get(self, request: Request) -> Response:
            return Response(str(request.user))

    session = started()
    asked = request("GET", {"Authorization": "Basic cm9ib3Q6cHc=", "Cookie": f"token={session.token}"})
    assert ask(asked, view=View).data == "robot@example.com"
    assert ask(by_cookie(session.token), view=View).data == "ada@example.com"


def test_a_bad_token_is_refused_even_by_a_public_view() -> None:
    """With our code, and the challenge that names the token as the cause."""
    answer = ask(by_header("nonsense"), view=PublicView)
    assert (answer.status_code, code_of(answer)) == (401, "session_invalid")
    assert answer["WWW-Authenticate"] == 'Bearer error="invalid_token"'


def test_an_ended_session_is_refused_with_our_code() -> None:
    """From the very next request."""
    session = started()
    sessions.end([session.session], reason=Reason.LOGOUT)
    answer = ask(by_cookie(session.token))
    assert (answer.status_code, code_of(answer)) == (401, "session_revoked")


@pytest.mark.asvs("3.5.1")
def test_a_foreign_site_is_refused_with_403() -> None:
    """Its visitor is signed in: asking them to log in would not help."""
    session = started()
    answer = ask(by_cookie(session.token, method="POST", **FOREIGN))
    assert (answer.status_code, code_of(answer)) == (403, "cross_site_request")
    assert ask(by_cookie(session.token, method="POST")).status_code == 200


def test_a_database_that_is_away_is_a_503_with_retry_after(settings: Settings) -> None:
    """DRF's own handler makes the header."""
    session = started()
    settings.USER_AUTH = {**settings.USER_AUTH, "MONGODB_URI": NOWHERE}
    connection.close()
    with pymongo.timeout(0.2):
        answer = ask(by_header(session.token))
    assert (answer.status_code, code_of(answer), answer["Retry-After"]) == (503, "unavailable", "2")


def test_the_projects_own_exception_handler_renders_our_refusals() -> None:
    """It gets an exception of DRF, whose cause has what DRF has no place for."""
    seen: list[Exception] = []

    def handle(error: Exception, context: Any) -> Response | None:
        seen.append(error)
        return exception_handler(error, context)

    class View(HostView):
        def get_exception_handler(self) -> Callable[..., Any]:
            return handle

    session = started()
    sessions.end([session.session], reason=Reason.REPLACED)
    ask(by_header(session.token), view=View)
    assert getattr(seen[0].__cause__, "members", None) == {"reason": "replaced"}


def test_answers_say_that_they_depend_on_who_asks() -> None:
    """To everybody: the answer to a stranger must not be kept for a user either."""
    session = started()
    for asked in (by_header(session.token), by_cookie(session.token), request()):
        assert ask(asked)["Vary"] == "Accept, Authorization, Cookie"


@pytest.mark.asvs("8.2.1", "8.3.1")
def test_a_role_is_needed_where_it_is_named() -> None:
    """Nobody: 401; a user without the role: 403 with our code; one with it: in."""
    editor, reader = started("ed@example.com", roles=["editor"]), started("ray@example.com", roles=["reader"])
    permission = has_role("editor")
    assert ask(request(), permission=permission).status_code == 401
    refused = ask(by_header(reader.token), permission=permission)
    assert (refused.status_code, code_of(refused)) == (403, "forbidden")
    assert ask(by_header(editor.token), permission=permission).status_code == 200


def test_roles_can_be_joined() -> None:
    """With ``|``, ``&`` and ``~``, as DRF's own permissions."""
    reader = started(roles=["reader"])
    for permission, status in (
        (has_role("editor") | has_role("reader"), 200),
        (has_role("editor") & has_role("reader"), 403),
        (IsAuthenticated & ~has_role("editor"), 200),
    ):
        assert ask(by_header(reader.token), permission=permission).status_code == status


def test_our_users_are_never_the_projects_staff() -> None:
    """DRF's own permission for staff says no, and does not stumble."""
    session = started(roles=["admin"])
    assert ask(by_header(session.token), permission=IsAdminUser).status_code == 403


def test_a_user_of_somebody_else_has_none_of_our_roles() -> None:
    """Another authentication class may come first; its users are asked for nothing of ours."""

    class Impostor:
        is_authenticated = True

        def has_role(self, role: str) -> bool:
            return True

    asked = Request(request())
    asked.user = cast("Any", Impostor())
    assert has_role("editor")().has_permission(asked, HostView()) is False
