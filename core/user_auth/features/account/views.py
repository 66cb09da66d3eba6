"""``GET``, ``PATCH`` and ``DELETE /account``, ``GET /account/export``."""

from rest_framework import serializers
from rest_framework.response import Response

from user_auth import limits
from user_auth.features.account import exports, holdings, pages, service
from user_auth.features.account.exports import ExportAnswer
from user_auth.foundation.errors import InvalidPasswordError, LastAdminError
from user_auth.web import cookies, fields, representations
from user_auth.web.answers import UserObject
from user_auth.web.body import Body
from user_auth.web.endpoint import Call, Endpoint, operation


class RenameBody(Body):
    name = fields.Name()


class DeleteBody(Body):
    password = fields.Password()


class AccountAnswer(serializers.Serializer[object]):
    user = UserObject()


class AccountView(Endpoint):
    page = pages.ACCOUNT

    @operation(summary="See your account", session=True, answers={200: AccountAnswer})
    def get(self, call: Call) -> Response:
        return Response({"user": representations.user(call.checked.user)})

    @operation(summary="Change your name", body=RenameBody, session=True, answers={200: AccountAnswer})
    def patch(self, call: Call) -> Response:
        user = service.rename(call.checked, name=call.data["name"], caller=call.caller)
        return Response({"user": representations.user(user)})

    @operation(
        summary="Delete your account",
        description=(
            "With all that is held about you: nothing leads from what is left of the audit to anybody. The tokens of "
            "your sessions are refused as `account_deleted`. The cookie is cleared."
        ),
        body=DeleteBody,
        limit=limits.PASSWORD,
        session=True,
        answers={204: None},
        refusals=(InvalidPasswordError, LastAdminError),
    )
    def delete(self, call: Call) -> Response:
        service.delete(call.checked, password=call.data["password"], caller=call.caller)
        response = Response(status=204)
        cookies.clear_session(response)
        return response


class ExportView(Endpoint):
    @operation(
        summary="Take out what is held about you",
        description="One document, to be kept as a file. It holds no secret: no password, code or token, nor a hash of one.",
        session=True,
        answers={200: ExportAnswer},
    )
    def get(self, call: Call) -> Response:
        held = holdings.gather(call.checked, caller=call.caller)
        headers = {"Content-Disposition": 'attachment; filename="account.json"'}
        return Response(exports.document(held), headers=headers)
