"""Users of another system move in while the service runs, and out again into another."""

import json
import subprocess
import sys
from pathlib import Path

from django.contrib.auth import hashers

from tests.harness.client import PASSWORD, Client
from tests.harness.service import MANAGE, environment_of, run_manage, running_service

HASHED = hashers.ScryptPasswordHasher().encode(PASSWORD, "salt", n=16)


def test_users_sign_in_as_before_wherever_they_go(tmp_path: Path) -> None:
    """By HTTP, right after the import; and in the next place, to which they take the hash that they have got here."""
    first, second = tmp_path / "first", tmp_path / "second"
    file = tmp_path / "users.jsonl"
    first.mkdir()
    second.mkdir()
    with running_service(first) as service:
        env = environment_of(first)
        done = subprocess.run(
            [sys.executable, str(MANAGE), "auth", "import-users", "-", "--json"],
            input=f"email,password_hash,roles\nada@example.com,{HASHED},admin\nbob@example.com,{HASHED},\nbad,,\n",
            env=env,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 1, done.stderr
        assert json.loads(done.stdout.splitlines()[-1]) == {"imported": 2, "already_there": 0, "refused": 1}
        signed_in = Client(service.base_url).log_in("ada@example.com")
        assert signed_in.json()["user"]["roles"] == ["admin"]
        assert Client(service.base_url).post("/login", {"email": "bob@example.com", "password": "x"}).status_code == 401
        done = run_manage(first, "auth", "export-users", str(file))
        assert done.returncode == 0, done.stderr
    kept = [json.loads(line)["password_hash"].partition("$")[0] for line in file.read_text().splitlines()]
    assert kept == ["bcrypt-hmac-sha384", "scrypt"]
    assert run_manage(second, "auth", "import-users", str(file)).returncode == 0
    with running_service(second) as service:
        for email in ("ada@example.com", "bob@example.com"):
            assert Client(service.base_url).log_in(email).status_code == 200


def test_a_new_key_signs_from_the_next_start_on(tmp_path: Path) -> None:
    """Made while the service runs; whoever is signed in stays so, and the key set has both."""
    env = {"JWT_ALGORITHM": "EdDSA", "JWT_ISSUER": "the same on every port"}
    with running_service(tmp_path, env=env) as service:
        client = Client(service.base_url)
        token = _sign_up(tmp_path, client, env=env)
        assert run_manage(tmp_path, "auth", "new-key", env=env).returncode == 0
        assert len(client.get("/.well-known/jwks.json").json()["keys"]) == 1
    with running_service(tmp_path, env=env) as service:
        client = Client(service.base_url)
        assert len(client.get("/.well-known/jwks.json").json()["keys"]) == 2
        assert client.verify_session(token=token).status_code == 200
        assert client.log_in("bob@example.com").status_code == 200


def _sign_up(tmp_path: Path, client: Client, *, env: dict[str, str]) -> str:
    """Bring somebody in and sign them in; return the token."""
    file = tmp_path / "bob.csv"
    file.write_text(f"email,password_hash\nbob@example.com,{HASHED}\n", encoding="utf-8")
    assert run_manage(tmp_path, "auth", "import-users", str(file), env=env).returncode == 0
    token: str = client.log_in("bob@example.com", transport="header").json()["token"]
    return token
