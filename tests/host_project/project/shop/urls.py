"""The shop's paths, and signing in under a prefix."""

from django.contrib import admin
from django.urls import include, path

from shop import views

urlpatterns = [
    path("auth/", include("user_auth.urls")),
    path("admin/", admin.site.urls),
    path("orders", views.Orders.as_view()),
    path("prices", views.Prices.as_view()),
    path("offers", views.Offers.as_view()),
    path("basket", views.basket),
    path("parcel", views.parcel),
    path("publish", views.publish),
    path("greeting", views.greeting),
]
