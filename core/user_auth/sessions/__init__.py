"""Sessions: started, checked, ended. ``check`` is the only judge of a token."""

from user_auth.sessions.caching import Entry
from user_auth.sessions.caching import state as cache_state
from user_auth.sessions.checking import Checked, check, check_anew, look_up
from user_auth.sessions.documents import Session
from user_auth.sessions.ending import carry, end, end_others, end_presented, find, reason_of
from user_auth.sessions.listing import of, records_of
from user_auth.sessions.reasons import Reason
from user_auth.sessions.snapshots import SessionSnapshot, Snapshot, UserSnapshot
from user_auth.sessions.starting import Started, discard, renew, start

__all__ = [
    "Checked",
    "Entry",
    "Reason",
    "Session",
    "SessionSnapshot",
    "Snapshot",
    "Started",
    "UserSnapshot",
    "cache_state",
    "carry",
    "check",
    "check_anew",
    "discard",
    "end",
    "end_others",
    "end_presented",
    "find",
    "look_up",
    "of",
    "reason_of",
    "records_of",
    "renew",
    "start",
]
