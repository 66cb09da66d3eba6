"""A process of its own that spends an allowance: says when it is ready, waits for a word, prints how many passed."""

import json
import sys
from concurrent.futures import ThreadPoolExecutor

from django.conf import settings  # noqa: TID251 - this process is a Django project of its own

from user_auth import limits
from user_auth.foundation.errors import RateLimitedError
from user_auth.mongo import connection


def _passes() -> bool:
    try:
        limits.spend_client(limits.LOGIN, "192.0.2.7")
    except RateLimitedError:
        return False
    return True


def main(told: str) -> None:
    settings.configure(
        DEBUG=True, SECRET_KEY="a key that only the tests know, and long enough", USER_AUTH=json.loads(told)
    )
    connection.database().command("ping")
    print("ready", flush=True)
    sys.stdin.readline()
    with ThreadPoolExecutor(20) as pool:
        print(sum(pool.map(lambda _: _passes(), range(20))))


if __name__ == "__main__":
    main(sys.argv[1])
