"""A browser without a screen, or an app: keeps cookies if it is told to, and asserts nothing."""

from collections.abc import Mapping
from typing import Any

import requests

SECONDS = 15
PASSWORD = "violet otter parade 7"


class Client:
    """Talks to a running service.

    Attributes:
        cookies: What the service has set, as a browser would keep it.
    """

    def __init__(self, base_url: str, *, headers: Mapping[str, str] | None = None) -> None:
        self.base_url = base_url
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.headers.update(headers or {})

    @property
    def cookies(self) -> dict[str, str]:
        return {cookie.name: cookie.value or "" for cookie in self._session.cookies}

    def get(self, path: str, **options: Any) -> requests.Response:
        return self.send("GET", path, **options)

    def post(self, path: str, body: object | None = None, **options: Any) -> requests.Response:
        return self.send("POST", path, **({} if body is None else {"json": body}) | options)

    def send(self, method: str, path: str, **options: Any) -> requests.Response:
        return self._session.request(method, self.base_url + path, timeout=SECONDS, allow_redirects=False, **options)

    def sign_up(self, email: str, *, password: str = PASSWORD, name: str | None = None) -> str:
        """Ask for an account and return the ``verification_id``."""
        body = {"email": email, "password": password} | ({"name": name} if name else {})
        answer = self.post("/signup", body)
        assert answer.status_code == 202, answer.text
        return str(answer.json()["verification_id"])

    def log_in(self, email: str, *, password: str = PASSWORD, transport: str | None = None) -> requests.Response:
        body = {"email": email, "password": password} | ({"transport": transport} if transport else {})
        return self.post("/login", body)

    def verify_session(self, *, token: str | None = None) -> requests.Response:
        return self.post("/verify-session", headers=bearer(token) if token else {})


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}
