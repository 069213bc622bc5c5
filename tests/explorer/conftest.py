"""An explorer that runs as users start it."""

import contextlib
import os
import signal
import subprocess
import sys
import types

import pytest


@contextlib.contextmanager
def start_explorer(*arguments, folder):
    """Start ``bioann play``, and yield its process and the address that it prints."""
    process = subprocess.Popen(
        [sys.executable, "-m", "bioann.cli", "play", *arguments, "--no-browser", "--out", folder],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=dict(os.environ),
    )
    try:
        address = process.stdout.readline().strip()
        assert process.stdout.readline() == "Press Ctrl-C to end.\n", address
        yield types.SimpleNamespace(process=process, address=address, folder=folder)
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)


@pytest.fixture(scope="module")
def explorer(tmp_path_factory):
    """The explorer of the inverter."""
    for library in ("starlette", "uvicorn", "httpx"):
        pytest.importorskip(library, reason=f"{library} is not installed")
    with start_explorer("inverter", folder=str(tmp_path_factory.mktemp("out"))) as started:
        yield started
