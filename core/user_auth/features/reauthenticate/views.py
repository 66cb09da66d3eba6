"""``POST /reauthenticate``."""

from rest_framework.response import Response

from user_auth import limits
from user_auth.features.reauthenticate import service
from user_auth.foundation.errors import InvalidPasswordError
from user_auth.web import fields
from user_auth.web.body import Body
from user_auth.web.endpoint import Call, Endpoint, operation
from user_auth.web.handover import SignedInAnswer, hand_over


class PasswordBody(Body):
    password = fields.Password()


class ReauthenticateView(Endpoint):
    @operation(
        summary="Prove once more who you are",
        description=(
            "Answers as `POST /login` does, by the way in which the token came: in the cookie, or in the answer. The "
            "session keeps its `id` and its `expires_at` and gets a new secret; the old token is `replaced`."
        ),
        body=PasswordBody,
        limit=limits.PASSWORD,
        session=True,
        answers={200: SignedInAnswer},
        refusals=(InvalidPasswordError,),
    )
    def post(self, call: Call) -> Response:
        signed_in = service.reauthenticate(call.checked, password=call.data["password"], caller=call.caller)
        return hand_over(signed_in, transport=call.presented.transport)
