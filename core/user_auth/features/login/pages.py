"""The page of logging in."""

from user_auth.web.pages import Page

LOGIN = Page("login", signs_in=True)
