"""A request that has passed the checks of its operation."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.http import HttpRequest, QueryDict

from user_auth import limits, sessions
from user_auth.foundation import clock
from user_auth.foundation.caller import Caller
from user_auth.foundation.errors import ForbiddenError, ReauthenticationRequiredError, SessionError, SessionMissingError
from user_auth.sessions import Checked, Snapshot
from user_auth.web import body, cross_site, parser
from user_auth.web.caller import read_caller
from user_auth.web.credentials import Presented
from user_auth.web.incoming import read_body
from user_auth.web.operation import Operation

# How long a proof of who somebody is counts for what is asked of it again (ASVS 7.5.1).
FRESH = timedelta(minutes=5)


@dataclass(frozen=True)
class Call:
    """What a handler gets.

    Attributes:
        caller: Who is asking.
        presented: The tokens that came along, not judged.
        data: The body's values.
        query: The query string's values.
        session: The session, when the operation needs one; ``checked`` and ``snapshot`` are the same without the others.
    """

    request: HttpRequest
    caller: Caller
    presented: Presented
    data: dict[str, Any]
    query: dict[str, Any]
    session: Checked | Snapshot | None

    @property
    def checked(self) -> Checked:
        """The session and its user.

        Raises:
            TypeError: The operation does not ask for a session.
        """
        if not isinstance(self.session, Checked):
            raise TypeError("The operation does not declare session=True.")
        return self.session

    @property
    def snapshot(self) -> Snapshot:
        """The session and its user, as they were a moment ago.

        Raises:
            TypeError: The operation does not ask for that.
        """
        if not isinstance(self.session, Snapshot):
            raise TypeError("The operation does not declare snapshot=True.")
        return self.session


def admit(request: HttpRequest, operation: Operation) -> Call:
    """Hold a request to its operation's declaration, in the order of the contract.

    Raises:
        AuthError: What it fails on first.
    """
    raw = read_body(request)
    presented = Presented.of(request)
    cross_site.check(request, presented=presented)
    caller = read_caller(request)
    if operation.limit:
        limits.spend_client(operation.limit, ip=caller.ip)
    data = body.validated(operation.body, parser.parse(raw) if raw or operation.takes_body else {})
    query = _query(request, operation)
    session = _session(operation, presented=presented, caller=caller) if operation.needs_session else None
    return Call(request, caller, presented, data, query, session)


def _query(request: HttpRequest, operation: Operation) -> dict[str, Any]:
    if operation.query is None:
        return {}
    # Not request.GET: a Content-Type with another charset would change how that is read.
    given = QueryDict(request.META.get("QUERY_STRING", ""), encoding="utf-8")
    return body.validated(operation.query, {name: _only(values) for name, values in given.lists()})


def _only(values: list[str]) -> str | list[str]:
    """Return the value of a name that is given once; a list, which no field takes, of one that is not."""
    return values[0] if len(values) == 1 else values


def _session(operation: Operation, *, presented: Presented, caller: Caller) -> Checked | Snapshot:
    judge = sessions.check if operation.snapshot else sessions.check_anew
    try:
        checked = judge(presented.token)
    except SessionMissingError:
        raise
    except SessionError:
        if operation.failure_limit:
            limits.spend_client(operation.failure_limit, ip=caller.ip)
        raise
    if operation.role is not None and operation.role not in checked.user.roles:
        raise ForbiddenError
    if operation.fresh and checked.session.authenticated_at + FRESH <= clock.now():
        raise ReauthenticationRequiredError
    return checked
