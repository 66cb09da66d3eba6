"""Every path of the app; a host project includes this module under a prefix of its choice."""

from importlib.util import find_spec

from django.urls import include, path

from user_auth.features import FEATURES

app_name = "user_auth"
# Some features are for the command line alone.
_urls = (f"user_auth.features.{feature}.urls" for feature in FEATURES)
urlpatterns = [path("", include(each)) for each in _urls if find_spec(each)]
