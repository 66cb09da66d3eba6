"""The paths of looking after accounts."""

from django.urls import path

from user_auth.features.admin.views import AuditView, UserSessionsView, UsersView, UserView

urlpatterns = [
    path("admin/users", UsersView.as_view(), name="admin_users"),
    path("admin/users/<str:user_id>", UserView.as_view(), name="admin_user"),
    path("admin/users/<str:user_id>/sessions", UserSessionsView.as_view(), name="admin_user_sessions"),
    path("admin/audit", AuditView.as_view(), name="admin_audit"),
]
