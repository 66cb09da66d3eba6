"""The paths of forgotten and changed passwords."""

from django.urls import path

from user_auth.features.password.views import ChangePasswordView, ForgotPasswordView, ResetPasswordView

urlpatterns = [
    path("forgot-password", ForgotPasswordView.as_view(), name="forgot_password"),
    path("reset-password", ResetPasswordView.as_view(), name="reset_password"),
    path("change-password", ChangePasswordView.as_view(), name="change_password"),
]
