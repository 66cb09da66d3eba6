import hashlib

import pytest
from email_validator import EmailNotValidError, validate_email
from hypothesis import given, settings
from hypothesis import strategies as st

from user_auth.foundation.addresses import EmailAddress, parse


@pytest.mark.parametrize(
    ("typed", "stored", "canonical"),
    [
        ("jane@example.com", "jane@example.com", "jane@example.com"),
        (" Jane@Example.COM\t", "Jane@Example.COM", "jane@example.com"),
        ("j.o+tag@a.example", "j.o+tag@a.example", "j.o+tag@a.example"),
        ("!#$%&'*+/=?^_`{|}~-@a.bc", "!#$%&'*+/=?^_`{|}~-@a.bc", "!#$%&'*+/=?^_`{|}~-@a.bc"),
        ("Jane@BÜCHER.example", "Jane@bücher.example", "jane@xn--bcher-kva.example"),
        ("jane@XN--BCHER-KVA.example", "jane@XN--BCHER-KVA.example", "jane@xn--bcher-kva.example"),
        ("jane@straße.de", "jane@straße.de", "jane@xn--strae-oqa.de"),
        ("jane@\uff45xample.com", "jane@example.com", "jane@example.com"),
        ("jane@例え。jp", "jane@例え.jp", "jane@xn--r8jz45g.jp"),
    ],
)
def test_an_address_is_kept_as_typed_and_compared_in_one_form(typed: str, stored: str, canonical: str) -> None:
    assert parse(typed) == EmailAddress(stored=stored, canonical=canonical)


@pytest.mark.parametrize(
    "typed",
    ["a@b.test", "a@mail.LOCAL", "a@x.localhost", "a@b.invalid", "a@b.onion", "a@b.arpa", "a@b.example", "a@bü.local"],
)
def test_reserved_domains_are_accepted(typed: str) -> None:
    """People try things out with them, and use them on networks without the Internet."""
    address = parse(typed)
    assert address.stored == (typed if typed.isascii() else "a@bü.local")
    assert address.canonical == (typed.lower() if typed.isascii() else "a@xn--b-eha.local")


def test_the_library_still_refuses_reserved_domains_for_others() -> None:
    """A host project may use it, too: its list is left as it was."""
    parse("a@b.test")
    with pytest.raises(EmailNotValidError):
        validate_email("a@b.test", check_deliverability=False)


@pytest.mark.asvs("1.3.11", "2.2.1")
@pytest.mark.parametrize(
    "typed",
    [
        "",
        " ",
        "@",
        "jane",
        "jane@",
        "@example.com",
        "jane@localhost",
        "jane@test",
        "jane@com",
        "jane@.local",
        "jane@.test",
        "jane.local",
        "jane@example.com.",
        "jane@.example.com",
        "jane@example..com",
        "jane@-example.com",
        "jane@exam_ple.com",
        "jane@ex--ample.com",
        "jane@1.2.3.4",
        "jane@[127.0.0.1]",
        "jane@[IPv6:::1]",
        ".jane@example.com",
        "jane.@example.com",
        "ja..ne@example.com",
        '"jane"@example.com',
        '"ja ne"@example.com',
        "Jane <jane@example.com>",
        "<jane@example.com>",
        "jane@example.com, joe@example.com",
        "jane@joe@example.com",
        "ja ne@example.com",
        "jane@exam ple.com",
        "jane(comment)@example.com",
        "jane\n@example.com",
        "jane@example.com\nBcc: joe@example.com",
        "jane@example.com\r\nx",
        "ja\0ne@example.com",
        "jane@example\0.com",
        "ja\u200bne@example.com",
        "jane@exam\u200bple.com",
        "jane@exam\u202eple.com",
        "\u212aane@example.com",
        "jan\u0131@example.com",
        "jané@example.com",
        "\uff4aane@example.com",
        "jane\uff20example.com",
        "jane@\ud800.com",
        "\ud800@example.com",
        "jane@☕.example",
        "jane@xn--a.example",
        "jane@xn--ls8h.la",
    ],
)
def test_what_is_no_plain_address_is_refused(typed: str) -> None:
    """Look-alikes, quoted local parts, literal addresses, lists, and whatever could end a header line."""
    with pytest.raises(ValueError, match="Enter an email address like"):
        parse(typed)


def test_the_reason_holds_nothing_of_what_was_typed() -> None:
    with pytest.raises(ValueError, match="Enter") as caught:
        parse("<script>@example.com")
    assert "script" not in str(caught.value)


def domain_of(length: int, *, top: str = "com") -> str:
    labels = ["d" * 40] * 3
    rest = length - sum(len(label) + 1 for label in labels) - len(top) - 1
    return ".".join([*labels, "d" * rest, top])


@pytest.mark.parametrize("top", ["com", "test", "local"])
def test_the_limits_of_length_are_64_and_254(top: str) -> None:
    """The local part, and all of it; the reserved domains are no exception."""
    domain = domain_of(254 - 65, top=top)
    assert len(parse(f"{'l' * 64}@{domain}").canonical) == 254
    with pytest.raises(ValueError, match="Enter"):
        parse(f"{'l' * 65}@example.com")
    with pytest.raises(ValueError, match="Enter"):
        parse(f"{'l' * 64}@d{domain}")


def test_the_limit_holds_for_the_domain_in_punycode() -> None:
    """A domain of few characters can be long where it counts."""
    short_enough = parse("jane@" + ".".join(["ü" * 20] * 5) + ".example")
    assert len(short_enough.canonical) <= 254
    with pytest.raises(ValueError, match="Enter"):
        parse("jane@" + ".".join(["ä" + "ü" * 20] * 8) + ".example")


@pytest.mark.asvs("1.3.12")
def test_an_endless_text_is_refused_without_reading_it() -> None:
    with pytest.raises(ValueError, match="Enter"):
        parse("a" * 10_000_000 + "@example.com")


def test_one_mailbox_has_one_digest() -> None:
    """In whatever case and form the address was typed."""
    digests = {parse(typed).digest for typed in ("Jane@Bücher.example", "jane@xn--bcher-kva.EXAMPLE")}
    assert digests == {hashlib.sha256(b"jane@xn--bcher-kva.example").hexdigest()}


@pytest.mark.parametrize(
    ("typed", "masked"),
    [("Jane.Doe@Example.com", "j***@example.com"), ("j@bücher.example", "j***@xn--bcher-kva.example")],
)
def test_a_masked_address_shows_one_letter_and_the_domain(typed: str, masked: str) -> None:
    assert parse(typed).masked == masked


def test_mail_goes_to_the_domain_that_was_compared() -> None:
    """By the older rules of IDNA, still in use, mail for straße.de would go to strasse.de."""
    assert parse("Jane@straße.de").wire == "Jane@xn--strae-oqa.de"
    assert parse("Jane@Example.com").wire == "Jane@example.com"


@given(st.text(st.characters(exclude_categories=()), max_size=40) | st.emails())
@settings(deadline=None, database=None)
def test_every_text_is_an_address_or_refused(typed: str) -> None:
    """And an address read again from either of its forms is the same one."""
    try:
        address = parse(typed)
    except ValueError:
        return
    assert parse(address.stored) == address
    assert parse(address.canonical).canonical == address.canonical
    assert parse(address.wire).canonical == address.canonical
    assert address.canonical.isascii()
    assert address.canonical.isprintable()


labels = st.text(st.characters(categories=("L", "N", "M")), min_size=1, max_size=8)


@given(st.lists(labels, min_size=1, max_size=3), st.sampled_from(["com", "test", "LOCAL", "рф"]))
@settings(deadline=None, database=None)
def test_a_domain_in_any_script_reads_back_as_itself(names: list[str], top: str) -> None:
    try:
        address = parse("a@" + ".".join([*names, top]))
    except ValueError:
        return
    assert parse(address.stored) == address
    assert parse(address.wire).canonical == address.canonical
