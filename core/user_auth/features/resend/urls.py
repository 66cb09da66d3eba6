"""The path of asking for another code."""

from django.urls import path

from user_auth.features.resend.views import ResendView

urlpatterns = [path("resend-otp", ResendView.as_view(), name="resend_otp")]
