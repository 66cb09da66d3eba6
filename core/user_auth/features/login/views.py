"""``POST /login``."""

from typing import Any

from rest_framework import serializers
from rest_framework.response import Response

from user_auth import limits
from user_auth.features.login import service
from user_auth.foundation import clock
from user_auth.foundation.errors import InvalidCredentialsError
from user_auth.signin import SignedIn
from user_auth.web import cookies, fields, representations
from user_auth.web.answers import SessionObject, UserObject
from user_auth.web.body import Body
from user_auth.web.endpoint import Call, Endpoint, operation


class CredentialsBody(Body):
    email = fields.Email()
    password = fields.Password()
    transport = fields.Choice("cookie", "header", required=False, default="cookie")


class SignedInAnswer(serializers.Serializer[object]):
    user = UserObject()
    session = SessionObject()
    token = serializers.CharField(required=False, help_text="With `transport: header` only, like what follows.")
    token_type = serializers.ChoiceField(choices=["Bearer"], required=False)
    expires_in = serializers.IntegerField(required=False, help_text="Seconds.")
    expires_at = serializers.DateTimeField(required=False)


class LoginView(Endpoint):
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
        return signed_in_response(signed_in, transport=data["transport"])


def signed_in_response(signed_in: SignedIn, *, transport: str) -> Response:
    """Hand a new session over in the way that was asked for."""
    body: dict[str, Any] = {
        "user": representations.user(signed_in.user),
        "session": representations.session(signed_in.session, is_current=True),
    }
    if transport == "header":
        return Response(body | _token_fields(signed_in))
    response = Response(body)
    cookies.set_session(response, signed_in.token, expires_at=signed_in.session.expires_at)
    cookies.set_device(response, signed_in.device_token)
    return response


def _token_fields(signed_in: SignedIn) -> dict[str, Any]:
    expires_at = signed_in.session.expires_at
    return {
        "token": signed_in.token,
        "token_type": "Bearer",
        "expires_in": int((expires_at - clock.now()).total_seconds()),
        "expires_at": representations.time(expires_at),
    }
