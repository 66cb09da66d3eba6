"""Our sessions for the plain Django views of a host project; see ``identity`` for what it may not import."""

from collections.abc import Callable
from contextlib import suppress
from functools import partial, wraps
from typing import Any, TypeVar, cast, overload

from asgiref.sync import iscoroutinefunction, sync_to_async
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import NoReverseMatch
from django.utils.cache import patch_vary_headers

from user_auth.foundation.errors import AuthError, ForbiddenError, SessionError, SessionMissingError
from user_auth.web import destinations, edge, identity, negotiation, problems
from user_auth.web.identity import Identity

View = TypeVar("View", bound=Callable[..., Any])


@overload
def session_required(view: View, *, role: str | None = None) -> View: ...
@overload
def session_required(*, role: str | None = None) -> Callable[[View], View]: ...
def session_required(view: View | None = None, *, role: str | None = None) -> View | Callable[[View], View]:
    """Let a view, sync or async, be reached with a session only, and with a role if one is named.

    The view finds the ``Identity`` in ``request.user_auth``. A person's browser without a session is sent to the log-in
    page, and comes back from it; whoever else is not let in gets a problem in JSON, as from our own endpoints. ``@session_required`` and ``@session_required(role="editor")`` both work.
    """
    decorate = partial(_guard, role=role)
    return decorate if view is None else decorate(view)


def _guard(view: View, *, role: str | None) -> View:
    guarded = _guard_async(view, role=role) if iscoroutinefunction(view) else _guard_sync(view, role=role)
    return cast("View", wraps(view)(guarded))


def _guard_sync(view: Callable[..., Any], *, role: str | None) -> Callable[..., Any]:
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        refused = _refuse(request, role=role)
        return _vary(refused or view(request, *args, **kwargs))

    return guarded


def _guard_async(view: Callable[..., Any], *, role: str | None) -> Callable[..., Any]:
    async def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        # Nothing of ours is bound to a thread, so that such requests need not wait for each other.
        refused = await sync_to_async(_refuse, thread_sensitive=False)(request, role=role)
        return _vary(refused or await view(request, *args, **kwargs))

    return guarded


def _refuse(request: HttpRequest, *, role: str | None) -> HttpResponseBase | None:
    """Return the answer to a request that is not let in; to one that is, attach who sent it."""
    try:
        vars(request)["user_auth"] = _admit(request, role=role)
    except AuthError as refusal:
        return edge.finish(request, _answer(refusal, request=request))
    return None


def _answer(refusal: AuthError, *, request: HttpRequest) -> HttpResponseBase:
    """Send a person's browser to the log-in page, where that is served; tell everybody else what is missing."""
    if isinstance(refusal, SessionError) and negotiation.wants_page(request):
        with suppress(NoReverseMatch):
            return destinations.to_login(request)
    return problems.answer(refusal, request=request)


def _admit(request: HttpRequest, *, role: str | None) -> Identity:
    found = identity.identify(request)
    if found is None:
        raise SessionMissingError
    if role is not None and not found.user.has_role(role):
        raise ForbiddenError
    return found


def _vary(response: HttpResponseBase) -> HttpResponseBase:
    """Have the answer say that it depends on who asks, or a cache in front of the view would give it to others."""
    patch_vary_headers(response, identity.VARY)
    return response
