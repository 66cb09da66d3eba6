"""The path of logging in."""

from django.urls import path

from user_auth.features.login.views import LoginView

urlpatterns = [path("login", LoginView.as_view(), name="login")]
