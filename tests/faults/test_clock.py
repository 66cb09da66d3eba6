"""The clock of the machine steps by an hour, forwards or back, under a running service."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import requests
from pymongo.database import Database

from tests.attacks.inside import kept_code, records_of
from tests.faults.people import make_owner
from tests.harness.client import PASSWORD, Client, bearer
from tests.harness.service import Service, shared_service
from tests.harness.stepping import MODULE, Stepping
from tests.harness.waiting import until

pytestmark = [pytest.mark.faults, pytest.mark.timeout(120)]

HOUR = 3600


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("stepped")


@pytest.fixture(scope="module")
def stepping(folder: Path) -> Stepping:
    return Stepping(folder)


@pytest.fixture(scope="module")
def service(folder: Path, stepping: Stepping) -> Iterator[Service]:
    env = stepping.env | {"RATE_LIMITS": "on"}
    with shared_service(folder, settings_module=MODULE, env=env) as service:
        yield service


@pytest.fixture(scope="module")
def records(service: Service) -> Iterator[Database[dict[str, Any]]]:
    with records_of(service) as client:
        yield client["user_auth"]


def code_of(answer: requests.Response) -> str:
    return str(answer.json().get("code", "")) if answer.status_code >= 400 else ""


@pytest.mark.parametrize("step", [HOUR, -HOUR], ids=["forwards", "back"])
def test_a_clock_that_steps(service: Service, stepping: Stepping, records: Database[dict[str, Any]], step: int) -> None:
    """What is begun after the step works, then and later; an ended session stays ended, and an old code is too old.

    Tokens are not good before their time (``nbf``): a clock that is put back refuses those from after that until it is
    there again, and then their sessions go on.
    """
    client, find = Client(service.base_url), partial(kept_code, records)
    email, other = make_owner(service, code_of=find), f"late.{step}@example.com"
    token, ended = (client.log_in(email, transport="header").json()["token"] for _ in range(2))
    assert client.post("/logout", headers=bearer(ended)).status_code == 204
    verification_id = client.sign_up(other)
    otp = find(other)
    with stepping.by(step):
        assert code_of(client.verify_session(token=token)) == ("" if step > 0 else "session_invalid")
        assert code_of(client.verify_session(token=ended)) == ("session_revoked" if step > 0 else "session_invalid")
        late = client.post("/verify-otp", {"verification_id": verification_id, "otp": otp})
        assert code_of(late) == ("invalid_or_expired_code" if step > 0 else "")
        now = client.log_in(email, transport="header")
        assert now.status_code == 200
        assert client.verify_session(token=now.json()["token"]).status_code == 200
        again = make_owner(service, code_of=find)
        assert client.log_in(again).status_code == 200
    assert client.verify_session(token=token).status_code == 200
    assert code_of(client.verify_session(token=ended)) == "session_revoked"
    # One from the future may still be in memory as good.
    assert code_of(client.verify_session(token=now.json()["token"])) in ("", "session_invalid" if step > 0 else "")
    assert client.log_in(again).status_code == 200
    assert client.post("/forgot-password", {"email": again}).status_code == 202
    until(lambda: not records.outbox.count_documents({"status": {"$in": ["queued", "sending"]}}), seconds=20)
    assert client.post("/signup", {"email": f"x{other}", "password": PASSWORD}).status_code == 202
    assert "Traceback" not in service.output
    print(f"A step of the clock by {step} s: nothing refused but what was too old or too new.")
