"""Checks of the installation: dependencies, engines, PDF output and the report folder."""

from __future__ import annotations

import dataclasses
import os
import platform
import shutil
import sys
import sysconfig
import tempfile
from collections.abc import Callable, Iterator
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement

import bioann as ba  # lazy: this module must load even where a dependency is broken
from bioann.base.errors import BioannError

#: C++ compilers for which the compiled engines search, in this order.
COMPILERS = ("c++", "g++", "clang++")


@dataclasses.dataclass(frozen=True)
class InstallationCheck:
    """Result of one check of the installation.

    Attributes
    ----------
    subject : str
        The package, engine or folder that was checked.
    state : {'ok', 'PROBLEM', 'absent'}
        ``absent`` marks a missing component that a run does not need.
    detail : str
        The version, or the problem and a remedy.
    """

    subject: str
    state: str
    detail: str


def check_installation(folder: str | Path) -> Iterator[InstallationCheck]:
    """Check the whole installation, fast checks first.

    Parameters
    ----------
    folder : str or pathlib.Path
        Folder for reports; it need not exist.

    Yields
    ------
    InstallationCheck
        One result at a time, as soon as it is known.
    """
    yield check_python()
    yield InstallationCheck("platform", "ok", f"{platform.platform()}, {platform.machine()}")
    yield from check_dependencies()
    yield try_action(
        "engine numpy",
        lambda: _simulate_neuron("numpy"),
        "Install the versions that 'pip check' asks for.",
    )
    yield from check_compiled_engines()
    yield try_action(
        "PDF (typst)", _typeset_page, "Install typst again: pip install --force-reinstall typst"
    )
    yield try_action(
        f"folder {folder}", lambda: _write_to_folder(Path(folder)), "Choose another with --out."
    )


def check_compiled_engines() -> Iterator[InstallationCheck]:
    """Check the requirements of the compiled engines, and test the engine ``cpp``.

    Yields
    ------
    InstallationCheck
        One result per engine.
    """
    names = (os.environ.get("CXX"), *COMPILERS)
    compiler = next((path for name in names if name and (path := shutil.which(name))), None)
    if compiler is None:
        remedy = "no C++ compiler, so auto selects numpy; Debian: apt-get install g++"
        yield InstallationCheck("engine cython", "absent", remedy)
        yield InstallationCheck("engine cpp", "absent", remedy)
        return
    header = Path(sysconfig.get_path("include")) / "Python.h"
    if header.exists():
        yield InstallationCheck(
            "engine cython", "ok", f"not tested; it would use {compiler} and {header}"
        )
    else:
        remedy = f"{header} does not exist; Debian: apt-get install python3-dev"
        yield InstallationCheck("engine cython", "absent", remedy)
    remedy = "Set CXX to another compiler, or use engine='numpy'."
    yield try_action(
        "engine cpp", lambda: f"{_simulate_neuron('cpp')}, compiled by {compiler}", remedy
    )


def check_python() -> InstallationCheck:
    """Check that bioann supports the version of the Python interpreter."""
    required = metadata.metadata("bioann")["Requires-Python"] or ""
    version = platform.python_version()
    if Requirement(f"python{required}").specifier.contains(version, prereleases=True):
        return InstallationCheck("python", "ok", f"{version} at {sys.executable}")
    return InstallationCheck(
        "python",
        "PROBLEM",
        f"{version}; wanted {required}. Create a venv with such a version.",
    )


def check_dependencies() -> Iterator[InstallationCheck]:
    """Check the versions of all dependencies; optional ones may be absent.

    Yields
    ------
    InstallationCheck
        One result per required package on this interpreter, then one per extra.
    """
    for requirement in _list_requirements(""):
        problem = describe_problem(requirement)
        state = "PROBLEM" if problem else "ok"
        yield InstallationCheck(
            requirement.name, state, problem or metadata.version(requirement.name)
        )
    for extra in metadata.metadata("bioann").get_all("Provides-Extra") or []:
        problems = [
            f"{n.name} {p}" for n in _list_requirements(extra) if (p := describe_problem(n))
        ]
        detail = "; ".join(problems) or "installed"
        yield InstallationCheck(f"extra {extra}", "absent" if problems else "ok", detail)


def describe_problem(requirement: Requirement) -> str:
    """Describe how an installed package violates a requirement.

    Parameters
    ----------
    requirement : packaging.requirements.Requirement
        Name of the package and the versions that bioann supports.

    Returns
    -------
    str
        The problem and the command that fixes it; empty if there is none.
    """
    command = f"pip install '{requirement.name}{requirement.specifier}'"
    try:
        version = metadata.version(requirement.name)
    except metadata.PackageNotFoundError:
        return f"is not installed: {command}"
    if requirement.specifier.contains(version, prereleases=True):
        return ""
    return f"{version} is installed, wanted {requirement.specifier}: {command}"


def _list_requirements(extra: str) -> list[Requirement]:
    """Return the requirements of bioann on this interpreter, or those that an extra adds."""
    requirements = []
    for text in metadata.requires("bioann") or []:
        requirement = Requirement(text)
        is_required = requirement.marker is None or requirement.marker.evaluate({"extra": ""})
        is_in_extra = requirement.marker is not None and requirement.marker.evaluate(
            {"extra": extra}
        )
        if requirement.name != "bioann" and (
            is_in_extra and not is_required if extra else is_required
        ):
            requirements.append(requirement)
    return requirements


def try_action(subject: str, action: Callable[[], str], remedy: str) -> InstallationCheck:
    """Check that an action succeeds; any exception that it raises becomes a problem.

    Parameters
    ----------
    subject : str
        Name of the component that the action tests.
    action : callable
        Function without arguments that returns the detail to display.
    remedy : str
        Remedy for exceptions other than `BioannError`, which include their own.

    Returns
    -------
    InstallationCheck
        State ``ok`` or ``PROBLEM``.
    """
    try:
        return InstallationCheck(subject, "ok", action())
    except BioannError as error:
        return InstallationCheck(subject, "PROBLEM", str(error))
    except Exception as error:  # a broken installation can raise anything
        return InstallationCheck(subject, "PROBLEM", f"{type(error).__name__}: {error}. {remedy}")


def _simulate_neuron(engine: str) -> str:
    """Simulate one neuron that must fire."""
    from brian2 import nS  # here, so that a failing import of Brian2 is reported as a problem

    cell = ba.Population("cell", 1, transmitter="glutamate", background=10 * nS)
    silence = ba.stimuli.make_stimulus([[[0.0]] * 100], channels=("none",))
    network = ba.SpikingNetwork(populations=(cell,))
    spikes = network.run(silence, trials=1, seed=1, engine=engine).sizes["spike"]
    if not spikes:
        raise RuntimeError("a neuron with suprathreshold input does not fire")
    return "works: simulated one neuron"


def _typeset_page() -> str:
    """Typeset a page with an equation."""
    import typst  # here for the same reason

    page = typst.compile(b"$ a^2 + b^2 $", format="pdf", ignore_system_fonts=True)
    return f"works: typeset a page of {len(page)} bytes"


def _write_to_folder(folder: Path) -> str:
    """Write to a folder or, if it does not exist, to its nearest existing parent."""
    nearest_folder = next(f for f in (folder.absolute(), *folder.absolute().parents) if f.exists())
    with tempfile.TemporaryFile(dir=nearest_folder) as file:
        file.write(b"0")
    exists = nearest_folder == folder.absolute()
    return "is writable" if exists else "does not exist; it will be created"
