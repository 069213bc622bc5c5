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
class Finding:
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


def examine(folder: str | Path) -> Iterator[Finding]:
    """Look at everything, the quick things first.

    Parameters
    ----------
    folder : str or pathlib.Path
        Where reports would go.

    Yields
    ------
    Finding
        One after the other, as they are found.
    """
    yield python()
    yield Finding("platform", "ok", f"{platform.platform()}, {platform.machine()}")
    yield from dependencies()
    yield tried(
        "engine numpy",
        lambda: _simulate("numpy"),
        "Install the versions that 'pip check' asks for.",
    )
    yield from compiled()
    yield tried("PDF (typst)", _typeset, "Install typst again: pip install --force-reinstall typst")
    yield tried(f"folder {folder}", lambda: _write(Path(folder)), "Choose another with --out.")


def compiled() -> Iterator[Finding]:
    """Look for what the compiled engines need, and try the one that ``auto`` takes.

    Yields
    ------
    Finding
        One per engine.
    """
    names = (os.environ.get("CXX"), *COMPILERS)
    found = next((path for name in names if name and (path := shutil.which(name))), None)
    if found is None:
        do = "there is no C++ compiler, and auto takes numpy; Debian: apt-get install g++"
        yield Finding("engine cython", "absent", do)
        yield Finding("engine cpp", "absent", do)
        return
    header = Path(sysconfig.get_path("include")) / "Python.h"
    if header.exists():
        yield Finding("engine cython", "ok", f"not tried; it would use {found} and {header}")
    else:
        do = f"there is no {header}; Debian: apt-get install python3-dev"
        yield Finding("engine cython", "absent", do)
    do = "Set CXX to another compiler, or use engine='numpy'."
    yield tried("engine cpp", lambda: f"{_simulate('cpp')}, compiled by {found}", do)


def python() -> Finding:
    """Compare the interpreter with what bioann asks for."""
    wanted = metadata.metadata("bioann")["Requires-Python"] or ""
    version = platform.python_version()
    if Requirement(f"python{wanted}").specifier.contains(version, prereleases=True):
        return Finding("python", "ok", f"{version} at {sys.executable}")
    return Finding("python", "PROBLEM", f"{version}; wanted {wanted}. Make a venv with that one.")


def dependencies() -> Iterator[Finding]:
    """Compare what is installed with what bioann asks for; extras may be absent.

    Yields
    ------
    Finding
        One per requirement of this interpreter, then one per extra.
    """
    for needed in _needed(""):
        problem = lacking(needed)
        state = "PROBLEM" if problem else "ok"
        yield Finding(needed.name, state, problem or metadata.version(needed.name))
    for extra in metadata.metadata("bioann").get_all("Provides-Extra") or []:
        problems = [f"{n.name} {p}" for n in _needed(extra) if (p := lacking(n))]
        said = "; ".join(problems) or "installed"
        yield Finding(f"extra {extra}", "absent" if problems else "ok", said)


def lacking(needed: Requirement) -> str:
    """Say what is wrong with an installed package; nothing if it is as it should be.

    Parameters
    ----------
    needed : packaging.requirements.Requirement
        Name and versions.

    Returns
    -------
    str
        Empty, or the reason and the command that helps.
    """
    do = f"pip install '{needed.name}{needed.specifier}'"
    try:
        version = metadata.version(needed.name)
    except metadata.PackageNotFoundError:
        return f"is not installed: {do}"
    if needed.specifier.contains(version, prereleases=True):
        return ""
    return f"{version} is installed, wanted {needed.specifier}: {do}"


def _needed(extra: str) -> list[Requirement]:
    """List what bioann asks for on this interpreter, or what an extra adds to that."""
    found = []
    for text in metadata.requires("bioann") or []:
        needed = Requirement(text)
        always = needed.marker is None or needed.marker.evaluate({"extra": ""})
        asked = needed.marker is not None and needed.marker.evaluate({"extra": extra})
        if needed.name != "bioann" and (asked and not always if extra else always):
            found.append(needed)
    return found


def tried(subject: str, action: Callable[[], str], do: str) -> Finding:
    """Do something and report whether it worked; any exception is a finding.

    Parameters
    ----------
    subject : str
        What is tried.
    action : callable
        Returns a detail, or raises.
    do : str
        What to do if it raises something that does not say so itself.

    Returns
    -------
    Finding
        Never raises.
    """
    try:
        return Finding(subject, "ok", action())
    except BioannError as error:
        return Finding(subject, "PROBLEM", str(error))
    except Exception as error:  # whatever a broken installation throws is what is looked for
        return Finding(subject, "PROBLEM", f"{type(error).__name__}: {error}. {do}")


def _simulate(engine: str) -> str:
    """Run one neuron that has to fire."""
    from brian2 import nS  # here, because a Brian2 that cannot be imported is a finding, too

    cell = ba.Population("cell", 1, transmitter="glutamate", background=10 * nS)
    silence = ba.stimuli.make_stimulus([[[0.0]] * 100], channels=("none",))
    network = ba.SpikingNetwork(populations=(cell,))
    spikes = network.run(silence, trials=1, seed=1, engine=engine).sizes["spike"]
    if not spikes:
        raise RuntimeError("a neuron that has to fire stays silent")
    return "works: one neuron was run"


def _typeset() -> str:
    """Set a page with an equation."""
    import typst  # here for the same reason

    page = typst.compile(b"$ a^2 + b^2 $", format="pdf", ignore_system_fonts=True)
    return f"works: a page of {len(page)} bytes"


def _write(folder: Path) -> str:
    """Write to a folder, or to the one in which it would be made."""
    there = next(f for f in (folder.absolute(), *folder.absolute().parents) if f.exists())
    with tempfile.TemporaryFile(dir=there) as file:
        file.write(b"0")
    return "can be written" if there == folder.absolute() else "is not there, can be made"
