"""Do answers take longer for an address that has an account? Interleaved samples at the real cost of a password.

``python -m bench.answers [samples]``
"""

import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from bench.figures import area_under_curve, milliseconds
from bench.people import PASSWORD, make_account, post
from tests.harness.service import Service, running_service

SAMPLES = 200
KNOWN = "known@example.com"


def timed(request: Callable[[], object]) -> float:
    started = time.perf_counter()
    request()
    return time.perf_counter() - started


def compare(name: str, request: Callable[[str], object], *, samples: int) -> None:
    """Send the request for the known and for fresh unknown addresses in turn, and print both."""
    known: list[float] = []
    unknown: list[float] = []
    for number in range(samples):
        pair = [(known, KNOWN), (unknown, f"unknown.{name}.{number}@example.com")]
        for taken, email in pair if number % 2 else reversed(pair):
            taken.append(timed(partial(request, email)))
    auc = area_under_curve(known, unknown)
    print(f"{name:8} known {milliseconds(known):>10}  unknown {milliseconds(unknown):>10}  AUC {auc:.3f}", flush=True)


def measure(service: Service, *, samples: int) -> None:
    make_account(service, KNOWN)
    compare("signup", lambda email: post(service, "/signup", {"email": email, "password": PASSWORD}), samples=samples)
    compare("forgot", lambda email: post(service, "/forgot-password", {"email": email}), samples=samples)
    compare("login", lambda email: post(service, "/login", {"email": email, "password": "wrong"}), samples=samples)


def main() -> None:
    samples = int(sys.argv[1]) if len(sys.argv) > 1 else SAMPLES
    env = {"BCRYPT_ROUNDS": "12", "WORKERS": "2"}
    with tempfile.TemporaryDirectory() as folder, running_service(Path(folder), env=env) as service:
        measure(service, samples=samples)


if __name__ == "__main__":
    main()
