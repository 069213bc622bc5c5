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
from bioann.bio.builder.plan import Plan
from bioann.bio.engines.cpp.size_placeholders import list_sizes
from bioann.bio.engines.cpp.writer import learned
from bioann.bio.engines.divergence import BUSY, period
from bioann.bio.engines.parallel import Programs
from bioann.bio.engines.results import (
    Outcome,
    Ran,
    Runaway,
    Task,
    wild_rate,
    wild_state,
)
from bioann.bio.input_spikes.sorting import neuron_type
from bioann.bio.integration.step_constants import Factor, worth

#: What a program tells in a line that begins so; all else are complaints.
TOLD = ("ran", "state", "spikes")


class Fed:
    """A plan whose numbers are in a file for its program: only what is needed to run it is kept.

    Called, it runs the program; its folder goes then, or with it where it is never called.

    Parameters
    ----------
    plan : Plan
        Numbers for the program.
    task : Task
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
        self, plan: Plan, task: Task, program: Path, factors: Mapping[str, Mapping[str, Factor]]
    ) -> None:
        self.plan, self.task, self.program = plan.bare(), task, program
        self.folder = Path(tempfile.mkdtemp(prefix="bioann-run-"))
        self.remove = weakref.finalize(self, shutil.rmtree, self.folder, ignore_errors=True)
        try:
            with (self.folder / "input").open("wb") as file:
                _feed(plan, task, factors, file)
        except OSError as error:
            self.remove()
            raise SimulationError(
                "engine 'cpp'",
                f"room for the input of a run in {self.folder}",
                str(error),
                "Make room there, or set TMPDIR to another folder.",
            ) from error

    def __call__(self, programs: Programs) -> Ran:
        """Run the program, one of those of the run; tells where it had to be stopped.

        `SimulationError` if it fails, for want of memory or of room on the disk.
        """
        try:
            said = _execute(self.program, self.folder, self.task.title, programs)
            outcomes, kept = _read(self.plan, self.task, self.folder)
        finally:
            self.remove()
        told = (_runaway(self.plan, self.task, line) for line in said)
        runaway = next((found for found in told if found), None)
        seconds = next(float(line.split()[1]) for line in said if line.startswith("ran "))
        return Ran(outcomes, kept, seconds, runaway)


def _feed(
    plan: Plan, task: Task, factors: Mapping[str, Mapping[str, Factor]], file: IO[bytes]
) -> None:
    """Write the input, in the order in which `bioann.bio.engines.cpp.codegen` reads it."""

    def number(*values: int) -> None:
        np.array(values, dtype=np.int64).tofile(file)

    def whole(values: Any, dtype: Any = np.float64) -> None:
        array = np.ascontiguousarray(values, dtype=dtype)
        number(array.size)
        array.tofile(file)

    whole(list_sizes(plan), np.int64)
    for group in plan.neurons:
        found = worth(factors.get(group.name, {}), group.values)
        for values in (group.values, found):
            for name in sorted(values):
                whole(values[name], np.int32 if name in ("lane", "site") else np.float64)
    for fibres in plan.fibres:
        events, counts = fibres.events, []
        number(np.dtype(neuron_type(events.total)).itemsize, events.size)
        for neuron, of_step in events.pieces():
            neuron.tofile(file)
            counts.append(of_step)
        whole(np.concatenate(counts), np.int32)
    for wires in plan.wires:
        if wires.pre is not None and wires.post is not None:
            number(wires.lanes, wires.n_pre, wires.n_post, len(wires.pre))
            # In two bytes where that is enough.
            few = max(wires.n_pre, wires.n_post) <= 2**16
            number(few)
            for end in (wires.pre, wires.post):
                np.ascontiguousarray(end, dtype=np.uint16 if few else np.int32).tofile(file)
        for name in sorted(wires.values):
            whole(wires.values[name])
        whole([wires.delay])
    for table in plan.tables:
        whole(table.values)
    record = task.record
    number(task.lanes, period(plan.dt), record.spikes, task.bin_steps, task.bins, record.counts)
    np.array([BUSY, plan.dt]).tofile(file)
    for name in task.sizes:
        whole(task.probed(name), np.int32)
    number(plan.steps, round(plan.slow_dt / plan.dt))


def _execute(program: Path, folder: Path, title: str, programs: Programs) -> list[str]:
    """Run the program, with a progress bar on a terminal if it takes more than two seconds."""
    said, last = [], ""
    with (
        # A file for its complaints would be on the disk whose lack of room it may complain of.
        programs.started(
            program, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        ) as process,
        tqdm(total=100, desc=title, unit="%", delay=2, leave=False, disable=None) as bar,
    ):
        assert process.stdout is not None
        for line in process.stdout:
            words = line.decode(errors="replace").split()
            if words[:1] == ["done"]:
                bar.update(round(100 * int(words[1]) / int(words[2])) - bar.n)
            elif words and words[0] in TOLD:
                said.append(" ".join(words))
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
    return said


def _runaway(plan: Plan, task: Task, line: str) -> Runaway | None:
    """Read why the program stopped early; None for another line."""
    kind, *rest = line.split()
    if kind not in ("state", "spikes"):
        return None
    name = list(task.sizes)[int(rest[0])]
    size, time = task.sizes[name], int(rest[-1]) * plan.dt
    if kind == "spikes":
        what = wild_rate(int(rest[2]), size, period(plan.dt) * plan.dt)
        return Runaway(name, int(rest[1]), time, what)
    lane, neuron = divmod(int(rest[2]), size)
    variable = _states(plan, name)[int(rest[1])]
    return Runaway(name, lane, time, wild_state(variable, float(rest[3]), neuron))


def _states(plan: Plan, population: str) -> list[str]:
    group = next(g for g in plan.neurons if g.name == f"population_{population}")
    # Brian2 gives a set: a program of the cache was written by a process with another order.
    return sorted(Equations(group.code["equations"]).diff_eq_names)


def _read(
    plan: Plan, task: Task, folder: Path
) -> tuple[dict[str, Outcome], dict[str, dict[str, np.ndarray]]]:
    """Take the output apart."""
    with (folder / "output").open("rb") as file:

        def part(dtype: type) -> np.ndarray:
            return np.fromfile(file, dtype, int(np.fromfile(file, np.int64, 1)[0]))

        outcomes = {}
        for name in task.sizes:
            steps, fired, binned, counts = (part(np.int32) for _ in range(4))
            voltage, chosen = part(np.float64), len(task.record.voltage.get(name, ()))
            shape = (len(voltage) // (task.lanes * chosen) if chosen else 0, task.lanes, chosen)
            outcomes[name] = Outcome(
                np.empty(fired.sum(), dtype=np.int32),
                steps,
                fired,
                binned.reshape(task.lanes, task.bins),
                counts.reshape(task.lanes, -1),
                voltage.reshape(shape),
            )
        kept = {w.name: {name: part(np.float64) for name in learned(w)} for w in plan.wires}
    if task.record.spikes:
        _fill([(o.neuron, task.lanes * task.sizes[name]) for name, o in outcomes.items()], folder)
    return outcomes, {name: values for name, values in kept.items() if values}


def _fill(wanted: Sequence[tuple[np.ndarray, int]], folder: Path) -> None:
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
