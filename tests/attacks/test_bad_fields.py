"""Bodies that are JSON and still not what an endpoint takes."""

from typing import Any

import pytest

from tests.attacks.contract import check_headers, check_problem, fields_of
from tests.attacks.endpoints import EVERY_FIELD, GOOD, OPTIONAL, WITHOUT_BODY, send
from tests.attacks.wire import exchange, head
from tests.harness.service import Service

# No string; the last ones would run as operators if they reached a query.
WRONG_TYPES: list[object] = [
    *(0, 1, 123456, -1, 1.5, 2**63 - 1, True, False, None),
    *([], ["123456"], [["a"]], {}, {"a": "b"}),
    *({"$gt": ""}, {"$ne": None}, {"$regex": ".*"}, {"$where": "sleep(9000)"}, {"$in": ["a"]}, [{"$gt": ""}]),
]


@pytest.mark.asvs("1.2.4", "2.2.1", "15.3.5")
@pytest.mark.parametrize(("path", "field"), EVERY_FIELD)
def test_a_text_field_takes_text_and_nothing_else(service: Service, path: str, field: str) -> None:
    """Numbers, lists and MongoDB's operators are refused by the name of the field, and nothing else is complained of."""
    for value in WRONG_TYPES:
        answer = send(service, path, GOOD[path] | {field: value})
        check_problem(answer, 400, "validation_error")
        assert fields_of(answer) == {(field, "invalid")}, value


@pytest.mark.parametrize(("path", "field"), [each for each in EVERY_FIELD if each[1] not in OPTIONAL])
def test_a_field_that_is_missing_is_named(service: Service, path: str, field: str) -> None:
    """Where one of two fields is needed, the first is."""
    answer = send(service, path, {name: value for name, value in GOOD[path].items() if name != field})
    check_problem(answer, 400, "validation_error")
    assert fields_of(answer) == {(field, "required")}


@pytest.mark.asvs("15.3.3", "15.3.7")
@pytest.mark.parametrize("path", [*GOOD, *WITHOUT_BODY])
@pytest.mark.parametrize(
    "name",
    ["is_active", "roles", "_id", "$where", "email.$ne", "password[$ne]", "__proto__", "Email", "email ", "", "é😀"],
)
def test_a_field_that_does_not_exist_is_refused(service: Service, path: str, name: str) -> None:
    """Nothing is dropped in silence: what cannot be set is not there to be sent."""
    answer = send(service, path, GOOD.get(path, {}) | {name: "x"})
    check_problem(answer, 400, "validation_error")
    assert fields_of(answer) == {(name, "unknown")}


FORMS: dict[str, list[str]] = {
    "otp": [
        "",
        "12345",
        "1234567",
        " 123456",
        "123456\n",
        "12345a",
        "١٢٣٤٥٦",
        "\uff11\uff12\uff13\uff14\uff15\uff16",
        "-12345",
        "1e5000",
        "12 456",
    ],
    "verification_id": ["", "x" * 201],
    "transport": ["", "Cookie", "both", "cookie ", "headers"],
    "name": ["", " ", "\t\n", "x" * 101, "a\nb", "a\x1bb", "a\u2028b", "a\u202eb", "a\x85b"],
    "email": [
        *("", "a", "@", "a@", "@example.com", "a@example", "a@@example.com", "a b@example.com", "a@exam ple.com"),
        *("a..b@example.com", ".a@example.com", "a.@example.com", '"a"@example.com', "a@[127.0.0.1]", "a@127.0.0.1"),
        *("<a@example.com>", "A <a@example.com>", "a@example.com,b@example.com", "a@example.com;b@example.com"),
        *("a@-example.com", "a@example-.com", "a@example..com", "a@.example.com", "a@example.com.", "a@exa_mple.com"),
        *(
            "a@example.com\r\nBcc: b@example.com",
            "a\n@example.com",
            "a@example.com%0abcc:b@example.com",
            "mailto:a@example.com ",
        ),
        *(
            "é@example.com",
            "\u212aelvin@example.com",
            "d\u0131otless@example.com",
            "a@exam\u200bple.com",
            "a\u00ad@example.com",
        ),
        *(
            "x" * 65 + "@example.com",
            "a@" + "x" * 64 + ".com",
            "a@" + ".".join(["x" * 60] * 5),
            "a@" + "b." * 7000 + "com",
        ),
        *("a@xn--a", "a@xn--zzzzzzzz99999.com", "a@\u2024com", "a(comment)@example.com", "a@example.com\\"),
    ],
}


@pytest.mark.asvs("1.3.3", "1.3.11", "1.3.12", "2.2.1")
@pytest.mark.parametrize(("path", "field"), EVERY_FIELD)
def test_text_of_a_wrong_form_is_refused(service: Service, path: str, field: str) -> None:
    """Look-alikes, other people's digits, line ends that a mail would take for headers; a guess needs six digits."""
    for text in FORMS.get(field, []):
        answer = send(service, path, GOOD[path] | {field: text})
        check_problem(answer, 400, "validation_error")
        assert fields_of(answer) == {(field, "invalid")}, text


def test_both_ways_to_name_a_sign_up_are_one_too_many(service: Service) -> None:
    """And neither is one too few."""
    both = GOOD["/verify-otp"] | {"email": "eve@example.com"}
    answer = send(service, "/verify-otp", both)
    check_problem(answer, 400, "validation_error")
    assert fields_of(answer) == {("email", "invalid")}
    check_problem(send(service, "/verify-otp", {"otp": "123456"}), 400, "validation_error")


@pytest.mark.parametrize(
    "password",
    ["", " ", "\t\n", "x" * 16_000, "пароль", "😀" * 3000, "\ufdfa" * 900, "e" + "\u0301" * 5000, "a\x01b", "$2b$04$x"],
)
def test_at_log_in_no_password_is_of_a_wrong_form(service: Service, password: str) -> None:
    """One that cannot be right is just wrong, whatever bcrypt would say of it."""
    answer = send(service, "/login", {"email": "eve@example.com", "password": password})
    check_problem(answer, 401, "invalid_credentials")


@pytest.mark.parametrize(
    ("password", "weaknesses"),
    [
        ("", {"too_short"}),
        ("Gx7!q_2", {"too_short"}),
        ("PassWord1", {"common"}),
        ("x" * 129, {"too_long"}),
        ("x" * 16_000, {"too_long"}),
        ("mallory.smith-1999!", {"derived"}),
        ("!!EXAMPLE.2024", {"derived"}),
        ("Django JWT Auth 1", {"derived"}),
        ("e\u0301" * 7, {"too_short"}),
    ],
)
def test_a_weak_password_is_refused_with_its_weakness(service: Service, password: str, weaknesses: set[str]) -> None:
    """In code points after normalization; nothing is stored of such a sign-up."""
    answer = send(service, "/signup", {"email": "mallory.smith@example.com", "password": password})
    check_problem(answer, 400, "weak_password")
    assert fields_of(answer) == {("password", weakness) for weakness in weaknesses}


def test_every_error_has_a_page(service: Service) -> None:
    """The address in ``type`` leads to it."""
    bodies: list[Any] = [b"[", {}, GOOD["/login"]]
    for problem in [send(service, "/login", body).json() for body in bodies]:
        page = exchange(service, head(f"GET {problem['type'].removeprefix(service.base_url)}"))
        assert (page.status, page.header("content-type")) == (200, "text/html; charset=utf-8")
        check_headers(page)
