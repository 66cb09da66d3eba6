"""What happened, to whom, from where: one record and one line of the log each."""

from user_auth.audit.documents import AuditEvent
from user_auth.audit.events import Event
from user_auth.audit.recording import Outcome, pseudonym, record
from user_auth.audit.seals import is_genuine

__all__ = ["AuditEvent", "Event", "Outcome", "is_genuine", "pseudonym", "record"]
