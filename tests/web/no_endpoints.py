"""A project that does not serve our paths."""

urlpatterns: list[object] = []
