"""Tokens made by hand, with the service's own key or with another."""

import base64
import json
from typing import Any

import jwt

from tests.attacks.contract import check_headers, check_problem
from tests.attacks.wire import Answer, exchange, head
from tests.harness.service import DEFAULTS, Service
from user_auth.crypto import keys
from user_auth.crypto.keys import Purpose

SECRET = DEFAULTS["SECRET_KEY"]
KEY = keys.derive(SECRET, Purpose.TOKEN)
KID = keys.key_id(KEY)
Parts = dict[str, Any]


def encode(value: object) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def decode(token: str, *, part: int) -> Parts:
    text = token.split(".")[part]
    value: Parts = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    return value


def signed(header: object, claims: object, *, key: bytes = KEY) -> str:
    """Sign whatever it is with HS256, with the service's own key unless another is given."""
    message = f"{encode(header)}.{encode(claims)}"
    return f"{message}.{encode(jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256).sign(message.encode(), key))}"


def by_header(service: Service, token: str, path: str = "/verify-session") -> Answer:
    return exchange(service, head(f"POST {path}", f"Authorization: Bearer {token}"))


def by_cookie(service: Service, token: str, path: str = "/verify-session") -> Answer:
    return exchange(service, head(f"POST {path}", f"Cookie: token={token}"))


def check_refused(service: Service, forged: str) -> None:
    """A token is refused in the header and in the cookie, and ends nothing and breaks nothing at log-out."""
    for answer in (by_header(service, forged), by_cookie(service, forged)):
        check_problem(answer, 401, "session_invalid")
        assert 'error="invalid_token"' in answer.header("www-authenticate")
    for answer in (by_header(service, forged, "/logout"), by_cookie(service, forged, "/logout")):
        assert (answer.status, answer.body) == (204, b"")
        check_headers(answer)


def check_accepted(service: Service, token: str) -> None:
    assert (by_header(service, token).status, by_cookie(service, token).status) == (200, 200)
