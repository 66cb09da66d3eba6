"""``POST /verify-session`` and ``POST /logout``."""

from rest_framework import serializers
from rest_framework.response import Response

from user_auth import limits, sessions
from user_auth.sessions import Reason
from user_auth.web import cookies, representations
from user_auth.web.answers import SessionObject, UserObject
from user_auth.web.endpoint import Call, Endpoint, operation


class ActiveAnswer(serializers.Serializer[object]):
    active = serializers.BooleanField(help_text="Always true.")
    user = UserObject()
    session = SessionObject()


class VerifySessionView(Endpoint):
    @operation(
        summary="Check the session",
        description="Only tokens that fail count towards the limit.",
        session=True,
        failure_limit=limits.VERIFY,
        answers={200: ActiveAnswer},
    )
    def post(self, call: Call) -> Response:
        checked = call.checked
        return Response(
            {
                "active": True,
                "user": representations.user(checked.user),
                "session": representations.session(checked.session, is_current=True),
            }
        )


class LogoutView(Endpoint):
    @operation(
        summary="Log out",
        description="Ends every session presented, in the header and in the cookie; the same without one.",
        answers={204: None},
    )
    def post(self, call: Call) -> Response:
        for token in call.presented.every_token:
            sessions.end_presented(token, reason=Reason.LOGOUT, caller=call.caller)
        response = Response(status=204)
        cookies.clear_session(response)
        return response
