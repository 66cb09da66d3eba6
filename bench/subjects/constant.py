"""An application that returns a constant: the limit of what one on granian can do."""

import json
import os
from collections.abc import Callable
from typing import Any

ANSWER = json.loads(os.environ["BENCH_ANSWER"])
HEADERS: list[tuple[str, str]] = [(name, value) for name, value in ANSWER["headers"]]
BODY: bytes = ANSWER["body"].encode()


def wsgi(_environ: dict[str, Any], start_response: Callable[[str, list[tuple[str, str]]], object]) -> list[bytes]:
    start_response("200 OK", HEADERS)
    return [BODY]
