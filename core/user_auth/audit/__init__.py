"""What happened, to whom, from where: one record and one line of the log each."""

from user_auth.audit.documents import AuditEvent
from user_auth.audit.events import Event
from user_auth.audit.query import Place, find
from user_auth.audit.recording import Outcome, pseudonym, record
from user_auth.audit.seals import is_genuine
from user_auth.audit.verification import Fault, Finding, Tally, estimated_count, verify

__all__ = [
    "AuditEvent",
    "Event",
    "Fault",
    "Finding",
    "Outcome",
    "Place",
    "Tally",
    "estimated_count",
    "find",
    "is_genuine",
    "pseudonym",
    "record",
    "verify",
]
