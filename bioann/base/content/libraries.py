"""Which code belongs to a library: its name and version identify it."""

from __future__ import annotations

import functools
import sys
import sysconfig
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

#: Packages of bioann whose files are written as those of users are.
USER_PACKAGES = ("bioann.models", "bioann.analyses")


def is_library(module: str) -> bool:
    """Whether a module belongs to Python, to bioann or to an installed package.

    Parameters
    ----------
    module : str
        Dotted name of the module. Files of users, notebooks and packages that are installed in
        editable mode are no libraries: their code can change under one version number.
    """
    if module.startswith(USER_PACKAGES):
        return False
    return _is_library_package(module.partition(".")[0])


@functools.cache
def _is_library_package(package: str) -> bool:
    if package == "bioann" or package in sys.stdlib_module_names:
        return package != "__main__"
    loaded = sys.modules.get(package)
    locations = [getattr(loaded, "__file__", None), *(getattr(loaded, "__path__", None) or ())]
    folders = _list_library_folders()
    paths = [Path(location).resolve() for location in locations if location]
    inside = [p.relative_to(f) for p in paths for f in folders if p.is_relative_to(f)]
    # A pair file inside an installed package is loaded under a name that is not the package's.
    return any(path.parts[0].partition(".")[0] == package for path in inside if path.parts)


def _list_library_folders() -> set[Path]:
    """Return the folders that packages are installed in: of this environment and of those below it.

    The packages of the system or of the user are in folders of their own, to which an environment
    may have access.
    """
    folders = {Path(sysconfig.get_path(key)) for key in ("purelib", "platlib")}
    folders |= {Path(p) for p in sys.path if Path(p).name in ("site-packages", "dist-packages")}
    return {folder.resolve() for folder in folders}


def is_python_module(package: str) -> bool:
    """Whether a module comes with Python."""
    return package in sys.stdlib_module_names


@functools.cache
def find_version(package: str) -> str:
    """Return the version of an installed package; that of Python for ``"python"``."""
    if package == "python" or is_python_module(package):
        return sys.version.partition(" ")[0]
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:  # a module whose distribution has another name
        return str(getattr(sys.modules.get(package), "__version__", "unknown"))


def find_library_instance(value: Any) -> str | None:
    """Return the dotted name of an object that the library of its class has made; None without one.

    `scipy.stats.binom` is such an object: its state, with caches and random generators, differs
    from process to process, but what it does is that of the library.
    """
    module = type(value).__module__
    names = vars(sys.modules[module]) if module in sys.modules else {}
    return next((f"{module}.{name}" for name, member in names.items() if member is value), None)


def describe_library_object(value: Any) -> str | None:
    """Return the dotted name under which a library has an object; None if it has none."""
    name = getattr(value, "__qualname__", None) or getattr(value, "__name__", None)
    modules = [getattr(value, "__module__", None)]
    if isinstance(value, np.ufunc):
        modules = ["numpy", "scipy.special"]
    owner = getattr(value, "__objclass__", None)  # of str.upper and its kind
    if isinstance(owner, type):
        modules = [owner.__module__]
    for module in modules:
        if isinstance(module, str) and isinstance(name, str) and is_library(module):
            member: Any = sys.modules.get(module)
            for attribute in name.split("."):
                member = getattr(member, attribute, None)
            if member is value:
                return f"{module}.{name}"
    return None
