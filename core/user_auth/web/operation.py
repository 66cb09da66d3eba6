"""What one method of an endpoint declares of itself: it is what the checks go by and what the API's document says."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from django.http.response import HttpResponseBase
from rest_framework.serializers import BaseSerializer

from user_auth.foundation.errors import AuthError
from user_auth.limits import Rule
from user_auth.web.body import Body, Nothing
from user_auth.web.fields import Password

Handler = TypeVar("Handler", bound=Callable[..., HttpResponseBase])


@dataclass(frozen=True, kw_only=True)
class Operation:
    """What a method takes, needs and answers; as a decorator, put on its handler.

    Attributes:
        summary: A few words for the API's document; ``description`` has what they leave open.
        body: What it takes.
        query: What it takes in the query string; by default that is ignored.
        limit: The rule charged by client address before the body is looked into.
        failure_limit: The rule charged by client address when a token turns out to be no good.
        session: Whether a session is needed.
        snapshot: Whether a session is needed of which the handler only looks at what was true a moment ago.
        fresh: Whether the session's user must have proven who they are in the last minutes; implies ``session``.
        role: The role that the session's user needs; implies ``session``.
        answers: The shape of each success, by status; ``None`` for an empty one.
        refusals: What it can refuse with, beside what follows from the rest.
        media_type: What its successes are.
        own_token: Whether it asks for a bearer token that is no session's; its handler judges that.
        is_documented: Whether the API's document has it; pages for people are not in it.
    """

    summary: str
    description: str = ""
    body: type[Body] = Nothing
    query: type[Body] | None = None
    limit: Rule | None = None
    failure_limit: Rule | None = None
    session: bool = False
    snapshot: bool = False
    fresh: bool = False
    role: str | None = None
    answers: Mapping[int, type[BaseSerializer[Any]] | None] = field(default_factory=dict)
    refusals: tuple[type[AuthError], ...] = ()
    media_type: str = "application/json"
    own_token: bool = False
    is_documented: bool = True

    @property
    def needs_session(self) -> bool:
        return self.session or self.snapshot or self.fresh or self.role is not None

    @property
    def takes_body(self) -> bool:
        return self.body is not Nothing

    @property
    def takes_password(self) -> bool:
        """Whether a password is hashed or compared, which takes long and waits for a core."""
        return any(isinstance(field, Password) for field in self.body().fields.values())

    def __call__(self, handler: Handler) -> Handler:
        vars(handler)["operation"] = self
        return handler


operation = Operation


def declared_by(handler: Callable[..., Any]) -> Operation | None:
    """Return what a handler declares, if it does."""
    found = vars(handler).get("operation")
    return found if isinstance(found, Operation) else None
