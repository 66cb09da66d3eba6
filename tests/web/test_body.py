"""Fields take one type and one form, and all that is wrong is said at once."""

from typing import Any

import pytest

from tests.web.conftest import Ask
from user_auth.foundation.addresses import EmailAddress
from user_auth.foundation.errors import FieldProblem, InvalidFieldsError
from user_auth.web import fields
from user_auth.web.body import Body, validated

NO_STRINGS: list[object] = [None, True, 0, 1.5, [], ["x"], {}, {"$ne": ""}]


class PersonBody(Body):
    email = fields.Email()
    password = fields.Password()
    otp = fields.OtpCode()
    name = fields.Name(required=False, default="")
    id = fields.OpaqueId(required=False)
    transport = fields.Choice("cookie", "header", required=False, default="cookie")


GOOD: dict[str, object] = {"email": "ann@example.com", "password": "pass word", "otp": "012345"}


def problems(data: dict[str, object]) -> set[tuple[str, str]]:
    with pytest.raises(InvalidFieldsError) as caught:
        validated(PersonBody, data)
    return {(problem.param, problem.code) for problem in caught.value.errors}


def test_values_come_as_their_types() -> None:
    """Absent fields have their defaults, an address is one, nothing else is touched."""
    assert validated(PersonBody, GOOD) == {
        "email": EmailAddress("ann@example.com", "ann@example.com"),
        "password": "pass word",
        "otp": "012345",
        "name": "",
        "transport": "cookie",
    }


@pytest.mark.asvs("1.2.4", "2.2.1", "2.2.2", "15.3.5")
@pytest.mark.parametrize("field", ["email", "password", "otp", "name", "id", "transport"])
@pytest.mark.parametrize("value", NO_STRINGS, ids=repr)
def test_a_string_field_takes_nothing_but_a_string(field: str, value: object) -> None:
    """No number becomes text, and no object gets near a query."""
    assert problems({**GOOD, field: value}) == {(field, "invalid")}


@pytest.mark.asvs("6.2.8")
@pytest.mark.parametrize("password", ["", " ", " x ", "\t", "\u00e9" * 5000, "\ud7ff", "\u202e", "pa\u0301ss"])
def test_a_password_is_taken_as_it_is(password: str) -> None:
    """Neither trimmed nor judged here: what cannot be right is just wrong."""
    assert validated(PersonBody, {**GOOD, "password": password})["password"] == password


@pytest.mark.asvs("2.2.1")
@pytest.mark.parametrize(
    "otp",
    [
        "",
        "12345",
        "1234567",
        " 123456",
        "123456\n",
        "12345a",
        "\u0661\u0662\u0663\u0664\u0665\u0666",
        "+12345",
        "\uff11" * 6,
    ],
)
def test_a_code_is_six_ascii_digits(otp: str) -> None:
    """Digits of other scripts look the same and are none."""
    assert problems({**GOOD, "otp": otp}) == {("otp", "invalid")}


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("Ann", "Ann"),
        ("  Ann \n", "Ann"),
        ("x" * 100, "x" * 100),
        (" " + "x" * 100, "x" * 100),
        ("\u05d0\u200f", "\u05d0\u200f"),
        ("\U0001f469\u200d\U0001f680", "\U0001f469\u200d\U0001f680"),
    ],
)
def test_a_name_is_trimmed(name: str, kept: str) -> None:
    """Characters count, not bytes, and joiners that scripts and emoji need are no control characters."""
    assert validated(PersonBody, {**GOOD, "name": name})["name"] == kept


@pytest.mark.asvs("1.3.3")
@pytest.mark.parametrize(
    "name", ["", " ", "\t\n", "x" * 101, "a\x00b", "a\nb", "a\x7fb", "a\x9fb", "a\u2028b", "\u202eevil", "a\u2066b"]
)
def test_a_name_without_text_or_with_control_characters_is_wrong(name: str) -> None:
    """Line ends and overrides of the reading direction forge what stands beside."""
    assert problems({**GOOD, "name": name}) == {("name", "invalid")}


@pytest.mark.parametrize(
    "email",
    [
        "",
        "ann",
        "ann@localhost",
        "a@b@example.com",
        "ann@example.com\n.de",
        "\u212aate@example.com",
        "x" * 300 + "@example.com",
    ],
)
def test_an_address_that_is_none_is_wrong(email: str) -> None:
    """The rules of addresses are those of ``foundation.addresses``."""
    assert problems({**GOOD, "email": email}) == {("email", "invalid")}


def test_an_id_may_be_anything_short() -> None:
    """Whether an id is known is not a question of its form."""
    assert validated(PersonBody, {**GOOD, "id": "\u00e9 whatever"})["id"] == "\u00e9 whatever"
    assert problems({**GOOD, "id": ""}) == {("id", "invalid")}
    assert problems({**GOOD, "id": "x" * 201}) == {("id", "invalid")}


def test_a_choice_is_one_of_its_words() -> None:
    """In this very case."""
    assert validated(PersonBody, {**GOOD, "transport": "header"})["transport"] == "header"
    assert problems({**GOOD, "transport": "Header"}) == {("transport", "invalid")}


@pytest.mark.asvs("15.3.3")
def test_everything_that_is_wrong_is_said_at_once() -> None:
    """Missing, unknown and wrong fields together."""
    assert problems({"email": 1, "otp": "123456", "extra": 1, "more": 2}) == {
        ("email", "invalid"),
        ("password", "required"),
        ("extra", "unknown"),
        ("more", "unknown"),
    }


def test_only_the_first_unknown_fields_are_reported() -> None:
    """A small body does not become a large answer."""
    assert len(problems({**GOOD, **{f"field{number}": 1 for number in range(1000)}})) == 20


def test_a_body_names_one_of_two_fields_and_not_both(ask: Ask) -> None:
    """``exactly_one_of``."""
    assert ask("POST", "/either", {"other": "x"}).json() == {"other": "x"}
    neither = ask("POST", "/either", {}).json()
    both = ask("POST", "/either", {"one": "x", "other": "y"}).json()
    assert [(error["param"], error["code"]) for error in neither["errors"]] == [("one", "required")]
    assert [(error["param"], error["code"]) for error in both["errors"]] == [("other", "invalid")]


def test_the_answer_names_fields_as_they_were_sent(ask: Ask) -> None:
    """``param`` is the client's own word, and nothing of a value comes back."""
    answer = ask("POST", "/echo", {"text": ["a secret"], "<b>\u00e9": 1}).json()
    assert [(error["param"], error["code"]) for error in answer["errors"]] == [
        ("<b>\u00e9", "unknown"),
        ("text", "invalid"),
    ]
    assert "a secret" not in str(answer)


@pytest.mark.asvs("15.3.7")
def test_a_query_is_held_to_its_declaration(ask: Ask) -> None:
    """The same rules as for bodies; a name given twice is no string."""

    def errors(query: str) -> list[tuple[str, str]]:
        return [(error["param"], error["code"]) for error in ask("GET", f"/query?{query}").json()["errors"]]

    assert ask("GET", "/query?text=a%20b").json() == {"text": "a b"}
    assert errors("text=a&text=b") == [("text", "invalid")]
    assert errors("text=a&other=b") == [("other", "unknown")]
    assert errors("word=one") == [("text", "required")]


@pytest.mark.asvs("3.5.6")
def test_a_query_that_is_not_declared_is_ignored(ask: Ask) -> None:
    """``?format=`` and the like change nothing."""
    answer = ask("GET", "/plain?format=html&callback=x&a=%ff&text")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/json")


@pytest.mark.parametrize(
    ("field", "schema"),
    [
        (fields.Text(), {"type": "string"}),
        (fields.Text(min_length=2, max_length=5), {"type": "string", "minLength": 2, "maxLength": 5}),
        (fields.Email(), {"type": "string", "format": "email", "maxLength": 254}),
        (fields.Password(), {"type": "string", "format": "password"}),
        (fields.OtpCode(), {"type": "string", "pattern": "^[0-9]{6}$"}),
        (fields.Name(), {"type": "string", "minLength": 1, "maxLength": 100}),
        (fields.OpaqueId(), {"type": "string", "minLength": 1, "maxLength": 200}),
        (fields.Choice("a", "b"), {"type": "string", "enum": ["a", "b"]}),
    ],
    ids=repr,
)
def test_a_field_describes_itself(field: fields.Text, schema: dict[str, Any]) -> None:
    """What it checks is what the API's document says."""
    assert field.json_schema == schema


def test_a_new_password_tells_its_rule_and_judges_nothing() -> None:
    """The rule is about more than form, and has an error of its own."""
    field = fields.NewPassword()
    assert (field.json_schema["minLength"], field.json_schema["maxLength"]) == (8, 128)
    assert field.run_validation("short") == "short"


def test_problems_of_fields_are_sentences() -> None:
    """For the person who reads the answer."""
    with pytest.raises(InvalidFieldsError) as caught:
        validated(PersonBody, {**GOOD, "otp": "1"})
    assert caught.value.errors == (FieldProblem("otp", "invalid", "Enter the six digits of the code."),)
