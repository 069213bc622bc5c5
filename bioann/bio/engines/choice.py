"""Which engine a run gets."""

from __future__ import annotations

import functools
import warnings

from bioann.base.errors import unknown_name_error
from bioann.bio.builder.plan import NetworkPlan
from bioann.bio.engines.cpp.compiler import find_compiler
from bioann.bio.engines.cpp.engine import is_compiled

ENGINES = ("auto", "numpy", "cython", "cpp")

#: Seconds that numpy takes in each time step for each piece of code that Brian2 runs, and besides
#: for each neuron and for each synapse that a spike reaches (``docs/where_the_time_goes.md``).
NUMPY_SECONDS_PER_CODE_OBJECT = 25e-6
NUMPY_SECONDS_PER_NEURON, NUMPY_SECONDS_PER_SPIKE = 30e-9, 30e-9
#: Seconds of processor time to write and compile a program: for the standard library and the frame,
#: and for each piece of code. Measured with g++ 12 on the networks of eight pairs, which have 7 to
#: 39 pieces: 1.1 to 2.0 s, which this tells to within 0.1 s. On two cores, where its two files are
#: compiled side by side, a run waits 0.6 of that; but what else runs may need the other core.
COMPILE_SECONDS, COMPILE_SECONDS_PER_CODE_OBJECT = 0.9, 0.03
#: The compiled program needs about this share of numpy's time, whatever the network.
COMPILED_SHARE = 0.1
#: So often a network is expected to run, for its program is kept: a pair runs its own at least
#: twice, and is rarely run for a single time.
EXPECTED_RUNS = 3


def check_engine(engine: str) -> str:
    """Give a name of an engine back; `UnknownNameError` for one that is none."""
    if engine not in ENGINES:
        raise unknown_name_error("engine", "engine", engine, ENGINES)
    return engine


def choose_engine(engine: str, plan: NetworkPlan, n_batches: int = 1) -> str:
    """Turn ``'auto'`` into the engine that will run.

    A program that is in the cache is used. Otherwise one is compiled if that, and the
    `EXPECTED_RUNS` runs that are expected to follow, take less time than as many with numpy by the
    estimate; where there is no compiler, numpy it is, and the first such run says so.

    Parameters
    ----------
    engine : str
        What was asked for.
    plan : NetworkPlan
        What is to run.
    n_batches : int, optional
        In how many batches the lanes are run.

    Returns
    -------
    {'numpy', 'cython', 'cpp'}
        What runs.
    """
    if check_engine(engine) != "auto":
        return engine
    if find_compiler() is None:
        if is_worth_compiling(plan, n_batches):
            warn_no_compiler()
        return "numpy"
    return "cpp" if is_compiled(plan) or is_worth_compiling(plan, n_batches) else "numpy"


def is_worth_compiling(plan: NetworkPlan, n_batches: int = 1) -> bool:
    """Return whether numpy needs longer for `EXPECTED_RUNS` runs than compiling and running do."""
    numpy_seconds = EXPECTED_RUNS * n_batches * estimate_numpy_seconds(plan)
    compiling = COMPILE_SECONDS + COMPILE_SECONDS_PER_CODE_OBJECT * count_code_objects(plan)
    return numpy_seconds > compiling + COMPILED_SHARE * numpy_seconds


def count_code_objects(plan: NetworkPlan) -> int:
    """Count what Brian2 runs in a time step: pieces of code, and queues of spikes."""
    pathways = sum(1 + bool(synapses.code["post"]) for synapses in plan.synapses)
    return 4 * len(plan.neuron_groups) + len(plan.spike_generators) + 2 * pathways


def estimate_numpy_seconds(plan: NetworkPlan) -> float:
    """Estimate the seconds that numpy needs for a run."""
    n_neurons = sum(group.size for group in plan.neuron_groups)
    n_spikes = sum(generator.spikes.n_spikes for generator in plan.spike_generators)
    per_step = NUMPY_SECONDS_PER_CODE_OBJECT * count_code_objects(plan)
    per_step += NUMPY_SECONDS_PER_NEURON * n_neurons
    return plan.n_steps * per_step + NUMPY_SECONDS_PER_SPIKE * n_spikes


@functools.cache
def warn_no_compiler() -> None:
    """Warn, once, that there is no compiler."""
    warnings.warn(
        "bioann found no C++ compiler for its Brian2, and simulates with numpy. For networks of "
        "this size compiled code is several times as fast (Debian: apt-get install g++; and "
        "constraints.txt names the Brian2 it needs).",
        stacklevel=2,
    )
