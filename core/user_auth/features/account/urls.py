"""The paths of one's own account."""

from django.urls import path

from user_auth.features.account.views import AccountView, ExportView

urlpatterns = [
    path("account", AccountView.as_view(), name="account"),
    path("account/export", ExportView.as_view(), name="account_export"),
]
