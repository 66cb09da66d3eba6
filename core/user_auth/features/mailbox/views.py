"""``GET /mailbox`` and ``/mailbox/<id>``: what was sent, for developers."""

import re

from django.http import HttpResponse

from user_auth.features.mailbox import access
from user_auth.foundation.errors import NotFoundError
from user_auth.mail import mailbox
from user_auth.web import rendering
from user_auth.web.edge import PAGE_POLICY
from user_auth.web.endpoint import Call, Endpoint, operation

# The page shows the HTML of mails in frames.
LIST_POLICY = f"{PAGE_POLICY}; frame-src 'self'"
# A mail is a stranger's page: it runs nothing, loads nothing, and is shown in our own frames only.
LETTER_POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'"

# As the templates of mails have it: on a line of its own.
_CODE = re.compile(r"^ +([0-9]{6})$", re.MULTILINE)


class MailboxView(Endpoint):
    @operation(summary="What was sent", is_documented=False)
    def get(self, call: Call) -> HttpResponse:
        _require_access(call)
        page = rendering.page(
            call.request, "mailbox", {"letters": [(letter, _code_in(letter.text)) for letter in mailbox.letters()]}
        )
        page.headers["Content-Security-Policy"] = LIST_POLICY
        return page


class LetterView(Endpoint):
    @operation(summary="The HTML of one mail", is_documented=False)
    def get(self, call: Call, letter_id: str) -> HttpResponse:
        _require_access(call)
        letter = mailbox.letter(letter_id)
        if letter is None:
            raise NotFoundError
        kind = "text/html" if letter.html else "text/plain"
        headers = {"Content-Security-Policy": LETTER_POLICY}
        return HttpResponse(letter.html or letter.text, content_type=f"{kind}; charset=utf-8", headers=headers)


def _code_in(text: str) -> str:
    found = _CODE.search(text)
    return found[1] if found else ""


def _require_access(call: Call) -> None:
    if not access.is_open(call.request.META):
        raise NotFoundError
