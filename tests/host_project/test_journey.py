"""A shopper's way through a project that uses the app."""

import pytest

from tests.harness import waiting
from tests.host_project.hosting import Host, Shopper
from tests.mails import code_in


def code_of(answer: object) -> tuple[int, str]:
    """Return status and code, of our own form or of the project's."""
    status, body = answer.status_code, answer.json()  # type: ignore[attr-defined]
    return status, body.get("code") or body.get("why")


def test_the_app_comes_from_the_wheel(host: Host) -> None:
    """Otherwise nothing here would show anything."""
    found = host.python("-c", "import user_auth; print(user_auth.__file__)")
    assert found.stdout.strip() == str(host.packages / "user_auth" / "__init__.py")


@pytest.mark.asvs("7.4.1")
def test_from_sign_up_to_log_out_by_cookie(newcomer: Shopper) -> None:
    """The project's views know the shopper from log-in to log-out, and not a request longer."""
    opened = newcomer.open_account()
    assert (opened.status_code, opened.json()["user"]["email"]) == (200, newcomer.email)
    assert newcomer.visit("/orders").status_code == 401
    assert newcomer.log_in(newcomer.email).status_code == 200
    assert newcomer.verify_session().json()["active"] is True
    assert newcomer.visit("/orders").json() == {"of": newcomer.email}
    assert newcomer.visit("/basket").json()["of"] == newcomer.email
    cookies = newcomer.cookies
    assert newcomer.post("/logout").status_code == 204
    for path in ("/orders", "/basket"):
        assert code_of(newcomer.visit(path, cookies=cookies)) == (401, "session_revoked")


def test_from_log_in_to_log_out_by_header(shopper: Shopper) -> None:
    """As an app does; the browser's session is another one, and stays."""
    app = Shopper(shopper.host, shopper.email)
    token = app.log_in_by_header()
    assert app.visit("/orders", token=token).json() == {"of": app.email}
    assert app.visit("/basket", token=token).json()["of"] == app.email
    assert app.post("/logout", headers={"Authorization": f"Bearer {token}"}).status_code == 204
    for path in ("/orders", "/basket"):
        assert code_of(app.visit(path, token=token)) == (401, "session_revoked")
        assert shopper.visit(path).status_code == 200


@pytest.mark.asvs("8.2.1", "8.3.2")
def test_a_role_opens_what_it_is_for(shopper: Shopper) -> None:
    """Nobody: 401; a shopper: 403; an editor: in, from the first request after the role was given."""
    stranger = Shopper(shopper.host, "")
    for path in ("/prices", "/publish"):
        assert stranger.visit(path).status_code == 401
        assert code_of(shopper.visit(path)) == (403, "forbidden")
    shopper.host.grant(shopper.email, "editor")
    assert shopper.visit("/prices").json() == {"editor": shopper.email}
    assert shopper.visit("/publish").json() == {"by": shopper.email}


def test_an_async_view_is_protected_too(shopper: Shopper) -> None:
    """It gets the same identity."""
    assert shopper.visit("/parcel").json() == {"to": "Ada"}
    assert code_of(Shopper(shopper.host, "").visit("/parcel")) == (401, "session_missing")


def test_a_page_for_everybody_can_know_who_is_there(shopper: Shopper) -> None:
    """And turns nobody away, not even with a bad token."""
    assert shopper.visit("/greeting").text == "Hello, Ada"
    assert Shopper(shopper.host, "").visit("/greeting").text == "Hello, stranger"
    assert shopper.visit("/greeting", token="nonsense").text == "Hello, stranger"


def test_the_projects_own_users_are_left_alone(shopper: Shopper) -> None:
    """``request.user`` of a plain view is Django's, and no account of ours is in its table."""
    assert shopper.visit("/basket").json()["django_user"] == "AnonymousUser"
    assert shopper.host.sql("SELECT count(*) FROM auth_user") == [(0,)]


def test_the_project_hears_of_sign_ups_and_sign_ins(shopper: Shopper) -> None:
    """Each receiver, although another one raises every time, which the shopper does not notice."""
    shopper.log_in(shopper.email)
    user_id = shopper.verify_session().json()["user"]["id"]
    rows = shopper.host.sql("SELECT email, visits FROM shop_customer WHERE user_id = ?", user_id)
    assert rows == [(shopper.email, 2)]


def test_the_projects_templates_come_first(newcomer: Shopper) -> None:
    """The subject is the project's, with what the app puts into it; the text is still ours."""
    newcomer.open_account()
    mail = next(mail for mail in newcomer.host.office.received if mail["To"] == newcomer.email)
    assert (mail["Subject"], mail["From"]) == ("The Shop is looking forward to you", "shop@shop.example")
    assert "The Shop" in str(mail.get_body(("plain",)))


def test_a_developer_reads_the_code_in_the_mailbox_page(developers_host: Host) -> None:
    """With the mailbox as the project's mail backend, nothing else is needed."""
    developer = Shopper(developers_host, "dev@example.com")
    verification_id = developer.sign_up(developer.email)
    waiting.until(lambda: "<pre>" in developer.get("/mailbox").text, seconds=30)
    code = code_in(developer.get("/mailbox").text.partition("<pre>")[2])
    assert developer.post("/verify-otp", {"verification_id": verification_id, "otp": code}).status_code == 200


def test_a_plain_view_has_django_s_own_protection_of_forms(editor: Shopper) -> None:
    """A form needs its token as ever; ``csrf_exempt`` leaves the matter to the rule about foreign sites."""
    app = Shopper(editor.host, editor.email)
    token = app.log_in_by_header()
    assert editor.visit("/basket", "POST").status_code == 403
    assert app.visit("/basket", "POST", token=token).status_code == 403
    assert editor.visit("/publish", "POST").status_code == 200
    assert app.visit("/publish", "POST", token=token).status_code == 200
    foreign = {"Origin": "https://elsewhere.example"}
    assert code_of(editor.visit("/publish", "POST", headers=foreign)) == (403, "cross_site_request")


@pytest.mark.asvs("3.5.1")
def test_a_foreign_site_cannot_post_to_a_drf_view(shopper: Shopper) -> None:
    """DRF exempts its views from Django's protection of forms; ours takes its place."""
    order = {"item": "tea"}
    assert shopper.visit("/orders", "POST", data=order).status_code == 201
    foreign = {"Origin": "https://elsewhere.example"}
    assert code_of(shopper.visit("/orders", "POST", headers=foreign, data=order)) == (403, "cross_site_request")


@pytest.mark.asvs("14.2.5")
def test_the_projects_cache_keeps_people_apart(shopper: Shopper, host: Host) -> None:
    """A view that is cached whole gives nobody what was made for another."""
    token = Shopper(host, shopper.email).log_in_by_header()
    stranger = Shopper(host, "")
    first, second = (
        [
            shopper.visit("/offers").json(),
            stranger.visit("/offers").json(),
            stranger.visit("/offers", token=token).json(),
        ]
        for _ in range(2)
    )
    assert [offer["for"] for offer in first] == [shopper.email, "AnonymousUser", shopper.email]
    assert first == second, "nothing came from the cache"


def test_the_browsable_api_shows_our_user(shopper: Shopper) -> None:
    """Its page asks a user for a name."""
    page = shopper.visit("/orders", headers={"Accept": "text/html"})
    assert page.status_code == 200
    assert shopper.email in page.text
