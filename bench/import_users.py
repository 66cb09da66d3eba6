"""How fast do users move in and out, and in how much memory? A file with a million of them, into a running service.

``python -m bench.import_users [users]``
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.harness.service import MANAGE, environment_of, running_service

USERS = 1_000_000
FEW = 1000
# As a Django project may have them after some years.
HASHES = (
    *["pbkdf2_sha256$870000$R9v7Z77qbzI2pNnybM7W4n$Bm2qpnTWAuWl5GlIOp8+taR2VwlB87plvWEGfR0vfVE="] * 6,
    *["$2b$12$VtTfNEyn8StB7cdEr3UHVORsSbG3ZJYS0nRt6HewBtxLlN6V0dgKe"] * 3,
    "argon2$argon2id$v=19$m=102400,t=2,p=8$M2RCeWhxV3lIQ0NnbDRXSmdOT0lwWg$ZyfhXw2GFctepOJrpQvuuNGIViaKpkwtSw5S+gnChZw",
)


def lines(count: int) -> Iterator[str]:
    for number in range(count):
        fields = {
            "email": f"Person.{number}@mail{number % 97}.example.com",
            "password_hash": HASHES[number % len(HASHES)],
            "name": f"Person Number {number}",
            "created_at": "2021-05-04T03:02:01Z",
        }
        yield json.dumps(fields) + "\n"


def measure(what: str, *arguments: str, users: int, env: Mapping[str, str]) -> None:
    """Run a verb as an operator would, and print its time and its greatest memory."""
    started = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, str(MANAGE), "auth", *arguments], env=dict(env), stderr=subprocess.DEVNULL
    )
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.monotonic() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    print(
        f"{what:22} {users:9} lines  {seconds:7.1f} s  {users / seconds:8.0f} lines/s  {usage.ru_maxrss / 1024:5.0f} MB"
        f"  exit {process.returncode}",
        flush=True,
    )


def main() -> None:
    users = int(sys.argv[1]) if len(sys.argv) > 1 else USERS
    with tempfile.TemporaryDirectory() as name, running_service(Path(name)):
        folder = Path(name)
        env = environment_of(folder)
        few, many, out = folder / "few.jsonl", folder / "many.jsonl", folder / "out.jsonl"
        for path, count in ((few, FEW), (many, users)):
            with path.open("w", encoding="utf-8") as file:
                file.writelines(lines(count))
        measure("import a few", "import-users", str(few), users=FEW, env=env)
        measure("import", "import-users", str(many), users=users, env=env)
        measure("import the same again", "import-users", str(many), users=users, env=env)
        measure("export", "export-users", str(out), users=users, env=env)


if __name__ == "__main__":
    main()
