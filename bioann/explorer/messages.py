"""Messages between the server process and the worker process: one line of JSON each."""

from __future__ import annotations

import json
import signal
from typing import Any

#: Kinds of requests; each is a function of `bioann.explorer.worker`.
KINDS = ("describe", "run", "circuit", "measure", "pair_file", "report")
#: Answer to a request that a newer one has replaced.
SUPERSEDED: dict[str, Any] = {"superseded": True}
#: Signal that stops the present run; Windows has none, and there a run goes on to its end.
INTERRUPT_SIGNAL: signal.Signals | None = getattr(signal, "SIGUSR1", None)
#: Engines of spiking models; `bioann.bio.engines.choice`, which lists them, imports Brian2.
ENGINE_NAMES = ("auto", "numpy", "cython", "cpp", "cpp_standalone")
#: Bytes of a message at most.
MAX_BYTES = 64 * 2**20


def encode_message(message: dict[str, Any]) -> bytes:
    """Return a message as a line of JSON; numbers that are not finite are an error."""
    return json.dumps(message, allow_nan=False).encode() + b"\n"


def decode_message(line: bytes) -> dict[str, Any]:
    """Return the message of a line."""
    message: dict[str, Any] = json.loads(line)
    return message
