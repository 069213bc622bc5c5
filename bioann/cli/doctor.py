"""Look at what is installed: does everything work that a run needs, and if not, why?"""

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

import bioann as ba  # lazy: what is broken must not keep the doctor from saying so
from bioann.base.errors import BioannError

#: What compiled engines need; they look for the same.
COMPILERS = ("c++", "g++", "clang++")


@dataclasses.dataclass(frozen=True)
class InstallationCheck:
    """One thing that was looked at.

    Attributes
    ----------
    subject : str
        What.
    state : {'ok', 'PROBLEM', 'absent'}
        `absent` is something that a run does not need.
    detail : str
        The version, or what is wrong and what to do.
    """

    subject: str
    state: str
    detail: str


def check_installation(folder: str | Path) -> Iterator[InstallationCheck]:
    """Look at everything, the quick things first.

    Parameters
    ----------
    folder : str or pathlib.Path
        Where reports would go.

    Yields
    ------
    InstallationCheck
        One after the other, as they are found.
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
    """Look for what the compiled engines need, and try the one that ``auto`` takes.

    Yields
    ------
    InstallationCheck
        One per engine.
    """
    names = (os.environ.get("CXX"), *COMPILERS)
    compiler = next((path for name in names if name and (path := shutil.which(name))), None)
    if compiler is None:
        remedy = "there is no C++ compiler, and auto takes numpy; Debian: apt-get install g++"
        yield InstallationCheck("engine cython", "absent", remedy)
        yield InstallationCheck("engine cpp", "absent", remedy)
        return
    header = Path(sysconfig.get_path("include")) / "Python.h"
    if header.exists():
        yield InstallationCheck(
            "engine cython", "ok", f"not tried; it would use {compiler} and {header}"
        )
    else:
        remedy = f"there is no {header}; Debian: apt-get install python3-dev"
        yield InstallationCheck("engine cython", "absent", remedy)
    remedy = "Set CXX to another compiler, or use engine='numpy'."
    yield try_action(
        "engine cpp", lambda: f"{_simulate_neuron('cpp')}, compiled by {compiler}", remedy
    )


def check_python() -> InstallationCheck:
    """Compare the interpreter with what bioann asks for."""
    required = metadata.metadata("bioann")["Requires-Python"] or ""
    version = platform.python_version()
    if Requirement(f"python{required}").specifier.contains(version, prereleases=True):
        return InstallationCheck("python", "ok", f"{version} at {sys.executable}")
    return InstallationCheck(
        "python", "PROBLEM", f"{version}; wanted {required}. Make a venv with that one."
    )


def check_dependencies() -> Iterator[InstallationCheck]:
    """Compare what is installed with what bioann asks for; extras may be absent.

    Yields
    ------
    InstallationCheck
        One per requirement of this interpreter, then one per extra.
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
    """Say what is wrong with an installed package; nothing if it is as it should be.

    Parameters
    ----------
    requirement : packaging.requirements.Requirement
        Name and versions.

    Returns
    -------
    str
        Empty, or the reason and the command that helps.
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
    """List what bioann asks for on this interpreter, or what an extra adds to that."""
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
    """Do something and report whether it worked; any exception is a finding.

    Parameters
    ----------
    subject : str
        What is tried.
    action : callable
        Returns a detail, or raises.
    remedy : str
        What to do if it raises something that does not say so itself.

    Returns
    -------
    InstallationCheck
        Never raises.
    """
    try:
        return InstallationCheck(subject, "ok", action())
    except BioannError as error:
        return InstallationCheck(subject, "PROBLEM", str(error))
    except Exception as error:  # whatever a broken installation throws is what is looked for
        return InstallationCheck(subject, "PROBLEM", f"{type(error).__name__}: {error}. {remedy}")


def _simulate_neuron(engine: str) -> str:
    """Run one neuron that has to fire."""
    from brian2 import nS  # here, because a Brian2 that cannot be imported is a finding, too

    cell = ba.Population("cell", 1, transmitter="glutamate", background=10 * nS)
    silence = ba.stimuli.make_stimulus([[[0.0]] * 100], channels=("none",))
    network = ba.SpikingNetwork(populations=(cell,))
    spikes = network.run(silence, trials=1, seed=1, engine=engine).sizes["spike"]
    if not spikes:
        raise RuntimeError("a neuron that has to fire stays silent")
    return "works: one neuron was run"


def _typeset_page() -> str:
    """Set a page with an equation."""
    import typst  # here for the same reason

    page = typst.compile(b"$ a^2 + b^2 $", format="pdf", ignore_system_fonts=True)
    return f"works: a page of {len(page)} bytes"


def _write_to_folder(folder: Path) -> str:
    """Write to a folder, or to the one in which it would be made."""
    nearest_folder = next(f for f in (folder.absolute(), *folder.absolute().parents) if f.exists())
    with tempfile.TemporaryFile(dir=nearest_folder) as file:
        file.write(b"0")
    return "can be written" if nearest_folder == folder.absolute() else "is not there, can be made"
