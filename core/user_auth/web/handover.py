"""A session handed over to whoever has just proven who they are, in a cookie or in the answer."""

from typing import Any, Protocol

from rest_framework import serializers
from rest_framework.response import Response

from user_auth.foundation import clock
from user_auth.web import cookies, representations
from user_auth.web.answers import SessionObject, UserObject
from user_auth.web.representations import SessionValues, UserValues


class SignedInValues(Protocol):
    """A finished sign-in: its user and session, the session's token, and the device cookie's new value."""

    @property
    def user(self) -> UserValues: ...
    @property
    def session(self) -> SessionValues: ...
    @property
    def token(self) -> str: ...
    @property
    def device_token(self) -> str: ...


class SignedInAnswer(serializers.Serializer[object]):
    user = UserObject()
    session = SessionObject()
    token = serializers.CharField(required=False, help_text="By header only, like what follows.")
    token_type = serializers.ChoiceField(choices=["Bearer"], required=False)
    expires_in = serializers.IntegerField(required=False, help_text="Seconds.")
    expires_at = serializers.DateTimeField(required=False)


def hand_over(signed_in: SignedInValues, *, transport: str) -> Response:
    """Answer with a session: its token in the body for ``header``, in the cookie for ``cookie``."""
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


def _token_fields(signed_in: SignedInValues) -> dict[str, Any]:
    expires_at = signed_in.session.expires_at
    return {
        "token": signed_in.token,
        "token_type": "Bearer",
        "expires_in": int((expires_at - clock.now()).total_seconds()),
        "expires_at": representations.time(expires_at),
    }
