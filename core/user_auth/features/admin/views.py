"""``/admin/users`` and ``/admin/audit``."""

from functools import partial
from typing import Any

from rest_framework import serializers
from rest_framework.response import Response

from user_auth import accounts
from user_auth.accounts import admins
from user_auth.features.admin import fields, pages, search, service, shown
from user_auth.features.admin.queries import AuditQuery, UsersQuery
from user_auth.features.admin.service import Operator
from user_auth.foundation.errors import LastAdminError, NotFoundError
from user_auth.web import cookies
from user_auth.web.answers import UserObject
from user_auth.web.body import Body
from user_auth.web.endpoint import Call, Endpoint, operation

NEXT = "Send it as `cursor` for the next page; null on the last."


class ChangeUserBody(Body):
    is_active = fields.Flag(required=False, help_text="false ends the user's sessions at once.")
    roles = fields.RoleNames(required=False, help_text="All of the user's roles from now on.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not attrs:
            raise serializers.ValidationError({"is_active": "One of these is needed: is_active, roles."}, "required")
        return attrs


class ManagedUserObject(UserObject):
    """A user, as an admin sees it."""

    is_active = serializers.BooleanField(help_text="Whether the user may sign in.")
    audit_subject = serializers.CharField(help_text="What the audit and the log call the user.")


class AuditEventObject(serializers.Serializer[object]):
    """A record of the audit."""

    id = serializers.CharField()
    at = serializers.DateTimeField()
    event = serializers.CharField(help_text="Which kind; more may come.")
    outcome = serializers.ChoiceField(choices=["success", "failure"])
    subject = serializers.CharField(allow_null=True, help_text="The user concerned, by their `audit_subject`.")
    ip = serializers.CharField(help_text="Empty for what the service does of itself.")
    user_agent = serializers.CharField()
    request_id = serializers.CharField()
    details = serializers.DictField(child=serializers.CharField(), help_text="A few short texts.")


class ManagedUserAnswer(serializers.Serializer[object]):
    user = ManagedUserObject()


class ManagedUsersAnswer(serializers.Serializer[object]):
    users = ManagedUserObject(many=True)
    next_cursor = serializers.CharField(allow_null=True, help_text=NEXT)


class AuditAnswer(serializers.Serializer[object]):
    events = AuditEventObject(many=True)
    next_cursor = serializers.CharField(allow_null=True, help_text=NEXT)


as_admin = partial(operation, role=admins.ROLE)


class UsersView(Endpoint):
    page = pages.USERS

    @as_admin(
        summary="List and search users",
        description=(
            "50 a page; a user who is there all along is on exactly one of them, whoever comes meanwhile. By the "
            "beginning of an address they are sorted by it, by an id there is one."
        ),
        query=UsersQuery,
        answers={200: ManagedUsersAnswer},
    )
    def get(self, call: Call) -> Response:
        page = search.users(call.query["q"], after=call.query["cursor"])
        return Response({"users": [shown.user(user) for user in page.items], "next_cursor": fields.cursor(page.end)})


class UserView(Endpoint):
    page = pages.USER

    @as_admin(summary="Look at a user", answers={200: ManagedUserAnswer}, refusals=(NotFoundError,))
    def get(self, call: Call, user_id: str) -> Response:  # noqa: ARG002 - everybody with the role may
        return Response({"user": shown.user(service.get(user_id))})

    @as_admin(
        summary="Disable or enable a user, set their roles",
        description=(
            "At least one of the two. Disabling ends the user's sessions; enabling does not bring them back. Roles count "
            "from the user's next request on. The last active admin stays one."
        ),
        fresh=True,
        body=ChangeUserBody,
        answers={200: ManagedUserAnswer},
        refusals=(NotFoundError, LastAdminError),
    )
    def patch(self, call: Call, user_id: str) -> Response:
        user = service.change(user_id, **call.data, operator=_operator(call))
        return Response({"user": shown.user(user)})


class UserSessionsView(Endpoint):
    @as_admin(
        summary="End all sessions of a user",
        fresh=True,
        answers={204: None},
        refusals=(NotFoundError,),
    )
    def delete(self, call: Call, user_id: str) -> Response:
        user = service.end_sessions(user_id, operator=_operator(call))
        response = Response(status=204)
        if user.id == call.checked.user.id:
            cookies.clear_session(response)
        return response


class AuditView(Endpoint):
    page = pages.AUDIT

    @as_admin(
        summary="Look through the audit",
        description="50 records a page, newest first. Of a user whom there is not, or is no more, there are none.",
        query=AuditQuery,
        answers={200: AuditAnswer},
    )
    def get(self, call: Call) -> Response:
        page = search.events(call.query["user"], event=call.query["event"], after=call.query["cursor"])
        return Response({"events": [shown.event(each) for each in page.items], "next_cursor": fields.cursor(page.end)})


def _operator(call: Call) -> Operator:
    return Operator(accounts.pseudonym(call.checked.user), call.caller)
