"""Endpoints that do nothing but show what the kit does around them, and the app under a prefix."""

from django.http import HttpResponse
from django.urls import include, path
from rest_framework.response import Response

from user_auth import limits
from user_auth.mongo import connection
from user_auth.web import cookies, fields
from user_auth.web.body import Body
from user_auth.web.endpoint import Call, Endpoint, operation

SECRET = "what the crash must not tell"


class EchoBody(Body):
    text = fields.Text(max_length=100)
    word = fields.Choice("one", "two", required=False)


class EitherBody(Body):
    one = fields.Text(required=False)
    other = fields.Text(required=False)

    exactly_one_of = ("one", "other")


class EchoView(Endpoint):
    @operation(summary="Echo", body=EchoBody)
    def post(self, call: Call) -> Response:
        return Response(call.data)


class EitherView(Endpoint):
    @operation(summary="One of two", body=EitherBody)
    def post(self, call: Call) -> Response:
        return Response(call.data)


class PlainView(Endpoint):
    @operation(summary="Get")
    def get(self, call: Call) -> Response:
        return Response({"ip": call.caller.ip, "user_agent": call.caller.user_agent, "id": call.caller.request_id})

    @operation(summary="Post")
    def post(self, call: Call) -> Response:
        return Response({"done": True})

    @operation(summary="Delete")
    def delete(self, call: Call) -> Response:
        response = Response(status=204)
        cookies.clear_session(response)
        return response


class QueryView(Endpoint):
    @operation(summary="Query", query=EchoBody)
    def get(self, call: Call) -> Response:
        return Response(call.query)


class LimitedView(Endpoint):
    @operation(summary="Limited", body=EchoBody, limit=limits.SIGNUP)
    def post(self, call: Call) -> Response:
        return Response({})


class SessionView(Endpoint):
    @operation(summary="With a session", body=EchoBody, session=True, failure_limit=limits.VERIFY)
    def post(self, call: Call) -> Response:
        return Response({"email": call.checked.user.email})


class AdminView(Endpoint):
    @operation(summary="With a role", role="admin")
    def get(self, call: Call) -> Response:
        return Response({"email": call.checked.user.email})


class CrashView(Endpoint):
    @operation(summary="Crash")
    def get(self, call: Call) -> Response:
        raise RuntimeError(SECRET)


class ForgetfulView(Endpoint):
    @operation(summary="Use a session that was not asked for")
    def get(self, call: Call) -> Response:
        return Response({"email": call.checked.user.email})


class UnfitView(Endpoint):
    @operation(summary="Answer what JSON has no word for")
    def get(self, call: Call) -> Response:
        return Response({"value": object()})


class DatabaseView(Endpoint):
    @operation(summary="Ask the database")
    def get(self, call: Call) -> Response:
        connection.database().command("ping")
        return Response({})


class PageView(Endpoint):
    @operation(summary="A page", is_documented=False)
    def get(self, call: Call) -> HttpResponse:
        return HttpResponse("<!doctype html><title>A page</title>")


urlpatterns = [
    path("echo", EchoView.as_view()),
    path("either", EitherView.as_view()),
    path("plain", PlainView.as_view()),
    path("query", QueryView.as_view()),
    path("limited", LimitedView.as_view()),
    path("session", SessionView.as_view()),
    path("admin", AdminView.as_view()),
    path("crash", CrashView.as_view()),
    path("forgetful", ForgetfulView.as_view()),
    path("unfit", UnfitView.as_view()),
    path("database", DatabaseView.as_view()),
    path("page", PageView.as_view()),
    path("auth/", include("user_auth.urls")),
]

handler400 = "user_auth.web.handlers.bad_request"
handler403 = "user_auth.web.handlers.forbidden"
handler404 = "user_auth.web.handlers.not_found"
handler500 = "user_auth.web.handlers.crashed"
