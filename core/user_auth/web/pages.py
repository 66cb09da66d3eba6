"""Hosted pages: what a path answers to a person's browser, beside what it answers to a program.

```python
class LoginView(Endpoint):
    page = Page("login")
```

gives ``GET /login`` the template ``user_auth/login.html``, as soon as ``Accept`` ranks HTML above JSON.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import translation

from user_auth.foundation.errors import SessionError
from user_auth.web import destinations, identity, languages, rendering
from user_auth.web.body import Body
from user_auth.web.call import Call, admit
from user_auth.web.operation import Operation

Context = Callable[..., Mapping[str, Any]]


def _nothing(_call: Call, **_path: str) -> Mapping[str, Any]:
    return {}


@dataclass(frozen=True)
class Page:
    """A page.

    Attributes:
        template: Its name in ``user_auth/``, without ``.html``; its script, if it has one, has the same name.
        context: Makes what the template needs besides the ``common`` names, from the call and the path's values.
        session: Whether it is for people who are signed in; others are sent to the log-in page, and back.
        role: The role that it needs; implies ``session``.
        query: What it takes in the query string.
        signs_in: Whether it is a step of signing in: it says so if somebody is signed in already.
    """

    template: str
    context: Context = _nothing
    session: bool = False
    role: str | None = None
    query: type[Body] | None = None
    signs_in: bool = False

    def answer(self, request: HttpRequest, path: Mapping[str, str]) -> HttpResponse:
        """Return the page, or the way to the log-in.

        Raises:
            AuthError: It is not for this person, or there is nothing to show.
        """
        needs = Operation(summary="", session=self.session, role=self.role, query=self.query)
        try:
            call = admit(request, needs)
        except SessionError:
            return destinations.to_login(request)
        with translation.override(languages.of(request)):
            context = {**self._people(call), **self.context(call, **path)}
        return rendering.page(request, self.template, context)

    def _people(self, call: Call) -> dict[str, Any]:
        """Return who is there, and where they are to go on."""
        then = destinations.wanted(call.request)
        if self.signs_in:
            return {"next": then, "current_user": identity.current_user(call.request)}
        return {"next": then, "user": call.session.user if call.session else None}
