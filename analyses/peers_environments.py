"""Environments of the libraries that `analyses/peers.py` compares, apart from that of bioann.

Each holds a virtual environment in the user's cache folder, made once and used again. Nothing is
installed unless the user asks for it; whatever is missing is a reason in one sentence.
"""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock
from platformdirs import user_cache_path

from bioann.base.printable import clean_line

#: Seconds after which an installation, the import of a library and a run are given up.
INSTALL_LIMIT_S, IMPORT_LIMIT_S, RUN_LIMIT_S = 1800, 180, 1800
#: Characters of an error message that a report shows.
MAX_MESSAGE = 240


def find_environments_folder() -> Path:
    """Return the folder of all environments, in the user's cache folder."""
    return user_cache_path("bioann") / "peers"


@dataclasses.dataclass(frozen=True)
class PeerEnvironment:
    """A library and the environment that it runs in.

    Attributes
    ----------
    library : str
        Name of the library in the package index.
    name : str
        Name of the environment's folder; libraries that get along share one.
    requirements : tuple of tuple of str
        Requirements of each call of pip, in order.
    module : str
        Module whose import shows that the library works.
    script : str
        File beside this one that runs the library, with its name and the arrays as arguments.
    """

    library: str
    name: str
    requirements: tuple[tuple[str, ...], ...]
    module: str
    script: str

    @property
    def folder(self) -> Path:
        """Folder of the virtual environment."""
        return find_environments_folder() / self.name

    @property
    def python(self) -> Path:
        """Python of the environment."""
        folder, file = ("Scripts", "python.exe") if os.name == "nt" else ("bin", "python")
        return self.folder / folder / file


def run_command(command: Sequence[str | Path], limit_s: float) -> tuple[str, str]:
    """Run a command, and return its output and what went wrong in one line.

    Parameters
    ----------
    command : sequence of str or pathlib.Path
        Command and arguments.
    limit_s : float
        Seconds after which it is stopped.

    Returns
    -------
    output, error : str
        Standard output; the last line of the errors, or an empty string if the command succeeded.
    """
    try:
        result = subprocess.run(
            [str(argument) for argument in command],
            capture_output=True,
            text=True,
            check=False,
            timeout=limit_s,
            stdin=subprocess.DEVNULL,
        )
    except subprocess.TimeoutExpired:
        return "", f"it took longer than {limit_s:.0f} s"
    except OSError as error:
        return "", clean_line(str(error))
    if not result.returncode:
        return result.stdout, ""
    lines = [line.strip() for line in result.stderr.splitlines() if line.strip()]
    # pip names the requirement that it cannot meet in its last line of this kind.
    reasons = [line for line in lines if line.startswith("ERROR:")] or lines
    message = reasons[-1] if reasons else f"exit code {result.returncode}"
    return result.stdout, clean_line(message.removeprefix("ERROR: "))[:MAX_MESSAGE]


def prepare_environment(environment: PeerEnvironment, *, install: bool) -> str:
    """Install a library if that is allowed and needed.

    Parameters
    ----------
    environment : PeerEnvironment
        The library.
    install : bool
        Whether to make the environment, which downloads from a package index.

    Returns
    -------
    str
        Why the library cannot be used; empty if it can.
    """
    probe = (environment.python, "-I", "-c", f"import {environment.module}")
    error = "it is not installed" if not environment.python.exists() else ""
    if not error:
        error = run_command(probe, IMPORT_LIMIT_S)[1]
    if not error or not install:
        return f"{error} (add --install to install it from the package index)" if error else ""
    try:
        environment.folder.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(environment.folder.with_suffix(".lock")):
            return _install(environment) or run_command(probe, IMPORT_LIMIT_S)[1]
    except OSError as failure:
        return clean_line(f"{environment.folder} could not be written: {failure}")


def _install(environment: PeerEnvironment) -> str:
    pip = (environment.python, "-I", "-m", "pip", "install", "--quiet")
    commands: list[tuple[str | Path, ...]] = []
    if not environment.python.exists():
        commands.append((sys.executable, "-m", "venv", environment.folder))
    commands += [(*pip, *requirements) for requirements in environment.requirements]
    for command in commands:
        error = run_command(command, INSTALL_LIMIT_S)[1]
        if error:
            version = ".".join(map(str, sys.version_info[:2]))
            names = " ".join(str(argument) for argument in command[len(pip) :]) or "venv"
            return f"{names} could not be installed for Python {version}: {error}"
    return ""


def run_in_environment(
    environment: PeerEnvironment, arrays: dict[str, np.ndarray]
) -> tuple[dict[str, Any], str]:
    """Run the script of a library on arrays.

    Parameters
    ----------
    environment : PeerEnvironment
        The environment of the library.
    arrays : dict of str to numpy.ndarray
        Weights and images, which the script reads from a file.

    Returns
    -------
    result : dict
        What the script printed; empty if it failed.
    error : str
        Why it failed, in one line; empty if it did not.
    """
    script = Path(__file__).parent / environment.script
    with tempfile.TemporaryDirectory(prefix="bioann-peers-") as folder:
        path = Path(folder) / "arrays.npz"
        np.savez(path, **arrays)  # type: ignore[arg-type]
        # -I: neither this folder nor PYTHONPATH may hide modules of the library.
        command = (environment.python, "-I", script, environment.library, path)
        output, error = run_command(command, RUN_LIMIT_S)
    if error:
        return {}, error
    try:
        return dict(json.loads(output.splitlines()[-1])), ""
    except (IndexError, ValueError):
        return {}, "its output has no result in the last line"
