"""People at work on a service that breaks under them: what they were told, and whether it still holds."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count

import requests

from tests.attacks.inside import Records, kept_code
from tests.harness.client import PASSWORD, Client, bearer
from tests.harness.service import Service
from user_auth.foundation import clock

PAUSE_SECONDS = 0.05
JOIN_SECONDS = 60
_numbers = count()


def new_email() -> str:
    return f"person.{next(_numbers)}@example.com"


@dataclass
class Told:
    """What people have been told; a list's ``append`` is safe from any thread.

    Attributes:
        signups: The address and the verification id of each sign-up that was taken.
        sessions: Tokens of sessions that go on.
        ended: Tokens of sessions that are over.
        failures: When requests failed (by the monotonic clock).
        wrongs: What must not have been answered.
        counts: Answers by status, or failures by name.
    """

    signups: list[tuple[str, str]] = field(default_factory=list)
    sessions: list[str] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)
    failures: list[float] = field(default_factory=list)
    wrongs: list[str] = field(default_factory=list)
    counts: Counter[int | str] = field(default_factory=Counter)

    @property
    def outage_seconds(self) -> float:
        """From the first failure to the last."""
        return max(self.failures) - min(self.failures) if self.failures else 0.0

    def __str__(self) -> str:
        counts = ", ".join(f"{number} x {outcome}" for outcome, number in self.counts.most_common())
        kept = f"{len(self.signups)} sign-ups, {len(self.sessions)} sessions, {len(self.ended)} ended ones"
        return f"failures for {self.outage_seconds:.1f} s ({counts}); {kept}"


class People:
    """Sign up, log in, check and log out without end, each noting every answer the moment it has come.

    ``may_break_off``: a process of the service may be killed, so that connections may end without an answer.
    """

    def __init__(self, service: Service, *, owner: str, may_break_off: bool = False) -> None:
        self.told = Told()
        self._service = service
        self._owner = owner
        self._may_break_off = may_break_off
        self._is_over = threading.Event()

    @contextmanager
    def at_work(self) -> Iterator[Told]:
        """Have them work until the block ends."""
        tasks = (self._sign_up, self._log_in, self._check, self._check, self._log_in_and_out, self._check_ended)
        threads = [threading.Thread(target=self._go_on, args=(task,)) for task in tasks]
        for thread in threads:
            thread.start()
        try:
            yield self.told
        finally:
            self._is_over.set()
            for thread in threads:
                thread.join(JOIN_SECONDS)
                assert not thread.is_alive(), "somebody still waits for an answer"

    def _go_on(self, task: Callable[[Client], None]) -> None:
        client = Client(self._service.base_url)
        while not self._is_over.is_set():
            try:
                task(client)
            except requests.RequestException as error:
                client = Client(self._service.base_url)
                self._fail(type(error).__name__, wrong=None if self._may_break_off else repr(error))
            self._is_over.wait(PAUSE_SECONDS)

    def _sign_up(self, client: Client) -> None:
        email = new_email()
        answer = client.post("/signup", {"email": email, "password": PASSWORD})
        if self._is(answer, 202):
            self.told.signups.append((email, answer.json()["verification_id"]))

    def _log_in(self, client: Client) -> str | None:
        answer = client.log_in(self._owner, transport="header")
        if not self._is(answer, 200):
            return None
        token = str(answer.json()["token"])
        self.told.sessions.append(token)
        return token

    def _check(self, client: Client) -> None:
        if self.told.sessions:
            self._is(client.verify_session(token=self.told.sessions[-1]), 200)

    def _log_in_and_out(self, client: Client) -> None:
        answer = client.log_in(self._owner, transport="header")
        if self._is(answer, 200):
            token = answer.json()["token"]
            if self._is(client.post("/logout", headers=bearer(token)), 204):
                self.told.ended.append(token)

    def _check_ended(self, client: Client) -> None:
        if self.told.ended:
            self._is(client.verify_session(token=self.told.ended[-1]), 401)

    def _is(self, answer: requests.Response, status: int) -> bool:
        """Note an answer: the one that is due, or a refusal for now."""
        self.told.counts[answer.status_code] += 1
        if answer.status_code == status:
            return True
        said = f"{answer.request.method} {answer.request.path_url}: {answer.status_code} {answer.text[:300]}"
        is_refusal = answer.status_code == requests.codes.unavailable and 1 <= int(answer.headers["Retry-After"]) <= 60
        self._fail(None, wrong=None if is_refusal else said)
        return False

    def _fail(self, name: str | None, *, wrong: str | None) -> None:
        self.told.failures.append(time.monotonic())
        if name:
            self.told.counts[name] += 1
        if wrong:
            self.told.wrongs.append(wrong)


def check_kept(service: Service, told: Told, *, records: Records) -> None:
    """Hold the service to everything that it has told."""
    # What was being sent when something broke is somebody else's only after a while.
    records.outbox.update_many({"status": "sending"}, {"$set": {"due_at": clock.now()}})
    client = Client(service.base_url)
    assert not told.wrongs, told.wrongs[:3]
    for email, verification_id in told.signups:
        code = {"verification_id": verification_id, "otp": kept_code(records, email)}
        assert client.post("/verify-otp", code).status_code == 200, email
    assert {client.verify_session(token=token).status_code for token in told.sessions} <= {200}
    ended = [client.verify_session(token=token) for token in told.ended]
    assert {(answer.status_code, answer.json().get("reason")) for answer in ended} <= {(401, "logout")}


def make_owner(service: Service, *, code_of: Callable[[str], str]) -> str:
    """Make an account, and return its address."""
    client, email = Client(service.base_url), new_email()
    code = {"verification_id": client.sign_up(email), "otp": code_of(email)}
    assert client.post("/verify-otp", code).status_code == 200
    return email
