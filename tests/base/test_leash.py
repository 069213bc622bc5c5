"""A compiler and its children end with the process that started them."""

import os
import signal
import subprocess
import sys

import psutil
import pytest

from bioann.base import leash
from bioann.base.leash import kill_leashed, start_on_leash

pytestmark = pytest.mark.skipif(os.name != "posix", reason="without a POSIX shell")
#: Starts a child and waits for it, as a compiler does.
PARENT = ["/bin/sh", "-c", "sleep 60 & echo started >&2; wait"]


def test_code_and_errors_are_those_of_the_command():
    process = start_on_leash(["/bin/sh", "-c", 'echo "$1" >&2; exit 7', "sh", "a b"], os.environ)
    assert process.stderr.read() == "a b\n"
    assert process.wait() == 7
    kill_leashed(process)


def wait_until_gone(processes):
    _, alive = psutil.wait_procs(processes, timeout=10)
    return not [p for p in alive if p.status() != psutil.STATUS_ZOMBIE]


def test_killing_ends_the_children_too():
    process = start_on_leash(PARENT, os.environ)
    assert process.stderr.readline() == "started\n"
    children = psutil.Process(process.pid).children(recursive=True)
    kill_leashed(process)
    assert len(children) > 2  # watcher, parent and its child, which may not be `sleep` yet
    assert process.returncode == -signal.SIGKILL
    assert wait_until_gone(children)


def test_the_end_of_the_starter_ends_all():
    code = (
        "import os, runpy, time; "
        f"leash = runpy.run_path({leash.__file__!r}); "
        f"process = leash['start_on_leash']({PARENT!r}, os.environ); process.stderr.readline(); "
        "print('started', flush=True); time.sleep(60)"
    )
    starter = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    with starter:
        assert starter.stdout.readline() == "started\n"
        children = psutil.Process(starter.pid).children(recursive=True)
        starter.kill()
    assert len(children) > 2
    assert wait_until_gone(children)
