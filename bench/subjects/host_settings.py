"""Settings of a project that has the app in it, and so our sessions for its own views."""

import os

from bench.subjects.settings import ALLOWED_HOSTS, DATABASES, MIDDLEWARE, ROOT_URLCONF, SECRET_KEY, USE_TZ

__all__ = ["ALLOWED_HOSTS", "DATABASES", "MIDDLEWARE", "ROOT_URLCONF", "SECRET_KEY", "USE_TZ"]

INSTALLED_APPS = ["rest_framework", "user_auth"]
REST_FRAMEWORK = {
    "UNAUTHENTICATED_USER": None,
    "DEFAULT_AUTHENTICATION_CLASSES": ["user_auth.api.JWTAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
}
NAMES = ("MONGODB_URI", "PUBLIC_URL", "SESSION_CACHE_DIR")
USER_AUTH = {"MODE": "local", **{name: os.environ[name] for name in NAMES}}
