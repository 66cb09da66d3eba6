"""The API's own document, taken at its word by a program that makes requests of it."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.harness.client import Client, bearer
from tests.harness.service import Service

SECONDS = 40
# A code that is wrong and a password that is weak are a 400 however well they are formed.
EXCLUDED = "positive_data_acceptance"


@pytest.mark.asvs("2.2.1", "16.5.1")
@pytest.mark.timeout(SECONDS + 20)
def test_every_answer_is_one_that_the_document_knows(
    service: Service, client: Client, account: Callable[[str], str], email: str, tmp_path: Path
) -> None:
    """Hundreds of requests that fit the document and hundreds that do not: status, type, headers and body conform."""
    token = client.log_in(account(email), transport="header").json()["token"]
    arguments = ["--phases=coverage,fuzzing", "--max-examples=60", "--workers=2", "--continue-on-failure", "--no-color"]
    header = next(f"{name}: {value}" for name, value in bearer(token).items())
    run = subprocess.run(
        [
            *(sys.executable, "-m", "schemathesis.cli", "run", f"{service.base_url}/openapi.json"),
            *(*arguments, f"--exclude-checks={EXCLUDED}", "--suppress-health-check=all", "--header", header),
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    operations = sum(map(len, client.get("/openapi.json").json()["paths"].values()))
    assert f"Tested: {operations}" in run.stdout
