"""``POST /login``."""

from rest_framework.response import Response

from user_auth import limits
from user_auth.features.login import pages, service
from user_auth.foundation.errors import InvalidCredentialsError
from user_auth.web import fields
from user_auth.web.body import Body
from user_auth.web.endpoint import Call, Endpoint, operation
from user_auth.web.handover import SignedInAnswer, hand_over


class CredentialsBody(Body):
    email = fields.Email()
    password = fields.Password()
    transport = fields.Choice("cookie", "header", required=False, default="cookie")


class LoginView(Endpoint):
    page = pages.LOGIN

    @operation(
        summary="Log in",
        description=(
            "Always starts a new session; one presented in the cookie ends. The token comes in the cookie, or with "
            "`transport: header` in the answer and in no cookie."
        ),
        body=CredentialsBody,
        limit=limits.LOGIN,
        answers={200: SignedInAnswer},
        refusals=(InvalidCredentialsError,),
    )
    def post(self, call: Call) -> Response:
        data = call.data
        signed_in = service.log_in(
            data["email"], password=data["password"], caller=call.caller, replaces=call.presented.cookie
        )
        return hand_over(signed_in, transport=data["transport"])
