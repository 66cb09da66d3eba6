"""How fast an admin finds a user among many.

``python -m bench.admin [users]``
"""

import http.client
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from statistics import quantiles
from typing import Any

from bench.figures import milliseconds
from bench.people import make_account, post
from bench.records import Crowd, records_of
from tests.harness.client import PASSWORD
from tests.harness.service import Service, run_manage, running_service

USERS = 1_000_000
BATCH = 10_000
SAMPLES = 300
ADMIN = "admin@example.com"


def fill(service: Service, *, count: int) -> None:
    """Store users as an import would leave them."""
    started = time.perf_counter()
    with records_of(service) as client:
        users, crowd = client["user_auth"]["users"], Crowd()
        for start in range(0, count, BATCH):
            users.insert_many(map(crowd.user, range(start, start + BATCH)), ordered=False)
    print(f"{count} users stored in {time.perf_counter() - started:.0f} s", flush=True)


def sign_in(service: Service, folder: Path) -> str:
    make_account(service, ADMIN)
    run_manage(folder, "auth", "grant", ADMIN, "admin")
    return str(post(service, "/login", {"email": ADMIN, "password": PASSWORD, "transport": "header"})[1]["token"])


def getter(service: Service, token: str) -> Callable[[str], dict[str, Any]]:
    """Return what gets a page over a connection of its own, as admins do."""

    def get(path: str) -> dict[str, Any]:
        with closing(http.client.HTTPConnection(service.host, service.port, timeout=60)) as connection:
            connection.request("GET", path, headers={"Authorization": f"Bearer {token}"})
            answer = connection.getresponse()
            body: dict[str, Any] = json.loads(answer.read())
            if answer.status != http.client.OK:
                raise RuntimeError(f"{path} answered {answer.status}: {body}")
            return body

    return get


def measure(name: str, get: Callable[[str], dict[str, Any]], paths: Iterator[str]) -> None:
    taken = []
    for path in paths:
        started = time.perf_counter()
        get(path)
        taken.append(time.perf_counter() - started)
    print(f"{name:36} median {milliseconds(taken):>8}  p95 {quantiles(taken, n=20)[-1] * 1000:.1f} ms", flush=True)


def following(get: Callable[[str], dict[str, Any]], path: str) -> Iterator[str]:
    """Return the page at a path, then those after it, as somebody would read on."""
    cursor = ""
    for _ in range(SAMPLES):
        page = f"{path}cursor={cursor}"
        yield page
        cursor = get(page)["next_cursor"] or ""


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else USERS
    with tempfile.TemporaryDirectory() as name, running_service(Path(name), env={"WORKERS": "2"}) as service:
        token = sign_in(service, Path(name))
        fill(service, count=count)
        get = getter(service, token)
        measure("GET /admin/users, newest", get, iter(["/admin/users"] * SAMPLES))
        measure("GET /admin/users, page after page", get, following(get, "/admin/users?"))
        prefixes = (f"/admin/users?q=person.{number % 1000:03}" for number in range(SAMPLES))
        measure("GET /admin/users?q=, 1 of 1000", get, prefixes)
        measure("GET /admin/users?q=, page after page", get, following(get, "/admin/users?q=p&"))
        addresses = (f"/admin/users?q=person.{number % 1000:03}.{number:07}@" for number in range(SAMPLES))
        measure("GET /admin/users?q=, one", get, addresses)


if __name__ == "__main__":
    main()
