"""``python -m bioann.bio.brian_loop.worker_main FD``: a worker, which a run has started."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import time
from multiprocessing.connection import Connection

from bioann.bio.brian_loop.worker_process import serve_lanes


def exit_with_parent(parent: int) -> None:
    """End this process, even during a run, when the one that started it has ended."""
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)


if __name__ == "__main__":
    threading.Thread(target=exit_with_parent, args=(os.getppid(),), daemon=True).start()
    with contextlib.suppress(EOFError, OSError):
        serve_lanes(Connection(int(sys.argv[1])))
