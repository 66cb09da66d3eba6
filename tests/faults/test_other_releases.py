"""Records as another release would have written them: with fields that this one does not know, and without some it does.

While machines are updated one by one, releases share a database. What a request makes of such a record may be a refusal;
it is never a crash.
"""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
from pymongo.database import Database

from tests.attacks.inside import kept_code, records_of
from tests.harness.client import PASSWORD, Client, bearer
from tests.harness.service import Service, run_manage, shared_service
from tests.harness.waiting import until

pytestmark = [pytest.mark.faults, pytest.mark.long, pytest.mark.timeout(180)]

EMAIL = "ada@example.com"
NEW_EMAIL = "new.ada@example.com"
COLLECTIONS = ("users", "sessions", "ended_sessions", "challenges", "codes", "outbox", "mailbox", "limits", "audit")
UNKNOWN = {"from_another_release": {"deep": [1, None, {"x": "y"}]}}
Records = Database[dict[str, Any]]
Ask = Callable[[], requests.Response]


class Scene:
    """An admin with a session, one that is over, and a sign-up that waits; all of it can be put back as it was."""

    def __init__(self, service: Service, records: Records) -> None:
        self._records = records
        self._client = Client(service.base_url)
        self._sign_up(EMAIL)
        assert run_manage(service.data_dir.parent, "auth", "grant", EMAIL, "admin").returncode == 0
        self._token, self._ended = self._log_in(), self._log_in()
        assert self._client.post("/logout", headers=bearer(self._ended)).status_code == 204
        self._verification_id = self._client.sign_up(NEW_EMAIL)
        self._otp = kept_code(records, NEW_EMAIL)
        until(lambda: not records.outbox.count_documents({"status": {"$ne": "sent"}}), seconds=20)
        self._user_id = str(records.users.find_one({"email": EMAIL}, {"_id": 1})["_id"])  # type: ignore[index]
        self._kept = {name: list(records[name].find()) for name in COLLECTIONS}

    def _sign_up(self, email: str) -> None:
        code = {"verification_id": self._client.sign_up(email), "otp": kept_code(self._records, email)}
        assert self._client.post("/verify-otp", code).status_code == 200

    def _log_in(self) -> str:
        return str(self._client.log_in(EMAIL, transport="header").json()["token"])

    def fields(self, collection: str) -> list[str]:
        return sorted({field for record in self._kept[collection] for field in record if field != "_id"})

    def restore(self) -> None:
        for name, kept in self._kept.items():
            self._records[name].delete_many({})
            if kept:
                self._records[name].insert_many(kept)

    def change(self, collection: str, update: dict[str, Any]) -> None:
        assert self._records[collection].update_many({}, update).matched_count, collection

    def requests(self) -> Iterator[Ask]:
        """Return a request for each endpoint that reads records; the last ones are those that change most."""
        yield from (self._get(f"/admin{path}") for path in ("/users", f"/users/{self._user_id}", "/audit"))
        yield from (self._get(path) for path in ("/account", "/account/export", "/sessions", "/mailbox", "/readyz"))
        yield self._post("/verify-session")
        yield lambda: self._client.verify_session(token=self._ended)
        yield self._post("/resend-otp", {"verification_id": self._verification_id})
        yield self._post("/verify-otp", {"email": NEW_EMAIL, "otp": self._otp})
        yield self._post("/verify-otp", {"verification_id": self._verification_id, "otp": self._otp})
        yield self._post("/signup", {"email": EMAIL, "password": PASSWORD})
        yield self._post("/forgot-password", {"email": EMAIL})
        yield self._post("/change-email", {"new_email": "other@example.com", "password": PASSWORD})
        yield self._post("/login", {"email": EMAIL, "password": PASSWORD})
        yield self._post("/reauthenticate", {"password": PASSWORD})
        yield self._post("/change-password", {"current_password": PASSWORD, "new_password": f"{PASSWORD} and 8"})
        yield self._post("/logout")

    def _get(self, path: str) -> Ask:
        return lambda: self._client.get(path, headers=bearer(self._token))

    def _post(self, path: str, body: dict[str, str] | None = None) -> Ask:
        return lambda: self._client.post(path, body, headers=bearer(self._token))


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    env = {"RATE_LIMITS": "on", "OTP_RESEND_SECONDS": "0"}
    with shared_service(tmp_path_factory.mktemp("releases"), env=env) as service:
        yield service


@pytest.fixture(scope="module")
def scene(service: Service) -> Iterator[Scene]:
    with records_of(service) as client:
        yield Scene(service, client["user_auth"])


@pytest.mark.parametrize("collection", COLLECTIONS)
def test_records_of_another_release_crash_nothing(service: Service, scene: Scene, collection: str) -> None:
    """In every collection that requests read: with a field more than are known, or any one missing."""
    changes: list[dict[str, Any]] = [{"$set": UNKNOWN}]
    changes += [{"$unset": {field: ""}} for field in scene.fields(collection)]
    crashes, asked = [], 0
    for change in changes:
        scene.restore()
        scene.change(collection, change)
        for ask in scene.requests():
            answer = ask()
            asked += 1
            if answer.status_code >= 500:
                crashes.append(f"{change}: {answer.request.method} {answer.request.path_url} {answer.status_code}")
    scene.restore()
    print(f"{collection}: {len(changes)} kinds of strange records, {asked} requests, {len(crashes)} crashes.")
    assert not crashes, "\n".join(crashes)
