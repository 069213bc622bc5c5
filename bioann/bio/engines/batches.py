"""Planning and execution of batches of lanes."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing

import xarray as xr

from bioann.base.errors import OutputError, SimulationError
from bioann.bio.builder import plan_network
from bioann.bio.builder.context import SynapseTable
from bioann.bio.builder.synapses import PlannedPathway
from bioann.bio.description import NetworkDescription
from bioann.bio.engines.choice import choose_engine, warn_unavailable_engine
from bioann.bio.engines.engine import Engine
from bioann.bio.engines.memory import LaneBatch, split_lanes
from bioann.bio.engines.parallel import Programs, lanes_per_batch, run_jobs
from bioann.bio.engines.results import RunRequest, RunResult
from bioann.bio.engines.state_samples import SamplingPlan, plan_samples
from bioann.bio.input_spikes.draw import Lanes
from bioann.bio.plasticity.learned_weights import FinalWeights, compute_final_weights
from bioann.bio.plasticity.weight_courses import WeightCourses, compute_weight_courses


@dataclasses.dataclass(frozen=True)
class BatchResult:
    """Results of one batch: the engine that ran it, and the pathways that learned."""

    batch: LaneBatch
    result: RunResult
    engine: Engine
    pathways: tuple[PlannedPathway, ...]
    final_weights: FinalWeights
    weight_courses: WeightCourses
    samples: SamplingPlan


@dataclasses.dataclass(frozen=True)
class PlannedBatch:
    """A planned batch; calling it runs its lanes."""

    batch: LaneBatch
    stimulus: xr.DataArray
    pathways: tuple[PlannedPathway, ...]
    engine: Engine
    run_lanes: Callable[[Programs], RunResult]
    samples: SamplingPlan
    sample_interval: float

    def __call__(self, programs: Programs) -> BatchResult:
        """Run the lanes and return their results; `programs` collects started programs."""
        result = self.run_lanes(programs)
        weights = compute_final_weights(
            self.pathways, result.synapse_states, self.batch.lanes, self.stimulus
        )
        courses = compute_weight_courses(
            self.pathways,
            result.synapse_samples,
            self.batch.lanes,
            self.stimulus,
            self.sample_interval,
        )
        return BatchResult(
            self.batch, result, self.engine, self.pathways, weights, courses, self.samples
        )


@dataclasses.dataclass
class StartedBatches:
    """Batches of lanes that were run or wait for a core; a call returns their results.

    Parameters
    ----------
    plan : callable
        ``plan(batches)`` plans the batches one after the other, each when it is requested.
    wirings : tuple of Lanes
        The lanes of each wiring.
    max_lanes, n_cores : int
        Number of lanes that fit into memory, and of batches that may run at the same time.
    results : list of BatchResult
        Results in the order of the lanes, if the batches were run when they were planned.
    waiting : list of PlannedBatch
        Otherwise the batches, each of which runs a program.
    """

    plan: Callable[[Sequence[LaneBatch]], Iterator[PlannedBatch]]
    wirings: tuple[Lanes, ...]
    max_lanes: int
    n_cores: int
    results: list[BatchResult]
    waiting: list[PlannedBatch]

    def __call__(self, programs: Programs) -> list[BatchResult]:
        """Return results in the order of the lanes, up to the first run that was stopped."""
        results = self.results or take_until_runaway(
            run_jobs(iter(self.waiting), self.n_cores, programs.make_child())
        )
        self.waiting.clear()
        if results[-1].result.runaway is not None and self.n_cores > 1:
            return start_batches(self.plan, self.wirings, self.max_lanes, 1)(programs)
        return results


def start_batches(
    plan: Callable[[Sequence[LaneBatch]], Iterator[PlannedBatch]],
    wirings: tuple[Lanes, ...],
    max_lanes: int,
    n_cores: int,
    at_once: bool = False,
) -> StartedBatches:
    """Run all lanes in batches, until one has to be stopped.

    Then all are run again on one core, because the time at which a run stops, and what it recorded
    until then, must not depend on the number of cores.

    Parameters
    ----------
    plan : callable
        ``plan(batches)`` plans the batches one after the other, each when it is requested.
    wirings : tuple of Lanes
        The lanes of each wiring.
    max_lanes : int
        Lanes that fit into memory, at least 1.
    n_cores : int
        Batches that may run at the same time, at least 1.
    at_once : bool, optional
        Whether each batch is run as soon as it is planned, because no other run goes on at the
        same time.

    Returns
    -------
    StartedBatches
        The results; or, where all batches fit into memory and programs run them, the batches,
        which run when it is called.
    """
    # With as many wirings as cores, a batch has all lanes of its wiring.
    n_shares = -(-n_cores // len(wirings))
    lanes_per_share = max(max_lanes // n_cores, 1) * n_shares if n_cores > 1 else max_lanes
    batches = [
        batch
        for lanes in wirings
        for batch in split_lanes(lanes, lanes_per_batch(lanes, lanes_per_share, n_shares))
    ]
    jobs = plan(batches)
    waiting: list[PlannedBatch] = []
    all_fit = sum(batch.lanes.n for batch in batches) <= max_lanes
    if not at_once and (all_fit or len(batches) <= n_cores):
        waiting = list(jobs)
        jobs = iter(waiting)
    results: list[BatchResult] = []
    if not waiting or not all(job.engine.runs_as_program for job in waiting):
        results, waiting = take_until_runaway(run_jobs(jobs, n_cores)), []
    return StartedBatches(plan, wirings, max_lanes, n_cores, results, waiting)


def take_until_runaway(results: Generator[BatchResult, None, None]) -> list[BatchResult]:
    """Return results up to the first run that was stopped; kill the programs of the others."""
    until_runaway = []
    with closing(results):
        for result in results:
            until_runaway.append(result)
            if result.result.runaway is not None:
                break
    return until_runaway


def plan_batches(
    network: NetworkDescription,
    stimulus: xr.DataArray,
    tables: Mapping[int, Mapping[str, SynapseTable]],
    request: RunRequest,
    candidates: Sequence[Engine],
    batches: Sequence[LaneBatch],
) -> Iterator[PlannedBatch]:
    """Plan one batch after the other, each when it is requested; one engine runs them all.

    `tables` are the synapses of which a wiring starts from learned weights, by its number.
    """
    for batch in batches:
        n, own_stimulus = batch.lanes.n, stimulus.isel(condition=batch.conditions)
        own_tables = {
            name: table.select_lanes(batch.lane_slice)
            for name, table in tables.get(batch.lanes.wiring, {}).items()
        }
        drawn_network = network.draw_parameters(batch.lanes.seed, batch.lanes.wiring)
        plan, pathways = plan_network(drawn_network, own_stimulus, batch.lanes, own_tables)
        engine = choose_engine(candidates, plan, len(batches))
        samples = plan_samples(plan, request.record, request.sizes)
        own_request = dataclasses.replace(
            request,
            n_lanes=n,
            n_threads=request.n_threads if n == 1 else 1,
            title=f"{n} lanes",
            states=samples.neurons,
            learning=tuple(
                p.synapses.name for p in pathways if p.pathway.name in request.record.weights
            ),
        )
        try:
            run_lanes = engine.prepare_run(plan, own_request)
        except (OutputError, SimulationError) as error:
            others = [c for c in candidates if not c.runs_as_program]
            if not engine.runs_as_program or not others:
                raise
            engine = others[0]  # a cache or compiler that fails: slower, and one line
            warn_unavailable_engine(engine.name, str(error))
            run_lanes = engine.prepare_run(plan, own_request)
        candidates = (engine,)
        learning = tuple(p for p in pathways if p.pathway.long_term_rule is not None)
        # Free the plan: a program has all numbers in its input file.
        del plan, pathways
        interval = request.steps_per_sample * batch.lanes.dt
        yield PlannedBatch(batch, own_stimulus, learning, engine, run_lanes, samples, interval)
        del run_lanes
