"""The last steps of every way in, and the devices that have been there before."""

from user_auth.signin.confirming import confirm
from user_auth.signin.devices import known as known_device
from user_auth.signin.finishing import SignedIn, finish

__all__ = ["SignedIn", "confirm", "finish", "known_device"]
