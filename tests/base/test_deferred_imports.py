"""Brian2 has all its names, whoever imports it and whatever has been left out until then."""

import subprocess
import sys

import pytest

#: Prints the names of ``from brian2 import *`` and where the values come from.
LIST_NAMES = """
import brian2
names = {}
exec("from brian2 import *", names)
for name in sorted(set(names) - {"__builtins__", "test", "tests"}):
    print(name, getattr(names[name], "__module__", ""))
"""


def run_python(code: str) -> str:
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert not result.returncode, result.stderr
    return result.stdout


@pytest.mark.slow
def test_names_of_brian2_are_those_without_bioann() -> None:
    assert run_python(f"import bioann\n{LIST_NAMES}") == run_python(LIST_NAMES)


@pytest.mark.slow
def test_plots_and_tests_are_loaded_when_asked_for() -> None:
    code = """
import sys, bioann, brian2
print([name for name in ("matplotlib.pyplot", "pytest", "pylab") if name in sys.modules])
print(brian2.__dict__.get("__all__"), hasattr(brian2, "no_such_name"))
print(brian2.plot.__module__, brian2.tests.run.__module__, brian2.np.__name__)
from brian2 import figure
import brian2.tests, numpy
print(figure.__module__, callable(brian2.test), callable(numpy.f2py.get_include))
"""
    assert run_python(code).splitlines() == [
        "[]",
        "None False",
        "matplotlib.pyplot brian2.tests brian2.numpy_",
        "matplotlib.pyplot True True",
    ]


@pytest.mark.slow
def test_modules_that_are_loaded_already_stay() -> None:
    code = """
import pylab, bioann, brian2
print(brian2.__dict__["plot"] is pylab.plot)
"""
    assert run_python(code) == "True\n"
