"""The paths of changing the address."""

from django.urls import path

from user_auth.features.email.views import ChangeEmailView, ConfirmEmailView

urlpatterns = [
    path("change-email", ChangeEmailView.as_view(), name="change_email"),
    path("confirm-email", ConfirmEmailView.as_view(), name="confirm_email"),
]
