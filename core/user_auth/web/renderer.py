"""Values turned into the bytes of an answer; the one place, so that every way to answer gives the same bytes."""

import json

from rest_framework.renderers import BaseRenderer


def encode(data: object) -> bytes:
    """Return ``data`` as compact JSON in UTF-8.

    Raises:
        TypeError, ValueError: It holds what JSON has no word for, NaN among it.
    """
    return json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


class JsonRenderer(BaseRenderer):
    """JSON and nothing else; untouched by ``REST_FRAMEWORK``, which DRF's own reads."""

    media_type = "application/json"
    format = "json"
    charset = None

    def render(self, data: object, *_: object, **__: object) -> bytes:
        return b"" if data is None else encode(data)
