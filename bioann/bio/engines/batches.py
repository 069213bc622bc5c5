"""Parts of the lanes: each is planned, run by an engine, and gives a part of the whole."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing

import xarray as xr

from bioann.bio.builder import plan_network
from bioann.bio.builder.context import SynapseTable
from bioann.bio.builder.plan import NetworkPlan
from bioann.bio.builder.synapses import PlannedProjection
from bioann.bio.description import NetworkDescription
from bioann.bio.engines import brian_runtime, choice
from bioann.bio.engines.cpp.engine import prepare_program
from bioann.bio.engines.memory import LaneBatch, split_lanes
from bioann.bio.engines.parallel import Programs, lanes_per_batch, run_jobs
from bioann.bio.engines.results import RunRequest, RunResult
from bioann.bio.input_spikes.draw import Lanes
from bioann.bio.plasticity.learned_weights import FinalWeights, compute_final_weights


@dataclasses.dataclass(frozen=True)
class BatchResult:
    """What came out of some of the lanes, what ran them, and which projections learned."""

    batch: LaneBatch
    result: RunResult
    engine: str
    projections: tuple[PlannedProjection, ...]
    final_weights: FinalWeights


@dataclasses.dataclass(frozen=True)
class PlannedBatch:
    """Some of the lanes as they are planned; called, they are run."""

    batch: LaneBatch
    stimulus: xr.DataArray
    projections: tuple[PlannedProjection, ...]
    engine: str
    run_lanes: Callable[[Programs], RunResult]

    def __call__(self, programs: Programs) -> BatchResult:
        """Run them, and wait for that."""
        ran = self.run_lanes(programs)
        learned = compute_final_weights(
            self.projections, ran.synapse_states, self.batch.lanes, self.stimulus
        )
        return BatchResult(self.batch, ran, self.engine, self.projections, learned)


def start_batches(
    jobs: Callable[[Sequence[LaneBatch]], Iterator[PlannedBatch]],
    lanes: Lanes,
    room: int,
    cores: int,
    at_once: bool = False,
) -> Callable[[Programs], list[BatchResult]]:
    """Run all lanes in parts, until one has to be stopped.

    Then all are run again on one core: where a run stops, and what is known by then, is not to
    depend on the number of cores.

    Parameters
    ----------
    jobs : callable
        Makes the jobs of some chunks.
    lanes : Lanes
        All.
    room : int
        Lanes that fit into memory.
    cores : int
        Parts that may run at the same time.
    at_once : bool, optional
        Whether each part is run as soon as it is planned, because nothing else goes beside.

    Returns
    -------
    callable
        Gives the parts in the order of the lanes; one that was stopped is the last. Where all
        parts can be in memory at once, and programs run them, it is what runs them.
    """
    all_of = list(split_lanes(lanes, lanes_per_batch(lanes, room, cores)))
    made = jobs(all_of)
    waiting: list[PlannedBatch] = []
    if not at_once and len(all_of) <= cores:
        waiting = list(made)
        made = iter(waiting)
    found: list[BatchResult] = []
    if not waiting or any(job.engine != "cpp" for job in waiting):
        found, waiting = take_until_runaway(run_jobs(made, cores)), []

    def finish(programs: Programs) -> list[BatchResult]:
        parts = found or take_until_runaway(run_jobs(iter(waiting), cores, programs.make_child()))
        waiting.clear()
        if parts[-1].result.runaway is not None and cores > 1:
            return start_batches(jobs, lanes, room, 1)(programs)
        return parts

    return finish


def take_until_runaway(parts: Generator[BatchResult, None, None]) -> list[BatchResult]:
    """Take parts up to the first that had to be stopped, and end the programs of the others."""
    found = []
    with closing(parts):
        for part in parts:
            found.append(part)
            if part.result.runaway is not None:
                break
    return found


def plan_batches(
    described: NetworkDescription,
    stimulus: xr.DataArray,
    given: Mapping[str, SynapseTable] | None,
    task: RunRequest,
    engine: str,
    parts: Sequence[LaneBatch],
) -> Iterator[PlannedBatch]:
    """Plan one part of the lanes after the other, each when it is asked for, as a job."""
    for chunk in parts:
        shown = stimulus.isel(condition=chunk.conditions)
        mine = given and {
            name: wiring.select_lanes(chunk.lane_slice) for name, wiring in given.items()
        }
        made, wired = plan_network(described, shown, chunk.lanes, mine)
        engine = choice.choose_engine(engine, made, len(parts))
        n = chunk.lanes.n
        own = dataclasses.replace(task, lanes=n, title=f"{n} lanes")
        work = prepare_engine(made, own, engine)
        wired = tuple(part for part in wired if part.projection.learning is not None)
        # What is planned takes memory like what runs, and a program has it all in its input.
        del made
        yield PlannedBatch(chunk, shown, wired, engine, work)
        del work


def prepare_engine(
    made: NetworkPlan, task: RunRequest, engine: str
) -> Callable[[Programs], RunResult]:
    """Make an engine ready for a task."""
    if engine != "cpp":
        return lambda programs: brian_runtime.simulate_plan(made, task, engine)
    return prepare_program(made, task)
