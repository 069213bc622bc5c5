"""NEST and BrainPy in an environment of the benchmark's own: they are large, and not needed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.benchmarks.nengo_env import CACHE

#: Made when first asked for, outside the repository.
FOLDER = CACHE / "bioann-benchmarks" / "simulators"
PYTHON = FOLDER / "bin" / "python"
#: What pip installs for each simulator, and the module that is imported.
PACKAGES = {
    "NEST": (("nest-simulator>=3.8",), "nest"),
    "BrainPy": (("brainpy>=2.6", "numba", "jax[cpu]"), "brainpy"),
}


def describe_missing(simulator: str, *, install: bool) -> str:
    """Return in a sentence why a simulator cannot run; empty if it can.

    Parameters
    ----------
    simulator : {'NEST', 'BrainPy'}
        Name of the simulator.
    install : bool
        Whether to install it if it is missing.

    Returns
    -------
    str
        Reason.
    """
    packages, module = PACKAGES[simulator]
    if _can_import(module):
        return ""
    if not install:
        return f"{packages[0]} is not installed in {FOLDER}"
    commands = [[str(PYTHON), "-m", "pip", "install", "--quiet", *packages]]
    if not PYTHON.exists():
        commands.insert(0, [sys.executable, "-m", "venv", str(FOLDER)])
    for command in commands:
        result = subprocess.run(command, capture_output=True, text=True, check=False)
        if result.returncode:
            return f"{packages[0]} cannot be installed in {FOLDER}: {result.stderr[-300:].strip()}"
    return "" if _can_import(module) else f"{packages[0]} does not start in {FOLDER}"


def run_coba(simulator: str, n: int, duration: float, n_threads: int) -> dict[str, Any]:
    """Run the benchmark network in a simulator.

    Parameters
    ----------
    simulator : {'NEST', 'BrainPy'}
        Name of the simulator.
    n : int
        Number of neurons.
    duration : float
        Seconds of simulated time.
    n_threads : int
        Number of threads; BrainPy chooses it itself.

    Returns
    -------
    dict
        ``seconds`` on the clock, without imports, and ``rate`` in Hz. For NEST, they include
        building the network; for BrainPy, neither that nor the compilation.
    """
    script = Path(__file__).with_name(f"{simulator.lower()}_side.py")
    numbers = [n, duration, *([n_threads] if simulator == "NEST" else [])]
    command = [str(PYTHON), str(script), *map(str, numbers)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode:
        raise RuntimeError(f"{simulator}: {result.stderr[-2000:]}")
    output: dict[str, Any] = json.loads(result.stdout.splitlines()[-1])
    return output


def _can_import(module: str) -> bool:
    if not PYTHON.exists():
        return False
    command = [PYTHON, "-c", f"import {module}"]
    return not subprocess.run(command, capture_output=True, check=False).returncode
