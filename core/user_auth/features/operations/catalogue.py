"""Every error the service can answer with: what it means, and what to do about it."""

import inspect
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from user_auth.foundation import errors
from user_auth.foundation.errors import AuthError
from user_auth.web import problems

ADVICE: Mapping[str, str] = {
    "malformed_body": (
        "Send one JSON object in UTF-8, at most 8 levels deep, each field once. NaN, infinities, integers beyond "
        "64 bits, NUL and lone surrogates are not taken. An endpoint without a body takes none or `{}`."
    ),
    "validation_error": (
        "Look at `errors`: each names a field in `param` and says `required`, `unknown` or `invalid`. "
        "A text field takes a string and nothing else."
    ),
    "weak_password": (
        "Let the person choose another password. `errors` says why in `code`: `too_short`, `too_long`, `common`, "
        "`derived` (from the address or the service's name) or `unchanged`."
    ),
    "invalid_or_expired_code": (
        "Let the person type the code again, or ask for a new one with `POST /resend-otp`. A code lives five minutes "
        "and bears five wrong guesses, its challenge ten."
    ),
    "invalid_password": "Let the person type their password again. Five wrong ones in a row end the session.",
    "verification_expired": "Start again, for instance with `POST /signup`: a code can no longer be sent for this one.",
    "unknown_host": (
        "Use an address that the service is meant to have. Whoever runs it names them in `ALLOWED_HOSTS`."
    ),
    "invalid_credentials": (
        "Let the person check address and password. The answer is the same for an address without an account, one "
        "that is not verified yet and an account that is disabled, so that nobody can ask who has an account."
    ),
    "session_missing": (
        "Log in, then send the token: the browser sends the cookie by itself, others the header "
        "`Authorization: Bearer <token>`."
    ),
    "session_invalid": (
        "Drop the token and log in again. Also check how it is sent: a header that is not `Bearer <token>` counts "
        "even when there is a good cookie, and two cookies of the same name count as none."
    ),
    "session_expired": "Log in again.",
    "session_revoked": (
        "Log in again. `reason`, where it is known, says why: `logout`, `replaced`, `revoked`, `password_changed`, "
        "`password_reset`, `email_changed`, `account_disabled`, `account_deleted`, `idle` or `evicted`."
    ),
    "cross_site_request": (
        "Call from the service's own pages, or from an origin named in `TRUSTED_ORIGINS`, or with the header "
        "`Authorization: Bearer <token>`."
    ),
    "forbidden": "Nothing helps but another role; an administrator can grant it.",
    "reauthentication_required": (
        "Have the person enter their password again (`POST /reauthenticate`), then send the request once more."
    ),
    "last_admin": "Make somebody else an admin first.",
    "signup_closed": "Ask whoever runs the service; they have set `SIGNUP=closed`.",
    "not_found": "Check the path: a trailing slash, a double one or another case makes it another path.",
    "method_not_allowed": "Use one of the methods in the `Allow` header.",
    "request_timeout": "Send the request again, over a better connection: it must arrive within ten seconds.",
    "payload_too_large": "Send at most 16 KiB.",
    "unsupported_media_type": (
        "Send `Content-Type: application/json`, with no charset or with `charset=utf-8`, and no `Content-Encoding`."
    ),
    "rate_limited": "Wait for `retry_after` seconds, also in the `Retry-After` header, then try again.",
    "internal_error": "Try again later. If it lasts, give whoever runs the service the `request_id`: their log has it.",
    "unavailable": (
        "Try again after `retry_after` seconds. Whoever runs the service finds at `/readyz` what is missing."
    ),
}


@dataclass(frozen=True)
class Entry:
    """One error.

    Attributes:
        meaning: What has happened.
        advice: What to do about it.
    """

    code: str
    title: str
    status: int
    meaning: str
    advice: str


def entries() -> Mapping[str, Entry]:
    """Return every error by its code, in the order in which ``foundation.errors`` lists them."""
    return {code: _entry(kind) for code, kind in kinds().items()}


@lru_cache(maxsize=1)
def kinds() -> Mapping[str, type[AuthError]]:
    """Return the class of every code."""
    return {kind.code: kind for kind in _coded(AuthError)}


def _entry(kind: type[AuthError]) -> Entry:
    meaning = (inspect.getdoc(kind) or "").partition("\n\n")[0].replace("``", "`")
    return Entry(kind.code, kind.title, problems.STATUSES[kind.kind], meaning, ADVICE[kind.code])


def _coded(kind: type[AuthError]) -> Iterator[type[AuthError]]:
    for each in kind.__subclasses__():
        if each.__module__ == errors.__name__ and "code" in vars(each):
            yield each
        yield from _coded(each)
