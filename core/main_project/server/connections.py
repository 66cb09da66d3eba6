"""One client's connection: uvicorn's, with the lane in it, and with limits on what a client may keep open or send.

uvicorn reads heads and bodies by llhttp (``httptools``) and hands requests on as ASGI. It sets no limit to a head's size,
nor to the time that one takes: both are here.
"""

import asyncio
import re
from collections.abc import Callable
from email.utils import formatdate
from http import HTTPStatus

import httptools
import uvicorn
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol
from uvicorn.server import ServerState

from main_project.server import lane
from main_project.server.lane import Question, RawHeaders

# Idle ones too. What the process opens beside them is counted in `files`.
MOST_CONNECTIONS = 16_384
# How long a connection may go without a whole head: longer than the 60 s that balancers commonly keep theirs open.
HEAD_SECONDS = 75
HEAD_BYTES = 64 * 1024
MOST_HEADERS = 100
# What the connection tells the application of a request beside what ASGI has, in the scope's state.
QUESTION, TARGET, IS_CUT_SHORT = "question", "target", "is_cut_short"
# llhttp reads no methods that nobody has defined. It is shown another in place of those that are not ours, so that they
# are refused like all others.
OUR_METHODS = frozenset({b"GET", b"HEAD", b"POST", b"PUT", b"PATCH", b"DELETE", b"OPTIONS"})
STAND_IN = b"PUT"
METHOD = re.compile(rb"(?:\r?\n)*([A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}) ")


Read = Callable[[bytes, bytes, RawHeaders], Question | None]


class State(ServerState):
    """What all connections of a worker share.

    Attributes:
        date: The line of a head that says what time it is.
        is_leaving: The worker goes: each connection is closed after its next answer.
        most: How many connections there may be.
    """

    connections: "set[Connection]"  # type: ignore[assignment]

    def __init__(self, *, most: int = MOST_CONNECTIONS) -> None:
        super().__init__()
        self.is_leaving = False
        self.most = most
        self.date = b""
        self.tell_time()

    def tell_time(self) -> None:
        """Bring the date up to date; to be called once a second."""
        value = formatdate(usegmt=True).encode()
        self.date = b"date: %b\r\n" % value
        self.default_headers = [(b"date", value)]

    def close_quiet(self, *, now: float) -> None:
        """Close connections on which no whole head has come for too long, or nobody reads what is sent."""
        for connection in list(self.connections):
            if connection.since < now - HEAD_SECONDS:
                connection.close_if_quiet()


class Connection(HttpToolsProtocol):
    """One connection.

    Args:
        read: Tells which requests can be answered at once.

    Attributes:
        since: When it was opened or last answered, by the event loop's clock.
    """

    server_state: State

    def __init__(self, config: uvicorn.Config, state: State, *, read: Read = lane.read) -> None:
        super().__init__(config, state, {})
        self._read = read
        self.since = 0.0
        self._is_between = True
        self._is_in_head = False
        self._head_bytes = 0
        self._method: str | None = None

    def is_free(self) -> bool:
        """Whether no request is being answered or waits for that."""
        return not self._has_cycle() or self.cycle.response_complete

    def _has_cycle(self) -> bool:
        """Whether there ever was a request for the application."""
        return self.cycle is not None

    def close_if_quiet(self) -> None:
        """Close it, unless the client waits for an answer."""
        if self.flow.write_paused or self.transport.is_closing():
            # What is left to be sent would be waited for.
            self.transport.abort()
        elif self.is_free():
            self.transport.close()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.since = self.loop.time()
        if self.client is None or len(self.connections) > self.server_state.most:
            transport.abort()

    def data_received(self, data: bytes) -> None:
        if self._is_between and not data.startswith(b"POST "):
            data = self._with_our_method(data)
        self._unset_keepalive_if_required()
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            self._go_on_without_upgrade(data[upgrade.args[0] :])
        except httptools.HttpParserError:
            self._refuse(HTTPStatus.BAD_REQUEST)
        if self._is_in_head:
            self._head_bytes += len(data)
            if self._head_bytes > HEAD_BYTES:
                self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)

    def _with_our_method(self, data: bytes) -> bytes:
        """Return what begins a request with a method that the parser knows."""
        found = METHOD.match(data)
        if not found or found[1] in OUR_METHODS:
            return data
        self._method = found[1].decode()
        return STAND_IN + data[found.end(1) :]

    def _go_on_without_upgrade(self, rest: bytes) -> None:
        """Read a request again without its ``Upgrade``, after which the parser would take its body for something else.

        Java's client offers HTTP/2 that way with each first request. Nobody need take the offer (RFC 9110 §7.8).
        """
        line = b"%b %b HTTP/%b\r\n" % (self.parser.get_method(), self.url, self.parser.get_http_version().encode())
        headers = b"".join(b"%b: %b\r\n" % header for header in self.headers if header[0] != b"upgrade")
        self.parser = httptools.HttpRequestParser(self)
        self.data_received(line + headers + b"\r\n" + rest)

    def eof_received(self) -> bool:  # type: ignore[override]
        """Whoever has said all may still hear the answer; of a body that is not whole the application is told."""
        if self.is_free():
            return False
        self.cycle.keep_alive = False
        if self.cycle.more_body:
            self.scope["state"][IS_CUT_SHORT] = True
            self.cycle.more_body = False
            self.cycle.message_event.set()
        return True

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._is_between = False
        self._is_in_head = True
        self._head_bytes = 0

    def on_headers_complete(self) -> None:
        self._is_in_head = False
        # What comes behind the last answer is not heard; an upgrade is read again without it.
        if self.transport.is_closing() or self.parser.should_upgrade():
            return
        if len(self.headers) > MOST_HEADERS:
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
            return
        question = self._read(self.parser.get_method(), self.url, self.headers)
        if question and self._answer_at_once(question):
            return
        self.scope["state"] |= {QUESTION: question, TARGET: self.url}
        super().on_headers_complete()
        if self._method:
            self.scope["method"], self._method = self._method, None
        if self.server_state.is_leaving:
            self.cycle.keep_alive = False

    def on_body(self, body: bytes) -> None:
        if self._has_cycle():
            super().on_body(body)

    def on_message_complete(self) -> None:
        self._is_between = True
        # What was answered at once has left no cycle.
        if self._has_cycle():
            super().on_message_complete()

    def on_response_complete(self) -> None:
        self.since = self.loop.time()
        super().on_response_complete()

    def _answer_at_once(self, question: Question) -> bool:
        """Answer from memory, if that is known, nobody waits in front, and the client reads what it is sent."""
        if not self.is_free() or self.flow.write_paused or self.server_state.is_leaving:
            return False
        keeps = self.parser.should_keep_alive() and self.parser.get_http_version() == "1.1"
        answer = lane.answer_at_once(question, date=self.server_state.date, keeps=keeps)
        if answer is None:
            return False
        self.since = self.loop.time()
        self.transport.write(answer)
        if not keeps:
            self.transport.close()
        return True

    def _refuse(self, status: HTTPStatus) -> None:
        if not self.transport.is_closing():
            self.transport.write(STATUS_LINE[status] + b"content-length: 0\r\nconnection: close\r\n\r\n")
            self.transport.close()
