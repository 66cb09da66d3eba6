"""``manage.py auth``: the verbs that look after users and into the audit, for people and for scripts."""

import io
import json
import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from tests.conftest import MovableClock
from tests.harness.service import MANAGE, environment_of, run_manage, running_service, shared_service
from user_auth import accounts, audit, sessions
from user_auth.accounts import User, passwords
from user_auth.audit import Event, runs
from user_auth.features.admin import service
from user_auth.features.admin.service import COMMAND_LINE
from user_auth.foundation.addresses import parse
from user_auth.foundation.caller import Caller
from user_auth.mongo import connection

PASSWORD = "violet otter parade 7"
CALLER = Caller(ip="192.0.2.1", user_agent="Browser", request_id="r")


class Told:
    """What a verb printed, and how it ended."""

    def __init__(self, status: int, out: str, err: str) -> None:
        self.status, self.out, self.err = status, out, err

    @property
    def lines(self) -> list[list[str]]:
        return [line.split("\t") for line in self.out.splitlines()]

    @property
    def objects(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines()]


class Auth:
    """``manage.py auth`` in this process."""

    def __init__(self, capture: pytest.CaptureFixture[str]) -> None:
        self._capture = capture

    def __call__(self, *arguments: str) -> Told:
        self._capture.readouterr()
        status, refusal = 0, ""
        try:
            call_command("auth", *arguments)
        except SystemExit as end:
            status = int(end.code or 0)
        except CommandError as error:
            status, refusal = error.returncode, str(error)
        out, err = self._capture.readouterr()
        return Told(status, out, err + refusal)


@pytest.fixture
def auth(mongo: None, capsys: pytest.CaptureFixture[str]) -> Auth:
    return Auth(capsys)


def found(email: str) -> User:
    user = accounts.find(parse(email))
    assert user
    return user


def make(email: str) -> User:
    user = service.create(parse(email), name="", password=None, operator=COMMAND_LINE)
    assert user
    return user


# ---- The first admin, and others


def test_from_nothing_to_the_first_admin(auth: Auth) -> None:
    """Two commands; both say what is so now."""
    made = auth("create", "Ada@example.com", "--name", "Ada")
    assert (made.status, made.out) == (0, "")
    assert "Ada@example.com has an account now" in made.err
    granted = auth("grant", "ada@example.com", "admin")
    assert granted.status == 0
    assert "Ada@example.com has the roles admin." in granted.err
    user = found("ada@example.com")
    assert (user.name, user.roles, user.email_verified) == ("Ada", ["admin"], True)


def test_a_role_is_revoked_but_not_the_last_admins(auth: Auth) -> None:
    """That is refused with a sentence."""
    make("ada@example.com")
    auth("grant", "ada@example.com", "admin")
    auth("grant", "ada@example.com", "editor")
    refused = auth("revoke", "ada@example.com", "admin")
    assert (refused.status, refused.out) == (1, "")
    assert refused.err == "This is the last active admin. Make somebody else one first."
    assert auth("disable", "ada@example.com").status == 1
    assert auth("revoke", "ada@example.com", "editor").status == 0
    assert found("ada@example.com").roles == ["admin"]


def test_sessions_end_and_users_are_shut_out_and_let_in(auth: Auth) -> None:
    """By address or by id."""
    user = make("ada@example.com")
    sessions.start(user, caller=CALLER, methods=["pwd"])
    assert auth("end-sessions", "ada@example.com").status == 0
    assert sessions.of(found("ada@example.com")) == []
    assert auth("disable", str(user.id)).status == 0
    assert not found("ada@example.com").is_active
    assert auth("enable", str(user.id)).status == 0
    assert found("ada@example.com").is_active


VERBS = [("show",), ("disable",), ("enable",), ("end-sessions",), ("grant", "admin"), ("revoke", "admin")]


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb[0])
@pytest.mark.parametrize("user", ["eve@example.com", "6b031d5a7a3084405b6a3a66", "ada", ".*", ""])
def test_an_unknown_user_is_refused(auth: Auth, verb: tuple[str, ...], user: str) -> None:
    """Part of an address names nobody."""
    make("ada@example.com")
    refused = auth(verb[0], user, *verb[1:])
    assert (refused.status, refused.out, refused.err) == (1, "", f"There is no user {user}.")


def test_what_the_command_line_does_is_in_the_audit(auth: Auth) -> None:
    """As its doing."""
    auth("create", "ada@example.com")
    auth("grant", "ada@example.com", "admin")
    told = auth("audit", "--user", "ada@example.com", "--json").objects
    assert [each["event"] for each in told] == ["authz_change", "user_created"]
    assert {each["details"]["operator"] for each in told} == {"command line"}


# ---- Making an account


def test_an_address_has_one_account(auth: Auth) -> None:
    """Another is refused."""
    auth("create", "ada@example.com")
    refused = auth("create", "ADA@example.com")
    assert (refused.status, refused.err) == (1, "ADA@example.com has an account already.")


@pytest.mark.parametrize("given", [PASSWORD, f"{PASSWORD}\n", f"{PASSWORD}\r\nmore\n"])
def test_a_password_can_come_by_the_standard_input(auth: Auth, monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    """Its first line, without the line's end: on a command line it would be seen by others."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(given.encode())))
    assert auth("create", "ada@example.com", "--password-stdin").status == 0
    assert passwords.verify(PASSWORD, user=found("ada@example.com"))


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (b"password\n", "Many people use this password"),
        (b"short\n", "at least 8"),
        (b"\n", "at least 8"),
        (b"", "at least 8"),
        (b"\xff\xfe violet otter\n", "UTF-8"),
        (b"violet\0otter parade\n", "NUL"),
    ],
)
def test_a_bad_password_makes_no_account(auth: Auth, monkeypatch: pytest.MonkeyPatch, given: bytes, why: str) -> None:
    """And is not repeated."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(given)))
    refused = auth("create", "ada@example.com", "--password-stdin")
    assert refused.status == 1
    assert why in refused.err
    assert accounts.find(parse("ada@example.com")) is None


@pytest.mark.parametrize(
    "arguments",
    [
        ("create",),
        ("create", "no address"),
        ("create", "ada@example.com", "--name", ""),
        ("create", "ada@example.com", "--name", "a\nb"),
        ("create", "ada@example.com", "--password", "--password-stdin"),
        ("grant", "ada@example.com"),
        ("grant", "ada@example.com", "Admin"),
        ("grant", "ada@example.com", "a b"),
        ("grant", "ada@example.com", ""),
        ("users", "--limit", "-1"),
        ("users", "--limit", "x"),
        ("users", "--limit", "²"),
        ("audit", "--event", "nothing"),
    ],
    ids=" ".join,
)
def test_what_is_no_such_command_is_refused(auth: Auth, arguments: tuple[str, ...]) -> None:
    """Before anything is done."""
    assert auth(*arguments).status
    assert accounts.find(parse("ada@example.com")) is None


# ---- Lists


def test_users_are_listed_for_a_pipe(auth: Auth) -> None:
    """A line each, tabs between the values, nothing cut."""
    long = f"{'a' * 64}@{'b' * 60}.example.com"
    make(long)
    make("ada@example.com")
    auth("grant", "ada@example.com", "admin")
    auth("grant", "ada@example.com", "editor")
    head, ada, other = auth("users").lines
    assert head == ["email", "name", "roles", "is active", "created at"]
    assert ada[:4] == ["ada@example.com", "", "admin, editor", "yes"]
    assert other[0] == long
    assert [line[0] for line in auth("users", "--q", "ada").lines] == ["email", "ada@example.com"]


def test_users_are_listed_for_scripts(auth: Auth) -> None:
    """A line of JSON each, as over HTTP."""
    user = make("ada@example.com")
    (told,) = auth("users", "--json").objects
    assert told["id"] == str(user.id)
    assert (told["is_active"], told["roles"], told["audit_subject"]) == (True, [], accounts.pseudonym(user))


def test_lists_have_a_limit_and_say_so(auth: Auth) -> None:
    """On the error output; more than a page is no matter."""
    for number in range(55):
        make(f"user{number}@example.com")
    told = auth("users")
    assert len(told.lines) == 51
    assert "There are more than these 50" in told.err
    assert len(auth("users", "--limit", "0").lines) == 56
    assert len(auth("users", "--limit", "55", "--json").objects) == 55
    assert "There are more" not in auth("users", "--limit", "55").err
    assert len(auth("audit", "--limit", "3", "--json").objects) == 3
    assert len(auth("audit", "--limit", "0", "--json").objects) == 55


def test_a_user_is_shown_with_their_sessions(auth: Auth) -> None:
    """And with what the log calls them."""
    user = make("ada@example.com")
    assert "They have no session." in auth("show", "ada@example.com").err
    sessions.start(user, caller=CALLER, methods=["pwd"])
    (told,) = auth("show", "ada@example.com", "--json").objects
    assert told["audit_subject"] == accounts.pseudonym(user)
    (session,) = told["sessions"]
    assert (session["ip"], session["user_agent"]) == (CALLER.ip, CALLER.user_agent)
    shown = auth("show", str(user.id)).out
    assert str(user.id) in shown
    assert CALLER.ip in shown


def test_nothing_that_is_shown_commands_the_terminal(auth: Auth) -> None:
    """What cannot be printed is not; a record in the database may hold anything."""
    user = make("ada@example.com")
    users = connection.database()["users"]
    users.update_one({"_id": user.id}, {"$set": {"name": "\x1b[2J\tA\n\u202ea [red]", "roles": ["\x1b]0;x\x07"]}})
    _, line = auth("users").lines
    assert line[1:3] == ["?[2J?A??a [red]", "?]0;x?"]
    assert "\x1b" not in auth("show", "ada@example.com").out
    assert "\x1b" not in auth("users", "--json").out


# ---- The audit


def test_the_audit_is_listed(auth: Auth) -> None:
    """By user and event."""
    ada, bob = make("ada@example.com"), make("bob@example.com")
    for user in (ada, bob):
        audit.record(Event.LOGGED_OUT, outcome="success", caller=CALLER, subject=accounts.pseudonym(user))
    _, line = auth("audit", "--user", "ada@example.com", "--event", "authn_logout").lines
    assert line[1:5] == ["authn_logout", "success", accounts.pseudonym(ada)[:12], CALLER.ip]
    assert len(auth("audit", "--event", "authn_logout", "--json").objects) == 2
    refused = auth("audit", "--user", "eve@example.com")
    assert (refused.status, refused.err) == (1, "There is no user eve@example.com.")


@pytest.mark.asvs("16.4.2")
def test_the_audit_is_verified(auth: Auth, clock: MovableClock) -> None:
    """The exit status tells scripts; each finding is named."""
    runs._runs.begin_anew()
    clock.tick(seconds=-3600)
    audit.record(Event.LOGGED_OUT, outcome="success", caller=None, subject=None)
    for number in range(3):
        make(f"user{number}@example.com")
    clock.tick(seconds=3600)
    good = auth("audit-verify")
    assert (good.status, good.out) == (0, "Records: 4, runs: 1, changed: 0, missing: 0.\n")
    records = connection.database()["audit"]
    first = records.find_one(sort=[("sequence", 1)])
    assert first
    records.update_one({"sequence": first["sequence"] + 1}, {"$set": {"subject": "x"}})
    records.delete_one({"sequence": first["sequence"] + 2})
    bad = auth("audit-verify")
    assert bad.status == 1
    assert [line.split(":")[0] for line in bad.out.splitlines()] == ["Changed", "Missing", "Records"]
    told = auth("audit-verify", "--json")
    assert told.status == 1
    *findings, summary = told.objects
    assert [(each["fault"], each["first"] - first["sequence"]) for each in findings] == [("changed", 1), ("missing", 2)]
    assert summary == {"records": 3, "runs": 1, "changed": 1, "missing": 1}


# ---- As processes


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The data of a running service with three hundred users, one of them an admin."""
    folder = tmp_path_factory.mktemp("operator")
    fill = (
        "from bson import ObjectId\n"
        "from user_auth import accounts\n"
        "from user_auth.foundation.addresses import parse\n"
        "for number in range(300):\n"
        "    address = parse(f'user{number}@example.com')\n"
        "    accounts.create(address, user_id=ObjectId(), name='Ä' * 90, password_hash='-')\n"
    )
    with shared_service(folder):
        assert run_manage(folder, "shell", "--command", fill).returncode == 0
        assert run_manage(folder, "auth", "grant", "user1@example.com", "admin").returncode == 0
        yield folder


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (("grant", "user1@example.com", "admin"), 0),
        (("grant", "eve@example.com", "admin"), 1),
        (("revoke", "user1@example.com", "admin"), 1),
        (("grant", "user1@example.com", "Admin"), 2),
        (("grant",), 2),
        (("nothing",), 2),
        ((), 2),
        (("audit-verify",), 0),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_the_exit_status_tells_how_it_went(folder: Path, arguments: tuple[str, ...], status: int) -> None:
    """0 done, 1 refused, 2 not understood; never a traceback."""
    done = run_manage(folder, "auth", *arguments)
    assert done.returncode == status, done.stderr
    assert "Traceback" not in done.stderr
    if status:
        assert done.stdout == ""
        assert done.stderr


@pytest.mark.parametrize("form", [(), ("--json",)], ids=["table", "json"])
def test_whoever_reads_may_stop(folder: Path, form: tuple[str, ...]) -> None:
    """``head`` gets its line; there is no complaint."""
    command = [sys.executable, str(MANAGE), "auth", "users", "--limit", "0", *form]
    with subprocess.Popen(
        command, env=environment_of(folder), stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL
    ) as process:
        assert process.stdout
        assert process.stderr
        assert process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 0


def test_a_terminal_that_knows_no_such_letters_is_no_error(folder: Path) -> None:
    """They are written as escapes."""
    done = run_manage(folder, "auth", "users", env={"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0", "LC_ALL": "C"})
    assert done.returncode == 0, done.stderr
    assert "\\xc4" in done.stdout


def shown_on_terminal(folder: Path, *arguments: str) -> str:
    """Return what a verb writes to a terminal of 60 columns."""
    ours, theirs = pty.openpty()
    env = environment_of(folder, env={"COLUMNS": "60", "TERM": "xterm"})
    command = [sys.executable, str(MANAGE), "auth", *arguments]
    with subprocess.Popen(command, env=env, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True):
        os.close(theirs)
        written = b"".join(pieces(ours))
    os.close(ours)
    return written.decode()


def pieces(descriptor: int) -> Iterator[bytes]:
    """Read a terminal to its end, which is an error."""
    while True:
        try:
            piece = os.read(descriptor, 4096)
        except OSError:
            return
        if not piece:
            return
        yield piece


def test_a_terminal_gets_a_table_that_fits_it(folder: Path) -> None:
    """What is too long goes on in the next line; no letter is lost."""
    shown = shown_on_terminal(folder, "users", "--q", "user299@")
    assert shown.count("Ä") == 90
    assert "─" in shown


def test_a_terminal_is_shown_how_far_long_work_is(folder: Path) -> None:
    """And then the result."""
    shown = shown_on_terminal(folder, "audit-verify")
    assert "Looking at the audit" in shown
    assert "Records: " in shown


def test_the_first_admin_is_made_whether_the_service_runs_or_not(tmp_path: Path) -> None:
    """On the same data; the service goes on."""
    assert run_manage(tmp_path, "auth", "create", "ada@example.com").returncode == 0
    with running_service(tmp_path) as service:
        assert run_manage(tmp_path, "auth", "grant", "ada@example.com", "admin").returncode == 0
        assert service.get("/readyz")[0] == 200
    told = json.loads(run_manage(tmp_path, "auth", "users", "--json").stdout)
    assert (told["email"], told["roles"]) == ("ada@example.com", ["admin"])
