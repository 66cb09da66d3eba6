"""Somebody who is signed in: as a browser, by cookie, or as an app, by header."""

from typing import Any

import requests

from tests.harness.client import PASSWORD, Client, bearer

TRANSPORTS = ("cookie", "header")


class Person:
    """Sends requests with the token that they have.

    Attributes:
        token: Of the session, wherever it is kept.
        login: What logging in was answered with.
    """

    def __init__(self, client: Client, email: str, *, transport: str, password: str = PASSWORD) -> None:
        self.client = client
        self.transport = transport
        self.login = client.log_in(email, password=password, transport=transport)
        assert self.login.status_code == 200, self.login.text
        self.token = ""
        self.take_token(self.login)

    @property
    def session_id(self) -> str:
        return str(self.login.json()["session"]["id"])

    def take_token(self, answer: requests.Response) -> None:
        """Go on with the token of an answer."""
        self.token = self.client.cookies["token"] if self.transport == "cookie" else answer.json()["token"]

    def get(self, path: str) -> requests.Response:
        return self.send("GET", path)

    def send(self, method: str, path: str, body: object | None = None) -> requests.Response:
        options: dict[str, Any] = {} if body is None else {"json": body}
        # A browser sends its cookie by itself.
        headers = bearer(self.token) if self.transport == "header" else {}
        return self.client.send(method, path, headers=headers, **options)

    def reason(self) -> str | None:
        """Return why the session is over; ``None`` when it is not."""
        answer = Client(self.client.base_url).verify_session(token=self.token)
        return None if answer.status_code == 200 else str(answer.json().get("reason"))


def clears_cookie(answer: requests.Response) -> bool:
    """Whether an answer has the browser forget its session."""
    return any(line.startswith("token=;") and "Max-Age=0" in line for line in set_cookies(answer))


def set_cookies(answer: requests.Response) -> list[str]:
    found: list[str] = answer.raw.headers.getlist("Set-Cookie")
    return found
