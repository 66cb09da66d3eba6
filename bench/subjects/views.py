"""Views of Django REST Framework: one for everybody, the same for whoever is signed in."""

from django.core.wsgi import get_wsgi_application
from django.urls import path
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView


class Bare(APIView):
    """What Django REST Framework itself costs."""

    authentication_classes = ()
    permission_classes = ()

    def get(self, _request: Request) -> Response:
        return Response({"of": "nobody"})


class SignedIn(APIView):
    """What it costs where the project's default is to ask who it is."""

    def get(self, request: Request) -> Response:
        return Response({"of": str(request.user)})


urlpatterns = [path("bare", Bare.as_view()), path("signed-in", SignedIn.as_view())]
application = get_wsgi_application()
