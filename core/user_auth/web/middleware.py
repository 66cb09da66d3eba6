"""The outermost middleware of the service: what the contract asks of every path, ours or not."""

import time
from collections.abc import Callable
from http import HTTPStatus

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.urls import resolve

from user_auth import conf
from user_auth.foundation.errors import MethodNotAllowedError, UnknownHostError
from user_auth.web import counting, edge, hosts, problems, request_ids


class EdgeMiddleware:
    """Checks the host, counts, and adds the headers on every path, static files and unknown ones among them.

    To be the first of ``MIDDLEWARE``. A host project can do without it: our own endpoints then do the same for
    themselves, all but the demand for https, which concerns the whole of its domain.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        began = time.monotonic()
        request_ids.bind(request)
        try:
            _check_host(request)
        except UnknownHostError as error:
            response: HttpResponseBase = problems.answer(error, request=request)
        else:
            # Whole files only: a refusal of a part of one is not ours to put into words.
            request.META.pop("HTTP_RANGE", None)
            response = _in_our_words(self._get_response(request), request=request)
        counting.count(request, response, began=began)
        if conf.settings().uses_https:
            response.headers.setdefault("Strict-Transport-Security", edge.STRICT_TRANSPORT)
        return edge.finish(request, response)


def _in_our_words(response: HttpResponseBase, *, request: HttpRequest) -> HttpResponseBase:
    """Turn the refusal of a method by whoever serves the static files into the one that everything here gives."""
    is_problem = response.headers.get("Content-Type") == problems.CONTENT_TYPE
    if response.status_code != HTTPStatus.METHOD_NOT_ALLOWED or is_problem:
        return response
    allowed = [method.strip() for method in response.headers.get("Allow", "").split(",")]
    return problems.answer(MethodNotAllowedError(allowed=allowed), request=request)


def _check_host(request: HttpRequest) -> None:
    try:
        hosts.check(request)
    except UnknownHostError:
        if not _answers_any_host(request.path_info):
            raise


def _answers_any_host(path: str) -> bool:
    try:
        view = resolve(path).func
    except Http404:
        return False
    return bool(getattr(getattr(view, "view_class", None), "answers_any_host", False))
