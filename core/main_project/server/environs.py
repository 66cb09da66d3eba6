"""The WSGI environ of a request (PEP 3333)."""

import ipaddress
import sys
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import unquote_to_bytes

import httptools
from asgiref.typing import HTTPScope

from main_project.server.bodies import Body

# Said by the body itself, once it is read.
OF_THE_BODY = frozenset({b"content-length", b"transfer-encoding"})
NOWHERE = ("", None)


def build(scope: HTTPScope, body: Body, *, target: bytes) -> dict[str, Any]:
    """Return the environ for Django's handler.

    Args:
        target: What the request line names, as it was sent.
    """
    server_name, server_port = scope["server"] or NOWHERE
    environ = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(scope["raw_path"]).decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "SERVER_NAME": server_name,
        "SERVER_PORT": str(server_port),
        "REMOTE_ADDR": _address(scope["client"]),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope["scheme"],
        "wsgi.input": body.open(),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
        **dict(_headers(scope["headers"])),
    }
    # Without one Django would take the server's own name for it. That of the request's target counts for more.
    environ["HTTP_HOST"] = _authority(target) or environ.get("HTTP_HOST", "")
    if body.length is not None:
        environ["CONTENT_LENGTH"] = str(body.length)
    return environ


def _headers(headers: Iterable[tuple[bytes, bytes]]) -> Iterator[tuple[str, str]]:
    values: dict[bytes, list[str]] = {}
    for name, value in headers:
        values.setdefault(name, []).append(value.decode("latin-1"))
    for name, given in values.items():
        # X_Forwarded_For would be taken for X-Forwarded-For.
        if b"_" not in name and name not in OF_THE_BODY:
            yield _variable(name.decode("latin-1")), ("; " if name == b"cookie" else ",").join(given)


def _variable(name: str) -> str:
    return "CONTENT_TYPE" if name == "content-type" else f"HTTP_{name.replace('-', '_').upper()}"


def _authority(target: bytes) -> str:
    """Return the host and port that a target names, if it does: mostly it is but a path."""
    if target.startswith(b"/"):
        return ""
    url = httptools.parse_url(target)
    host = (url.host or b"").decode("latin-1")
    host = f"[{host}]" if ":" in host else host
    return f"{host}:{url.port}" if host and url.port else host


def _address(client: tuple[str, int] | None) -> str:
    """Return a client's address; an IPv4 client of an IPv6 socket by its IPv4 address."""
    address = ipaddress.ip_address((client or NOWHERE)[0])
    return str(getattr(address, "ipv4_mapped", None) or address)
