"""``GET`` and ``DELETE /sessions``, ``DELETE /sessions/<id>``."""

from typing import Any

from rest_framework import serializers
from rest_framework.response import Response

from user_auth import sessions
from user_auth.features.sessions import pages, service
from user_auth.foundation import user_agents
from user_auth.foundation.errors import NotFoundError
from user_auth.sessions import Checked, Session
from user_auth.web import cookies, fields, representations
from user_auth.web.answers import SessionObject
from user_auth.web.body import Body
from user_auth.web.endpoint import Call, Endpoint, operation


class Which(Body):
    all = fields.Choice("true", required=False, help_text="Whether the current session ends too.")


class ListedSession(SessionObject):
    device = serializers.CharField(help_text="Browser and system, or `an app`, as the user agent gives them away.")


class SessionsAnswer(serializers.Serializer[object]):
    sessions = ListedSession(many=True)


class SessionsView(Endpoint):
    page = pages.SESSIONS

    @operation(summary="List your sessions", description="Newest first.", session=True, answers={200: SessionsAnswer})
    def get(self, call: Call) -> Response:
        found = sessions.of(call.checked.user)
        return Response({"sessions": [_listed(session, checked=call.checked) for session in found]})

    @operation(
        summary="End your other sessions",
        description="With `all=true` the current one too, and the cookie is cleared. Their tokens are `revoked`.",
        query=Which,
        session=True,
        answers={204: None},
    )
    def delete(self, call: Call) -> Response:
        if "all" not in call.query:
            service.end_others(call.checked, caller=call.caller)
            return Response(status=204)
        service.end_all(call.checked, caller=call.caller)
        return _without_cookie()


class SessionView(Endpoint):
    @operation(
        summary="End one of your sessions",
        description="Its token is `revoked`. If it is the current one, the cookie is cleared.",
        session=True,
        answers={204: None},
        refusals=(NotFoundError,),
    )
    def delete(self, call: Call, id: str) -> Response:  # noqa: A002 - as the path names it
        service.end_one(call.checked, id, caller=call.caller)
        return _without_cookie() if id == call.checked.session.handle else Response(status=204)


def _listed(session: Session, *, checked: Checked) -> dict[str, Any]:
    shown = representations.session(session, is_current=session.id == checked.session.id)
    return {**shown, "device": user_agents.describe(session.user_agent)}


def _without_cookie() -> Response:
    response = Response(status=204)
    cookies.clear_session(response)
    return response
