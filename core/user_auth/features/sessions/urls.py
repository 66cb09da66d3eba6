"""The paths of one's own sessions."""

from django.urls import path

from user_auth.features.sessions.views import SessionsView, SessionView

urlpatterns = [
    path("sessions", SessionsView.as_view(), name="sessions"),
    path("sessions/<str:id>", SessionView.as_view(), name="session"),
]
