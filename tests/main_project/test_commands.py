"""The command line as a whole."""

import os
import subprocess
import sys
from pathlib import Path

from tests.harness.service import MANAGE, environment_of, run_manage, running_service


def test_migrate_has_a_friendly_word(tmp_path: Path) -> None:
    """Whoever is used to Django tries it; nothing goes wrong, and no database is started for it."""
    done = run_manage(tmp_path, "migrate", "--noinput")
    assert done.returncode == 0
    assert done.stdout.startswith("Nothing to migrate: the data is in MongoDB.")
    assert not (tmp_path / "data").exists()


def test_checks_find_nothing(tmp_path: Path) -> None:
    """``manage.py check`` is content, and starts no database either."""
    done = run_manage(tmp_path, "check")
    assert (done.returncode, done.stdout) == (0, "System check identified no issues (0 silenced).\n"), done.stderr
    assert not (tmp_path / "data").exists()


def test_a_python_without_the_packages_is_told_where_they_are(tmp_path: Path) -> None:
    """The system's own Python, say: one line, no traceback."""
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(MANAGE), "serve"],
        env=environment_of(tmp_path),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "is not installed" in done.stderr
    assert "make run" in done.stderr


def test_commands_share_the_database_of_a_running_service(tmp_path: Path) -> None:
    """A command works while the service runs, on the same data."""
    with running_service(tmp_path, settings_module="tests.main_project.echo_site") as service:
        code = "from user_auth.mongo import connection\nconnection.database()['written'].insert_one({'_id': 1})\n"
        done = run_manage(tmp_path, "shell", "--command", code)
        assert done.returncode == 0, done.stderr
        assert service.get("/count")[1] == b'{"count": 1}'


def test_without_an_embedded_mongodb_a_command_says_so(tmp_path: Path) -> None:
    """No wheel for this platform: one line with the way out."""
    (tmp_path / "fiftyone").mkdir()
    (tmp_path / "fiftyone" / "__init__.py").touch()
    path = f"{tmp_path}{os.pathsep}{environment_of(tmp_path)['PYTHONPATH']}"
    code = "from user_auth.mongo import connection; connection.database()"
    done = run_manage(tmp_path, "shell", "--command", code, env={"PYTHONPATH": path})
    assert done.returncode == 1
    assert done.stderr == (
        "There is no embedded MongoDB for this platform (its package comes for Linux on x86-64): "
        "set MONGODB_URI to a MongoDB 6 or newer.\n"
    )
