"""One mail, from claimed to sent, put back or given up."""

import logging
import time
from datetime import timedelta

from pymongo.errors import PyMongoError

from user_auth import metrics
from user_auth.mail import letters, outbox
from user_auth.mail.documents import Mail
from user_auth.mail.letters import NoComposerError
from user_auth.mail.outages import where
from user_auth.mail.outbox import LeaseLostError
from user_auth.mail.transport import RejectedError, Transport, TransportError, UnreachableError

log = logging.getLogger("user_auth.mail")

# No fault of the mail's: it is to go soon after there is a way out again.
UNREACHABLE_WAIT = timedelta(seconds=5)
# Each waits for the database as long as the connection does: an election is sat out.
NOTE_TRIES = 5


def deliver(mail: Mail, *, transport: Transport) -> bool:
    """Send a mail that was claimed and note what became of it; ``True`` when it left.

    Raises:
        UnreachableError: No mail can leave now; this one is back in the queue.
    """
    began = time.monotonic()
    try:
        left = _hand_over(mail, transport=transport)
    except UnreachableError as error:
        _measure(began, outcome="unreachable")
        outbox.retry(mail, str(error), wait=UNREACHABLE_WAIT)
        raise
    except Exception as error:  # noqa: BLE001 - templates and backends of host projects: one mail must not stop the others
        _measure(began, outcome=_outcome(error))
        _put_back_or_give_up(mail, error)
        return False
    _measure(began, outcome="sent" if left else "nothing_to_say")
    _note_sent(mail)
    log.info("Mail %s (%s) %s.", mail.id, mail.kind, "sent" if left else "had nothing left to say")
    return left


def _hand_over(mail: Mail, *, transport: Transport) -> bool:
    """Write the mail and send it; ``False`` when its composer has nothing left to say."""
    transport.open()
    letter = letters.compose(mail)
    if letter is None:
        return False
    message = letters.render(letter, mail=mail)
    outbox.extend(mail)
    transport.send(message)
    return True


def _put_back_or_give_up(mail: Mail, error: Exception) -> None:
    if isinstance(error, LeaseLostError):
        log.warning("Mail %s (%s) took too long, and another worker has it now.", mail.id, mail.kind)
    elif isinstance(error, RejectedError):
        log.error("Mail %s (%s) is given up: %s", mail.id, mail.kind, error)
        outbox.dead(mail, str(error))
    else:
        level = logging.WARNING if isinstance(error, TransportError) else logging.ERROR
        log.log(level, "Mail %s (%s) is tried again later: %s", mail.id, mail.kind, _reason(error))
        outbox.retry(mail, _reason(error))


def _measure(began: float, *, outcome: str) -> None:
    metrics.observe_delivery(time.monotonic() - began, outcome=outcome)


def _outcome(error: Exception) -> str:
    if isinstance(error, LeaseLostError):
        return "lease_lost"
    return "given_up" if isinstance(error, RejectedError) else "put_off"


def _reason(error: Exception) -> str:
    # A kind without composer: a newer release may have queued it while machines are upgraded, so it gets its day too.
    return str(error) if isinstance(error, TransportError | NoComposerError) else where(error)


def _note_sent(mail: Mail) -> None:
    """Note that the mail is out. Were that lost with the database, it would be sent again."""
    for _ in range(NOTE_TRIES - 1):
        try:
            outbox.sent(mail)
        except PyMongoError:
            continue
        return
    outbox.sent(mail)
