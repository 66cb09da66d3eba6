"""The paths of operators and developers."""

from django.urls import path

from user_auth.features.operations.views import (
    DocsView,
    ErrorPageView,
    HealthView,
    KeySetView,
    MetricsView,
    OpenApiView,
    ReadinessView,
)
from user_auth.web import problems

urlpatterns = [
    path("healthz", HealthView.as_view(), name="healthz"),
    path("readyz", ReadinessView.as_view(), name="readyz"),
    path("metrics", MetricsView.as_view(), name="metrics"),
    path("openapi.json", OpenApiView.as_view(), name="openapi"),
    path("docs", DocsView.as_view(), name="docs"),
    path("docs/errors/<str:code>", ErrorPageView.as_view(), name=problems.ERROR_PAGE.partition(":")[2]),
    path(".well-known/jwks.json", KeySetView.as_view(), name="jwks"),
]
