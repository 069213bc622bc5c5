"""Messages between the server process and the worker process: one line of JSON each."""

from __future__ import annotations

import json
from typing import Any

#: Kinds of requests; each is a function of `bioann.explorer.worker`.
KINDS = ("describe", "run", "circuit", "measure", "pair_file", "report")
#: Bytes of a message at most.
MAX_BYTES = 64 * 2**20


def encode_message(message: dict[str, Any]) -> bytes:
    """Return a message as a line of JSON; numbers that are not finite are an error."""
    return json.dumps(message, allow_nan=False).encode() + b"\n"


def decode_message(line: bytes) -> dict[str, Any]:
    """Return the message of a line."""
    message: dict[str, Any] = json.loads(line)
    return message
