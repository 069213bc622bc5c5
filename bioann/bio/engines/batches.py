"""Parts of the lanes: each is planned, run by an engine, and gives a part of the whole."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing

import xarray as xr

from bioann.bio.builder import plan
from bioann.bio.builder.context import Wiring
from bioann.bio.builder.plan import Plan
from bioann.bio.builder.synapses import Projected
from bioann.bio.description import NetworkDescription
from bioann.bio.engines import brian_runtime, choice
from bioann.bio.engines.cpp.engine import prepare_program
from bioann.bio.engines.memory import Chunk, chunks
from bioann.bio.engines.parallel import Programs, each, share
from bioann.bio.engines.results import Ran, Task
from bioann.bio.input_spikes.draw import Lanes
from bioann.bio.plasticity.learned_weights import Finals, final


@dataclasses.dataclass(frozen=True)
class Part:
    """What came out of some of the lanes, what ran them, and which projections learned."""

    chunk: Chunk
    ran: Ran
    engine: str
    wired: tuple[Projected, ...]
    final: Finals


@dataclasses.dataclass(frozen=True)
class Job:
    """Some of the lanes as they are planned; called, they are run."""

    chunk: Chunk
    shown: xr.DataArray
    wired: tuple[Projected, ...]
    engine: str
    work: Callable[[Programs], Ran]

    def __call__(self, programs: Programs) -> Part:
        """Run them, and wait for that."""
        ran = self.work(programs)
        learned = final(self.wired, ran.learned, self.chunk.lanes, self.shown)
        return Part(self.chunk, ran, self.engine, self.wired, learned)


def begun(
    jobs: Callable[[Sequence[Chunk]], Iterator[Job]],
    lanes: Lanes,
    room: int,
    cores: int,
    at_once: bool = False,
) -> Callable[[Programs], list[Part]]:
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
    all_of = list(chunks(lanes, share(lanes, room, cores)))
    made = jobs(all_of)
    waiting: list[Job] = []
    if not at_once and len(all_of) <= cores:
        waiting = list(made)
        made = iter(waiting)
    found: list[Part] = []
    if not waiting or any(job.engine != "cpp" for job in waiting):
        found, waiting = until_stopped(each(made, cores)), []

    def finish(programs: Programs) -> list[Part]:
        parts = found or until_stopped(each(iter(waiting), cores, programs.part()))
        waiting.clear()
        if parts[-1].ran.runaway is not None and cores > 1:
            return begun(jobs, lanes, room, 1)(programs)
        return parts

    return finish


def until_stopped(parts: Generator[Part, None, None]) -> list[Part]:
    """Take parts up to the first that had to be stopped, and end the programs of the others."""
    found = []
    with closing(parts):
        for part in parts:
            found.append(part)
            if part.ran.runaway is not None:
                break
    return found


def planned(
    described: NetworkDescription,
    stimulus: xr.DataArray,
    given: Mapping[str, Wiring] | None,
    task: Task,
    engine: str,
    parts: Sequence[Chunk],
) -> Iterator[Job]:
    """Plan one part of the lanes after the other, each when it is asked for, as a job."""
    for chunk in parts:
        shown = stimulus.isel(condition=chunk.conditions)
        mine = given and {name: wiring.of(chunk.place) for name, wiring in given.items()}
        made, wired = plan(described, shown, chunk.lanes, mine)
        engine = choice.decide(engine, made, len(parts))
        n = chunk.lanes.n
        own = dataclasses.replace(task, lanes=n, title=f"{n} lanes")
        work = ready(made, own, engine)
        wired = tuple(part for part in wired if part.projection.learning is not None)
        # What is planned takes memory like what runs, and a program has it all in its input.
        del made
        yield Job(chunk, shown, wired, engine, work)
        del work


def ready(made: Plan, task: Task, engine: str) -> Callable[[Programs], Ran]:
    """Make an engine ready for a task."""
    if engine != "cpp":
        return lambda programs: brian_runtime.simulate(made, task, engine)
    return prepare_program(made, task)
