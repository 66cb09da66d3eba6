"""The beginning: people who are signed in go to their account, others to the log-in."""

from collections.abc import Mapping

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.cache import patch_vary_headers

from user_auth.web import identity, negotiation
from user_auth.web.pages import Page


class _Way(Page):
    """A page that only leads on."""

    def answer(self, request: HttpRequest, path: Mapping[str, str]) -> HttpResponse:  # noqa: ARG002 - as with others
        name = "account" if identity.current_user(request) else "login"
        response = HttpResponseRedirect(reverse(f"user_auth:{name}"))
        response.status_code = 303
        patch_vary_headers(response, negotiation.VARY)
        return response


HOME = _Way("home")
