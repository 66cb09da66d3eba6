"""Sessions: started, checked, ended. ``check`` is the only judge of a token."""

from user_auth.sessions.checking import Checked, check
from user_auth.sessions.documents import Session
from user_auth.sessions.ending import end, end_presented, find
from user_auth.sessions.reasons import Reason
from user_auth.sessions.starting import Started, start

__all__ = ["Checked", "Reason", "Session", "Started", "check", "end", "end_presented", "find", "start"]
