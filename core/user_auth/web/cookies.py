"""The cookies of a browser: its session, and the device it is."""

import math
from datetime import datetime, timedelta
from typing import cast

from django.http.response import HttpResponseBase

from user_auth import conf
from user_auth.foundation import clock

DEVICE_LIFE = timedelta(days=365)


def session_name() -> str:
    """Return the session cookie's name; with ``__Host-`` browsers hold it to https, this host and the path ``/``."""
    return _name("token")


def device_name() -> str:
    """Return the device cookie's name."""
    return _name("device")


def set_session(response: HttpResponseBase, token: str, *, expires_at: datetime) -> None:
    """Give the browser a session's token, for as long as the session lives."""
    _set(response, session_name(), token, life=expires_at - clock.now())


def clear_session(response: HttpResponseBase) -> None:
    """Have the browser forget its session's token."""
    _set(response, session_name(), "", life=timedelta(0))


def set_device(response: HttpResponseBase, value: str) -> None:
    """Give the browser the proof of the accounts that it has signed in to."""
    _set(response, device_name(), value, life=DEVICE_LIFE)


def _name(name: str) -> str:
    return f"__Host-{name}" if conf.settings().uses_https else name


def _set(response: HttpResponseBase, name: str, value: str, *, life: timedelta) -> None:
    # Not Django's set_cookie: that adds an Expires of the system's clock, and writes an empty value as two quotes.
    response.cookies[name] = value
    response.cookies[name].set(name, value, value)
    cookie = cast("dict[str, object]", response.cookies[name])
    cookie |= {"max-age": max(0, math.ceil(life.total_seconds())), "path": "/", "httponly": True, "samesite": "Lax"}
    cookie["secure"] = conf.settings().uses_https
