"""The API's own document, taken at its word by a program that makes requests of it."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.harness.client import Client
from tests.harness.service import Service

DOCUMENT = "/openapi.json"
SECONDS = 120
CONFIG = """
# A code that is wrong and a password that is weak are a 400 however well they are formed.
[checks]
positive_data_acceptance.enabled = false
# With a good token in the header nothing in the cookie counts.
ignored_auth.enabled = false

# Log-out has none: it would end the session that is checked.
[[operations]]
include-path-regex = "^/(verify-session|account|account/export|sessions)$"
headers = {{ Authorization = "Bearer {token}" }}
"""


@pytest.mark.asvs("2.2.1", "16.5.1")
@pytest.mark.timeout(SECONDS + 20)
def test_every_answer_is_one_that_the_document_knows(
    service: Service, client: Client, account: Callable[[str], str], email: str, tmp_path: Path
) -> None:
    """Hundreds of requests that fit the document and hundreds that do not: status, type, headers and body conform."""
    token = client.log_in(account(email), transport="header").json()["token"]
    config = tmp_path / "schemathesis.toml"
    config.write_text(CONFIG.format(token=token), encoding="utf-8")
    run = subprocess.run(
        [
            *(sys.executable, "-m", "schemathesis.cli", "--config-file", str(config)),
            *("run", service.base_url + DOCUMENT, "--phases=coverage,fuzzing", "--max-examples=10"),
            *("--suppress-health-check=all", "--continue-on-failure", "--no-color"),
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    # The document itself is not asked for again.
    operations = [
        (path, method) for path, methods in documented(client).items() for method in methods if path != DOCUMENT
    ]
    assert f"Tested: {len(operations)}" in run.stdout
    # The others need what chance does not find: a role, a password, the name of a session.
    refused = run.stdout.partition("Authentication failed")[2]
    assert not [path for path in ("POST /verify-session", "GET /account", "GET /sessions") if f"{path}\n" in refused]


def documented(client: Client) -> dict[str, dict[str, object]]:
    paths: dict[str, dict[str, object]] = client.get(DOCUMENT).json()["paths"]
    return paths
