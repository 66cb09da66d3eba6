"""The specification as it is commonly written: a view of Django REST Framework, PyJWT, two reads through MongoEngine."""

import hashlib
import os
from typing import Any

import jwt
from django.core.wsgi import get_wsgi_application
from django.urls import path
from mongoengine import DateTimeField, Document, ObjectIdField, StringField, connect
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

KEY = os.environ["BENCH_KEY"]
connect(host=os.environ["MONGODB_URI"].replace("/?", "/bench?"), connect=False, tz_aware=True)


class User(Document):
    email = StringField(required=True)
    name = StringField()
    created_at = DateTimeField()
    meta = {"collection": "average_users", "auto_create_index": False}  # noqa: RUF012 - MongoEngine's way


class Session(Document):
    id = StringField(primary_key=True)
    user_id = ObjectIdField()
    expires_at = DateTimeField()
    meta = {"collection": "average_sessions", "auto_create_index": False}  # noqa: RUF012 - MongoEngine's way


class Check(APIView):
    def post(self, request: Request) -> Response:
        token = request.headers["Authorization"].removeprefix("Bearer ")
        claims = jwt.decode(token, KEY, algorithms=["HS256"])
        session: Any = Session.objects(id=hashlib.sha256(claims["sid"].encode()).hexdigest()).first()
        if session is None:
            return Response({"active": False}, status=401)
        user: Any = User.objects(id=session.user_id).first()
        return Response({"active": True, "user": {"email": user.email, "name": user.name, "since": user.created_at}})


urlpatterns = [path("check", Check.as_view())]
application = get_wsgi_application()
