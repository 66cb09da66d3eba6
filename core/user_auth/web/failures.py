"""What goes wrong, turned into a refusal at the edge of the process, and reported."""

import logging
import traceback
from collections.abc import Iterator, Mapping

from django.core.exceptions import DisallowedHost, PermissionDenied, SuspiciousOperation
from django.core.signals import got_request_exception
from django.http import Http404, HttpRequest
from mongoengine.errors import MongoEngineException
from pymongo.errors import ConnectionFailure, OperationFailure, PyMongoError

from user_auth.foundation.errors import (
    AuthError,
    ForbiddenError,
    InternalError,
    MalformedBodyError,
    NotFoundError,
    UnavailableError,
    UnknownHostError,
)

RETRY_AFTER_SECONDS = 2
# Of MongoDB's error_codes.yml: no primary, shutting down, stepping down, too slow, or no majority for a write.
_AWAY_CODES = frozenset({6, 7, 50, 64, 89, 91, 100, 133, 134, 189, 262, 9001, 10107, 11600, 11602, 13435, 13436})

# Django's own; the first that fits counts.
_REFUSALS: Mapping[type[Exception], type[AuthError]] = {
    Http404: NotFoundError,
    PermissionDenied: ForbiddenError,
    DisallowedHost: UnknownHostError,
    SuspiciousOperation: MalformedBodyError,
}

_log = logging.getLogger("user_auth.web")


def translate(error: BaseException) -> AuthError:
    """Return the refusal that an exception stands for; a mistake of ours is an ``InternalError``."""
    if isinstance(error, AuthError):
        return error
    for kind, refusal in _REFUSALS.items():
        if isinstance(error, kind):
            return refusal()
    if is_database_away(error):
        _log.warning("The database does not answer: %s", " from ".join(_kinds(error)))
        return UnavailableError(retry_after=RETRY_AFTER_SECONDS)
    return InternalError()


def is_database_away(error: BaseException) -> bool:
    """Tell whether the error, or the one that it was made from, says that MongoDB cannot be worked with now."""
    return any(_says_away(link) for link in _chain(error))


def report_crash(error: Exception, *, request: HttpRequest, request_id: str) -> None:
    """Log a mistake of ours, and tell whoever listens to Django's ``got_request_exception``."""
    # Not the exception's own text: it may quote an address, a password, a document.
    frames = "".join(traceback.format_tb(error.__traceback__))
    _log.error("Crash in request %s: %s\n%s", request_id, " from ".join(_kinds(error)), frames)
    got_request_exception.send(sender=None, request=request)


def _says_away(error: BaseException) -> bool:
    if isinstance(error, ConnectionFailure):
        return True
    if isinstance(error, OperationFailure) and error.code in _AWAY_CODES:
        return True
    return isinstance(error, PyMongoError) and error.timeout


def _chain(error: BaseException) -> Iterator[BaseException]:
    link: BaseException | None = error
    while link is not None:
        yield link
        # MongoEngine raises anew without naming the cause.
        link = link.__cause__ or (link.__context__ if isinstance(link, MongoEngineException) else None)


def _kinds(error: BaseException) -> Iterator[str]:
    return (type(link).__qualname__ for link in _chain(error))
