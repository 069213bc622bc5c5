"""What a command does first: open missing streams, and import many modules in less time."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager


def replace_closed_streams() -> None:
    """Open the null device for each standard stream that the caller has closed (``2>&-``).

    Otherwise a progress bar would have nothing to write to, and the next file that is opened would
    get the number of the stream, and with it the messages of programs.
    """
    for name in ("stdin", "stdout", "stderr"):
        if getattr(sys, name) is None:
            mode = "r" if name == "stdin" else "w"
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115


#: Objects in cycles between two collections: drawing makes many, and 700 of them, Python's own
#: number, are collected so often that it takes a fifth of the time.
OBJECTS_PER_COLLECTION = 50_000


@contextmanager
def speed_up_imports() -> Iterator[None]:
    """Leave out the garbage collection, which slows imports down.

    Later collections skip the imported modules, which live as long as the process, and are rarer.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.set_threshold(OBJECTS_PER_COLLECTION, *gc.get_threshold()[1:])
        gc.enable()
