"""``manage.py auth``: the verbs that look after users."""

import argparse
import getpass
import sys
from collections.abc import Callable
from typing import Any

from django.core.management.base import CommandError

from user_auth import sessions, terminal
from user_auth.accounts import User
from user_auth.features.admin import audit_cli, search, service, shown
from user_auth.features.admin.service import COMMAND_LINE
from user_auth.foundation import addresses
from user_auth.foundation.addresses import EmailAddress
from user_auth.web import representations
from user_auth.web.fields import Name

USER_COLUMNS = ("email", "name", "roles", "is_active", "created_at")
SESSION_COLUMNS = ("created_at", "last_seen_at", "ip", "user_agent")


def register(verbs: "argparse._SubParsersAction[Any]") -> None:
    _add_create(verbs)
    _add_users(verbs)
    terminal.add_json_option(_add(verbs, "show", run=show, help_text="Show a user and their sessions."))
    _add(verbs, "disable", run=disable, help_text="Keep a user from signing in, and end their sessions.")
    _add(verbs, "enable", run=enable, help_text="Let a disabled user sign in again.")
    _add(verbs, "end-sessions", run=end_sessions, help_text="End every session of a user.")
    for name, run, help_text in (
        ("grant", grant, "Give a user a role; whoever has the role admin looks after others."),
        ("revoke", revoke, "Take a role from a user."),
    ):
        parser = _add(verbs, name, run=run, help_text=help_text)
        parser.add_argument("role", metavar="ROLE", type=_role, help="Small letters, digits, _ and -; a letter first.")
    audit_cli.register(verbs)


def create(options: argparse.Namespace) -> int:
    """Make an account.

    Raises:
        CommandError: The address has one already.
    """
    address: EmailAddress = options.email
    password = _password(options)
    user = service.create(address, name=options.name or "", password=password, operator=COMMAND_LINE)
    if user is None:
        raise CommandError(f"{address.stored} has an account already.")
    way_in = "sign in" if password is not None else "sign in once they have set a password with “forgot password”"
    terminal.say(f"{user.email} has an account now and can {way_in}.")
    return 0


def users(options: argparse.Namespace) -> int:
    """List users."""
    found = search.every(lambda after: search.users(options.q, after=after))
    rows = (shown.user(user) for user in terminal.limited(found, most=options.limit))
    terminal.emit(rows, columns=USER_COLUMNS, as_json=options.as_json)
    return 0


def show(options: argparse.Namespace) -> int:
    """Show one user; their pseudonym too, by which they are found in the log."""
    user = _find(options.user)
    living = [representations.session(session, is_current=False) for session in sessions.of(user)]
    if options.as_json:
        terminal.emit_one({**shown.user(user), "sessions": living}, as_json=True)
        return 0
    terminal.emit_one(shown.user(user), as_json=False)
    if living:
        terminal.table(living, SESSION_COLUMNS)
    else:
        terminal.say("They have no session.")
    return 0


def disable(options: argparse.Namespace) -> int:
    user = service.disable(_id(options), operator=COMMAND_LINE)
    terminal.say(f"{user.email} is disabled; their sessions have ended.")
    return 0


def enable(options: argparse.Namespace) -> int:
    user = service.enable(_id(options), operator=COMMAND_LINE)
    terminal.say(f"{user.email} can sign in again.")
    return 0


def end_sessions(options: argparse.Namespace) -> int:
    user = service.end_sessions(_id(options), operator=COMMAND_LINE)
    terminal.say(f"The sessions of {user.email} have ended.")
    return 0


def grant(options: argparse.Namespace) -> int:
    return _tell_roles(service.grant(_id(options), options.role, operator=COMMAND_LINE))


def revoke(options: argparse.Namespace) -> int:
    return _tell_roles(service.revoke(_id(options), options.role, operator=COMMAND_LINE))


def _add(
    verbs: "argparse._SubParsersAction[Any]",
    name: str,
    *,
    run: Callable[[argparse.Namespace], int],
    help_text: str,
) -> argparse.ArgumentParser:
    """Add a verb that is about one user."""
    parser: argparse.ArgumentParser = verbs.add_parser(name, help=help_text, description=help_text)
    parser.add_argument("user", metavar="USER", help="The address or the id.")
    parser.set_defaults(run=run)
    return parser


def _add_create(verbs: "argparse._SubParsersAction[Any]") -> None:
    parser = verbs.add_parser(
        "create",
        help="Make an account for an address that you know to be right.",
        description="Make an account. Without a password its owner sets one with “forgot password”.",
    )
    parser.add_argument("email", metavar="EMAIL", type=_address)
    parser.add_argument("--name", type=_name, help="What the person is called.")
    given = parser.add_mutually_exclusive_group()
    given.add_argument("--password", action="store_true", help="Ask for a password here.")
    given.add_argument("--password-stdin", action="store_true", help="Read a password from the standard input.")
    parser.set_defaults(run=create)


def _add_users(verbs: "argparse._SubParsersAction[Any]") -> None:
    help_text = "List users, newest first, or search them."
    parser = verbs.add_parser("users", help=help_text, description=help_text)
    parser.add_argument("--q", default="", metavar="TEXT", help="The beginning of an address, or an id.")
    terminal.add_limit_option(parser)
    terminal.add_json_option(parser)
    parser.set_defaults(run=users)


def _find(text: str) -> User:
    """Return the user of an address or an id.

    Raises:
        CommandError: There is none.
    """
    user = search.find(text)
    if user is None:
        raise CommandError(f"There is no user {text}.")
    return user


def _id(options: argparse.Namespace) -> str:
    return str(_find(options.user).id)


def _tell_roles(user: User) -> int:
    terminal.say(f"{user.email} has the roles {', '.join(user.roles)}." if user.roles else f"{user.email} has no role.")
    return 0


def _password(options: argparse.Namespace) -> str | None:
    """Return the password that was given, in the way that the options ask for.

    Raises:
        CommandError: It was typed differently the second time, or cannot be a password.
    """
    if options.password_stdin:
        password = sys.stdin.buffer.readline().decode("utf-8", "surrogateescape").rstrip("\r\n")
    elif options.password:
        password = getpass.getpass("Password: ")
        if getpass.getpass("Again: ") != password:
            raise CommandError("The two are not the same.")
    else:
        return None
    if "\0" in password or any("\ud800" <= character <= "\udfff" for character in password):
        raise CommandError("A password must be in UTF-8, and hold no NUL.")
    return password


def _address(text: str) -> EmailAddress:
    try:
        return addresses.parse(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _name(text: str) -> str:
    try:
        return Name().read(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(Name.complaint) from error


def _role(text: str) -> str:
    if not service.ROLE.fullmatch(text):
        raise argparse.ArgumentTypeError("A role has up to 32 small letters, digits, _ and -, a letter first.")
    return text
