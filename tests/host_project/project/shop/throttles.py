"""Who may ask how often, in every view of Django REST Framework."""

from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle


class NoStrangers(BaseThrottle):
    """Turns away whoever is not signed in."""

    def allow_request(self, request: Request, view: object) -> bool:
        return bool(request.user.is_authenticated)
