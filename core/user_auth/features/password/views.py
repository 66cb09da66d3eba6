"""``POST /forgot-password``, ``POST /reset-password`` and ``POST /change-password``."""

from dataclasses import asdict

from rest_framework.response import Response

from user_auth import limits
from user_auth.features.password import pages, service
from user_auth.foundation.errors import InvalidCodeError, InvalidPasswordError, WeakPasswordError
from user_auth.web import fields
from user_auth.web.answers import ChallengeObject
from user_auth.web.body import Body
from user_auth.web.endpoint import Call, Endpoint, operation


class ForgotPasswordBody(Body):
    email = fields.Email()


class ResetPasswordBody(Body):
    verification_id = fields.OpaqueId()
    otp = fields.OtpCode()
    new_password = fields.NewPassword()


class ChangePasswordBody(Body):
    current_password = fields.Password()
    new_password = fields.NewPassword()


class ForgotPasswordView(Endpoint):
    page = pages.FORGOT

    @operation(
        summary="Ask for a code to reset the password",
        description=(
            "The answer is the same whether or not the address has an account; without one nobody gets a mail, and no "
            "code opens the challenge. A sign-up that waits for its code is not an account."
        ),
        body=ForgotPasswordBody,
        limit=limits.MAILS,
        answers={202: ChallengeObject},
    )
    def post(self, call: Call) -> Response:
        opened = service.ask_for_code(call.data["email"], caller=call.caller)
        return Response(asdict(opened), status=202)


class ResetPasswordView(Endpoint):
    page = pages.RESET

    @operation(
        summary="Reset the password",
        description=(
            "Every session of the user ends, the address counts as verified, and a mail tells of it; nobody is signed "
            "in. The code is judged before the password: `weak_password` means that it was right, and it stays good for "
            "another try."
        ),
        body=ResetPasswordBody,
        limit=limits.CODES,
        answers={204: None},
        refusals=(InvalidCodeError, WeakPasswordError),
    )
    def post(self, call: Call) -> Response:
        data = call.data
        service.reset(data["verification_id"], otp=data["otp"], password=data["new_password"], caller=call.caller)
        return Response(status=204)


class ChangePasswordView(Endpoint):
    @operation(
        summary="Change the password",
        description=(
            "Every other session of the user ends, and a mail tells of it. The current password is judged before the "
            "new one."
        ),
        body=ChangePasswordBody,
        limit=limits.PASSWORD,
        session=True,
        answers={204: None},
        refusals=(InvalidPasswordError, WeakPasswordError),
    )
    def post(self, call: Call) -> Response:
        data = call.data
        service.change(call.checked, current=data["current_password"], new=data["new_password"], caller=call.caller)
        return Response(status=204)
