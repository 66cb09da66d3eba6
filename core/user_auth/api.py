"""What a host project may import: the names in ``__all__`` stay, everything else can move.

Safe to name in ``REST_FRAMEWORK`` and to import from anywhere but settings.
"""

from user_auth.signals import account_deleted, signed_in, signed_up
from user_auth.web.authentication import JWTAuthentication
from user_auth.web.decorators import session_required
from user_auth.web.identity import CurrentSession, CurrentUser, Identity, SignedInRequest, current_user
from user_auth.web.permissions import has_role

__all__ = [
    "CurrentSession",
    "CurrentUser",
    "Identity",
    "JWTAuthentication",
    "SignedInRequest",
    "account_deleted",
    "current_user",
    "has_role",
    "session_required",
    "signed_in",
    "signed_up",
]
