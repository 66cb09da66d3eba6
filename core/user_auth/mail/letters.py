"""What a mail says: a composer for each kind decides, templates put it into words.

A template ``name`` is three files that a host project can override: ``user_auth/mail/<name>.subject.txt``,
``.txt`` and ``.html``. Besides their own context they get ``service_name``, ``public_url``, ``forgot_url``, ``language``
and, of mails that somebody asked for, ``when``, ``ip`` and ``device``; the HTML one gets ``subject`` too.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import css_inline
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import NoReverseMatch, reverse
from django.utils import translation

from user_auth import conf
from user_auth.mail import occasions
from user_auth.mail.documents import Mail


@dataclass(frozen=True)
class Letter:
    """One mail in the making: to whom, by which template, with what in it."""

    to: str
    template: str
    context: Mapping[str, object] = field(default_factory=dict)


class NoComposerError(Exception):
    """Nobody here writes mails of that kind: most likely a newer release queued it."""


Composer = Callable[[Mail], Letter | None]

_composers: dict[str, Composer] = {}
# At-rules stay, for dark mode; what can be, moves into the elements, as mail programs want it.
_inliner = css_inline.CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)


def composer(kind: str) -> Callable[[Composer], Composer]:
    """Register the function that writes mails of a kind; it returns ``None`` when nothing is left to say.

    It runs when the mail is about to leave, once for every try.
    """

    def register(compose: Composer) -> Composer:
        _composers[kind] = compose
        return compose

    return register


def compose(mail: Mail) -> Letter | None:
    """Have the mail written by the composer of its kind.

    Raises:
        NoComposerError: There is none.
    """
    write = _composers.get(mail.kind)
    if write is None:
        raise NoComposerError(f"no composer for {mail.kind}")
    return write(mail)


def render(letter: Letter, *, mail: Mail) -> EmailMultiAlternatives:
    """Put a letter into words, as text and as HTML."""
    language = mail.data.get("language") or translation.get_language()
    with translation.override(language):
        return _render(letter, mail=mail, language=language)


def _render(letter: Letter, *, mail: Mail, language: str | None) -> EmailMultiAlternatives:
    base = f"user_auth/mail/{letter.template}"
    context = {**_common(language), **occasions.told(mail), **letter.context}
    subject = _one_line(render_to_string(f"{base}.subject.txt", context))
    message = EmailMultiAlternatives(
        subject=subject,
        body=_without_gaps(render_to_string(f"{base}.txt", context)),
        to=[letter.to],
        headers=_headers(mail),
    )
    html = render_to_string(f"{base}.html", {**context, "subject": subject})
    message.attach_alternative(_inliner.inline(html), "text/html")
    return message


def _common(language: str | None) -> dict[str, object]:
    settings = conf.settings()
    return {
        "service_name": settings.service_name,
        "public_url": settings.public_url,
        "forgot_url": settings.public_url + _path("user_auth:forgot_password"),
        "language": language,
    }


def _path(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        # The pages are not served here; there is a front door.
        return ""


def _headers(mail: Mail) -> dict[str, str]:
    return {
        "Message-ID": mail.message_id,
        # Nobody's holiday notice is wanted (RFC 3834; the second is Exchange's own).
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
    }


def _one_line(text: str) -> str:
    """Fold a subject into one line: a line break in it would be another header."""
    printable = "".join(letter if letter.isprintable() else " " for letter in text)
    return " ".join(printable.split())


def _without_gaps(text: str) -> str:
    """Close the gaps that template tags leave behind."""
    return re.sub(r"\n[ \t]*\n\s*\n", "\n\n", text.strip()) + "\n"
