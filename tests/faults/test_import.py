"""An import that is killed half way is completed by doing it again."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.attacks.inside import records_of
from tests.harness.service import MANAGE, environment_of, running_service
from tests.harness.waiting import until

pytestmark = pytest.mark.faults

USERS = 4500
LINES = "".join(json.dumps({"email": f"user{number}@example.com"}) + "\n" for number in range(USERS))


def test_a_killed_import_is_completed_by_the_next(tmp_path: Path) -> None:
    """It stops with whole batches; the next one adds the others, and nobody is there twice."""
    environment = environment_of(tmp_path)
    command = [sys.executable, str(MANAGE), "auth", "import-users", "-", "--json"]
    with running_service(tmp_path) as service, records_of(service) as client:
        users = client["user_auth"]["users"]
        reading, writing = os.pipe()
        with subprocess.Popen(command, env=environment, stdin=reading, stderr=subprocess.DEVNULL) as killed:
            os.close(reading)
            with os.fdopen(writing, "w") as pipe:
                # It waits for more when it is killed.
                pipe.write(LINES[: len(LINES) // 2])
                pipe.flush()
                until(lambda: users.count_documents({}) >= 2000, seconds=20)
                killed.kill()
        before = {user["_id"]: user for user in users.find()}
        assert len(before) == 2000
        done = subprocess.run(command, input=LINES, env=environment, capture_output=True, text=True, check=False)
        assert json.loads(done.stdout) == {"imported": USERS - 2000, "already_there": 2000, "refused": 0}
        assert users.count_documents({}) == USERS
        assert {user["_id"]: user for user in users.find({"_id": {"$in": list(before)}})} == before
