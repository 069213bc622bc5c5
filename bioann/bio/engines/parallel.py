"""How many processor cores a run takes, and the programs that run on them at the same time."""

from __future__ import annotations

import multiprocessing
import os
import re
import subprocess
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import xarray as xr

from bioann.base.errors import SimulationError
from bioann.bio.description import NetworkDescription
from bioann.bio.engines.cpp.compiler import find_compiler
from bioann.bio.engines.memory import estimate_spikes
from bioann.bio.input_spikes.draw import Lanes

if TYPE_CHECKING:
    from bioann.bio.population import Population

#: The environment variable that says how many cores a run may take.
CORES_VARIABLE = "BIOANN_CORES"
#: Seconds of a compiled program that are worth a second one: to plan, start and read another takes
#: some 15 ms.
MIN_PARALLEL_SECONDS = 0.2
#: Seconds that a compiled program takes for a time step of a neuron, for each exponential in it,
#: and for a spike that is drawn: measured for all cells, from LIF (2.6 ns) to Wang-Buzsaki (400).
SECONDS_PER_STEP, SECONDS_PER_EXPONENTIAL, SECONDS_PER_SPIKE = 3e-9, 18e-9, 2e-9
#: How often a step of a method looks at the equations.
EVALUATIONS_PER_STEP = {"rk4": 4}

T = TypeVar("T")


def count_cores() -> int:
    """Count the cores that a run may take: those of this process, or what ``BIOANN_CORES`` says.

    A process that another Python process has started to work for it takes one: the cores are its
    parent's to share out.
    """
    setting = os.environ.get(CORES_VARIABLE)
    if setting is not None:
        if not setting.isdigit() or not int(setting):
            raise SimulationError(
                f"environment variable {CORES_VARIABLE}",
                "a number of cores, 1 or more",
                repr(setting),
                "Leave it out to use all cores.",
            )
        return int(setting)
    if multiprocessing.parent_process() is not None:
        return 1
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def estimate_compiled_seconds(
    network: NetworkDescription, stimulus: xr.DataArray, lanes: Lanes
) -> float:
    """Estimate what compiled code takes for all lanes on one core."""
    n_steps = stimulus.sizes["time"] * float(stimulus.attrs["dt"]) / lanes.dt
    per_step = sum(
        estimate_step_seconds(network, population) * population.n
        for population in network.populations
    )
    return lanes.n * (per_step * n_steps + SECONDS_PER_SPIKE * estimate_spikes(network, stimulus))


def estimate_step_seconds(network: NetworkDescription, population: Population) -> float:
    """Estimate the seconds that a time step of one neuron takes."""
    cell = population.cell
    models = [cell.model, *(receptor.model for receptor in network.receptors_of(population.name))]
    n_exponentials = sum(len(re.findall(r"\bexp\b", model)) for model in models)
    evaluations = EVALUATIONS_PER_STEP.get(cell.method, 2)
    return SECONDS_PER_STEP + SECONDS_PER_EXPONENTIAL * n_exponentials * evaluations


def choose_cores(
    network: NetworkDescription, stimulus: xr.DataArray, lanes: Lanes, engine: str
) -> int:
    """Say on how many cores a run goes: several where it is compiled, long, and has the lanes."""
    is_compiled = engine == "cpp" or (engine == "auto" and find_compiler() is not None)
    if is_compiled and estimate_compiled_seconds(network, stimulus, lanes) > MIN_PARALLEL_SECONDS:
        return min(count_cores(), lanes.n)
    return 1


def lanes_per_batch(lanes: Lanes, max_lanes: int, n_cores: int) -> int:
    """Give the number of lanes in a batch, so that each core has one and all fit together.

    Parameters
    ----------
    lanes : Lanes
        All.
    max_lanes : int
        Lanes that fit into memory.
    n_cores : int
        Batches that run at the same time.

    Returns
    -------
    int
        At least 1; whole conditions where there are as many as cores.
    """
    if n_cores == 1:
        return max_lanes
    conditions = -(-len(lanes.conditions) // n_cores) * lanes.trials
    trials = -(-lanes.trials // -(-n_cores // len(lanes.conditions)))
    even_share = conditions if len(lanes.conditions) >= n_cores else trials
    return max(min(even_share, max_lanes // n_cores), 1)


class Programs:
    """The programs of a run; none is left when it ends."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: set[subprocess.Popen[bytes]] = set()
        self._children: list[Programs] = []
        self._is_over = False

    def make_child(self) -> Programs:
        """Make a list of some of them, which can be ended without the others."""
        child = Programs()
        with self._lock:
            child._is_over = self._is_over
            self._children.append(child)
        return child

    @contextmanager
    def start_program(self, *command: Any, **options: Any) -> Iterator[subprocess.Popen[bytes]]:
        """Start a program, and wait for its end; an error in between ends it."""
        with self._lock:
            if self._is_over:
                raise RuntimeError("the run is over")
            process = subprocess.Popen(command, **options)
            self._running.add(process)
        try:
            with process:
                try:
                    yield process
                except BaseException:
                    process.kill()
                    raise
        finally:
            with self._lock:
                self._running.discard(process)

    def kill(self) -> None:
        """End all, and let no other begin."""
        with self._lock:
            self._is_over = True
            for process in self._running:
                process.kill()
            for child in self._children:
                child.kill()


def run_jobs(
    jobs: Iterator[Callable[[Programs], T]], n_cores: int, programs: Programs | None = None
) -> Generator[T, None, None]:
    """Run jobs in parallel, at most `n_cores` at a time, and yield their results in order.

    The next job is only made when there is a core for it: what is planned takes memory like what
    runs. Of several errors the first in their order is raised. Whoever stops early, for whatever
    reason, leaves no program behind.

    Parameters
    ----------
    jobs : iterator of callable
        Each waits for one program; made in this thread, for Brian2 knows no other.
    n_cores : int
        With 1, the jobs are done in this thread.
    programs : Programs, optional
        Where they list the programs that they start, all of which end with an error.

    Yields
    ------
    Any
        As the jobs come.
    """
    programs = programs or Programs()
    if n_cores == 1:
        for job in jobs:
            yield job(programs)
        return
    with ThreadPoolExecutor(n_cores) as pool:
        try:
            futures: deque[Future[T]] = deque()
            while True:
                try:
                    job = next(jobs)
                except StopIteration:
                    break
                except Exception:
                    for future in futures:  # an error of an earlier job comes first
                        future.result()
                    raise
                futures.append(pool.submit(job, programs))
                del job
                while len(running := [f for f in futures if not f.done()]) >= n_cores:
                    wait(running, return_when=FIRST_COMPLETED)
                while futures and futures[0].done():
                    yield futures.popleft().result()
            while futures:
                yield futures.popleft().result()
        except BaseException:
            programs.kill()
            raise
