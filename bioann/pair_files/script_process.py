"""Run a Brian2 script in a process of its own, and collect what it prints and what was read."""

from __future__ import annotations

import collections
import contextlib
import dataclasses
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

import numpy as np

from bioann.base import errors
from bioann.base.errors import BioannError, UserCodeError
from bioann.base.leash import kill_leashed, start_on_leash

#: Lines of the script's output that are kept: the last ones.
MAX_LINES = 20
#: Characters of a line that are kept.
_MAX_LINE_LENGTH = 500


@dataclasses.dataclass(frozen=True)
class ScriptReading:
    """The pair that was read from a script.

    Parameters
    ----------
    source : str
        Source of the pair file.
    arrays : dict of str to numpy.ndarray
        Long arrays of the file, by name.
    decisions, flags : tuple of str
        Decisions, and respects in which the pair may differ from the script.
    """

    source: str
    arrays: Mapping[str, np.ndarray]
    decisions: tuple[str, ...]
    flags: tuple[str, ...]


class OutputTail:
    """Collects the last lines of a stream in a thread, so that no output fills the memory."""

    def __init__(self, stream: IO[str]) -> None:
        self._lines: collections.deque[str] = collections.deque([""], maxlen=MAX_LINES + 1)
        self._count = 0
        self._thread = threading.Thread(target=self._collect, args=(stream,), daemon=True)
        self._thread.start()

    def _collect(self, stream: IO[str]) -> None:
        with contextlib.suppress(ValueError):  # the stream is closed
            while text := stream.readline(_MAX_LINE_LENGTH):
                self._lines[-1] = (self._lines[-1] + text)[:_MAX_LINE_LENGTH]
                if text.endswith("\n"):
                    self._count += 1
                    self._lines.append("")

    def read_lines(self) -> tuple[int, list[str]]:
        """Wait for the end of the stream; return the number of its lines, and the last ones."""
        self._thread.join(timeout=5)  # a child of the script may keep the stream open
        lines = list(self._lines)
        n_lines = self._count + bool(lines[-1])
        return n_lines, [line.rstrip() for line in lines if line][-MAX_LINES:]


def run_script(
    script: Path, options: Mapping[str, Any], timeout: float
) -> tuple[ScriptReading | BioannError, list[str]]:
    """Run a script up to its first ``run()``, and return the pair that was read there.

    Parameters
    ----------
    script : pathlib.Path
        The script.
    options : mapping of str to object
        Options of `bioann.pair_files.script_reader.read_script`, as JSON can hold them.
    timeout : float
        Longest duration in seconds; the process and its children are killed then.

    Returns
    -------
    reading : ScriptReading or BioannError
        The pair, or the reason why there is none.
    output : list of str
        The last lines that the script printed, and a first one with the number of lines if there
        are more.
    """
    with tempfile.TemporaryDirectory(prefix="bioann_import_") as name:
        folder = Path(name)
        (folder / "options.json").write_text(json.dumps(dict(options)), encoding="utf-8")
        reader = (sys.executable, "-P", "-m", "bioann.pair_files.script_reader")
        environment = {**os.environ, "MPLBACKEND": "Agg", "PYTHONUNBUFFERED": "1"}
        process = start_on_leash([*reader, str(script.resolve()), name], environment)
        try:
            assert process.stderr is not None
            tail = OutputTail(process.stderr)
            try:
                code = process.wait(timeout)
            except subprocess.TimeoutExpired:
                code = None
                _kill_group(process)
            n_lines, lines = tail.read_lines()
        finally:
            kill_leashed(process)
        hidden = [f"(the last {len(lines)} of {n_lines} lines)"] if n_lines > len(lines) else []
        return read_result(script, folder, code, timeout), [*hidden, *lines]


def _kill_group(process: subprocess.Popen[str]) -> None:
    """Kill a process and its children, before its pipes are closed."""
    if os.name != "posix":
        process.kill()
        return
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def read_result(
    script: Path, folder: Path, code: int | None, timeout: float
) -> ScriptReading | BioannError:
    """Return what the process has written into its folder, or why it has not."""
    if code is None:
        expected = f"its first run(), and the translation, within {timeout:g} s"
        remedy = "Allow more time with --timeout, or shorten what the script does before run()."
        return UserCodeError(f"script {script}", expected, "none: it was stopped", remedy)
    try:
        result = json.loads((folder / "result.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        expected, got = "a script that calls run()", f"an end of its process, exit code {code}"
        remedy = "Run the script with Python to see what ends it before run()."
        return UserCodeError(f"script {script}", expected, got, remedy)
    if "error" in result:
        kind = getattr(errors, result["error"].pop("class"))
        error: BioannError = kind(**result["error"])
        return error
    with np.load(folder / "arrays.npz") as file:  # allows no pickled objects
        arrays = dict(file)
    return ScriptReading(
        result["source"], arrays, tuple(result["decisions"]), tuple(result["flags"])
    )
