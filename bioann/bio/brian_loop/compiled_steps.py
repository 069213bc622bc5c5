"""Run the time steps of a Brian2 network in one compiled module instead of Python's loop."""

from __future__ import annotations

import functools
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import brian2 as b2
import Cython
import numpy as np
from brian2.codegen.runtime.cython_rt import CythonCodeObject, extension_manager
from brian2.core.base import BrianObject

from bioann.bio.brian_loop.merge_sources import UnmergeableCodeError, merge_sources
from bioann.bio.engines import cost
from bioann.bio.engines.cpp.program_cache import hash_key

#: Steps between two returns to Python, which then notices Ctrl-C.
STEPS_PER_CALL = 5_000
#: Seconds that Python takes to call a code object, and that a code object takes to compile.
SECONDS_PER_CALL, COMPILE_SECONDS = 2e-6, 1.0


@contextmanager
def use_compiled_steps(network: b2.Network, expected_lanes: int) -> Iterator[None]:
    """Let ``network.run`` execute its time steps in compiled code, where that is possible.

    The same statements run in the same order, so that all results have the same bits. Networks with
    several clocks, with functions in Python (``network_operation``) or for another target than
    Cython run as usual.

    Parameters
    ----------
    network : brian2.Network
        Network whose ``run`` is called in the ``with`` block.
    expected_lanes : int
        Number of lanes of this network that follow. If they are so many that it pays, the module is
        compiled unless it is in the cache; with 0 it never is.
    """
    prepare = network.before_run

    def prepare_and_run(namespace: Any) -> None:
        prepare(namespace)
        _run_steps(network, expected_lanes)

    network.before_run = prepare_and_run
    try:
        yield
    finally:
        del network.before_run


def _run_steps(network: b2.Network, expected_lanes: int) -> None:
    """Run all steps up to the end that the clock knows; none if the network has to run as usual."""
    device = b2.get_device()
    objects = [o for o in network.sorted_objects if o.active]
    clocks = {o.clock for o in network.sorted_objects}
    if len(clocks) != 1 or device._maximum_run_time is not None:
        return
    if any(type(o).run is not BrianObject.run for o in objects):
        return
    pairs = [(o, code) for o in objects for code in o.code_objects]
    if not pairs or any(not _is_mergeable(code) for _, code in pairs):
        return
    (clock,) = clocks
    n_calls = len(pairs) * (clock._i_end - int(clock.variables["timestep"].get_value()[0]))
    saved = cost.EXPECTED_RUNS * expected_lanes * n_calls * SECONDS_PER_CALL
    module = _load_module([code for _, code in pairs], saved > COMPILE_SECONDS * len(pairs))
    if module is None:
        return
    arrays = tuple(clock.variables[name].get_value() for name in ("timestep", "t", "dt"))
    namespaces, progress = [code.namespace for _, code in pairs], np.zeros(1, np.int64)
    while (n_steps := int(clock._i_end - arrays[0][0])) > 0:
        network.t_ = arrays[1][0]
        try:
            module.main(namespaces, arrays, min(n_steps, STEPS_PER_CALL), progress)
        except Exception as error:
            owner, code = pairs[int(progress[0])]
            message = (
                "An exception occured during the execution of the 'run' block of code object "
                f"'{code.name}'.\n"
            )
            raise b2.BrianObjectException(message, owner) from error


def _is_mergeable(code: Any) -> bool:
    """Return whether a code object is Cython code that keeps its arrays from step to step."""
    return (
        code.__class__ is CythonCodeObject
        and not code.nonconstant_values
        and not code.sources
        and bool(code.compiled_code["run"])
    )


def _load_module(codes: list[Any], may_compile: bool) -> Any:
    """Load the module of code objects from the cache, or compile it if allowed; None if neither."""
    options = _list_options(codes[0])
    if any(_list_options(code) != options for code in codes):
        return None
    try:
        source = _merge_cached(
            tuple(str(code.code.run) for code in codes), tuple(c.template_name for c in codes)
        )
    except UnmergeableCodeError:
        return None
    manager, name = extension_manager.cython_extension_manager, _name_module(source)
    folder = Path(extension_manager.get_cython_cache_dir()).expanduser()
    if not may_compile and not (folder / f"{name}{manager.so_ext}").is_file():
        return None
    try:
        return manager.create_extension(source, name=name, owner_name="bioann_loop", **options)
    except Exception:  # Cython and the compiler raise errors of many classes
        return None  # Brian2 runs the code objects one by one


def _list_options(code: Any) -> dict[str, Any]:
    """Return the options with which Brian2 compiles a code object."""
    names = ("define_macros", "libraries", "extra_compile_args", "extra_link_args")
    folders = ("include_dirs", "library_dirs", "runtime_library_dirs")
    # Copies: Brian2 appends folders to the lists that it gets.
    options = {name: list(getattr(code, name)) for name in (*names, *folders)}
    return {**options, "compiler": code.compiler}


def _name_module(source: str) -> str:
    """Return the module name of a source, which differs between versions that compile it."""
    versions = (sys.version, np.__version__, Cython.__version__)
    return f"bioann_loop_{hash_key(source, *versions)}"


_merge_cached = functools.lru_cache(maxsize=32)(merge_sources)
