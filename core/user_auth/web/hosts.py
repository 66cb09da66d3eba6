"""The host that a request was sent to."""

from django.core.exceptions import DisallowedHost
from django.http import HttpRequest

from user_auth.foundation.errors import UnknownHostError


def check(request: HttpRequest) -> None:
    """Let the request through if its ``Host`` is in ``ALLOWED_HOSTS``: keeps a rebound DNS name out.

    Raises:
        UnknownHostError: It is not.
    """
    try:
        request.get_host()
    except DisallowedHost as error:
        raise UnknownHostError from error
