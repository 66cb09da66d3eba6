"""Steps that tests have killed half way."""

from user_auth import sessions
from user_auth.features.account import service
from user_auth.foundation.caller import Caller

PASSWORD = "violet otter parade 7"
CALLER = Caller(ip="192.0.2.1", user_agent="Browser", request_id="r")


def delete(token: str) -> None:
    service.delete(sessions.check_anew(token), password=PASSWORD, caller=CALLER)
