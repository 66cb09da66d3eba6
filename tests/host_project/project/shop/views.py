"""The shop's own views: those of Django REST Framework under the project's defaults, and plain ones."""

import secrets
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.utils.decorators import method_decorator
from django.views.decorators.cache import cache_page
from django.views.decorators.csrf import csrf_exempt
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from user_auth.api import SignedInRequest, current_user, has_role, session_required


class Orders(APIView):
    """For whoever is signed in: that is the project's default."""

    def get(self, request: Request) -> Response:
        return Response({"of": str(request.user)})

    def post(self, request: Request) -> Response:
        return Response({"of": str(request.user), "item": request.data["item"]}, status=201)


class Prices(APIView):
    """For editors."""

    permission_classes = (has_role("editor"),)

    def get(self, request: Request) -> Response:
        return Response({"editor": str(request.user)})


class Offers(APIView):
    """For everybody, but to each their own."""

    permission_classes = (AllowAny,)
    throttle_classes = ()

    @method_decorator(cache_page(300))
    def dispatch(self, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return super().dispatch(*args, **kwargs)

    def get(self, request: Request) -> Response:
        return Response({"for": str(request.user), "number": secrets.token_hex()})


@session_required
def basket(request: SignedInRequest) -> HttpResponse:
    identity = request.user_auth
    return JsonResponse(
        {"of": identity.user.email, "session": identity.session.id, "django_user": str(request.user)},
        status=201 if request.method == "POST" else 200,
    )


@transaction.non_atomic_requests
@session_required
async def parcel(request: SignedInRequest) -> HttpResponse:
    return JsonResponse({"to": request.user_auth.user.name})


@csrf_exempt
@session_required(role="editor")
def publish(request: SignedInRequest) -> HttpResponse:
    return JsonResponse({"by": request.user_auth.user.email})


def greeting(request: HttpRequest) -> HttpResponse:
    user = current_user(request)
    return HttpResponse(f"Hello, {user.name}" if user else "Hello, stranger")
