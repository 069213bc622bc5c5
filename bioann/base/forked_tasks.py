"""Run functions that return bytes on two cores, the second one in a copy of this process.

Drawing holds the interpreter, so that threads cannot share it; a copy of the process (``os.fork``)
has all that is to be drawn. It only calculates: what it returns comes back as bytes, and whatever
it cannot finish is done here, where an error is an ordinary exception.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import struct
import sys
import threading
import time
import warnings
from collections.abc import Callable, Sequence

Task = Callable[[], bytes]

#: Index and length of a result.
_HEADER = struct.Struct("<IQ")
#: Tasks are handed out by the bytes of a pipe.
MAX_TASKS = 256
#: The copy of the process is given up after this many seconds, or times what the others took.
PATIENCE_S, PATIENCE_RATIO = 20.0, 10.0


def can_fork() -> bool:
    """Whether this process may be copied: on Linux, and while it has a single thread.

    A copy of a process with several threads may wait for ever for a lock that another thread held.
    """
    is_alone = threading.active_count() == 1 and "jax" not in sys.modules
    return sys.platform == "linux" and hasattr(os, "memfd_create") and is_alone


class SharedTasks:
    """Tasks that a copy of this process has begun; `finish` does the others and returns all.

    Parameters
    ----------
    tasks : sequence of callable
        Each returns bytes, at most `MAX_TASKS`. They may depend on nothing that another changes.
    n_cores : int
        Number of cores; with one, or where a process cannot be copied, `finish` does all tasks.
    """

    def __init__(self, tasks: Sequence[Task], n_cores: int) -> None:
        self.tasks = tuple(tasks)
        self._process = 0
        self._start = time.monotonic()
        if n_cores > 1 and 0 < len(self.tasks) <= MAX_TASKS and can_fork():
            self._fork()

    def _fork(self) -> None:
        self._queue, writer = os.pipe()
        os.write(writer, bytes(range(len(self.tasks))))
        os.close(writer)
        self._end, end_writer = os.pipe()  # closed by the end of the copy, however it ends
        self._results = os.memfd_create("bioann")
        with warnings.catch_warnings():
            # Other libraries may have threads of their own, which the tasks do not use.
            warnings.simplefilter("ignore", DeprecationWarning)
            self._process = os.fork()
        if self._process:
            os.close(end_writer)
            return
        try:
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # the original ends its copy
            for number in (signal.SIGTERM, signal.SIGHUP):
                signal.signal(number, signal.SIG_DFL)
            with open(self._results, "wb", buffering=0, closefd=False) as results:
                while (index := self._take_task()) is not None:
                    data = self.tasks[index]()
                    results.write(_HEADER.pack(index, len(data)) + data)
        except BaseException:
            pass  # the original does this task again, and raises the error
        finally:
            os._exit(0)

    def _take_task(self) -> int | None:
        """Return the number of the next task that nobody has begun; None at the end."""
        taken = os.read(self._queue, 1)
        return taken[0] if taken else None

    def finish(self) -> list[bytes]:
        """Do the tasks that are left, and return the results of all in their order.

        Raises
        ------
        Exception
            What a task raises.
        """
        results: dict[int, bytes] = {}
        if self._process:
            try:
                while (index := self._take_task()) is not None:
                    results[index] = self.tasks[index]()
                self._wait()
                results |= self._read_results()
            finally:
                self.close()
        return [
            results[index] if index in results else task() for index, task in enumerate(self.tasks)
        ]

    def _wait(self) -> None:
        patience = max(PATIENCE_S, PATIENCE_RATIO * (time.monotonic() - self._start))
        select.select([self._end], [], [], patience)

    def _read_results(self) -> dict[int, bytes]:
        """Return the complete results of the copy of this process, by the numbers of tasks."""
        size = os.fstat(self._results).st_size
        content = os.pread(self._results, size, 0)
        results, position = {}, 0
        while position + _HEADER.size <= len(content):
            index, length = _HEADER.unpack_from(content, position)
            position += _HEADER.size
            data = content[position : position + length]
            position += length
            if len(data) == length:
                results[index] = data
        return results

    def close(self) -> None:
        """End the copy of this process, whatever it has done; nothing if there is none."""
        if not self._process:
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._process, signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(self._process, 0)
        for descriptor in (self._queue, self._end, self._results):
            os.close(descriptor)
        self._process = 0

    def __enter__(self) -> SharedTasks:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()
