"""``POST /change-email`` and ``POST /confirm-email``."""

from dataclasses import asdict

from rest_framework import serializers
from rest_framework.response import Response

from user_auth import limits
from user_auth.features.email import service
from user_auth.foundation.errors import InvalidCodeError, InvalidPasswordError
from user_auth.web import cookies, fields, representations
from user_auth.web.answers import ChallengeObject, UserObject
from user_auth.web.body import Body
from user_auth.web.endpoint import Call, Endpoint, operation


class ChangeEmailBody(Body):
    new_email = fields.Email()
    password = fields.Password()


class ConfirmEmailBody(Body):
    verification_id = fields.OpaqueId()
    otp = fields.OtpCode()


class MovedAnswer(serializers.Serializer[object]):
    user = UserObject()


class ChangeEmailView(Endpoint):
    @operation(
        summary="Ask for a code to change the address",
        description=(
            "Mails a code to the new address and a notice to the old one, which stays good until the code comes back. "
            "The answer is the same when the new address has an account: then its owner gets a notice instead, and no "
            "code opens the challenge. The address that the account has, to the letter, is a `validation_error`; "
            "another spelling of it can be changed to."
        ),
        body=ChangeEmailBody,
        limit=limits.PASSWORD,
        session=True,
        answers={202: ChallengeObject},
        refusals=(InvalidPasswordError,),
    )
    def post(self, call: Call) -> Response:
        data = call.data
        opened = service.ask_for_code(
            call.checked, address=data["new_email"], password=data["password"], caller=call.caller
        )
        return Response(asdict(opened), status=202)


class ConfirmEmailView(Endpoint):
    @operation(
        summary="Change the address",
        description=(
            "With the code that went to the new address. Every other session of the user ends, and mails to both "
            "addresses tell of it. A challenge of another user is unknown here."
        ),
        body=ConfirmEmailBody,
        limit=limits.CODES,
        session=True,
        answers={200: MovedAnswer},
        refusals=(InvalidCodeError,),
    )
    def post(self, call: Call) -> Response:
        data = call.data
        moved = service.move(call.checked, verification_id=data["verification_id"], otp=data["otp"], caller=call.caller)
        response = Response({"user": representations.user(moved.user)})
        if call.presented.transport == "cookie":
            cookies.set_device(response, moved.device_token)
        return response
