"""One side in a process of its own, for what a process has once: caches, peak memory.

``python -m tests.benchmarks.sides SIDE '{"argument": value}'`` prints what it found as JSON.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import sys
import threading
import time
from pathlib import Path
from typing import Any


def run_loop_by_hand(n: int, duration: float, target: str) -> dict[str, Any]:
    """The loop over conditions, with its cython cache in ``BENCH_CACHE``."""
    from brian2 import prefs

    from tests.benchmarks import by_hand, with_bioann

    prefs.codegen.runtime.cython.cache_dir = os.environ["BENCH_CACHE"]
    counts = by_hand.run_loop(with_bioann.make_rate_levels(n), duration, target)
    return {"rate": counts.mean() / duration}


def run_loop_by_bioann(n: int, duration: float, engine: str) -> dict[str, Any]:
    """The same conditions as lanes; caches are in ``XDG_CACHE_HOME``."""
    from tests.benchmarks import with_bioann

    stimulus = with_bioann.make_circuit_stimulus(with_bioann.make_rate_levels(n), duration)
    run = with_bioann.build_circuit().run(stimulus, trials=1, seed=1, engine=engine)
    return {"rate": float(run.rate.mean()), "engine": run.attrs["engine"]}


def run_coba_by_hand(n: int, duration: float, directory: str, flags: list[str]) -> dict[str, Any]:
    """The benchmark network in Brian2's C++ standalone mode."""
    from tests.benchmarks import by_hand

    seconds, rate = by_hand.run_coba(n, duration, directory, tuple(flags))
    return {"seconds": seconds, "rate": rate}


def run_coba_by_bioann(n: int, duration: float, engine: str) -> dict[str, Any]:
    """The same network as a description; seconds are those that its engine gives to time steps."""
    from bioann.bio.engines import list_candidates
    from tests.benchmarks import with_bioann

    engine_class: Any = type(list_candidates(engine)[0])
    prepare_run, step_seconds = engine_class.prepare_run, []

    def prepare_timed(*arguments: Any) -> Any:
        work = prepare_run(*arguments)

        def run_timed(programs: Any) -> Any:
            result = work(programs)
            step_seconds.append(result.seconds)
            return result

        return run_timed

    engine_class.prepare_run = prepare_timed
    network, stimulus = with_bioann.build_coba(n), with_bioann.make_kick(duration)
    start = time.perf_counter()
    run = network.run(stimulus, trials=1, seed=1, engine=engine)
    total = time.perf_counter() - start
    neurons = run.n_neurons / run.n_neurons.sum()
    rate = float((run.rate.mean(["condition", "trial", "time"]) * neurons).sum())
    return {"seconds": sum(step_seconds), "whole": total, "rate": rate}


def repeat_coba_by_bioann(n: int, duration: float, engine: str) -> dict[str, Any]:
    """A whole run of the same network, once its program is compiled."""
    from tests.benchmarks import with_bioann
    from tests.benchmarks.measure import measure_processor_time, time_call

    network, stimulus = with_bioann.build_coba(n), with_bioann.make_kick(duration)
    results: dict[str, Any] = {}

    def run() -> None:
        results["run"] = network.run(stimulus, trials=1, seed=1, engine=engine)

    def time_run() -> None:
        results["seconds"] = time_call(run)

    # The program depends on the number of neurons in no way: a small network compiles it.
    small = with_bioann.build_coba(min(n, 400))
    small.run(with_bioann.make_kick(0.1), trials=1, seed=1, engine=engine)
    processor = measure_processor_time(time_run)
    neurons = results["run"].n_neurons / results["run"].n_neurons.sum()
    rate = float((results["run"].rate.mean(["condition", "trial", "time"]) * neurons).sum())
    return {"seconds": results["seconds"], "processor": processor, "rate": rate}


class MemoryMonitor(threading.Thread):
    """Look every few milliseconds at the memory of this process and of all that it has started.

    What the system itself says of a peak will not do: a process begins with that of its parent.
    """

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.total_peak_mb = self.started_peak_mb = 0.0
        self.stopped = threading.Event()

    def run(self) -> None:
        """Keep the largest sums, in MB."""
        while not self.stopped.wait(0.004):
            pids = (os.getpid(), *list_descendants(os.getpid()))
            sizes_mb = [read_resident_mb(pid) for pid in pids]
            self.total_peak_mb = max(self.total_peak_mb, sum(sizes_mb))
            self.started_peak_mb = max(self.started_peak_mb, sum(sizes_mb[1:]))


def list_descendants(pid: int) -> list[int]:
    """List the programs that a process has started, and those that these have.

    A child that is still Python has not become its program yet, and shares the memory of its
    parent: to count it would be to count that memory twice.
    """
    children: list[int] = []
    for file in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            for child in map(int, file.read_text().split()):
                if os.readlink(f"/proc/{child}/exe") != os.readlink("/proc/self/exe"):
                    children += [child, *list_descendants(child)]
    return children


def read_resident_mb(pid: int) -> float:
    """Give the memory of a process in MB; none where it has ended."""
    with contextlib.suppress(OSError):
        return (
            int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * resource.getpagesize() / 2**20
        )
    return 0.0


def main() -> None:
    """Run the side that is named, and print what it found with its peak memory."""
    memory = MemoryMonitor()
    memory.start()
    results = globals()[sys.argv[1]](**json.loads(sys.argv[2]))
    memory.stopped.set()
    memory.join()
    peaks = {"together_mb": memory.total_peak_mb, "program_mb": memory.started_peak_mb}
    print(json.dumps({**results, **peaks}))


if __name__ == "__main__":
    main()
