"""The paths of the stand-alone service: the app's, at the root."""

from django.urls import include, path

urlpatterns = [path("", include("user_auth.urls"))]

handler400 = "user_auth.web.handlers.bad_request"
handler403 = "user_auth.web.handlers.forbidden"
handler404 = "user_auth.web.handlers.not_found"
handler500 = "user_auth.web.handlers.crashed"
