"""Roles, for the Django REST Framework views of a host project; see ``identity`` for what it may not import."""

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from user_auth.foundation.errors import ForbiddenError
from user_auth.web.identity import CurrentUser


def has_role(role: str) -> type[BasePermission]:
    """Return a class for ``permission_classes`` that lets in users of ours who have the role.

    As with DRF's own, a request without a session is answered with 401, one without the role with 403. Several can
    be joined with ``&``, ``|`` and ``~``.
    """

    class HasRole(BasePermission):
        message = ForbiddenError.message
        code = ForbiddenError.code

        def has_permission(self, request: Request, view: object) -> bool:  # noqa: ARG002 - DRF's signature
            user: object = request.user
            return isinstance(user, CurrentUser) and user.has_role(role)

    return HasRole
