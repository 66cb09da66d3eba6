"""What bcrypt alone does: so many hashes on one core.

``python -m bench.bare_bcrypt COST SECONDS``
"""

import json
import os
import sys
import time

import bcrypt

from user_auth.accounts.passwords import NICENESS

PASSWORD = b"violet otter parade 7"


def main() -> None:
    cost, seconds = int(sys.argv[1]), float(sys.argv[2])
    # As the service hashes: where others use the machine, both have the same share of it.
    os.nice(NICENESS)
    salt = bcrypt.gensalt(cost)
    bcrypt.hashpw(PASSWORD, salt)
    started, spent, count = time.perf_counter(), time.process_time(), 0
    while time.perf_counter() < started + seconds:
        bcrypt.hashpw(PASSWORD, salt)
        count += 1
    taken = time.perf_counter() - started
    print(json.dumps({"rate": count / taken, "cpu_seconds": (time.process_time() - spent) / count}))


if __name__ == "__main__":
    main()
