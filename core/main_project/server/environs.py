"""The WSGI environ of a request (PEP 3333)."""

import ipaddress
import sys
from collections.abc import Iterator
from typing import Any

from main_project.server.bodies import Body
from main_project.server.rsgi import Headers, Scope

# The server hands out no value that has other characters than ASCII's. It must still count as present, and as wrong.
UNREADABLE = "\xff"
# Said by the body itself, once it is read.
OF_THE_BODY = frozenset({"content-length", "transfer-encoding"})


def build(scope: Scope, body: Body) -> dict[str, Any]:
    """Return the environ for Django's handler."""
    server_name, server_port = _split(scope.server)
    environ = {
        "REQUEST_METHOD": scope.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": _native(scope.path),
        "QUERY_STRING": _native(scope.query_string),
        "SERVER_PROTOCOL": "HTTP/1.0" if scope.http_version == "1" else f"HTTP/{scope.http_version}",
        "SERVER_NAME": server_name,
        "SERVER_PORT": server_port,
        "REMOTE_ADDR": _address(_split(scope.client)[0]),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.scheme,
        "wsgi.input": body.open(),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
        **dict(_headers(scope.headers)),
    }
    # Without one Django would take the server's own name for it. That of the request's target counts for more.
    environ["HTTP_HOST"] = scope.authority or environ.get("HTTP_HOST", "")
    if body.length is not None:
        environ["CONTENT_LENGTH"] = str(body.length)
    return environ


def _headers(headers: Headers) -> Iterator[tuple[str, str]]:
    values: dict[str, list[str]] = {name: [] for name in headers.keys()}  # noqa: SIM118 - not a dict
    for name, value in headers.items():
        values[name].append(value)
    for name, given in values.items():
        # X_Forwarded_For would be taken for X-Forwarded-For.
        if "_" not in name and name not in OF_THE_BODY:
            yield _variable(name), ("; " if name == "cookie" else ",").join(given or [UNREADABLE])


def _variable(name: str) -> str:
    return "CONTENT_TYPE" if name == "content-type" else f"HTTP_{name.replace('-', '_').upper()}"


def _native(text: str) -> str:
    """Return text as WSGI wants it: its bytes, each as one character."""
    return text.encode("utf-8", "surrogatepass").decode("latin-1")


def _split(peer: str) -> tuple[str, str]:
    host, _, port = peer.rpartition(":")
    return host.strip("[]"), port


def _address(text: str) -> str:
    """Return a client's address; an IPv4 client of an IPv6 socket by its IPv4 address."""
    address = ipaddress.ip_address(text)
    return str(getattr(address, "ipv4_mapped", None) or address)
