"""The compiled engine: hand a program its numbers, run it, and read what it wrote."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import weakref
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any

import numpy as np
from brian2 import Equations
from tqdm import tqdm

from bioann.base.errors import SimulationError
from bioann.bio.builder.plan import NetworkPlan
from bioann.bio.engines.cpp.size_placeholders import list_sizes
from bioann.bio.engines.cpp.writer import learned_variables
from bioann.bio.engines.divergence import MAX_SPIKES_PER_STEP, steps_between_checks
from bioann.bio.engines.parallel import Programs
from bioann.bio.engines.results import (
    PopulationActivity,
    Runaway,
    RunRequest,
    RunResult,
    describe_runaway_rate,
    describe_unbounded_state,
)
from bioann.bio.input_spikes.sorting import neuron_dtype
from bioann.bio.integration.step_constants import StepConstant, evaluate_constants

#: What a program tells in a line that begins so; all else are complaints.
REPORT_WORDS = ("ran", "state", "spikes")


class PreparedProgram:
    """A plan whose numbers are in a file for its program: only what is needed to run it is kept.

    Called, it runs the program; its folder goes then, or with it where it is never called.

    Parameters
    ----------
    plan : NetworkPlan
        Numbers for the program.
    request : RunRequest
        What to keep.
    program : pathlib.Path
        Compiled from a plan of the same code.
    step_constants : mapping
        By group, the constant factors that the program wants.

    Raises
    ------
    SimulationError
        If there is no room on the disk.
    """

    def __init__(
        self,
        plan: NetworkPlan,
        request: RunRequest,
        program: Path,
        step_constants: Mapping[str, Mapping[str, StepConstant]],
    ) -> None:
        self.plan, self.request, self.program = plan.without_arrays(), request, program
        self.folder = Path(tempfile.mkdtemp(prefix="bioann-run-"))
        self.remove_folder = weakref.finalize(self, shutil.rmtree, self.folder, ignore_errors=True)
        try:
            with (self.folder / "input").open("wb") as file:
                _write_input(plan, request, step_constants, file)
        except OSError as error:
            self.remove_folder()
            raise SimulationError(
                "engine 'cpp'",
                f"room for the input of a run in {self.folder}",
                str(error),
                "Make room there, or set TMPDIR to another folder.",
            ) from error

    def __call__(self, programs: Programs) -> RunResult:
        """Run the program, one of those of the run; tells where it had to be stopped.

        `SimulationError` if it fails, for want of memory or of room on the disk.
        """
        try:
            lines = _run_program(self.program, self.folder, self.request.title, programs)
            activity, states = _read_output(self.plan, self.request, self.folder)
        finally:
            self.remove_folder()
        runaways = (_parse_runaway(self.plan, self.request, line) for line in lines)
        runaway = next((runaway for runaway in runaways if runaway), None)
        seconds = next(float(line.split()[1]) for line in lines if line.startswith("ran "))
        return RunResult(activity, states, seconds, runaway)


def _write_input(
    plan: NetworkPlan,
    request: RunRequest,
    step_constants: Mapping[str, Mapping[str, StepConstant]],
    file: IO[bytes],
) -> None:
    """Write the input, in the order in which `bioann.bio.engines.cpp.codegen` reads it."""

    def write_number(*values: int) -> None:
        np.array(values, dtype=np.int64).tofile(file)

    def write_array(values: Any, dtype: Any = np.float64) -> None:
        array = np.ascontiguousarray(values, dtype=dtype)
        write_number(array.size)
        array.tofile(file)

    write_array(list_sizes(plan), np.int64)
    for group in plan.neuron_groups:
        constants = evaluate_constants(step_constants.get(group.name, {}), group.values)
        for values in (group.values, constants):
            for name in sorted(values):
                write_array(values[name], np.int32 if name in ("lane", "site") else np.float64)
    for generator in plan.spike_generators:
        spikes, counts = generator.spikes, []
        write_number(np.dtype(neuron_dtype(spikes.n_neurons)).itemsize, spikes.n_spikes)
        for neurons, step_counts in spikes.iter_blocks():
            neurons.tofile(file)
            counts.append(step_counts)
        write_array(np.concatenate(counts), np.int32)
    for synapses in plan.synapses:
        pre, post = synapses.pre, synapses.post
        if pre is not None and post is not None:
            write_number(synapses.n_lanes, synapses.n_pre, synapses.n_post, len(pre))
            # In two bytes where that is enough.
            is_narrow = max(synapses.n_pre, synapses.n_post) <= 2**16
            write_number(is_narrow)
            for neurons in (pre, post):
                dtype = np.uint16 if is_narrow else np.int32
                np.ascontiguousarray(neurons, dtype=dtype).tofile(file)
        for name in sorted(synapses.values):
            write_array(synapses.values[name])
        write_array([synapses.delay])
    for array in plan.timed_arrays:
        write_array(array.values)
    record = request.record
    write_number(
        request.n_lanes,
        steps_between_checks(plan.dt),
        record.spikes,
        request.steps_per_bin,
        request.n_bins,
        record.counts,
    )
    np.array([MAX_SPIKES_PER_STEP, plan.dt]).tofile(file)
    for name in request.sizes:
        write_array(request.probe_indices(name), np.int32)
    write_number(plan.n_steps, round(plan.stimulus_dt / plan.dt))


def _run_program(program: Path, folder: Path, title: str, programs: Programs) -> list[str]:
    """Run the program, with a progress bar on a terminal if it takes more than two seconds."""
    lines, last_message = [], ""
    with (
        # A file for its complaints would be on the disk whose lack of room it may complain of.
        programs.start_program(
            program, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        ) as process,
        tqdm(total=100, desc=title, unit="%", delay=2, leave=False, disable=None) as bar,
    ):
        assert process.stdout is not None
        for line in process.stdout:
            words = line.decode(errors="replace").split()
            if words[:1] == ["done"]:
                bar.update(round(100 * int(words[1]) / int(words[2])) - bar.n)
            elif words and words[0] in REPORT_WORDS:
                lines.append(" ".join(words))
            elif words:
                last_message = " ".join(words)
        code = process.wait()
        if code:
            raise SimulationError(
                "engine 'cpp'",
                "a program that ends well",
                f"exit code {code} {last_message}".strip(),
                "Is there enough memory, and room for its output? Otherwise use engine='numpy'.",
            )
    return lines


def _parse_runaway(plan: NetworkPlan, request: RunRequest, line: str) -> Runaway | None:
    """Read why the program stopped early; None for another line."""
    kind, *fields = line.split()
    if kind not in ("state", "spikes"):
        return None
    name = list(request.sizes)[int(fields[0])]
    size, time = request.sizes[name], int(fields[-1]) * plan.dt
    if kind == "spikes":
        interval = steps_between_checks(plan.dt) * plan.dt
        problem = describe_runaway_rate(int(fields[2]), size, interval)
        return Runaway(name, int(fields[1]), time, problem)
    lane, neuron = divmod(int(fields[2]), size)
    variable = _state_names(plan, name)[int(fields[1])]
    problem = describe_unbounded_state(variable, float(fields[3]), neuron)
    return Runaway(name, lane, time, problem)


def _state_names(plan: NetworkPlan, population: str) -> list[str]:
    group = next(g for g in plan.neuron_groups if g.name == f"population_{population}")
    # Brian2 gives a set: a program of the cache was written by a process with another order.
    return sorted(Equations(group.code["equations"]).diff_eq_names)


def _read_output(
    plan: NetworkPlan, request: RunRequest, folder: Path
) -> tuple[dict[str, PopulationActivity], dict[str, dict[str, np.ndarray]]]:
    """Take the output apart."""
    with (folder / "output").open("rb") as file:

        def read_array(dtype: type) -> np.ndarray:
            return np.fromfile(file, dtype, int(np.fromfile(file, np.int64, 1)[0]))

        activity = {}
        for name in request.sizes:
            steps, counts, bin_counts, neuron_counts = (read_array(np.int32) for _ in range(4))
            voltage, n_probes = read_array(np.float64), len(request.record.voltage.get(name, ()))
            n_steps = len(voltage) // (request.n_lanes * n_probes) if n_probes else 0
            activity[name] = PopulationActivity(
                np.empty(counts.sum(), dtype=np.int32),
                steps,
                counts,
                bin_counts.reshape(request.n_lanes, request.n_bins),
                neuron_counts.reshape(request.n_lanes, -1),
                voltage.reshape(n_steps, request.n_lanes, n_probes),
            )
        states = {
            s.name: {name: read_array(np.float64) for name in learned_variables(s)}
            for s in plan.synapses
        }
    if request.record.spikes:
        populations = [
            (population.spike_neurons, request.n_lanes * request.sizes[name])
            for name, population in activity.items()
        ]
        _read_spikes(populations, folder)
    return activity, {name: values for name, values in states.items() if values}


def _read_spikes(populations: Sequence[tuple[np.ndarray, int]], folder: Path) -> None:
    """Read who fired into an array for each population, of so many neurons in all lanes."""
    n_read = [0] * len(populations)
    with (folder / "spikes").open("rb") as file:
        while head := file.read(8):
            population, n = np.frombuffer(head, dtype=np.int32)
            neurons, size = populations[population]
            dtype = np.dtype(np.uint16 if size <= 2**16 else np.int32)
            block = np.frombuffer(file.read(n * dtype.itemsize), dtype=dtype)
            first, n_read[population] = n_read[population], n_read[population] + len(block)
            neurons[first : n_read[population]] = block
    expected = [len(neurons) for neurons, _ in populations]
    if n_read != expected:
        raise SimulationError(
            "engine 'cpp'",
            f"a file of {sum(expected)} spikes, as many as its program counted",
            f"{sum(n_read)}",
            "Is something else writing into the folder of temporary files?",
        )
