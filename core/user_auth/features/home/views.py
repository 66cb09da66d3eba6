"""``GET /`` and ``/theme.css``."""

from django.http import HttpResponse

from user_auth import conf
from user_auth.features.home import pages, theme
from user_auth.foundation.errors import NotFoundError
from user_auth.web.endpoint import Call, Endpoint, operation

THEME_HOLDS_SECONDS = 300


class HomeView(Endpoint):
    page = pages.HOME
    is_page_only = True


class ThemeView(Endpoint):
    @operation(summary="The accent color of the pages", is_documented=False)
    def get(self, _call: Call) -> HttpResponse:
        accent = conf.settings().accent_color
        if not accent:
            raise NotFoundError
        headers = {"Cache-Control": f"public, max-age={THEME_HOLDS_SECONDS}"}
        return HttpResponse(theme.sheet(accent), content_type="text/css; charset=utf-8", headers=headers)
