"""The way out: Django's mail backend, one connection for a run of mails, and what its errors mean.

Which backend it is, and its figures, are Django's own settings (``EMAIL_BACKEND`` and so on). Every error of
``smtplib`` is an ``OSError``, as those of sockets and of TLS are.
"""

import contextlib
import re
import smtplib
from types import TracebackType
from typing import Self

from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.backends.smtp import EmailBackend

TIMEOUT_SECONDS = 10
# What a server says to a client that it wants to know better (RFC 4954 §6): true of every mail until somebody mends it.
_AUTHENTICATION_STATUSES = frozenset({530, 534, 535, 538})
_ENHANCED_STATUS = re.compile(rb"[245]\.[0-9]{1,3}\.[0-9]{1,3}\b")


class TransportError(Exception):
    """A mail did not leave; the text is a class and a status, without address or secret."""


class UnreachableError(TransportError):
    """No mail can leave now, whatever it is: no connection, or no log-in."""


class TryLaterError(TransportError):
    """This mail was not taken, and may be later."""


class RejectedError(TransportError):
    """This mail will never be taken."""


class Transport:
    """A connection that is opened for the first mail and closed at the end of the ``with`` block.

    Opening is a step of its own, so that a code is made only when there is somebody to hand it to.
    """

    def __init__(self) -> None:
        self._connection: BaseEmailBackend | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def open(self) -> BaseEmailBackend:
        """Be ready to send; nothing happens when it is.

        Raises:
            UnreachableError: No connection, or no log-in.
        """
        if self._connection is None:
            connection = get_connection()
            if isinstance(connection, EmailBackend) and connection.timeout is None:
                # Django's default waits for ever.
                connection.timeout = TIMEOUT_SECONDS
            try:
                connection.open()
            except OSError as error:
                _close(connection)
                raise UnreachableError(describe(error)) from error
            self._connection = connection
        return self._connection

    def send(self, message: EmailMessage) -> None:
        """Hand a message over; when this returns, the other side has taken it.

        Raises:
            UnreachableError: The server wants a log-in first.
            TryLaterError: Refused for now, or the connection broke.
            RejectedError: Refused for good.
        """
        connection = self.open()
        try:
            connection.send_messages([message])
        except OSError as error:
            self.close()
            raise _meaning(error)(describe(error)) from error

    def close(self) -> None:
        """Close the connection; no error on the way matters any more."""
        connection, self._connection = self._connection, None
        if connection is not None:
            _close(connection)


def _close(connection: BaseEmailBackend) -> None:
    with contextlib.suppress(OSError):
        connection.close()


def _meaning(error: OSError) -> type[TransportError]:
    status, _ = _reply(error)
    if status in _AUTHENTICATION_STATUSES:
        return UnreachableError
    return RejectedError if str(status).startswith("5") else TryLaterError


def describe(error: BaseException) -> str:
    """Return the class and the status of an error; what a server wrote besides may hold an address."""
    status, text = _reply(error)
    enhanced = _ENHANCED_STATUS.match(text)
    parts = [type(error).__name__, str(status) if status else "", enhanced[0].decode() if enhanced else ""]
    return " ".join(part for part in parts if part)


def _reply(error: BaseException) -> tuple[int, bytes]:
    """Return the status and the text that a server gave; 0 when it gave none."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        # One recipient a mail, so one reply.
        return next(iter(error.recipients.values()), (0, b""))
    if isinstance(error, smtplib.SMTPResponseException):
        text = error.smtp_error
        return error.smtp_code, text if isinstance(text, bytes) else str(text).encode()
    return 0, b""
