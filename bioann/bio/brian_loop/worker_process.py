"""Processes that run lanes of a hand-written Brian2 network.

A worker is a Python process of its own that imports the module of the build function, by name. The
user's main script is not imported: it may do anything.
"""

from __future__ import annotations

import gc
import os
import pickle
import subprocess
import sys
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from typing import Any, Protocol

import brian2 as b2

from bioann.base.content.content import list_content
from bioann.bio.brian_loop.lane import Lane, LaneRun, LaneRunner

#: Obstacle of functions that another process cannot import.
_NOT_IMPORTABLE = "a build function that no other process can import by its name"


class LaneSource(Protocol):
    """Where a worker gets its lanes; see `bioann.bio.brian_loop.run_lanes.LaneQueue`."""

    results: dict[int, LaneRun]
    errors: dict[int, BaseException]

    def take(self) -> tuple[int, Lane] | None:
        """Return the next lane, or None."""
        ...

    def put_back(self, k: int) -> None:
        """Return a lane without a result."""
        ...


def encode_runner(runner: LaneRunner) -> tuple[bytes, str]:
    """Encode what a worker needs, as the module ``multiprocessing`` would.

    Functions and classes are referred to by module and name.

    Parameters
    ----------
    runner : LaneRunner
        What the lanes have in common.

    Returns
    -------
    message : bytes
        For `WorkerProcess`; empty if there is an obstacle.
    obstacle : str
        Why other processes cannot run the lanes, as a noun phrase; empty if they can.
    """
    function = runner.build
    while hasattr(function, "func"):  # functools.partial
        function = function.func
    module = getattr(function, "__module__", None) or type(function).__module__
    if module in ("__main__", "__mp_main__"):
        return b"", _NOT_IMPORTABLE
    content = list_content(runner.build)
    if content.unhashed:
        return b"", f"code that cannot be compared between processes ({content.unhashed[0]})"
    preferences = {name: b2.prefs[name] for name in b2.prefs}
    state = {"preferences": preferences, "dt": b2.defaultclock.dt_, "content": content.hash}
    try:
        return pickle.dumps((runner, state)), ""
    except Exception:  # pickle raises what the object to be encoded raises
        return b"", _NOT_IMPORTABLE


class WorkerProcess:
    """A process that runs lanes until its pipe is closed.

    Parameters
    ----------
    message : bytes
        What `encode_runner` has returned.
    """

    def __init__(self, message: bytes) -> None:
        self._connection, child = Pipe()
        environment = os.environ | {
            "BIOANN_CORES": "1",
            "PYTHONPATH": os.pathsep.join(path or os.getcwd() for path in sys.path),
        }
        command = [
            sys.executable,
            "-P",
            "-m",
            "bioann.bio.brian_loop.worker_main",
            str(child.fileno()),
        ]
        self._process = subprocess.Popen(
            command, env=environment, stdin=subprocess.DEVNULL, pass_fds=[child.fileno()]
        )
        child.close()
        self._message = message
        self.is_ready = False

    def run_lanes(self, queue: LaneSource, bar: Any) -> None:
        """Run lanes of a queue until there are none; for a thread of its own.

        A lane whose process ends early, or cannot import the network, goes back into the queue.
        """
        taken = None
        try:
            self._connection.send_bytes(self._message)
            self.is_ready = self._connection.recv() == "ready"
            if not self.is_ready:
                return
            while (taken := queue.take()) is not None:
                k, lane = taken
                self._connection.send(lane)
                result = self._connection.recv()
                results = queue.errors if isinstance(result, BaseException) else queue.results
                results[k] = result
                taken = None
                bar.update()
        except (OSError, EOFError, pickle.UnpicklingError):
            if taken is not None:
                queue.put_back(taken[0])
        finally:
            self._connection.close()

    def end(self) -> None:
        """End the process, whatever it is doing."""
        self._process.kill()
        self._process.wait()


def serve_lanes(connection: Connection) -> None:
    """Run the lanes that arrive; the main function of a worker."""
    try:
        runner, state = pickle.loads(connection.recv_bytes())  # from the parent process alone
        is_same = list_content(runner.build).hash == state["content"]
        for name, value in state["preferences"].items():
            if b2.prefs[name] != value:
                b2.prefs[name] = value
        b2.defaultclock.dt = state["dt"] * b2.second
    except Exception:
        is_same = False
    gc.freeze()  # see `run_lanes`
    connection.send("ready" if is_same else "cannot run this network")
    while is_same:
        lane = connection.recv()
        try:
            result: LaneRun | Exception = runner.run_lane(lane)
        except Exception as error:
            result = error
        try:
            connection.send(result)
        except (pickle.PicklingError, TypeError, AttributeError):
            return  # the parent runs the lane again, and gets the error itself
