"""Which engine executes a run, and on how many cores.

`ENGINES` lists all engines; nothing else needs to change where one is added.
"""

from __future__ import annotations

import functools
import warnings
from collections.abc import Sequence

import xarray as xr

from bioann.base.cores import count_cores
from bioann.base.errors import unknown_name_error
from bioann.bio.builder.plan import NetworkPlan
from bioann.bio.description import NetworkDescription
from bioann.bio.engines import cost
from bioann.bio.engines.cpp.engine import CppEngine
from bioann.bio.engines.cython_engine import CythonEngine
from bioann.bio.engines.engine import Engine
from bioann.bio.engines.numpy_engine import NumpyEngine
from bioann.bio.engines.standalone_engine import StandaloneEngine
from bioann.bio.input_spikes.draw import Lanes

CPP, STANDALONE = CppEngine(), StandaloneEngine()
#: All engines; where two are expected to take equally long, ``'auto'`` takes the first.
ENGINES: tuple[Engine, ...] = (NumpyEngine(), CythonEngine(), CPP, STANDALONE)
#: Engines that each value of the user's ``engine`` option allows.
CANDIDATES: dict[str, tuple[Engine, ...]] = {
    "auto": ENGINES,
    **{engine.name: (engine,) for engine in ENGINES},
}


def list_candidates(name: str) -> tuple[Engine, ...]:
    """Return the engines that may execute a run: several for ``'auto'``, otherwise the named one.

    Parameters
    ----------
    name : {'auto', 'numpy', 'cython', 'cpp', 'cpp_standalone'}
        Value of the user's ``engine`` option.

    Returns
    -------
    tuple of Engine
        At least one; an engine that cannot run here is among them.

    Raises
    ------
    UnknownNameError
        If there is no engine of that name.
    """
    if name not in CANDIDATES:
        raise unknown_name_error("engine", "engine", name, CANDIDATES)
    # The standalone engine stands in for the cpp engine, which is always faster: otherwise it would
    # only make batches smaller, which have to fit the memory that any candidate needs.
    is_substitute = CPP.find_obstacle() is not None and STANDALONE.find_obstacle() is None
    if name == "auto" and not is_substitute:
        return tuple(engine for engine in ENGINES if engine is not STANDALONE)
    return CANDIDATES[name]


def choose_engine(candidates: Sequence[Engine], plan: NetworkPlan, n_batches: int = 1) -> Engine:
    """Choose the engine that is expected to take least time.

    What counts is the time of `cost.EXPECTED_RUNS` runs, with compilation unless the program is in
    the cache. If the fastest engine cannot run here, a warning says why and another one is chosen.

    Parameters
    ----------
    candidates : sequence of Engine
        Engines to choose from (`list_candidates`); a single one is chosen in any case.
    plan : NetworkPlan
        Plan of the first batch of lanes.
    n_batches : int, optional
        Number of batches in which the lanes run.

    Returns
    -------
    Engine
        One of the candidates.
    """
    if len(candidates) == 1:
        return candidates[0]
    n_runs = cost.EXPECTED_RUNS * n_batches
    seconds = {engine: engine.estimate_seconds(plan, n_runs) for engine in candidates}
    fastest = min(seconds, key=seconds.__getitem__)
    obstacle = fastest.find_obstacle()
    if obstacle is None:
        return fastest
    available = [engine for engine in candidates if engine.find_obstacle() is None]
    fastest_available = min(available, key=seconds.__getitem__)
    warn_unavailable_engine(fastest_available.name, str(obstacle))
    return fastest_available


@functools.cache
def warn_unavailable_engine(substitute: str, obstacle: str) -> None:
    """Warn, once per process, that a slower engine runs because the fastest one cannot."""
    warnings.warn(
        f"bioann simulates with engine {substitute!r}, although for networks of this size another "
        f"engine is several times as fast. {obstacle}",
        stacklevel=2,
    )


def choose_cores(
    candidates: Sequence[Engine], network: NetworkDescription, stimulus: xr.DataArray, lanes: Lanes
) -> int:
    """Choose the number of cores: several if programs run the lanes and take long enough.

    Parameters
    ----------
    candidates : sequence of Engine
        Engines of which one will execute the run.
    network : NetworkDescription
        Spiking network of the run.
    stimulus : xarray.DataArray, shape (condition, time, channel)
        Stimulus of the run, in activation.
    lanes : Lanes
        All conditions and trials of the run.

    Returns
    -------
    int
        At least 1, at most the number of lanes.
    """
    programs = (engine for engine in candidates if engine.runs_as_program)
    # A single candidate is chosen even if it cannot run, and then says why.
    if not any(len(candidates) == 1 or engine.find_obstacle() is None for engine in programs):
        return 1
    if cost.estimate_program_seconds(network, stimulus, lanes) <= cost.MIN_PARALLEL_SECONDS:
        return 1
    return min(count_cores(), lanes.n)


def choose_threads(
    network: NetworkDescription, stimulus: xr.DataArray, lanes: Lanes, n_programs: int
) -> int:
    """Choose the number of threads on which each program runs a single lane.

    Cores that no other lane uses share the neurons of a lane if its time steps take long enough.
    The program measures whether they really are faster; one that runs several lanes uses one
    thread.

    Parameters
    ----------
    network : NetworkDescription
        Spiking network of the run.
    stimulus : xarray.DataArray, shape (condition, time, channel)
        Stimulus of the run, in activation.
    lanes : Lanes
        All conditions and trials of the run.
    n_programs : int
        Number of programs that run at the same time (`choose_cores`).

    Returns
    -------
    int
        At least 1.
    """
    step_seconds = cost.estimate_step_seconds(network, stimulus, lanes)
    worthwhile = int(step_seconds / cost.MIN_THREAD_STEP_SECONDS)
    return max(min(count_cores() // n_programs, worthwhile), 1)
