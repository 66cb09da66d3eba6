"""What bcrypt alone does: when each hash was done, one after the other on one core.

``python -m bench.bare_bcrypt COST SECONDS``
"""

import json
import os
import sys
import time

import bcrypt

from user_auth.accounts.passwords import NICENESS

PASSWORD = b"violet otter parade 7"
# So many make a rate, however long they take.
FEWEST = 4


def main() -> None:
    cost, seconds = int(sys.argv[1]), float(sys.argv[2])
    # As the service hashes: where others use the machine, both have the same share of it.
    os.nice(NICENESS)
    salt = bcrypt.gensalt(cost)
    bcrypt.hashpw(PASSWORD, salt)
    end, spent = time.perf_counter() + seconds, time.process_time()
    done_at: list[float] = []
    while time.perf_counter() < end or len(done_at) < FEWEST:
        bcrypt.hashpw(PASSWORD, salt)
        done_at.append(time.perf_counter())
    print(json.dumps({"done_at": done_at, "cpu_seconds": (time.process_time() - spent) / len(done_at)}))


if __name__ == "__main__":
    main()
