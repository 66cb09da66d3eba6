"""``POST /signup`` and ``POST /verify-otp``."""

from dataclasses import asdict

from rest_framework import serializers
from rest_framework.response import Response

from user_auth import limits
from user_auth.features.signup import pages, service
from user_auth.foundation.errors import InvalidCodeError, SignupClosedError, WeakPasswordError
from user_auth.web import fields, representations
from user_auth.web.answers import ChallengeObject, UserObject
from user_auth.web.body import Body
from user_auth.web.endpoint import Call, Endpoint, operation


class SignupBody(Body):
    email = fields.Email()
    password = fields.Password()
    name = fields.Name(required=False, default="")


class VerifyBody(Body):
    otp = fields.OtpCode()
    verification_id = fields.OpaqueId(required=False)
    email = fields.Email(required=False)

    exactly_one_of = ("verification_id", "email")


class UserAnswer(serializers.Serializer[object]):
    user = UserObject()


class SignupView(Endpoint):
    page = pages.SIGNUP

    @operation(
        summary="Sign up",
        description=(
            "Mails a code that proves the address. The answer is the same whether or not the address has an account: "
            "then its owner gets a notice instead, and no code opens the challenge."
        ),
        body=SignupBody,
        limit=limits.SIGNUP,
        answers={202: ChallengeObject},
        refusals=(WeakPasswordError, SignupClosedError),
    )
    def post(self, call: Call) -> Response:
        data = call.data
        opened = service.sign_up(data["email"], password=data["password"], name=data["name"], caller=call.caller)
        return Response(asdict(opened), status=202)


class VerifyView(Endpoint):
    page = pages.VERIFY

    @operation(
        summary="Verify the address of a sign-up",
        description=(
            "Makes the account; there is no session yet. Name the sign-up by its `verification_id`, or by `email`, "
            "which works only while exactly one sign-up is pending for the address."
        ),
        body=VerifyBody,
        limit=limits.CODES,
        answers={200: UserAnswer},
        refusals=(InvalidCodeError,),
    )
    def post(self, call: Call) -> Response:
        address = call.data.get("email")
        challenge = service.find_only(address) if address else service.find(call.data["verification_id"])
        user = service.verify(challenge, otp=call.data["otp"], by_address=bool(address), caller=call.caller)
        return Response({"user": representations.user(user)})
