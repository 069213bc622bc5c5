"""Modules that Brian2 imports for its users, loaded when somebody asks for them.

``import brian2`` also imports the whole of matplotlib's ``pylab``, so that ``from brian2 import *``
offers ``plot``, and its test suite with pytest, so that there is ``brian2.test``. Neither is needed
to simulate. While Brian2 is imported, `defer_modules` puts light modules in their places;
`load_on_demand` then gives the module `brian2` every name that it would have had.
"""

from __future__ import annotations

import builtins
import contextlib
import datetime
import importlib
import importlib.util
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

#: Names that pylab takes from Python although NumPy has functions of these names.
_BUILTIN_NAMES = ("bytes", "abs", "bool", "max", "min", "pow", "round")
#: Names that Brian2 removes from its namespace.
_REMOVED_NAMES = frozenset(("x", "f", "rate"))
_TESTS = "brian2.tests"


@contextlib.contextmanager
def defer_modules() -> Iterator[None]:
    """Put light modules in the places of pylab and of Brian2's tests, unless these are loaded."""
    _load_lazily("numpy.f2py")  # ``from numpy import *`` asks for it
    placeholders = {}
    for name, make_placeholder in (("pylab", make_numpy_part), (_TESTS, make_tests_part)):
        if name not in sys.modules:
            placeholders[name] = sys.modules[name] = make_placeholder()
    try:
        yield
    finally:
        for name, placeholder in placeholders.items():
            if sys.modules.get(name) is placeholder:
                del sys.modules[name]


def _load_lazily(name: str) -> None:
    """Let a module of a package be executed when one of its attributes is first read."""
    if name in sys.modules:
        return
    spec = importlib.util.find_spec(name)
    if spec is None or spec.loader is None:
        return
    spec.loader = importlib.util.LazyLoader(spec.loader)
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    package, _, attribute = name.rpartition(".")
    setattr(sys.modules[package], attribute, module)


def make_numpy_part() -> ModuleType:
    """Return a module with the names that pylab takes from NumPy, in the order in which it does."""
    import numpy as np
    import numpy.fft
    import numpy.linalg
    import numpy.ma
    import numpy.random

    placeholder = ModuleType("pylab")
    for source in (np, np.fft, np.random, np.linalg):
        for name in source.__all__:
            setattr(placeholder, name, getattr(source, name))
    placeholder.__dict__.update(np=np, ma=np.ma, datetime=datetime)
    placeholder.__dict__.update({name: getattr(builtins, name) for name in _BUILTIN_NAMES})
    return placeholder


def make_tests_part() -> ModuleType:
    """Return a module whose ``run`` imports Brian2's tests and runs them."""

    def run(*arguments: Any, **options: Any) -> Any:
        """Run Brian2's test suite; see ``brian2.tests.run``."""
        return importlib.import_module(_TESTS).run(*arguments, **options)

    placeholder = ModuleType(_TESTS)
    placeholder.__dict__.update(run=run)
    return placeholder


def load_on_demand(brian2: ModuleType) -> None:
    """Let a module `brian2` load pylab when a name is missing, or for ``from brian2 import *``.

    Python asks a module for ``__all__`` before it imports all names of a module that has none.
    """

    def find_missing(name: str) -> Any:
        if name == "tests":
            return importlib.import_module(_TESTS)
        if name == "__all__" or not name.startswith("_"):
            add_pylab_names(brian2)
            if name in brian2.__dict__:
                return brian2.__dict__[name]
        raise AttributeError(f"module 'brian2' has no attribute {name!r}")

    brian2.__dict__["__getattr__"] = find_missing


def add_pylab_names(brian2: ModuleType) -> None:
    """Add the names of pylab that the module `brian2` lacks: all but those from NumPy."""
    try:
        pylab = importlib.import_module("pylab")
    except ImportError:  # there is no matplotlib
        return
    for name, value in vars(pylab).items():
        if not name.startswith("_") and name not in _REMOVED_NAMES:
            brian2.__dict__.setdefault(name, value)
