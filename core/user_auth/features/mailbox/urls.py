"""The paths of the developers' mailbox."""

from django.urls import path

from user_auth.features.mailbox.views import LetterView, MailboxView

urlpatterns = [
    path("mailbox", MailboxView.as_view(), name="mailbox"),
    path("mailbox/<str:letter_id>", LetterView.as_view(), name="mailbox_letter"),
]
