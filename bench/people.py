"""People who use the service under measurement."""

import http.client
import json
import re
from contextlib import closing
from typing import Any

from tests.harness.service import Service

PASSWORD = "violet otter parade 7"
MAIL_SECONDS = 10


def post(
    service: Service, path: str, body: dict[str, Any] | None = None, *, token: str | None = None
) -> tuple[int, dict[str, Any]]:
    """Send one request over a connection of its own; return status and body."""
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    with closing(http.client.HTTPConnection(service.host, service.port, timeout=60)) as connection:
        connection.request("POST", path, json.dumps(body or {}), headers)
        answer = connection.getresponse()
        text = answer.read()
        return answer.status, json.loads(text) if text else {}


def sign_up(service: Service, email: str) -> str:
    status, challenge = post(service, "/signup", {"email": email, "password": PASSWORD})
    if status != http.client.ACCEPTED:
        raise RuntimeError(f"/signup answered {status}: {challenge}")
    return str(challenge["verification_id"])


def code_for(service: Service, email: str) -> str:
    """Return the code of the latest mail in the mailbox page, once it is there."""
    for _ in range(MAIL_SECONDS * 20):
        page = service.get("/mailbox")[1].decode()
        letter = page.partition(email)[2]
        found = re.search(r"^ +([0-9]{6})$", letter, re.MULTILINE)
        if found:
            return found[1]
    raise RuntimeError("No code has come.")


def make_account(service: Service, email: str) -> None:
    verification_id = sign_up(service, email)
    status, answer = post(service, "/verify-otp", {"verification_id": verification_id, "otp": code_for(service, email)})
    if status != http.client.OK:
        raise RuntimeError(f"/verify-otp answered {status}: {answer}")
