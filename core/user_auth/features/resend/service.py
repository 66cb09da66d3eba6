"""The rules of asking for another code."""

from user_auth import audit, codes
from user_auth.audit import Event
from user_auth.codes import Opened
from user_auth.foundation.caller import Caller
from user_auth.foundation.errors import VerificationExpiredError
from user_auth.signin import known_device


def resend(verification_id: str, *, caller: Caller) -> Opened:
    """Mail a new code for a challenge; the old one stops working.

    Raises:
        VerificationExpiredError: The id is not alive.
        RateLimitedError: Too soon after the last code, or too many.
    """
    challenge = codes.find(verification_id)
    if challenge is None:
        raise VerificationExpiredError
    device = known_device(caller.device_token, address=challenge.address)
    opened = codes.resend(challenge, verification_id=verification_id, caller=caller, device=device)
    audit.record(Event.CODE_RESENT, outcome="success", caller=caller, subject=None)
    return opened
