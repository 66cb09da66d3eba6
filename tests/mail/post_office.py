"""A real SMTP server whose manners a test decides."""

import asyncio
import email
import email.policy
import threading
import time
from collections.abc import Callable
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from tests.harness.ports import free_port

HANG = "hang"
DROP = "drop"


class PostOffice:
    """Takes every mail, but where ``manners`` has something else for a step, or for a step and an address.

    Manners are a reply to give (``450 4.2.0 later``), ``HANG`` or ``DROP``.

    Attributes:
        received: The mails that were taken.
        seen: Those, and the ones whose sender got no answer or another one.
        steps: The commands that came, in order.
        gate: While it is cleared, nobody is told whether their mail was taken.
    """

    def __init__(self, *, port: int = 0) -> None:
        self.manners: dict[str | tuple[str, str], str] = {}
        self.received: list[EmailMessage] = []
        self.seen: list[EmailMessage] = []
        self.steps: list[str] = []
        self.gate = threading.Event()
        self.gate.set()
        self.port = port or free_port()
        self._controller: Controller | None = None

    def open(self, **options: Any) -> None:
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port, **options)
        self._controller.start()

    def close(self) -> None:
        controller, self._controller = self._controller, None
        if controller:
            controller.stop()

    def texts(self) -> list[str]:
        """Return the text of each mail that was taken."""
        return [text_of(mail) for mail in self.received]

    def recipients(self) -> list[str]:
        return [str(mail["To"]) for mail in self.received]

    async def handle_MAIL(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        reply = await self._react("MAIL", address, server)
        envelope.mail_from = address
        return reply

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        reply = await self._react("RCPT", address, server)
        if reply.startswith("2"):
            envelope.rcpt_tos.append(address)
        return reply

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        self.seen.append(mail)
        await asyncio.to_thread(self.gate.wait)
        reply = await self._react("DATA", envelope.rcpt_tos[0], server)
        if reply.startswith("2"):
            self.received.append(mail)
        return reply

    async def handle_QUIT(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        return (await self._react("QUIT", "", server)).replace("250", "221")

    async def _react(self, step: str, address: str, server: Any) -> str:
        self.steps.append(step)
        manner = self.manners.get((step, address), self.manners.get(step, "250 OK"))
        if manner == HANG:
            await asyncio.sleep(3600)
        if manner == DROP:
            server.transport.close()
            return "421 4.3.2 going"
        return manner


def text_of(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    return str(body.get_content()) if body else ""


def refuse_log_in(*_: object) -> AuthResult:
    return AuthResult(success=False, handled=False)


def wait_until(is_so: Callable[[], object], *, seconds: float = 10.0) -> None:
    """Wait for something that other threads bring about."""
    until = time.monotonic() + seconds
    pause = threading.Event()
    while not is_so():
        assert time.monotonic() < until, "it did not come about in time"
        pause.wait(0.01)
