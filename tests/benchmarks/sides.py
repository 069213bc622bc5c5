"""One side in a process of its own, for what a process has once: caches, peak memory.

``python -m tests.benchmarks.sides SIDE '{"argument": value}'`` prints what it found as JSON.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import resource
import sys
import threading
import time
from pathlib import Path
from typing import Any


def loop_by_hand(n: int, duration: float, target: str) -> dict[str, Any]:
    """The loop over conditions, with its cython cache in ``BENCH_CACHE``."""
    from brian2 import prefs

    from tests.benchmarks import by_hand, with_bioann

    prefs.codegen.runtime.cython.cache_dir = os.environ["BENCH_CACHE"]
    counts = by_hand.loop(with_bioann.levels(n), duration, target)
    return {"rate": counts.mean() / duration}


def loop_by_bioann(n: int, duration: float, engine: str) -> dict[str, Any]:
    """The same conditions as lanes; caches are in ``XDG_CACHE_HOME``."""
    from tests.benchmarks import with_bioann

    stimulus = with_bioann.circuit_stimulus(with_bioann.levels(n), duration)
    run = with_bioann.circuit().run(stimulus, trials=1, seed=1, engine=engine)
    return {"rate": float(run.rate.mean()), "engine": run.attrs["engine"]}


def coba_by_hand(n: int, duration: float, directory: str, flags: list[str]) -> dict[str, Any]:
    """The benchmark network in Brian2's C++ standalone mode."""
    from tests.benchmarks import by_hand

    seconds, rate = by_hand.coba(n, duration, directory, tuple(flags))
    return {"seconds": seconds, "rate": rate}


def coba_by_bioann(n: int, duration: float, engine: str) -> dict[str, Any]:
    """The same network as a description; seconds are those that its engine gives to time steps."""
    from tests.benchmarks import with_bioann

    running: Any = importlib.import_module("bioann.bio.engines.batches")
    ready, stepped = running.prepare_engine, []

    def told(*arguments: Any) -> Any:
        work = ready(*arguments)

        def timed(programs: Any) -> Any:
            ran = work(programs)
            stepped.append(ran.seconds)
            return ran

        return timed

    running.prepare_engine = told
    described, stimulus = with_bioann.coba(n), with_bioann.kick(duration)
    began = time.perf_counter()
    run = described.run(stimulus, trials=1, seed=1, engine=engine)
    whole = time.perf_counter() - began
    neurons = run.n_neurons / run.n_neurons.sum()
    rate = float((run.rate.mean(["condition", "trial", "time"]) * neurons).sum())
    return {"seconds": sum(stepped), "whole": whole, "rate": rate}


class Memory(threading.Thread):
    """Look every few milliseconds at the memory of this process and of all that it has started.

    What the system itself says of a peak will not do: a process begins with that of its parent.
    """

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.together = self.started = 0.0
        self.over = threading.Event()

    def run(self) -> None:
        """Keep the largest sums, in MB."""
        while not self.over.wait(0.004):
            found = [resident(pid) for pid in (os.getpid(), *descendants(os.getpid()))]
            self.together = max(self.together, sum(found))
            self.started = max(self.started, sum(found[1:]))


def descendants(pid: int) -> list[int]:
    """List the programs that a process has started, and those that these have.

    A child that is still Python has not become its program yet, and shares the memory of its
    parent: to count it would be to count that memory twice.
    """
    found: list[int] = []
    for file in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            for child in map(int, file.read_text().split()):
                if os.readlink(f"/proc/{child}/exe") != os.readlink("/proc/self/exe"):
                    found += [child, *descendants(child)]
    return found


def resident(pid: int) -> float:
    """Give the memory of a process in MB; none where it has ended."""
    with contextlib.suppress(OSError):
        return (
            int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * resource.getpagesize() / 2**20
        )
    return 0.0


def main() -> None:
    """Run the side that is named, and print what it found with its peak memory."""
    memory = Memory()
    memory.start()
    found = globals()[sys.argv[1]](**json.loads(sys.argv[2]))
    memory.over.set()
    memory.join()
    print(json.dumps({**found, "together_mb": memory.together, "program_mb": memory.started}))


if __name__ == "__main__":
    main()
