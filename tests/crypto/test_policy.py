import pytest

from user_auth.crypto import policy
from user_auth.crypto.policy import Weakness


def codes(
    password: str,
    *,
    email: str = "john.smith+news@mail.example.com",
    service_name: str = "Acme Portal",
    min_length: int = 8,
    common: frozenset[str] = frozenset({"password1"}),
) -> list[Weakness]:
    found = policy.problems(
        password, email=email, service_name=service_name, min_length=min_length, is_common=common.__contains__
    )
    assert all(problem.message for problem in found)
    return [problem.code for problem in found]


@pytest.mark.asvs("6.2.5")
@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery",
        "x" * 128,
        " eight  ",
        "пароль-мой",
        "日本語のパスワード",
        "john.smith loves jane",
        "smithsonian",
        "4815162342",
        "!?!?!?!?",
        "acmeportals",
        "jhon.smith99",
        "😀😀😀😀😀😀😀😀",
    ],
)
def test_a_good_password_breaks_no_rule(password: str) -> None:
    assert codes(password) == []


@pytest.mark.asvs("6.2.1")
@pytest.mark.parametrize(("password", "expected"), [("x7%kq!z", [Weakness.TOO_SHORT]), ("x7%kq!zw", [])])
def test_eight_characters_are_enough(password: str, expected: list[Weakness]) -> None:
    assert codes(password) == expected


def test_the_least_length_can_be_raised() -> None:
    """And the message says what it is."""
    assert codes("x7%kq!zw", min_length=12) == [Weakness.TOO_SHORT]
    [problem] = policy.problems("short", email="a@b.test", service_name="", min_length=12, is_common=lambda _: False)
    assert "12" in problem.message


@pytest.mark.asvs("6.2.9")
@pytest.mark.parametrize(("password", "expected"), [("x" * 128, []), ("x" * 129, [Weakness.TOO_LONG])])
def test_128_characters_are_not_too_many(password: str, expected: list[Weakness]) -> None:
    assert codes(password) == expected


def test_length_is_counted_in_code_points_after_normalization() -> None:
    """Four letters with four accents apart are four characters; 128 of them with accents are not too many."""
    assert codes("e\u0301o\u0301a\u0301u\u0301") == [Weakness.TOO_SHORT]
    assert codes("e\u0301" * 128) == []
    assert codes("😀" * 7) == [Weakness.TOO_SHORT]


@pytest.mark.asvs("6.2.4")
def test_a_common_password_is_refused() -> None:
    assert codes("password1") == [Weakness.COMMON]


def test_several_broken_rules_are_told_at_once() -> None:
    assert codes("john", email="john@example.com", common=frozenset({"john"})) == [
        Weakness.TOO_SHORT,
        Weakness.COMMON,
        Weakness.DERIVED,
    ]


@pytest.mark.asvs("6.2.11")
@pytest.mark.parametrize(
    "password",
    [
        "john.smith",
        "johnsmith",
        "John.Smith2024!",
        "1985johnsmith",
        "JOHN_SMITH__",
        "j.o.h.n.s.m.i.t.h",
        "john123smith456",
        "johnsmith+news1",
        "johnsmithnews",
        "example!",
        "Example2024",
        "example.com",
        "mail.example.com",
        "mail1234",
        "99 acme portal 99",
        "AcmePortal1",
        "ACME-PORTAL",
        "john.smith+news@mail.example.com",
    ],
)
def test_a_password_made_of_address_or_service_name_is_refused(password: str) -> None:
    """With digits and punctuation around it or in between, in any case."""
    assert codes(password) == [Weakness.DERIVED]


@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("jörg@bücher.example", "BÜCHER-2024"),
        ("a@straße.example", "STRASSE1"),
        ("j1985@example.com", "j!1985!!"),
        ("12345678@qq.example", "12345678!"),
        ("12345678@qq.example", "9912345678"),
        ("_the_one_@example.com", "theone11"),
        ("a@deep.sub.example.co.uk", "example.co.uk"),
        ("a@deep.sub.example.co.uk", "example1"),
    ],
)
def test_names_are_compared_whatever_their_script_digits_and_separators(email: str, password: str) -> None:
    assert codes(password, email=email) == [Weakness.DERIVED]


@pytest.mark.parametrize("email", ["1@example.com", "...@example.com", "+@example.com", "a@1.23.example", "", "@"])
def test_a_name_without_letters_does_not_make_every_number_derived(email: str) -> None:
    """Nothing is left of such a name, or a digit or two that any number holds."""
    assert codes("9182736450!", email=email, service_name="") == []


def test_the_digits_of_a_name_are_part_of_it() -> None:
    """What shares only the letters with the address is not made from it."""
    assert codes("john!2024", email="john1985@example.com") == []
    assert codes("john1985!", email="john1985@example.com") == [Weakness.DERIVED]


def test_an_endless_password_is_only_too_long() -> None:
    """The other rules are not asked, as they would take their time."""

    def fail(_: str) -> bool:
        raise AssertionError

    found = policy.problems("a" * 16000, email="a@b.test", service_name="x", min_length=8, is_common=fail)
    assert [problem.code for problem in found] == [Weakness.TOO_LONG]
