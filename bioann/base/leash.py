"""Compilers that end with this process, even if it is killed and can end nothing itself.

A compiler is a tree of processes. A shell starts it in a process group of its own, and a watcher
beside it that kills the group at the end of standard input: the other end of that pipe is held by
this process, and the system closes it when the process ends.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence

#: Starts its arguments as a command, watches standard input, and exits with the command's code.
_WATCH_INPUT = """
exec 3<&0
(read -r _ <&3; kill -s KILL -- -$$) >/dev/null 2>&1 &
watcher=$!
"$@" </dev/null 3<&- &
command=$!
wait $command
code=$?
kill -s KILL $watcher
exit $code
"""


def start_on_leash(command: Sequence[str], environment: Mapping[str, str]) -> subprocess.Popen[str]:
    """Start a command whose process group is killed when this process ends.

    Parameters
    ----------
    command : sequence of str
        Path of the program, and its arguments.
    environment : mapping of str to str
        Environment variables of the program, by name.

    Returns
    -------
    subprocess.Popen
        The process, with a pipe for standard error. End it with `kill_leashed`.
    """
    if os.name != "posix":  # without a POSIX shell it ends by itself
        return subprocess.Popen(
            command, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
        )
    return subprocess.Popen(
        ["/bin/sh", "-c", _WATCH_INPUT, "sh", *command],
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        env=environment,
        process_group=0,
    )


def kill_leashed(process: subprocess.Popen[str]) -> None:
    """Kill what is left of a command and of its children, and close its pipes."""
    if process.poll() is None:
        if os.name == "posix":
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
        process.wait()
    for pipe in (process.stdin, process.stderr):
        if pipe is not None:
            pipe.close()
