"""The API's document, as it was generated from the code (``make openapi``), with what depends on the deployment."""

import json
from copy import deepcopy
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

from django.urls import reverse

from user_auth import conf
from user_auth.web import cookies

FILE = Path(__file__).resolve().parents[2] / "openapi.json"


def document() -> dict[str, Any]:
    """Return the document of this deployment: its name, its addresses, its cookie."""
    own = deepcopy(_generated())
    prefix = reverse("user_auth:openapi").removesuffix("/openapi.json")
    own["info"]["title"] = conf.settings().service_name
    own["servers"] = [
        {"url": prefix or "/", "description": "Wherever this document comes from"},
        {"url": conf.settings().public_url + prefix, "description": "The public address"},
    ]
    own["components"]["securitySchemes"]["cookie"]["name"] = cookies.session_name()
    return own


@lru_cache(maxsize=1)
def _generated() -> dict[str, Any]:
    return cast("dict[str, Any]", json.loads(FILE.read_text(encoding="utf-8")))
