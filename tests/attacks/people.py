"""Those who ask a service with limits, each from an address of their own; and the passing of time."""

from collections.abc import Callable
from itertools import count

from tests.attacks.contract import check_problem
from tests.attacks.inside import Records, kept_code
from tests.attacks.wire import Answer, exchange, post
from tests.harness.client import PASSWORD
from tests.harness.service import Service

People = Callable[..., "Somebody"]
WRONG = "not the password at all 5"
_numbers = count()


class Somebody:
    """Who asks from an address of their own, through the trusted proxy, and keeps what a browser would."""

    def __init__(self, service: Service, *, ip: str = "") -> None:
        number = next(_numbers)
        self.ip = ip or f"198.51.{number // 250}.{number % 250 + 1}"
        self.cookie = ""
        self._service = service

    def ask(self, path: str, body: object, *headers: str) -> Answer:
        return exchange(self._service, self.request(path, body, *headers))

    def request(self, path: str, body: object, *headers: str) -> bytes:
        cookie = [f"Cookie: {self.cookie}"] if self.cookie else []
        return post(path, body, f"X-Forwarded-For: {self.ip}", *cookie, *headers)

    def log_in(self, email: str, password: str = PASSWORD) -> Answer:
        return self.ask("/login", {"email": email, "password": password})

    def sign_up(self, email: str) -> Answer:
        return self.ask("/signup", {"email": email, "password": PASSWORD})

    def verify(self, verification_id: str, otp: str) -> Answer:
        return self.ask("/verify-otp", {"verification_id": verification_id, "otp": otp})

    def resend(self, verification_id: str) -> Answer:
        return self.ask("/resend-otp", {"verification_id": verification_id})


def make_account(owner: Somebody, records: Records, email: str) -> str:
    verification_id = owner.sign_up(email).json()["verification_id"]
    assert owner.verify(verification_id, kept_code(records, email)).status == 200
    return email


def let_pass(records: Records, *, seconds: float) -> None:
    """Move every try that was counted into the past."""
    for bucket in records.limits.find():
        logs = {"log": bucket["log"], **{f"shares.{name}": log for name, log in bucket.get("shares", {}).items()}}
        moved = {path: [at - int(seconds * 1000) for at in log] for path, log in logs.items()}
        records.limits.update_one({"_id": bucket["_id"]}, {"$set": moved})


def check_limited(answer: Answer, *, least: float, most: float) -> int:
    """Hold an answer to be a 429 with a wait within bounds, in seconds; return it."""
    check_problem(answer, 429, "rate_limited")
    wait = int(answer.header("retry-after"))
    assert answer.json()["retry_after"] == wait
    assert least <= wait <= most
    return wait
