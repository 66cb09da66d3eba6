"""How every view of Django REST Framework answers errors."""

from typing import Any

from rest_framework.response import Response
from rest_framework.views import exception_handler


def envelope(error: Exception, context: Any) -> Response | None:
    """Answer every error in the project's own form."""
    answer = exception_handler(error, context)
    if answer is None:
        return None
    answer.data = {"ok": False, "why": getattr(answer.data["detail"], "code", None)}
    return answer
