"""Settings and views of a site that shows what the server makes of a request."""

import os
import threading
import time
from pathlib import Path

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path, re_path

from main_project.settings import *  # noqa: F403 - the service's own, but for what follows
from user_auth.foundation.errors import AuthError
from user_auth.mongo import connection

ROOT_URLCONF = __name__
MIDDLEWARE = []


def healthz(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok\n")


def readyz(request: HttpRequest) -> HttpResponse:
    connection.database().command("ping")
    return HttpResponse("ok\n")


def process(request: HttpRequest) -> HttpResponse:
    """Say which process answers, and in which thread."""
    return JsonResponse({"pid": os.getpid(), "thread": threading.current_thread().name})


def slow(request: HttpRequest) -> HttpResponse:
    """Hold a thread for some seconds; who asks may name a file that says that it has begun."""
    if begun := request.GET.get("begun"):
        Path(begun).touch()
    time.sleep(float(request.GET["seconds"]))
    return HttpResponse("done\n")


def cookies(request: HttpRequest) -> HttpResponse:
    """Answer with two cookies and a header of mixed case."""
    response = HttpResponse("two cookies\n", headers={"X-Mixed-Case": "yes"})
    response.set_cookie("one", "1")
    response.set_cookie("two", "2")
    return response


def write(request: HttpRequest) -> HttpResponse:
    """Store a record, with an acknowledgement that it is in the journal."""
    connection.database()["written"].insert_one({"_id": request.GET["id"]})
    return HttpResponse(status=201)


def count(request: HttpRequest) -> HttpResponse:
    """Say how many records there are."""
    return JsonResponse({"count": connection.database()["written"].count_documents({})})


def echo(request: HttpRequest) -> HttpResponse:
    """Answer with the environ and the body."""
    environ = {name: value for name, value in request.META.items() if isinstance(value, str)}
    try:
        body = request.META["wsgi.input"].read(1_000_000).decode("latin-1")
    except AuthError as error:
        return JsonResponse({"failure": error.code}, status=418)
    return JsonResponse({"environ": environ, "body": body})


urlpatterns = [
    path("healthz", healthz),
    path("readyz", readyz),
    path("process", process),
    path("slow", slow),
    path("cookies", cookies),
    path("write", write),
    path("count", count),
    re_path("", echo),
]
