"""Execution of a compiled program: write its input, run it, and read its output."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import weakref
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from tqdm import tqdm

from bioann.base.errors import SimulationError
from bioann.base.temporary_folders import process_folder
from bioann.bio.builder.plan import NetworkPlan
from bioann.bio.engines.cpp.generated_network import list_learned_variables, list_state_names
from bioann.bio.engines.cpp.program_input import write_input
from bioann.bio.engines.divergence import steps_between_checks
from bioann.bio.engines.parallel import Programs
from bioann.bio.engines.results import (
    PopulationActivity,
    Runaway,
    RunRequest,
    RunResult,
    describe_runaway_rate,
    describe_unbounded_state,
)
from bioann.bio.integration.step_constants import StepConstant

#: Values of synapses by name of the synapses and of the variable.
SynapseValues = dict[str, dict[str, np.ndarray]]
#: First words of the lines in which a program reports; any other line is an error message.
REPORT_WORDS = ("ran", "state", "spikes")


class PreparedProgram:
    """A program whose input file is written; calling it runs the program.

    The numbers of the plan are in the file and no longer in memory. The folder of the run is
    removed after the run, or together with an object that is never called.

    Parameters
    ----------
    plan : NetworkPlan
        Code and numbers of the network.
    request : RunRequest
        What to record in each lane.
    program : pathlib.Path
        Executable, compiled from a plan with the same code.
    step_constants : mapping of str to mapping of str to StepConstant
        By group, the constant factors that the code of its time step names.

    Raises
    ------
    SimulationError
        If the input does not fit on the disk, or no folder lets programs be executed.
    FileNotFoundError
        If the program has been removed.
    """

    def __init__(
        self,
        plan: NetworkPlan,
        request: RunRequest,
        program: Path,
        step_constants: Mapping[str, Mapping[str, StepConstant]],
    ) -> None:
        self.plan, self.request = plan.without_arrays(), request
        try:
            self.folder = Path(tempfile.mkdtemp(prefix="run-", dir=process_folder()))
            self.remove_folder = weakref.finalize(
                self, shutil.rmtree, self.folder, ignore_errors=True
            )
            # A copy: the cache may be cleared before the program starts.
            self.program = Path(shutil.copy(program, self.folder / program.name))
            self.program.chmod(0o700)
            with (self.folder / "input").open("wb") as file:
                write_input(plan, request, step_constants, file)
        except OSError as error:
            if hasattr(self, "remove_folder"):
                self.remove_folder()
            if not program.exists():
                raise FileNotFoundError(program) from error
            raise SimulationError(
                "engine 'cpp'",
                f"disk space for the input of a run in {tempfile.gettempdir()}",
                str(error),
                "Free disk space there, or set TMPDIR to another folder.",
            ) from error

        if not os.access(self.program, os.X_OK):
            self.program = program
        if not os.access(self.program, os.X_OK):
            self.remove_folder()
            raise SimulationError(
                "engine 'cpp'",
                "a folder whose programs may be executed",
                f"neither {tempfile.gettempdir()} nor {program.parent.parent}",
                "Set TMPDIR or XDG_CACHE_HOME to another folder, or use engine='numpy'.",
            )

    def __call__(self, programs: Programs) -> RunResult:
        """Run the program and return its results, which include why it stopped early.

        Parameters
        ----------
        programs : Programs
            Programs of the whole run, to which this one is added.

        Returns
        -------
        RunResult
            Recorded activity and final states of synapses.

        Raises
        ------
        SimulationError
            If the program fails, for example because memory or disk space runs out.
        """
        try:
            lines = _run_program(self.program, self.folder, self.request, programs)
            activity, states, samples = _read_output(self.plan, self.request, self.folder)
        finally:
            self.remove_folder()
        runaways = (_parse_runaway(self.plan, self.request, line) for line in lines)
        runaway = next((runaway for runaway in runaways if runaway), None)
        seconds = next(float(line.split()[1]) for line in lines if line.startswith("ran "))
        return RunResult(activity, states, seconds, runaway, samples)


def _run_program(program: Path, folder: Path, request: RunRequest, programs: Programs) -> list[str]:
    """Run the program, with a progress bar on a terminal if it takes more than two seconds."""
    lines, last_message = [], ""
    command = (program, str(request.n_threads))
    with (
        # Errors go through a pipe: a log file could not be written when the disk is full.
        programs.start_program(
            *command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        ) as process,
        tqdm(total=100, desc=request.title, unit="%", delay=2, leave=False, disable=None) as bar,
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
                "a program that ends without an error",
                f"exit code {code} {last_message}".strip(),
                "Check that memory and disk space suffice for its output, or use engine='numpy'.",
            )
    return lines


def _parse_runaway(plan: NetworkPlan, request: RunRequest, line: str) -> Runaway | None:
    """Parse a line that reports why the program stopped early; None for any other line."""
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
    variable = list_state_names(plan, name)[int(fields[1])]
    problem = describe_unbounded_state(variable, float(fields[3]), neuron)
    return Runaway(name, lane, time, problem, variable)


def _read_output(
    plan: NetworkPlan, request: RunRequest, folder: Path
) -> tuple[dict[str, PopulationActivity], SynapseValues, SynapseValues]:
    """Read the activity by population, and final states and samples of learning synapses."""
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
                {
                    variable: read_array(np.float64).reshape(-1, request.n_lanes, len(neurons))
                    for variable, neurons in request.states.get(name, {}).items()
                },
            )
        states = {
            s.name: {name: read_array(np.float64) for name in list_learned_variables(s)}
            for s in plan.synapses
        }
        samples = {
            name: {v: read_array(np.float64).reshape(-1, max(len(x), 1)) for v, x in values.items()}
            for name, values in states.items()
            if name in request.learning
        }
    if request.record.spikes:
        populations = [
            (population.spike_neurons, request.n_lanes * request.sizes[name])
            for name, population in activity.items()
        ]
        _read_spikes(populations, folder)
    return activity, {name: values for name, values in states.items() if values}, samples


def _read_spikes(populations: Sequence[tuple[np.ndarray, int]], folder: Path) -> None:
    """Read the neuron index of every spike.

    Parameters
    ----------
    populations : sequence of (numpy.ndarray of int32, int)
        Array to fill, of the number of spikes that the program counted, and number of neurons in
        all lanes, for each population.
    folder : pathlib.Path
        Folder of the run.
    """
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
            f"a file of {sum(expected)} spikes, as many as the program counted",
            f"{sum(n_read)}",
            "Check that nothing else writes into the folder of temporary files.",
        )
