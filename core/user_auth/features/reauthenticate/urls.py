"""The path of proving once more who one is."""

from django.urls import path

from user_auth.features.reauthenticate.views import ReauthenticateView

urlpatterns = [path("reauthenticate", ReauthenticateView.as_view(), name="reauthenticate")]
