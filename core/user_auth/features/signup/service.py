"""The rules of signing up.

A sign-up waits as a challenge of its own until the code that was mailed for it comes back. Nothing that happens to
another sign-up of the same address touches it, and whether the address has an account is looked up only when the mail
is composed: the request itself cannot tell anybody.
"""

from datetime import timedelta

from bson import ObjectId

from user_auth import accounts, audit, codes, conf, limits, signals
from user_auth.accounts import User, passwords
from user_auth.audit import Event
from user_auth.codes import Challenge, Opened, Purpose
from user_auth.foundation import clock
from user_auth.foundation.addresses import EmailAddress
from user_auth.foundation.caller import Caller
from user_auth.foundation.errors import InvalidCodeError, SignupClosedError
from user_auth.mail import worker
from user_auth.signin import known_device

# Longer than any request lives.
SWEEP_AFTER = timedelta(seconds=10)
SWEEP_BATCH = 500


def sign_up(address: EmailAddress, *, password: str, name: str, caller: Caller) -> Opened:
    """Begin a sign-up and have its code mailed; the answer is the same whether or not the address has an account.

    Raises:
        SignupClosedError: The operator takes no new accounts.
        WeakPasswordError: The password breaks a rule.
        RateLimitedError: Too many sign-ups of this address.
        UnavailableError: No core was free to hash the password.
    """
    if conf.settings().signup == "closed":
        raise SignupClosedError
    passwords.require_strong(password, address=address, param="password")
    device = known_device(caller.device_token, address=address)
    spent = limits.spend_account(limits.SIGNUP, account=address.digest, ip=caller.ip, device=device)
    with spent.given_back_if_unavailable():
        password_hash = passwords.hash_password(password)
    # The account's id is chosen now, so that completing the sign-up twice makes one account.
    data = {"user_id": str(ObjectId()), "name": name, "password_hash": password_hash}
    opened = codes.start(Purpose.SIGNUP, address=address, data=data, caller=caller)
    audit.record(Event.SIGNUP_REQUESTED, outcome="success", caller=caller, subject=None)
    return opened


def verify(challenge: Challenge | None, *, otp: str, by_address: bool, caller: Caller) -> User:
    """Make the account of a sign-up whose code has come.

    Raises:
        InvalidCodeError: Wrong, expired, used, dead or unknown; or the address has an account meanwhile.
        RateLimitedError: Too many wrong codes for this address today.
    """
    try:
        user = _make_account(_use(challenge, otp=otp, by_address=by_address, caller=caller))
    except InvalidCodeError:
        audit.record(Event.CODE_FAILED, outcome="failure", caller=caller, subject=None)
        raise
    audit.record(Event.USER_CREATED, outcome="success", caller=caller, subject=accounts.pseudonym(user))
    return user


def find(verification_id: str) -> Challenge | None:
    """Return the living sign-up of a ``verification_id``."""
    challenge = codes.find(verification_id)
    return challenge if challenge and challenge.purpose == Purpose.SIGNUP else None


def find_only(address: EmailAddress) -> Challenge:
    """Return the living sign-up of an address if there is exactly one, else one that no code opens."""
    return codes.find_only(address, purpose=Purpose.SIGNUP) or codes.nobodys(address, purpose=Purpose.SIGNUP)


def _use(challenge: Challenge | None, *, otp: str, by_address: bool, caller: Caller) -> Challenge:
    if challenge is None:
        raise InvalidCodeError
    device = known_device(caller.device_token, address=challenge.address)
    return codes.use(challenge, otp, ip=caller.ip, device=device, by_address=by_address)


def _make_account(challenge: Challenge) -> User:
    user = complete(challenge)
    if user is None:
        # The address has an account meanwhile: the sign-up had become a decoy.
        raise InvalidCodeError
    return user


def complete(challenge: Challenge) -> User | None:
    """Make the account that a used challenge stands for; ``None`` when it, or its address, already has one."""
    user = accounts.create(
        challenge.address,
        user_id=ObjectId(challenge.data["user_id"]),
        name=challenge.data["name"],
        password_hash=challenge.data["password_hash"],
    )
    if user:
        signals.signed_up.send_robust(sender=User, user_id=str(user.id), email=user.email)
    return user


@worker.chore
def sweep() -> int:
    """Complete the sign-ups that a process left between the code and the account; return how many were looked at."""
    left = list(codes.used_before(clock.now() - SWEEP_AFTER, purpose=Purpose.SIGNUP, most=SWEEP_BATCH))
    for challenge in left:
        complete(challenge)
    codes.forget(left)
    return len(left)
