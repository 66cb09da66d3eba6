"""``POST /verify-session`` and ``POST /logout``."""

from rest_framework.response import Response

from user_auth import limits, sessions
from user_auth.features.session import answers
from user_auth.sessions import Reason
from user_auth.web import cookies
from user_auth.web.endpoint import Call, Endpoint, operation


class VerifySessionView(Endpoint):
    @operation(
        summary="Check the session",
        description="Only tokens that fail count towards the limit.",
        snapshot=True,
        failure_limit=limits.VERIFY,
        answers={200: answers.ActiveAnswer},
    )
    def post(self, call: Call) -> Response:
        return Response(answers.active(call.snapshot))


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
