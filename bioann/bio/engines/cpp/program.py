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
    describe_wild_rate,
    describe_wild_state,
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
    plan : Plan
        Numbers for the program.
    request : Task
        What to keep.
    program : pathlib.Path
        Compiled from a plan of the same code.
    factors : mapping
        By group, the constant factors that the program wants.

    Raises
    ------
    SimulationError
        If there is no room on the disk.
    """

    def __init__(
        self,
        plan: NetworkPlan,
        task: RunRequest,
        program: Path,
        factors: Mapping[str, Mapping[str, StepConstant]],
    ) -> None:
        self.plan, self.request, self.program = plan.without_arrays(), task, program
        self.folder = Path(tempfile.mkdtemp(prefix="bioann-run-"))
        self.remove_folder = weakref.finalize(self, shutil.rmtree, self.folder, ignore_errors=True)
        try:
            with (self.folder / "input").open("wb") as file:
                _write_input(plan, task, factors, file)
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
            said = _run_program(self.program, self.folder, self.request.title, programs)
            outcomes, kept = _read_output(self.plan, self.request, self.folder)
        finally:
            self.remove_folder()
        told = (_parse_runaway(self.plan, self.request, line) for line in said)
        runaway = next((found for found in told if found), None)
        seconds = next(float(line.split()[1]) for line in said if line.startswith("ran "))
        return RunResult(outcomes, kept, seconds, runaway)


def _write_input(
    plan: NetworkPlan,
    task: RunRequest,
    factors: Mapping[str, Mapping[str, StepConstant]],
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
        found = evaluate_constants(factors.get(group.name, {}), group.values)
        for values in (group.values, found):
            for name in sorted(values):
                write_array(values[name], np.int32 if name in ("lane", "site") else np.float64)
    for fibres in plan.spike_generators:
        events, counts = fibres.spikes, []
        write_number(np.dtype(neuron_dtype(events.n_neurons)).itemsize, events.n_spikes)
        for neuron, of_step in events.iter_blocks():
            neuron.tofile(file)
            counts.append(of_step)
        write_array(np.concatenate(counts), np.int32)
    for wires in plan.synapses:
        if wires.pre is not None and wires.post is not None:
            write_number(wires.n_lanes, wires.n_pre, wires.n_post, len(wires.pre))
            # In two bytes where that is enough.
            few = max(wires.n_pre, wires.n_post) <= 2**16
            write_number(few)
            for end in (wires.pre, wires.post):
                np.ascontiguousarray(end, dtype=np.uint16 if few else np.int32).tofile(file)
        for name in sorted(wires.values):
            write_array(wires.values[name])
        write_array([wires.delay])
    for table in plan.timed_arrays:
        write_array(table.values)
    record = task.record
    write_number(
        task.n_lanes,
        steps_between_checks(plan.dt),
        record.spikes,
        task.steps_per_bin,
        task.n_bins,
        record.counts,
    )
    np.array([MAX_SPIKES_PER_STEP, plan.dt]).tofile(file)
    for name in task.sizes:
        write_array(task.probe_indices(name), np.int32)
    write_number(plan.n_steps, round(plan.stimulus_dt / plan.dt))


def _run_program(program: Path, folder: Path, title: str, programs: Programs) -> list[str]:
    """Run the program, with a progress bar on a terminal if it takes more than two seconds."""
    lines, last = [], ""
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
                last = " ".join(words)
        code = process.wait()
        if code:
            raise SimulationError(
                "engine 'cpp'",
                "a program that ends well",
                f"exit code {code} {last}".strip(),
                "Is there enough memory, and room for its output? Otherwise use engine='numpy'.",
            )
    return lines


def _parse_runaway(plan: NetworkPlan, task: RunRequest, line: str) -> Runaway | None:
    """Read why the program stopped early; None for another line."""
    kind, *rest = line.split()
    if kind not in ("state", "spikes"):
        return None
    name = list(task.sizes)[int(rest[0])]
    size, time = task.sizes[name], int(rest[-1]) * plan.dt
    if kind == "spikes":
        what = describe_wild_rate(int(rest[2]), size, steps_between_checks(plan.dt) * plan.dt)
        return Runaway(name, int(rest[1]), time, what)
    lane, neuron = divmod(int(rest[2]), size)
    variable = _state_names(plan, name)[int(rest[1])]
    return Runaway(name, lane, time, describe_wild_state(variable, float(rest[3]), neuron))


def _state_names(plan: NetworkPlan, population: str) -> list[str]:
    group = next(g for g in plan.neuron_groups if g.name == f"population_{population}")
    # Brian2 gives a set: a program of the cache was written by a process with another order.
    return sorted(Equations(group.code["equations"]).diff_eq_names)


def _read_output(
    plan: NetworkPlan, task: RunRequest, folder: Path
) -> tuple[dict[str, PopulationActivity], dict[str, dict[str, np.ndarray]]]:
    """Take the output apart."""
    with (folder / "output").open("rb") as file:

        def read_array(dtype: type) -> np.ndarray:
            return np.fromfile(file, dtype, int(np.fromfile(file, np.int64, 1)[0]))

        outcomes = {}
        for name in task.sizes:
            steps, fired, binned, counts = (read_array(np.int32) for _ in range(4))
            voltage, chosen = read_array(np.float64), len(task.record.voltage.get(name, ()))
            shape = (len(voltage) // (task.n_lanes * chosen) if chosen else 0, task.n_lanes, chosen)
            outcomes[name] = PopulationActivity(
                np.empty(fired.sum(), dtype=np.int32),
                steps,
                fired,
                binned.reshape(task.n_lanes, task.n_bins),
                counts.reshape(task.n_lanes, -1),
                voltage.reshape(shape),
            )
        kept = {
            w.name: {name: read_array(np.float64) for name in learned_variables(w)}
            for w in plan.synapses
        }
    if task.record.spikes:
        _read_spikes(
            [(o.neuron, task.n_lanes * task.sizes[name]) for name, o in outcomes.items()], folder
        )
    return outcomes, {name: values for name, values in kept.items() if values}


def _read_spikes(wanted: Sequence[tuple[np.ndarray, int]], folder: Path) -> None:
    """Read who fired into an array for each population, of so many neurons in all lanes."""
    found = [0] * len(wanted)
    with (folder / "spikes").open("rb") as file:
        while head := file.read(8):
            which, n = np.frombuffer(head, dtype=np.int32)
            neuron, size = wanted[which]
            kind = np.dtype(np.uint16 if size <= 2**16 else np.int32)
            who = np.frombuffer(file.read(n * kind.itemsize), dtype=kind)
            first, found[which] = found[which], found[which] + len(who)
            neuron[first : found[which]] = who
    counted = [len(neuron) for neuron, _ in wanted]
    if found != counted:
        raise SimulationError(
            "engine 'cpp'",
            f"a file of {sum(counted)} spikes, as many as its program counted",
            f"{sum(found)}",
            "Is something else writing into the folder of temporary files?",
        )
