"""The paths of the current session."""

from django.urls import path

from user_auth.features.session.views import LogoutView, VerifySessionView

urlpatterns = [
    path("verify-session", VerifySessionView.as_view(), name="verify_session"),
    path("logout", LogoutView.as_view(), name="logout"),
]
