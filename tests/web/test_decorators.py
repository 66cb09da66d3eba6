"""Our sessions in plain Django views."""

import json
from collections.abc import Callable
from typing import Any, cast

import pytest
from asgiref.sync import async_to_sync
from django.http import HttpResponse
from django.utils.decorators import method_decorator
from django.views import View

from tests.web.sessions_shown import FOREIGN, by_cookie, by_header, request, started
from user_auth import sessions
from user_auth.sessions import Reason
from user_auth.web.decorators import session_required
from user_auth.web.identity import SignedInRequest

pytestmark = pytest.mark.usefixtures("mongo")

HostView = Callable[..., HttpResponse]


@session_required
def page(request: SignedInRequest) -> HttpResponse:
    """A page of the project."""
    return HttpResponse(request.user_auth.user.email)


@session_required(role="editor")
def editors_page(request: SignedInRequest, *, number: int = 0) -> HttpResponse:
    return HttpResponse(f"{request.user_auth.user.email} {number}")


@session_required
async def async_page(request: SignedInRequest) -> HttpResponse:
    return HttpResponse(request.user_auth.user.email)


@method_decorator(session_required, name="dispatch")
class ClassPage(View):
    def get(self, request: SignedInRequest) -> HttpResponse:
        return HttpResponse(request.user_auth.user.email)


class AsyncClassPage(View):
    async def get(self, request: SignedInRequest) -> HttpResponse:
        return HttpResponse(request.user_auth.user.email)


# As Django calls them: with a request that knows nothing yet.
plain: HostView = page
for_editors: HostView = editors_page
KINDS = pytest.mark.parametrize(
    "view",
    [
        plain,
        async_to_sync(async_page),
        ClassPage.as_view(),
        async_to_sync(cast("Any", session_required(AsyncClassPage.as_view()))),
    ],
    ids=["sync", "async", "class", "async class"],
)


def problem(answer: HttpResponse) -> tuple[int, str]:
    assert answer["Content-Type"] == "application/problem+json"
    return answer.status_code, json.loads(answer.content)["code"]


@KINDS
def test_a_view_of_any_kind_gets_the_identity(view: HostView) -> None:
    """By header and by cookie."""
    session = started()
    for asked in (by_header(session.token), by_cookie(session.token)):
        answer = view(asked)
        assert (answer.status_code, answer.content) == (200, b"ada@example.com")


@KINDS
def test_without_a_session_the_answer_is_a_problem(view: HostView) -> None:
    """As from our own endpoints: status, challenge and headers."""
    answer = view(request())
    assert problem(answer) == (401, "session_missing")
    assert (answer["WWW-Authenticate"], answer["Cache-Control"]) == ("Bearer", "no-store")


@KINDS
def test_an_ended_session_is_refused(view: HostView) -> None:
    """With its reason."""
    session = started()
    sessions.end([session.session], reason=Reason.LOGOUT)
    answer = view(by_cookie(session.token))
    assert problem(answer) == (401, "session_revoked")
    assert json.loads(answer.content)["reason"] == "logout"


@KINDS
def test_a_browser_without_a_session_is_sent_to_the_log_in(view: HostView) -> None:
    """And back from there; to whom the role is missing, a page says so."""
    answer = view(request(headers={"Accept": "text/html"}))
    assert (answer.status_code, answer.headers["Location"]) == (303, "/login?next=/")
    assert {"Accept", "Cookie"} <= {name.strip() for name in answer.headers["Vary"].split(",")}
    editors: HostView = editors_page
    refused = editors(by_cookie(started().token, Accept="text/html"))
    assert (refused.status_code, refused.headers["Content-Type"]) == (403, "text/html; charset=utf-8")


def test_without_our_pages_a_browser_gets_the_problem(settings: Any) -> None:
    """A host project need not include our paths."""
    settings.ROOT_URLCONF = "tests.web.no_endpoints"
    view: HostView = page
    answer = view(request(headers={"Accept": "text/html"}))
    assert problem(answer) == (401, "session_missing")


@pytest.mark.asvs("8.2.1", "8.3.1")
def test_a_role_is_needed_where_it_is_named() -> None:
    """The view gets its arguments when the role is there."""
    editor, reader = started("ed@example.com", roles=["editor"]), started("ray@example.com")
    assert problem(for_editors(request(), number=4)) == (401, "session_missing")
    assert problem(for_editors(by_header(reader.token), number=4)) == (403, "forbidden")
    assert for_editors(by_header(editor.token), number=4).content == b"ed@example.com 4"


def test_a_foreign_site_cannot_use_the_cookie() -> None:
    """The view is not reached."""
    session = started()
    assert problem(plain(by_cookie(session.token, method="POST", **FOREIGN))) == (403, "cross_site_request")


def test_answers_say_that_they_depend_on_who_asks() -> None:
    """So that a cache of the project keeps them apart."""
    session = started()
    for asked in (by_header(session.token), request()):
        assert plain(asked)["Vary"] == "Authorization, Cookie"


def test_a_view_keeps_its_name_and_its_text() -> None:
    """For the project's own tools."""
    assert (page.__name__, page.__doc__) == ("page", "A page of the project.")
