"""Who sent a request, for the views of a host project.

Nothing here may import ``rest_framework.views``: that module imports us while it is itself being imported, when
``DEFAULT_AUTHENTICATION_CLASSES`` names our class.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar, Literal, Self

import pymongo
from django.http import HttpRequest
from mongoengine.errors import MongoEngineException
from pymongo.errors import PyMongoError

from user_auth import sessions
from user_auth.foundation.errors import AuthError, InternalError, SessionMissingError
from user_auth.mongo import connection
from user_auth.sessions import SessionSnapshot, Snapshot, UserSnapshot
from user_auth.web import cross_site, failures
from user_auth.web.credentials import Presented

# What the answer to a signed-in request depends on: no cache may give it to somebody else.
VARY = ("Authorization", "Cookie")


@dataclass(frozen=True)
class CurrentUser:
    """The user behind a request, as the account was when the request came; equal to any other of the same ``id``.

    Has what Django and Django REST Framework ask of a user, and to their own questions about staff and permissions
    it says no: roles are what counts here.
    """

    id: str
    email: str = field(compare=False)
    name: str = field(compare=False)
    roles: tuple[str, ...] = field(compare=False)

    is_authenticated: ClassVar[Literal[True]] = True
    is_anonymous: ClassVar[Literal[False]] = False
    is_active: ClassVar[Literal[True]] = True
    is_staff: ClassVar[Literal[False]] = False
    is_superuser: ClassVar[Literal[False]] = False

    @classmethod
    def of(cls, user: UserSnapshot) -> Self:
        return cls(user.id, user.email, user.name, user.roles)

    @property
    def pk(self) -> str:
        return self.id

    def __str__(self) -> str:
        return self.email

    def get_username(self) -> str:
        return self.email

    def has_role(self, role: str) -> bool:
        return role in self.roles

    def has_perm(self, permission: str, obj: object = None) -> bool:  # noqa: ARG002 - Django's signature
        return False

    def has_perms(self, permissions: Iterable[str], obj: object = None) -> bool:
        return all(self.has_perm(permission, obj) for permission in permissions)


@dataclass(frozen=True)
class CurrentSession:
    """The session behind a request.

    Attributes:
        id: Its public name, as in the API; not the secret.
        authenticated_at: When its user last proved who they are; like all times here aware, in UTC.
        methods: How they did: of ``pwd``, ``totp``, ``recovery_code``, ``passkey``.
    """

    id: str
    created_at: datetime
    authenticated_at: datetime
    expires_at: datetime
    methods: tuple[str, ...]

    @classmethod
    def of(cls, session: SessionSnapshot) -> Self:
        return cls(
            session.handle,
            session.created_at,
            session.authenticated_at,
            session.expires_at,
            session.methods,
        )


@dataclass(frozen=True)
class Identity:
    """Who sent a request: the user, and the session that shows it."""

    user: CurrentUser
    session: CurrentSession


class SignedInRequest(HttpRequest):
    """For annotations: what a view behind ``session_required`` gets."""

    user_auth: Identity


def identify(request: HttpRequest) -> Identity | None:
    """Return who sent the request; ``None`` when it shows no session at all.

    An ``Authorization`` header of another scheme than ``Bearer`` is for others to judge; the cookie is ignored then too.

    Raises:
        CrossSiteRequestError: It shows one in the cookie, would change something, and comes from a foreign site.
        SessionError: What it shows is no good.
        UnavailableError: The database does not answer.
    """
    if not shows_session(request):
        return None
    presented = Presented.of(request)
    cross_site.check(request, presented=presented)
    try:
        checked = _check(presented)
    except SessionMissingError:
        # An empty cookie.
        return None
    return Identity(CurrentUser.of(checked.user), CurrentSession.of(checked.session))


def shows_session(request: HttpRequest) -> bool:
    """Tell whether the request shows something that ``identify`` would judge."""
    authorization = request.META.get("HTTP_AUTHORIZATION")
    if authorization is None:
        return bool(Presented.of(request).cookies)
    return authorization.strip().partition(" ")[0].lower() in ("", "bearer")


def current_user(request: HttpRequest) -> CurrentUser | None:
    """Return the user behind the request, and ``None`` where ``identify`` would refuse it; at most a log line tells why.

    One database command a call at most.
    """
    try:
        identity = identify(request)
    except AuthError:
        return None
    return identity.user if identity else None


def _check(presented: Presented) -> Snapshot:
    try:
        with pymongo.timeout(connection.OPERATION_SECONDS):
            return sessions.check(presented.token)
    except (PyMongoError, MongoEngineException) as error:
        refusal = failures.translate(error)
        if isinstance(refusal, InternalError):
            raise
        raise refusal from error
