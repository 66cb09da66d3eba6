"""A bare Django view that verifies the token with PyJWT and reads one record with PyMongo: the yardstick of a miss."""

import hashlib
import os
from functools import lru_cache
from typing import Any

import jwt
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from pymongo import MongoClient
from pymongo.collection import Collection

KEY = os.environ["BENCH_KEY"]


@lru_cache(maxsize=1)
def sessions() -> Collection[dict[str, Any]]:
    """Return the collection; opened on first use, since granian forks its workers."""
    return MongoClient[dict[str, Any]](os.environ["MONGODB_URI"], tz_aware=True)["bench"]["one_read"]


def check(request: HttpRequest) -> HttpResponse:
    token = request.headers["Authorization"].removeprefix("Bearer ")
    claims = jwt.decode(token, KEY, algorithms=["HS256"])
    session = sessions().find_one({"_id": hashlib.sha256(claims["sid"].encode()).hexdigest()})
    if session is None:
        return JsonResponse({"active": False}, status=401)
    return JsonResponse({"active": True, "email": session["email"], "expires_at": session["expires_at"].isoformat()})


urlpatterns = [path("check", check)]
application = get_wsgi_application()
