"""What happens when many do the same thing at once, and what the service weighs and takes to start.

``python -m bench.crowds``
"""

import http.client
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bench.people import PASSWORD, code_for, make_account, post, sign_up
from bench.processes import proportional_set_size, tree_of
from tests.harness.service import Service, running_service, start_service

GUESSES, SIGNUPS, LOGINS, MAX_SESSIONS = 200, 50, 20, 3


def at_once(work: Callable[[int], tuple[int, object]], *, times: int) -> Counter[int]:
    """Do the work that often at the same time, and count the statuses."""
    with ThreadPoolExecutor(times) as pool:
        return Counter(status for status, _ in pool.map(work, range(times)))


def guess_at_one_code(service: Service) -> None:
    email = "guessed@example.com"
    verification_id = sign_up(service, email)
    right = int(code_for(service, email))
    wrong = [f"{(right + 1 + number) % 1_000_000:06d}" for number in range(GUESSES)]
    statuses = at_once(
        lambda number: post(service, "/verify-otp", {"verification_id": verification_id, "otp": wrong[number]}),
        times=GUESSES,
    )
    after, _ = post(service, "/verify-otp", {"verification_id": verification_id, "otp": f"{right:06d}"})
    print(f"{GUESSES} wrong guesses at once: {dict(statuses)}; the right code after them: {after}")


def sign_up_one_address(service: Service) -> None:
    email = "crowded@example.com"
    statuses = at_once(lambda _: post(service, "/signup", {"email": email, "password": PASSWORD}), times=SIGNUPS)
    print(f"{SIGNUPS} sign-ups of one address at once: {dict(statuses)}")


def log_in_one_account(service: Service) -> None:
    email = "popular@example.com"
    make_account(service, email)
    body = {"email": email, "password": PASSWORD, "transport": "header"}
    with ThreadPoolExecutor(LOGINS) as pool:
        answers = list(pool.map(lambda _: post(service, "/login", body), range(LOGINS)))
    tokens = [answer["token"] for status, answer in answers if status == 200]
    living = sum(is_good(service, token) for token in tokens)
    print(f"{LOGINS} log-ins at once with MAX_SESSIONS={MAX_SESSIONS}: {len(tokens)} answered, {living} sessions live")


def is_good(service: Service, token: str) -> bool:
    return post(service, "/verify-session", token=token)[0] == http.client.OK


def weigh(service: Service) -> None:
    pids = tree_of(service.pid)
    print(f"At rest, {len(pids)} processes without mongod: {proportional_set_size(pids) / 2**20:.0f} MiB")


def start_twice(folder: Path) -> None:
    for what in ("first start, new database", "start on the same data"):
        started = time.perf_counter()
        service = start_service(folder, env={"WORKERS": "2"})
        service.await_ready()
        seconds = time.perf_counter() - started
        print(f"{what}: ready after {seconds:.2f} s, stopped within {service.stop():.2f} s")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        start_twice(Path(folder))
    env = {"WORKERS": "2", "MAX_SESSIONS": str(MAX_SESSIONS)}
    with tempfile.TemporaryDirectory() as folder, running_service(Path(folder), env=env) as service:
        weigh(service)
        guess_at_one_code(service)
        sign_up_one_address(service)
        log_in_one_account(service)


if __name__ == "__main__":
    main()
