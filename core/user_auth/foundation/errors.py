"""The closed list of refusals: what the service can say no with."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, ClassVar


class Kind(Enum):
    """What sort of refusal it is; ``web.problems`` turns it into a status, the command line into an exit code."""

    BAD_REQUEST = auto()
    UNAUTHENTICATED = auto()
    FORBIDDEN = auto()
    NOT_FOUND = auto()
    METHOD_NOT_ALLOWED = auto()
    TIMEOUT = auto()
    CONFLICT = auto()
    TOO_LARGE = auto()
    UNSUPPORTED_MEDIA_TYPE = auto()
    RATE_LIMITED = auto()
    INTERNAL = auto()
    UNAVAILABLE = auto()


@dataclass(frozen=True)
class FieldProblem:
    """One thing wrong with one field of a body: the name as sent, a stable code, a sentence."""

    param: str
    code: str
    message: str


class AuthError(Exception):
    """A refusal.

    Attributes:
        code: Public and permanent; the only thing a client branches on.
        title: The error in a few words; the same for every occurrence.
        message: One sentence for the person who reads the answer; never holds what was sent.
        errors: The fields concerned, if the refusal is about fields.
        retry_after: Whole seconds until another try is worth it; only on refusals that pass.
        members: Further public members of the answer.
    """

    code: ClassVar[str]
    kind: ClassVar[Kind]
    title: ClassVar[str]
    message: str = ""

    def __init__(
        self,
        message: str = "",
        *,
        errors: Sequence[FieldProblem] = (),
        retry_after: int | None = None,
        members: dict[str, Any] | None = None,
    ) -> None:
        self.message = message or type(self).message
        self.errors = tuple(errors)
        self.retry_after = retry_after
        self.members = members or {}
        super().__init__(self.message)


class MalformedBodyError(AuthError):
    """The body is not one JSON object in the form that the contract asks for."""

    code = "malformed_body"
    kind = Kind.BAD_REQUEST
    title = "Malformed body"
    message = "The body must be one JSON object in UTF-8."


class InvalidFieldsError(AuthError):
    """A field is missing, unknown or of a wrong form; ``errors`` names each."""

    code = "validation_error"
    kind = Kind.BAD_REQUEST
    title = "Invalid fields"
    message = "Some fields are missing, unknown or of a wrong form."


class WeakPasswordError(AuthError):
    """The new password breaks a rule; ``errors`` names each rule."""

    code = "weak_password"
    kind = Kind.BAD_REQUEST
    title = "Weak password"
    message = "This password cannot be used. Please choose another."


class InvalidCodeError(AuthError):
    """Wrong, expired, used, dead and unknown codes alike."""

    code = "invalid_or_expired_code"
    kind = Kind.BAD_REQUEST
    title = "Invalid or expired code"
    message = "This code is not valid or no longer valid."


class InvalidPasswordError(AuthError):
    """The password asked for again inside a session is wrong."""

    code = "invalid_password"
    kind = Kind.BAD_REQUEST
    title = "Invalid password"
    message = "The password is wrong."


class VerificationExpiredError(AuthError):
    """The ``verification_id`` is not alive."""

    code = "verification_expired"
    kind = Kind.BAD_REQUEST
    title = "Verification expired"
    message = "This verification is over. Please start again."


class UnknownHostError(AuthError):
    """The ``Host`` header names none of ``ALLOWED_HOSTS``."""

    code = "unknown_host"
    kind = Kind.BAD_REQUEST
    title = "Unknown host"
    message = "This service does not answer under that host name."


class InvalidCredentialsError(AuthError):
    """Unknown, wrong, disabled, not yet verified: alike."""

    code = "invalid_credentials"
    kind = Kind.UNAUTHENTICATED
    title = "Invalid credentials"
    message = "The email address or the password is wrong."


class SessionError(AuthError):
    """A session is needed and the request carries no good one."""

    kind = Kind.UNAUTHENTICATED


class SessionMissingError(SessionError):
    """No token in the header or the cookie."""

    code = "session_missing"
    title = "No session"
    message = "Please log in."


class SessionInvalidError(SessionError):
    """The token was not made by this service, or is broken."""

    code = "session_invalid"
    title = "Invalid session"
    message = "This token is not valid."


class SessionExpiredError(SessionError):
    """The token was good until its time was over."""

    code = "session_expired"
    title = "Session expired"
    message = "This session is over. Please log in again."


class SessionRevokedError(SessionError):
    """The token is genuine, but its session was ended; member ``reason`` where it is known."""

    code = "session_revoked"
    title = "Session ended"
    message = "This session was ended. Please log in again."

    def __init__(self, *, reason: str | None = None) -> None:
        super().__init__(members={"reason": reason} if reason else None)


class CrossSiteRequestError(AuthError):
    """A browser sent the request on behalf of a foreign site."""

    code = "cross_site_request"
    kind = Kind.FORBIDDEN
    title = "Cross-site request"
    message = "Requests from other sites are not accepted."


class ForbiddenError(AuthError):
    """The session is good, but its user may not do this."""

    code = "forbidden"
    kind = Kind.FORBIDDEN
    title = "Forbidden"
    message = "You are not allowed to do this."


class ReauthenticationRequiredError(AuthError):
    """The session is good, but its user proved who they are too long ago for this."""

    code = "reauthentication_required"
    kind = Kind.FORBIDDEN
    title = "Reauthentication required"
    message = "Please enter your password again first."


class LastAdminError(AuthError):
    """Without this account nobody could look after the others."""

    code = "last_admin"
    kind = Kind.CONFLICT
    title = "Last admin"
    message = "This is the last active admin. Make somebody else one first."


class SignupClosedError(AuthError):
    """The operator has closed sign-up (``SIGNUP=closed``)."""

    code = "signup_closed"
    kind = Kind.FORBIDDEN
    title = "Sign-up closed"
    message = "This service takes no new accounts at present."


class NotFoundError(AuthError):
    """Nothing lives at this path, or it is not yours."""

    code = "not_found"
    kind = Kind.NOT_FOUND
    title = "Not found"
    message = "There is nothing here."


class MethodNotAllowedError(AuthError):
    """The path exists, but not with this method.

    Attributes:
        allowed: The methods that the path has.
    """

    code = "method_not_allowed"
    kind = Kind.METHOD_NOT_ALLOWED
    title = "Method not allowed"
    message = "This path does not accept that method."

    def __init__(self, *, allowed: Sequence[str]) -> None:
        super().__init__()
        self.allowed = tuple(allowed)


class RequestTimeoutError(AuthError):
    """The body did not arrive in time."""

    code = "request_timeout"
    kind = Kind.TIMEOUT
    title = "Request timeout"
    message = "The request took too long to arrive."


class PayloadTooLargeError(AuthError):
    """The body is larger than 16 KiB."""

    code = "payload_too_large"
    kind = Kind.TOO_LARGE
    title = "Payload too large"
    message = "The body may have 16 KiB at most."


class UnsupportedMediaTypeError(AuthError):
    """The body is not declared as plain JSON in UTF-8."""

    code = "unsupported_media_type"
    kind = Kind.UNSUPPORTED_MEDIA_TYPE
    title = "Unsupported media type"
    message = "Send application/json in UTF-8, without Content-Encoding."


class RateLimitedError(AuthError):
    """The allowance for this action is used up; ``retry_after`` says for how long."""

    code = "rate_limited"
    kind = Kind.RATE_LIMITED
    title = "Too many requests"
    message = "Too many tries. Please wait."


class InternalError(AuthError):
    """A mistake of ours."""

    code = "internal_error"
    kind = Kind.INTERNAL
    title = "Internal error"
    message = "Something went wrong on our side."


class UnavailableError(AuthError):
    """Something the service needs is away or overloaded; ``retry_after`` says when to come back."""

    code = "unavailable"
    kind = Kind.UNAVAILABLE
    title = "Unavailable"
    message = "The service cannot answer right now. Please try again."

    def __init__(self, message: str = "", *, retry_after: int = 2) -> None:
        super().__init__(message, retry_after=retry_after)
