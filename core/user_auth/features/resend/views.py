"""``POST /resend-otp``."""

from dataclasses import asdict

from rest_framework.response import Response

from user_auth import limits
from user_auth.features.resend import service
from user_auth.foundation.errors import VerificationExpiredError
from user_auth.web import fields
from user_auth.web.answers import ChallengeObject
from user_auth.web.body import Body
from user_auth.web.endpoint import Call, Endpoint, operation


class ResendBody(Body):
    verification_id = fields.OpaqueId()


class ResendView(Endpoint):
    @operation(
        summary="Send another code",
        description="For a challenge of any kind; the old code stops working.",
        body=ResendBody,
        limit=limits.MAILS,
        answers={202: ChallengeObject},
        refusals=(VerificationExpiredError,),
    )
    def post(self, call: Call) -> Response:
        opened = service.resend(call.data["verification_id"], caller=call.caller)
        return Response(asdict(opened), status=202)
