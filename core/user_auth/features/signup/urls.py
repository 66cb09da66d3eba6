"""The paths of signing up."""

from django.urls import path

from user_auth.features.signup.views import SignupView, VerifyView

urlpatterns = [
    path("signup", SignupView.as_view(), name="signup"),
    path("verify-otp", VerifyView.as_view(), name="verify_otp"),
]
