"""What pages say about the API's answers, by code; scripts get it as data, in the language of the page."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from user_auth.foundation.errors import Kind

# By the problem's code, or its code and the field's.
REFUSALS: Mapping[str, "str | Promise"] = {
    "invalid_credentials": _("The email address or the password is wrong."),
    "invalid_password": _("The password is wrong."),
    "invalid_or_expired_code": _("This code is wrong or no longer valid. Check it, or ask for another one."),
    "verification_expired": _("This took too long. Please start again."),
    "weak_password": _("Please choose another password."),
    "too_short": _("Use at least {min_length} characters."),
    "too_long": _("Use at most {max_length} characters."),
    "common": _("Many people use this password, so it is tried first. Please choose another."),
    "derived": _("This is too close to your address or to the name of this service."),
    "unchanged": _("This is the password that you have."),
    "rate_limited": _("Too many tries. You can try again in {time}."),
    "signup_closed": _("New accounts are not taken at present."),
    "session_missing": _("You are signed out. Please log in again."),
    "session_expired": _("Your session is over. Please log in again."),
    "session_revoked": _("Your session was ended. Please log in again."),
    "session_invalid": _("You are signed out. Please log in again."),
    "forbidden": _("You are not allowed to do this."),
    "last_admin": _("This is the last active admin. Make somebody else one first."),
    "cross_site_request": _("Your browser sent this on behalf of another site, so nothing was done."),
    "not_found": _("This is not there any more."),
    "unavailable": _("The service is busy. You can try again in {time}."),
    "internal_error": _("Something went wrong on our side. Please try again."),
    "validation_error": _("Please check what is marked."),
    "email": _("Enter an email address like name@example.com."),
    "new_email": _("Enter another email address, like name@example.com."),
    "otp": _("Enter the six digits of the code."),
    "name": _("Enter 1 to 100 characters."),
    "roles": _("Enter roles as words of small letters, with commas between them."),
    "required": _("Please fill this in."),
}

# What scripts find out by themselves.
FINDINGS: Mapping[str, "str | Promise"] = {
    "offline": _("The service cannot be reached. What you typed is still here: try again when you are connected."),
    "cookies": _(
        "You are signed in, but your browser did not keep the cookie. Allow cookies for this site, then log in again."
    ),
    "unexpected": _("Something unexpected happened. Please try again."),
    "good_password": _("Good password."),
    "show": _("Show"),
    "hide": _("Hide"),
    "resend": _("Send another code"),
    "resend_in": _("Another code in {time}"),
    "resent": _("Another code is on its way. The one before does not work any more."),
    "saved": _("Saved."),
    "verified": _("Your address is confirmed. You can log in now."),
    "reset": _("Your new password is set. You can log in with it now."),
    "deleted": _("Your account and everything about it are deleted."),
    "signed_out": _("You are signed out."),
    "email_changed": _("Your address is changed. Your other devices are signed out."),
    "password_changed": _("Your password is changed. Your other devices are signed out."),
    "session_ended": _("The session is ended."),
    "others_ended": _("All other sessions are ended."),
}

# By the sort of a refusal: the page that a person sees instead of what they asked for.
ERROR_PAGES: Mapping[Kind, tuple["str | Promise", "str | Promise"]] = {
    Kind.NOT_FOUND: (_("There is nothing here"), _("The address may be mistyped, or what was here is gone.")),
    Kind.FORBIDDEN: (_("This is not for you"), _("You are signed in, but you are not allowed to see this page.")),
    Kind.RATE_LIMITED: (_("One moment, please"), _("There were too many tries from here.")),
    Kind.UNAVAILABLE: (_("Back in a moment"), _("The service cannot answer right now. Nothing is lost.")),
    Kind.INTERNAL: (
        _("Something went wrong"),
        _("It is a mistake of ours, not of yours. Please try again; if it lasts, tell us the number below."),
    ),
}
OTHER_ERROR_PAGE = (_("This did not work"), _("The request could not be understood."))


def for_scripts() -> dict[str, str]:
    """Return every phrase that a script may have to say, in the language in force."""
    return {code: str(text) for code, text in {**REFUSALS, **FINDINGS}.items()}
