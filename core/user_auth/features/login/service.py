"""The rules of logging in with address and password."""

from user_auth import accounts, audit, limits
from user_auth.accounts import User, passwords
from user_auth.audit import Event
from user_auth.foundation.addresses import EmailAddress
from user_auth.foundation.caller import Caller
from user_auth.foundation.errors import InvalidCredentialsError
from user_auth.signin import SignedIn, finish, known_device


def log_in(address: EmailAddress, *, password: str, caller: Caller, replaces: str | None = None) -> SignedIn:
    """Check address and password and sign the user in.

    Args:
        replaces: A token whose session ends when the log-in succeeds.

    Raises:
        InvalidCredentialsError: Unknown, wrong, disabled, not yet verified: alike, after the same work.
        RateLimitedError: Too many wrong passwords.
        UnavailableError: No core was free to check the password.
    """
    device = known_device(caller.device_token, address=address)
    # Charged before the password is compared, so that guesses at once are all counted.
    spent = limits.spend_account(limits.LOGIN, account=address.digest, ip=caller.ip, device=device)
    user = accounts.find(address)
    with spent.given_back_if_unavailable():
        is_right = passwords.verify(password, user=user, address=address)
    if not is_right or user is None or not _may_sign_in(user):
        subject = accounts.pseudonym(user) if user else None
        audit.record(Event.LOGIN_FAILED, outcome="failure", caller=caller, subject=subject)
        raise InvalidCredentialsError
    spent.forgive()
    if passwords.is_outdated(user):
        accounts.replace_hash(user, password_hash=passwords.hash_password(password))
    return finish(user, caller=caller, methods=["pwd"], replaces=replaces, failures=spent.earlier)


def _may_sign_in(user: User) -> bool:
    return user.is_active and user.email_verified
