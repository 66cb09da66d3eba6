"""Email addresses: which are accepted, and when two are the same."""

import hashlib
from dataclasses import dataclass

from email_validator import SPECIAL_USE_DOMAIN_NAMES, ValidatedEmail, validate_email

MAX_LENGTH = 254


@dataclass(frozen=True, slots=True)
class EmailAddress:
    """An address as ``parse`` accepts it.

    Attributes:
        stored: As typed, trimmed; what is shown. A domain beyond ASCII is in its normal form.
        canonical: Lower-cased, the domain in punycode; two addresses are the same if this is.
    """

    stored: str
    canonical: str

    @property
    def digest(self) -> str:
        """SHA-256 of the canonical form, in hex; the key of accounts."""
        return hashlib.sha256(self.canonical.encode()).hexdigest()

    @property
    def masked(self) -> str:
        """What logs may hold: ``j***@example.com``."""
        return f"{self.canonical[0]}***@{_domain(self.canonical)}"

    @property
    def wire(self) -> str:
        """What mail is sent to: the local part as typed, the domain in punycode.

        Mail software that still converts domains by IDNA 2003 would send what is for ``straße.de`` to
        ``strasse.de``, whoever that is.
        """
        return f"{self.stored.rpartition('@')[0]}@{_domain(self.canonical)}"


# In the place of an address that a record lacks; no mail gets there (RFC 2606).
NOBODY = EmailAddress(stored="nobody@unknown.invalid", canonical="nobody@unknown.invalid")


def parse(text: str) -> EmailAddress:
    """Read an address: ASCII dot-atom before the @ (64 characters at most), an IDNA domain with a dot, 254 in all.

    Raises:
        ValueError: It is none; the message is fit for the person who typed it and holds nothing of it.
    """
    trimmed = text.strip()
    try:
        validated = _validated(trimmed)
    except ValueError as error:
        raise ValueError("Enter an email address like name@example.com.") from error
    local_part, _, typed_domain = trimmed.rpartition("@")
    top = _reserved_top(typed_domain)
    # As typed it may hold what cannot be seen; an ASCII domain cannot.
    domain = typed_domain if typed_domain.isascii() else _with_top(validated.domain, top)
    canonical = f"{local_part}@{_with_top(validated.ascii_domain, top)}".lower()
    return EmailAddress(stored=f"{local_part}@{domain}", canonical=canonical)


def _validated(address: str) -> ValidatedEmail:
    # Its time grows with the length, so no more than could be right.
    if len(address) > MAX_LENGTH:
        raise ValueError("The email address is too long.")
    top = _reserved_top(address)
    # The library refuses reserved top-level domains, which people do use: to try things out, and on networks
    # without the Internet. Its list is shared with the host project, so it is not changed; a stand-in of the
    # same length is judged instead.
    judged = _with_top(address, "z" * len(top))
    return validate_email(judged, check_deliverability=False, allow_smtputf8=False, strict=True)


def _reserved_top(domain: str) -> str:
    rest, _, top = domain.rpartition(".")
    return top.lower() if rest and top.lower() in SPECIAL_USE_DOMAIN_NAMES else ""


def _with_top(domain: str, top: str) -> str:
    return domain[: len(domain) - len(top)] + top


def _domain(address: str) -> str:
    return address.rpartition("@")[2]
