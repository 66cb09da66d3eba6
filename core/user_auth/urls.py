"""Every path of the app; a host project includes this module under a prefix of its choice."""

from django.urls import include, path

from user_auth.features import FEATURES

app_name = "user_auth"
urlpatterns = [path("", include(f"user_auth.features.{feature}.urls")) for feature in FEATURES]
