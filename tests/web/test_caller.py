"""Who is asking: proxies are believed only where they are trusted."""

from ipaddress import ip_network
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.web.conftest import Ask
from user_auth.web import caller

TRUSTED = (ip_network("10.0.0.0/8"), ip_network("127.0.0.1/32"), ip_network("2001:db8::/32"))


@pytest.mark.asvs("4.1.3", "15.3.4")
@pytest.mark.parametrize(
    ("peer", "forwarded_for", "expected"),
    [
        ("203.0.113.5", "", "203.0.113.5"),
        ("203.0.113.5", "198.51.100.7", "203.0.113.5"),
        ("10.0.0.1", "198.51.100.7", "198.51.100.7"),
        ("10.0.0.1", "1.2.3.4, 198.51.100.7", "198.51.100.7"),
        ("10.0.0.1", "1.2.3.4, 198.51.100.7, 10.9.9.9", "198.51.100.7"),
        ("10.0.0.1", "1.2.3.4,198.51.100.7 ,2001:db8::5", "198.51.100.7"),
        ("10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "nonsense", "10.0.0.1"),
        ("10.0.0.1", "198.51.100.7, nonsense", "10.0.0.1"),
        ("10.0.0.1", "nonsense, 10.0.0.2", "10.0.0.2"),
        ("10.0.0.1", ",,,", "10.0.0.1"),
        ("10.0.0.1", "198.51.100.7:4711", "10.0.0.1"),
        ("::ffff:10.0.0.1", "::ffff:198.51.100.7", "198.51.100.7"),
        ("::ffff:203.0.113.5", "", "203.0.113.5"),
        ("2001:DB8:0::1", "2001:0DC8::0001", "2001:dc8::1"),
        ("fe80::1%eth0", "", "fe80::1"),
        ("", "198.51.100.7", "0.0.0.0"),
        ("unix:", "198.51.100.7", "0.0.0.0"),
    ],
)
def test_the_address_is_the_first_one_that_no_trusted_proxy_has(peer: str, forwarded_for: str, expected: str) -> None:
    """Read from the right: what stands left of it anybody may have written."""
    assert caller.client_address(peer, forwarded_for=forwarded_for, trusted=TRUSTED) == expected


@given(st.text(), st.text() | st.lists(st.sampled_from(["10.0.0.1", "::1", "x", ""])).map(",".join))
def test_no_header_makes_it_fail(peer: str, forwarded_for: str) -> None:
    """There is always an address."""
    assert caller.client_address(peer, forwarded_for=forwarded_for, trusted=TRUSTED)
    assert caller.client_address("10.0.0.1", forwarded_for=forwarded_for, trusted=TRUSTED)


@pytest.mark.asvs("4.1.3", "15.3.4")
def test_a_forwarding_header_is_ignored_by_default(ask: Ask) -> None:
    """Without ``TRUSTED_PROXIES`` only the connection counts."""
    assert ask("GET", "/plain", HTTP_X_FORWARDED_FOR="198.51.100.7").json()["ip"] == "127.0.0.1"


def test_a_trusted_proxy_is_believed(ask: Ask, settings: Any) -> None:
    """``TRUSTED_PROXIES`` names it."""
    settings.USER_AUTH = {**settings.USER_AUTH, "TRUSTED_PROXIES": "127.0.0.0/8"}
    assert ask("GET", "/plain", HTTP_X_FORWARDED_FOR="198.51.100.7").json()["ip"] == "198.51.100.7"


@pytest.mark.asvs("1.3.3")
@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("Mozilla/5.0 (X11)", "Mozilla/5.0 (X11)"),
        ("a\x00b\x1b[31mc\r\nd", "ab[31mcd"),
        ("x" * 9000, "x" * 300),
        ("", ""),
    ],
)
def test_a_user_agent_is_cut_and_cleaned(ask: Ask, sent: str, kept: str) -> None:
    """300 printable characters at most go into logs and records."""
    assert ask("GET", "/plain", HTTP_USER_AGENT=sent).json()["user_agent"] == kept
