"""Who is asking, as far as the connection tells."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Caller:
    """What a request says of its sender.

    Attributes:
        ip: The client's address, past the trusted proxies.
        user_agent: As sent, cut to 300 characters, unprintable ones dropped.
        request_id: The id under which the request is logged.
        device_token: The device cookie as sent, not yet verified.
        language: The language that they are answered in; empty where none is known.
    """

    ip: str
    user_agent: str
    request_id: str
    device_token: str = ""
    language: str = ""
