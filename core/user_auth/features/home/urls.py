"""The paths of the beginning and of the looks."""

from django.urls import path

from user_auth.features.home.views import HomeView, ThemeView

urlpatterns = [
    path("", HomeView.as_view(), name="home"),
    path("theme.css", ThemeView.as_view(), name="theme"),
]
