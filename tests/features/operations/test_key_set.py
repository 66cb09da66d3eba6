"""``/.well-known/jwks.json``."""

from pathlib import Path
from typing import Any

import jwt
import pytest
from django.test import Client

from user_auth.crypto.keyrings import generate_pem
from user_auth.sessions import keys


def test_shared_keys_are_not_shown(client: Client) -> None:
    """With HS256 the list is empty."""
    answer = client.get("/.well-known/jwks.json")
    assert (answer.status_code, answer.json()) == (200, {"keys": []})


@pytest.mark.parametrize("algorithm", ["EdDSA", "ES256"])
def test_others_can_verify_with_what_is_shown(client: Client, settings: Any, tmp_path: Path, algorithm: Any) -> None:
    """The public halves alone, and caches may keep them for a while."""
    (tmp_path / "key.pem").write_bytes(generate_pem(algorithm))
    settings.USER_AUTH = {**settings.USER_AUTH, "JWT_ALGORITHM": algorithm, "JWT_KEYS_DIR": tmp_path}
    answer = client.get("/.well-known/jwks.json")
    [shown] = answer.json()["keys"]
    assert "d" not in shown
    assert answer.headers["Cache-Control"] == "public, max-age=300"
    signed = jwt.encode({"sub": "x"}, keys.keyring().signing_key, algorithm=algorithm)
    assert jwt.decode(signed, jwt.PyJWK(shown), algorithms=[algorithm]) == {"sub": "x"}
