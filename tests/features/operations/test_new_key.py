"""``auth new-key``: the newest key signs, and those before it go on verifying."""

import json
import stat
from datetime import timedelta
from pathlib import Path

import pytest
from bson import ObjectId
from django.core.management import CommandError, call_command
from pytest_django.fixtures import Settings

from tests.conftest import MovableClock
from user_auth import accounts, sessions
from user_auth.crypto.keyrings import Keyring
from user_auth.foundation.addresses import parse
from user_auth.foundation.caller import Caller
from user_auth.sessions import keys

HOME = Caller(ip="192.0.2.1", user_agent="Browser", request_id="r")


def use(settings: Settings, algorithm: str, folder: Path) -> None:
    settings.USER_AUTH = {**settings.USER_AUTH, "JWT_ALGORITHM": algorithm, "JWT_KEYS_DIR": str(folder)}


def restart() -> None:
    """Let the process read its keys as a new one does."""
    keys._keyring.cache_clear()


def new_key(capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    capsys.readouterr()
    call_command("auth", "new-key", "--json")
    told: dict[str, object] = json.loads(capsys.readouterr().out)
    return told


@pytest.mark.parametrize("algorithm", ["EdDSA", "ES256"])
def test_a_new_key_signs_and_the_old_ones_verify(
    algorithm: str, settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str], clock: MovableClock
) -> None:
    """Their names sort by age, and the key set publishes them all."""
    use(settings, algorithm, tmp_path / "keys")
    made = []
    for number in range(1, 4):
        made.append(new_key(capsys))
        clock.tick(seconds=timedelta(days=30).total_seconds())
        restart()
        assert keys.keyring().kid == made[-1]["kid"]
        assert made[-1]["keys"] == len(keys.keyring().public_jwks()["keys"]) == number
    assert keys.keyring().verification_keys.keys() == {told["kid"] for told in made}
    files = [str(told["file"]) for told in made]
    assert files == sorted(files) == sorted(map(str, (tmp_path / "keys").iterdir()))


@pytest.mark.usefixtures("mongo")
def test_sessions_outlive_a_new_key(settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Until the old key's file is deleted."""
    use(settings, "EdDSA", tmp_path)
    new_key(capsys)
    restart()
    user = accounts.create(parse("ada@example.com"), user_id=ObjectId(), name="", password_hash="!")
    assert user
    old = sessions.start(user, caller=HOME, methods=["pwd"]).token
    first = next(tmp_path.iterdir())
    new_key(capsys)
    restart()
    new = sessions.start(user, caller=HOME, methods=["pwd"]).token
    assert sessions.check(old)
    assert sessions.check(new)
    first.unlink()
    restart()
    assert sessions.check(new)
    with pytest.raises(Exception, match="not valid"):
        sessions.check(old)


def test_a_key_is_for_its_owners_eyes(settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """And so is the folder, where it had to be made."""
    folder = tmp_path / "new" / "keys"
    use(settings, "EdDSA", folder)
    file = Path(str(new_key(capsys)["file"]))
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert list(folder.iterdir()) == [file]
    assert Keyring.from_pem_files(folder, algorithm="EdDSA")


def test_a_person_reads_what_to_do_next(settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Workers read their keys when they start."""
    use(settings, "ES256", tmp_path)
    call_command("auth", "new-key")
    told = capsys.readouterr()
    assert str(tmp_path) in told.out
    assert "started anew" in told.err


def test_without_key_files_the_remedy_is_told(settings: Settings) -> None:
    """HS256 is keyed from ``SECRET_KEY``."""
    with pytest.raises(CommandError, match="SECRET_KEY_FALLBACKS") as refused:
        call_command("auth", "new-key")
    assert refused.value.returncode == 1


def test_a_folder_that_cannot_be_written_is_one_line(settings: Settings, tmp_path: Path) -> None:
    """Here it is a file."""
    (tmp_path / "keys").touch()
    use(settings, "EdDSA", tmp_path / "keys")
    with pytest.raises(CommandError, match=r"cannot be written"):
        call_command("auth", "new-key")


def test_a_folder_with_something_else_in_it_is_told(settings: Settings, tmp_path: Path) -> None:
    """Before the service refuses to start over it."""
    (tmp_path / "other.pem").write_text("no key")
    use(settings, "EdDSA", tmp_path)
    with pytest.raises(CommandError, match=r"other\.pem cannot be read"):
        call_command("auth", "new-key")
