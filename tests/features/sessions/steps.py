"""Steps that tests have killed half way."""

from user_auth import sessions
from user_auth.features.sessions import service
from user_auth.foundation.caller import Caller

CALLER = Caller(ip="192.0.2.1", user_agent="Browser", request_id="r")


def end_others(token: str) -> None:
    service.end_others(sessions.check_anew(token), caller=CALLER)


def end_all(token: str) -> None:
    service.end_all(sessions.check_anew(token), caller=CALLER)
