"""The standalone engine: a program that Brian2 itself generates, for releases not known to `cpp`.

It uses public functions of Brian2 only. Each run compiles a program of its own, and divergence is
looked for after the run.
"""

from __future__ import annotations

import dataclasses
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, final

import brian2 as b2

from bioann.base.cores import count_cores
from bioann.base.errors import SimulationError
from bioann.base.temporary_folders import process_folder
from bioann.bio.builder.brian_objects import BrianObjects, make_brian_objects
from bioann.bio.builder.plan import NetworkPlan
from bioann.bio.engines import cost
from bioann.bio.engines.brian_runtime import (
    add_probes,
    add_sample_monitors,
    read_activity,
    read_state_samples,
    read_synapse_samples,
    read_synapse_states,
)
from bioann.bio.engines.cpp import compiler
from bioann.bio.engines.cpp.separate_device import use_separate_device
from bioann.bio.engines.divergence import find_runaway, steps_between_checks
from bioann.bio.engines.engine import Engine
from bioann.bio.engines.parallel import Programs
from bioann.bio.engines.results import RunRequest, RunResult


@final
class StandaloneEngine(Engine):
    """Brian2's standalone device: long to compile in every run, then nearly as fast as `cpp`."""

    name = "cpp_standalone"
    runs_as_program = False
    lane_bytes = cost.STANDALONE_LANE_BYTES

    def find_obstacle(self) -> SimulationError | None:
        """Return the error for a missing C++ compiler; None if there is one."""
        if compiler.find_module_compiler() is None:
            return compiler.missing_compiler_error(self.name)
        return None

    def estimate_seconds(self, plan: NetworkPlan, n_runs: int) -> float:
        """Estimate the seconds that `n_runs` runs of a plan take; each compiles a program."""
        compiling = cost.STANDALONE_SECONDS
        compiling += cost.STANDALONE_SECONDS_PER_CODE_OBJECT * cost.count_code_objects(plan)
        running = cost.STANDALONE_TIME_RATIO * cost.estimate_numpy_seconds(plan)
        return n_runs * (compiling + running)

    def prepare_run(
        self, plan: NetworkPlan, request: RunRequest
    ) -> Callable[[Programs], RunResult]:
        """Return what compiles and runs the program, in the thread that uses Brian2."""
        obstacle = self.find_obstacle()
        if obstacle is not None:
            raise obstacle
        return lambda programs: run_standalone(plan, request)

    def brian_preferences(self) -> None:
        """Return None: the program is made from a plan, not from a network written in Brian2."""


def run_standalone(plan: NetworkPlan, request: RunRequest) -> RunResult:
    """Compile and run the program of a plan, and return what it recorded.

    Parameters
    ----------
    plan : NetworkPlan
        Code and numbers of the network; all its lanes run together.
    request : RunRequest
        What to record in each lane.

    Returns
    -------
    RunResult
        What was recorded, up to the first check at which a state or a rate is out of bounds.

    Raises
    ------
    SimulationError
        If the program cannot be compiled, or fails.
    """
    preferences: dict[str, Any] = {
        "codegen.cpp.extra_compile_args": [*compiler.FLAGS],
        "devices.cpp_standalone.extra_make_args_unix": [f"-j{count_cores()}"],
    }
    with (
        tempfile.TemporaryDirectory(prefix="standalone-", dir=process_folder()) as folder,
        use_separate_device(preferences) as device,
    ):
        objects = make_brian_objects(plan, in_process=False)
        probes, checks = add_probes(objects, request), add_checks(objects, plan)
        monitors = add_sample_monitors(objects, plan, request)
        objects.network.run(plan.n_steps * plan.dt * b2.second, namespace={})
        start = time.perf_counter()
        try:
            device.build(directory=folder, compile=True, run=True, with_output=False)
        except Exception as error:
            raise standalone_error(folder, error) from error
        seconds = time.perf_counter() - start
        runaway = find_runaway(checks, objects.monitors, request, plan.dt)
        last_step = None if runaway is None else round(runaway.time / plan.dt)
        activity = {
            name: dataclasses.replace(
                read_activity(plan, request, name, spikes, probes.get(name), last_step),
                states=read_state_samples(monitors, request, name, last_step),
            )
            for name, spikes in objects.monitors.items()
        }
        states, samples = (
            read_synapse_states(plan, objects),
            read_synapse_samples(monitors, request),
        )
        return RunResult(activity, states, seconds, runaway, samples)


def add_checks(objects: BrianObjects, plan: NetworkPlan) -> dict[str, b2.StateMonitor]:
    """Add monitors of all states, at the times at which other engines check them."""
    step = steps_between_checks(plan.dt) * plan.dt
    clock = b2.Clock(dt=step * b2.second, name="bioann_check_clock")
    checks = {}
    for name in objects.monitors:
        group = objects.network[f"population_{name}"]
        variables = sorted(group.equations.diff_eq_names)
        checks[name] = b2.StateMonitor(
            group, variables, record=True, clock=clock, when="end", name=f"check_{name}"
        )
    objects.network.add(*checks.values())
    return checks


def standalone_error(folder: str, error: Exception) -> SimulationError:
    """Build the error of a program that cannot be compiled or that fails."""
    has_program = (Path(folder) / "main").exists() or (Path(folder) / "main.exe").exists()
    return SimulationError(
        "engine 'cpp_standalone'",
        "a program that ends without an error" if has_program else "source code that compiles",
        f"{type(error).__name__}: {error}",
        "Use engine='numpy', or install the Brian2 that constraints.txt names.",
    )
