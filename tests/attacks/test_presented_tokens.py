"""Good tokens that are presented badly, and how a token travels at all."""

import pytest

from tests.attacks.contract import check_problem
from tests.attacks.forging import check_accepted, check_refused
from tests.attacks.wire import exchange, head
from tests.harness.client import Client
from tests.harness.service import Service


def test_a_token_has_one_text(service: Service, token: str) -> None:
    """Nothing before, behind or inside; padding, other alphabets and other last bits are refused where they differ."""
    first, second, third = token.split(".")
    others = [
        *(
            f"{token}=",
            f"{token}==",
            f"{first}=.{second}.{third}",
            f"{first}.{second}=.{third}",
            f"{token}.",
            f".{token}",
        ),
        *(
            f"{token}.{third}",
            f"{first}.{second}",
            f"{first}..{third}",
            "..",
            "a.b.c",
            ".",
            f"{token}%3D",
            f"{token}+",
            f"{token}/",
        ),
        *(
            token.swapcase(),
            token[:-2],
            token[:-6] + "AAAAAA",
            f"{token}\\x00",
            f"{token},{token}",
            f'"{token}"',
            f"'{token}'",
        ),
        *(
            f"{first}.{second}.{third[:10]}",
            "x" * 5000,
            f"{token}{'A' * 5000}",
            f"{first}.{'A' * 5000}.{third}",
            "<script>",
        ),
    ]
    for other in others:
        check_refused(service, other)
    check_accepted(service, token)


@pytest.mark.parametrize(
    "authorization",
    [
        *(
            "",
            " ",
            "Bearer",
            "Bearer ",
            "Bearer  ",
            "bearer",
            "Basic dTpw",
            "Basic {token}",
            "Token {token}",
            "{token}",
        ),
        *(
            "Bearer{token}",
            "Bearer\t{token}",
            "Bearer:{token}",
            "Bearer {token} x",
            "Bearer {token},",
            "Bearer {token}, Bearer {token}",
        ),
        *(
            "Bearer Bearer {token}",
            "Bearer token={token}",
            'Bearer "{token}"',
            "Bearer \xe9",
            "Bearer {token}\xe9",
            "JWT {token}",
        ),
        "Bearer {token}\r\nAuthorization: Bearer {token}",
        "Bearer a.b.c\r\nAuthorization: Bearer {token}",
        "Basic dTpw\r\nAuthorization: Bearer {token}",
    ],
    ids=ascii,
)
def test_a_bad_header_is_a_refusal_whatever_the_cookie_says(service: Service, token: str, authorization: str) -> None:
    """The header counts as soon as it is there; two of them are none."""
    for cookie in ([], [f"Cookie: token={token}"]):
        request = head("POST /verify-session", f"Authorization: {authorization.format(token=token)}", *cookie)
        check_problem(exchange(service, request), 401, "session_invalid")


@pytest.mark.parametrize(
    "authorization", ["Bearer {token}", "bearer {token}", "BEARER   {token}", " \tBearer {token}\t "]
)
def test_a_good_header_is_good_beside_any_cookie(service: Service, token: str, authorization: str) -> None:
    """The scheme has no case (RFC 9110 §11.1); the cookie is ignored."""
    for cookie in ("token=a.b.c", "token=x; token=y", "\xe9", f"token={token}"):
        request = head(
            "POST /verify-session", f"Authorization: {authorization.format(token=token)}", f"Cookie: {cookie}"
        )
        assert exchange(service, request).status == 200


@pytest.mark.asvs("15.3.7")
def test_two_cookies_of_our_name_are_none(service: Service, token: str) -> None:
    """In one header or in two, alike or not: somebody has put one there."""
    both = (f"token={token}", f"token={token}"), (f"token={token}", "token=a.b.c"), ("token=", f"token={token}")
    for first, second in (*both, *(pair[::-1] for pair in both)):
        for cookies in (
            [f"Cookie: {first}; {second}"],
            [f"Cookie: {first}", f"Cookie: {second}"],
            [f"Cookie: {first};{second}"],
        ):
            check_problem(exchange(service, head("POST /verify-session", *cookies)), 401, "session_invalid")


def test_one_cookie_of_our_name_is_found_among_others(service: Service, token: str) -> None:
    """By its whole name and in its case; quotes belong to the value, so a quoted token is none."""
    for cookie in (
        f"token={token}",
        f"a=b; token={token};c",
        f"xtoken=a;token={token}",
        f"Token=a; token={token}; token2=b",
    ):
        assert exchange(service, head("POST /verify-session", f"Cookie: {cookie}")).status == 200
    for cookie in (f'token="{token}"', f"token={token}a", f"token= a {token}"):
        check_problem(exchange(service, head("POST /verify-session", f"Cookie: {cookie}")), 401, "session_invalid")
    for cookie in (
        f"Token={token}",
        f"__Host-token={token}",
        f"tok\x0aen={token}",
        "token",
        "token=",
        "token=;",
        "=token",
    ):
        answer = exchange(service, head("POST /verify-session", f"Cookie: {cookie}"))
        assert answer.status in (400, 401)
        assert answer.status == 400 or answer.code == "session_missing"


@pytest.mark.asvs("14.2.1")
def test_a_token_travels_in_no_other_way(service: Service, token: str) -> None:
    """Not in the query, not in a body, not in headers of somebody's own."""
    lines = [
        f"POST /verify-session?token={token}",
        f"POST /verify-session?access_token={token}&Authorization=Bearer%20{token}",
    ]
    for line in lines:
        check_problem(exchange(service, head(line)), 401, "session_missing")
    for name in (
        "X-Authorization",
        "Proxy-Authorization",
        "X-Token",
        "Token",
        "Authentication",
        "Cookie2",
        "Authorization_",
    ):
        check_problem(
            exchange(service, head("POST /verify-session", f"{name}: Bearer {token}")), 401, "session_missing"
        )


def test_a_forged_cookie_replaces_nothing_at_log_in(service: Service, client: Client, token: str) -> None:
    """Log-in ends the session of a genuine cookie only, and takes no notice of what else is in it."""
    for cookie in (token[:-4] + "AAAA", "[" * 4000, f"{token}; token={token}", '"'):
        answer = client.post(
            "/login", {"email": "tokens@example.com", "password": "wrong"}, headers={"Cookie": f"token={cookie}"}
        )
        assert answer.status_code == 401
    check_accepted(service, token)
