"""Metrics and the log of a service with several processes."""

import contextlib
import json
import os
import signal
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.harness.client import Client, bearer
from tests.harness.scraping import Series, samples, value
from tests.harness.service import Service, shared_service
from tests.harness.waiting import is_alive, until

TOKEN = "the-token-of-the-metrics"
PASSWORD = "Xylophone-Quagmire-77"
SECONDS = 30


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Two workers, each of which answers some of the connections."""
    env = {"WORKERS": "2", "METRICS_TOKEN": TOKEN, "LOG_FORMAT": "json"}
    with shared_service(tmp_path_factory.mktemp("metrics"), env=env) as service:
        yield service


@pytest.fixture
def client(service: Service) -> Client:
    return Client(service.base_url)


def scraped(service: Service) -> str:
    """Return the metrics, over a connection of its own."""
    status, body = service.get("/metrics")
    assert status == 200
    return body.decode()


def unknown(text: str) -> float:
    return value(text, "user_auth_requests_total", endpoint="unknown")


def ask_until_both_have_answered(service: Service, path: str) -> int:
    """Ask over new connections until each worker has answered; return how many requests that were."""
    folder, asked = service.data_dir / "metrics", 0
    before = {file: file.read_bytes() for file in folder.glob("counter_*.db")}

    def both_counted() -> bool:
        nonlocal asked
        asked += 1
        service.get(path)
        return sum(file.read_bytes() != before.get(file) for file in folder.glob("counter_*.db")) >= 2

    until(both_counted, seconds=SECONDS)
    return asked


def test_every_worker_tells_what_all_have_counted(service: Service) -> None:
    """Whichever answers the scrape, the sum is exact, and it is the same however often one asks."""
    before = unknown(scraped(service))
    asked = ask_until_both_have_answered(service, "/no/such/path")
    assert {unknown(scraped(service)) - before for _ in range(12)} == {asked}


def test_the_mail_worker_of_the_parent_counts_too(service: Service, client: Client) -> None:
    """It is a third process."""
    sent = "user_auth_mail_delivery_seconds_count"
    before = value(scraped(service), sent, outcome="sent")
    client.sign_up("counted@example.com")
    until(lambda: value(scraped(service), sent, outcome="sent") == before + 1, seconds=SECONDS)


@pytest.mark.faults
def test_what_killed_workers_had_counted_stays(service: Service) -> None:
    """Their replacements go on where they were stopped: nothing is lost, counted twice, or left lying about."""
    ask_until_both_have_answered(service, "/no/such/path")
    before, files = unknown(scraped(service)), set((service.data_dir / "metrics").iterdir())
    killed = service.worker_pids
    assert len(killed) == 2
    for pid in killed:
        os.kill(pid, signal.SIGKILL)
    until(lambda: not any(map(is_alive, killed)) and len(service.worker_pids) == 2, seconds=SECONDS)
    service.await_ready()
    assert unknown(scraped(service)) == before
    asked = ask_until_both_have_answered(service, "/no/such/path")
    assert unknown(scraped(service)) == before + asked
    assert set((service.data_dir / "metrics").iterdir()) == files


def test_who_may_scrape(service: Service, client: Client) -> None:
    """Whoever has the token, and this machine; behind a proxy only the token counts."""
    through = {"X-Forwarded-For": "198.51.100.7"}
    assert client.get("/metrics").status_code == 200
    assert client.get("/metrics", headers=through | bearer(TOKEN)).status_code == 200
    for headers in (
        through,
        through | bearer("another"),
        through | {"Authorization": "Bearer t\xf6ken".encode("latin-1")},
    ):
        refused = client.get("/metrics", headers=headers)
        assert (refused.status_code, refused.headers["WWW-Authenticate"][:6]) == (401, "Bearer")
        assert refused.headers["Content-Type"] == "application/problem+json"


def test_strangers_add_no_series(service: Service, client: Client) -> None:
    """Whatever they call their paths, methods and headers, it is counted under names of ours."""
    send_oddities(client, 0)
    # The scrape itself is counted, and seen by the next.
    request_series(service)
    before = request_series(service)
    for number in range(1, 40):
        send_oddities(client, number)
    assert request_series(service) == before


def send_oddities(client: Client, number: int) -> None:
    client.send(f"METHOD{number}", f"/path/{number}?q={number}", headers={"User-Agent": f"agent {number}"})
    client.send(f"METHOD{number}", "/login")
    client.get(f"/sessions/{number}")
    client.get("/login", headers={"Host": f"host{number}.example", "X-Request-Id": f"request-{number}"})


def request_series(service: Service) -> set[Series]:
    return {series for series in samples(scraped(service)) if series[0].startswith("user_auth_request")}


def send_hostile(client: Client) -> None:
    """Send secrets, addresses and control characters wherever something can be sent."""
    email = "grace.hopper@example.org"
    client.post("/login", {"email": email, "password": PASSWORD})
    client.post("/login", {"email": email, "password": [PASSWORD]})
    client.get(f"/nothing/{PASSWORD}/{email}?token={PASSWORD}")
    client.send(f"X{PASSWORD}", "/login")
    headers = {
        "User-Agent": f"{email} password={PASSWORD}\x1b[2J",
        "Cookie": f"token={PASSWORD}",
        "X-Request-Id": "a\x1bb",
    }
    with contextlib.suppress(requests.exceptions.InvalidHeader):
        client.post("/verify-session", headers=headers)
    client.post("/verify-session", headers=bearer(f"{PASSWORD}.{PASSWORD}.{PASSWORD}"))
    client.get("/login", headers={"Host": f"{PASSWORD}.example"})


@pytest.mark.asvs("16.2.5", "16.4.1")
def test_neither_metrics_nor_log_hold_secrets_or_addresses(service: Service, client: Client) -> None:
    """Nor does the token of the metrics itself get there."""
    said = len(service.output)
    send_hostile(client)
    client.get("/metrics", headers=bearer(TOKEN) | {"Via": "a proxy"})
    written = service.output[said:]
    assert "authn_login_fail" in written
    for text in (written, scraped(service)):
        assert PASSWORD not in text
        assert "grace.hopper" not in text
        assert TOKEN not in text
        assert "\x1b" not in text


def test_the_log_is_one_json_object_a_line(service: Service, client: Client) -> None:
    """An audited event has its fields; a request's lines have its id."""
    client.post("/login", {"email": "nobody@example.com", "password": PASSWORD}, headers={"X-Request-Id": "this-one"})
    (told,) = [line for line in json_lines(service) if line.get("request_id") == "this-one"]
    assert told["time"].endswith("Z")
    assert (told["level"], told["logger"]) == ("warning", "user_auth.audit")
    assert (told["event"], told["outcome"], told["ip"]) == ("authn_login_fail", "failure", "127.0.0.1")
    assert isinstance(told["sequence"], int)


def json_lines(service: Service) -> list[dict[str, Any]]:
    """Return the lines of the log; what is printed for the person at the terminal stands between them."""
    return [json.loads(line) for line in service.output.splitlines() if line.startswith("{")]
