"""The figures of the table, one function each; ``toy`` makes them small enough for a test."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

import bioann as ba
from bioann.bio.engines.cpp import compiler
from tests.benchmarks import by_hand, nengo_env, with_bioann
from tests.benchmarks.measure import (
    Figure,
    alternate,
    exponent,
    left_out,
    local,
    process,
    processor,
    ratio,
    seconds,
)


@dataclasses.dataclass(frozen=True)
class Size:
    """How much is run, and how often."""

    rounds: int = 3
    toy: bool = False


def side(name: str, environment: dict[str, str] | None = None, **arguments: Any) -> dict[str, Any]:
    """Run one side in a process of its own; ``took`` is its whole time."""
    command = [sys.executable, "-m", "tests.benchmarks.sides", name, json.dumps(arguments)]
    began = time.perf_counter()
    surroundings = {**os.environ, **(environment or {})}
    done = subprocess.run(command, env=surroundings, capture_output=True, text=True, check=False)
    took = time.perf_counter() - began
    if done.returncode:
        raise RuntimeError(f"{name}: {done.stderr[-2000:]}")
    return {**json.loads(done.stdout.splitlines()[-1]), "took": took}


def conditions_warm(size: Size) -> Iterator[Figure]:
    """100 conditions of a 1-neuron circuit, caches filled."""
    n, duration = (4, 0.2) if size.toy else (100, 1.0)
    target = "numpy" if size.toy or not compiler.find_compiler() else "cython"
    rates = with_bioann.levels(n)
    stimulus = with_bioann.circuit_stimulus(rates, duration)
    half, found = with_bioann.circuit(), {}
    engine = "numpy" if size.toy else "auto"

    def ours() -> float:
        run = {}
        took = seconds(lambda: run.update(r=half.run(stimulus, trials=1, seed=1, engine=engine)))
        found["engine"], found["ours"] = run["r"].attrs["engine"], float(run["r"].rate.mean())
        return took

    def theirs() -> float:
        counts = {}
        took = seconds(lambda: counts.update(c=by_hand.loop(rates, duration, target)))
        found["theirs"] = float(counts["c"].mean() / duration)
        return took

    half.run(stimulus, trials=1, seed=2, engine="numpy" if size.toy else with_bioann.fastest())
    by_hand.loop(rates[:1], duration, target)
    mine, other = alternate(ours, theirs, size.rounds)
    yield Figure(
        f"{n} conditions of a 1-neuron circuit with 40 afferents, {duration:g} s each, warm",
        f"a hand-written Brian2 loop ({target}, warm)",
        ">= 100 x faster",
        **ratio(other, mine, at_least=100),
        ours=mine,
        theirs=other,
        note=f"engine {engine} ran {found['engine']}",
        extra={"rate_hz_ours": found["ours"], "rate_hz_theirs": found["theirs"]},
    )


def conditions_cold(size: Size) -> Iterator[Figure]:
    """The same with empty caches, each side in a fresh process, imports included."""
    n, duration = (4, 0.2) if size.toy else (100, 1.0)
    target = "numpy" if size.toy or not compiler.find_compiler() else "cython"
    said: dict[str, Any] = {}

    def ours() -> float:
        with tempfile.TemporaryDirectory() as folder:
            places = {"XDG_CACHE_HOME": folder}
            said.update(side("loop_by_bioann", places, n=n, duration=duration, engine="auto"))
        return said["took"]

    def theirs() -> float:
        with tempfile.TemporaryDirectory() as folder:
            places = {"BENCH_CACHE": folder}
            return side("loop_by_hand", places, n=n, duration=duration, target=target)["took"]

    mine, other = alternate(ours, theirs, size.rounds)
    yield Figure(
        "the same, cold (empty caches), engine auto",
        "the same loop, cold",
        ">= 25 x faster",
        **ratio(other, mine, at_least=25),
        ours=mine,
        theirs=other,
        note=f"engine auto ran {said['engine']}; whole processes, imports included",
    )


def coba(size: Size) -> Iterator[Figure]:
    """4,000 neurons, against Brian2's own standalone mode with the same flags."""
    n, duration = (200, 0.1) if size.toy else (4000, 1.0)
    engine = "numpy" if size.toy else with_bioann.fastest()
    what = f"a {n:,}-neuron conductance-based network (Brette et al. 2007), {duration:g} s"
    against = "the same in hand-written Brian2 standalone with the same flags"
    if size.toy:
        found = side("coba_by_bioann", n=n, duration=duration, engine=engine)
        yield Figure(what, against, "<= 1.05 x", note="toy: our side alone", extra=found)
        return
    if not compiler.find_compiler():
        yield Figure(what, against, "<= 1.05 x", note="skipped: there is no C++ compiler")
        return
    with tempfile.TemporaryDirectory() as folder:
        both = {"n": n, "duration": duration}
        hand = {**both, "directory": folder, "flags": (*compiler.FLAGS, *compiler.VECTOR_FLAGS)}
        # Once beforehand: what a compiler takes is not what a run takes.
        side("coba_by_hand", **hand)
        side("coba_by_bioann", **both, engine=engine)
        rounds = [
            (side("coba_by_bioann", **both, engine=engine), side("coba_by_hand", **hand))
            for _ in range(size.rounds)
        ]
    ours, theirs = zip(*rounds, strict=True)
    extra = {"rate_hz_ours": ours[0]["rate"], "rate_hz_theirs": theirs[0]["rate"]}
    mine, other = ([r["seconds"] for r in them] for them in (ours, theirs))
    yield Figure(
        f"{what}: run phase", against, "<= 1.05 x", **ratio(mine, other, at_most=1.05),
        ours=tuple(mine), theirs=tuple(other), note=f"engine {engine}; time steps alone",
        extra=extra,
    )  # fmt: skip
    mine, other = ([r["together_mb"] for r in them] for them in (ours, theirs))
    yield Figure(
        f"{what}: peak memory (Python and program together)", against, "<= 1.2 x",
        **ratio(mine, other, at_most=1.2),
        ours=tuple(mine), theirs=tuple(other), note="in MB instead of seconds",
        extra={
            "program_mb_ours": max(r["program_mb"] for r in ours),
            "program_mb_theirs": max(r["program_mb"] for r in theirs),
        },
    )  # fmt: skip


def second_run(size: Size) -> Iterator[Figure]:
    """The second `bioann run inverter`, against the imports that it needs."""
    with tempfile.TemporaryDirectory() as folder:
        out = ["-m", "bioann.cli.main", "run", "inverter", "--out", folder]
        out += ["--trials", "1"] if size.toy else []
        imports = ["-c", "import brian2, seaborn, xarray, typst"]
        # Both find their bytecode, as where they are installed; a setting may keep it from there.
        kept = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": f"{folder}/bytecode"}
        warm: dict[str, str] = {} if size.toy else kept
        for side in () if size.toy else (out, imports):
            process(side, **warm)
        mine, other = alternate(
            lambda: process(out, **warm), lambda: process(imports, **warm), size.rounds
        )
    yield Figure(
        "second 'bioann run inverter' (all formats)",
        'python -c "import brian2, seaborn, xarray, typst"',
        "<= 3 x",
        **ratio(mine, other, at_most=3),
        ours=mine,
        theirs=other,
    )


def classifier(size: Size) -> Iterator[Figure]:
    """A classifier of digits as a spiking network, against Nengo."""
    what = "64-48-10 classifier as a spiking network, 360 images x 0.5 s at dt 0.1 ms, per image"
    against = "Nengo 4 with spiking rectified-linear neurons at dt 1 ms, per image"
    missing = nengo_env.missing(install=not size.toy)
    if missing:
        yield Figure(what, against, ">= 5 x faster", note=f"skipped: {missing}")
        return
    images = (3, 3) if size.toy else (360, 20)
    mine, other, extra = nengo_env.compare(*images, size.rounds)
    yield Figure(
        what, against, ">= 5 x faster", **ratio(other, mine, at_least=5),
        ours=mine, theirs=other, note="seconds per image", extra=extra,
    )  # fmt: skip


def scaling(size: Size) -> Iterator[Figure]:
    """Cost over lanes, neurons, synapses and duration."""
    engine = "numpy" if size.toy else with_bioann.fastest()
    for what, sizes, make in _SCALES:
        # Next to nothing first: what is left is the fixed cost, measured and not only fitted.
        used = (sizes[0] / 50, *(sizes[:3] if size.toy else sizes))
        # A toy has a tenth of everything for a tenth of the time, and no round to get warm.
        works = [_work(*make(n, 0.1 if size.toy else 1.0), engine) for n in used]
        for work in () if size.toy else works:
            work()
        enough = 0.0 if size.toy else 0.5
        times = np.array([[processor(w, enough) for w in works] for _ in range(size.rounds)])
        middle = np.median(times, axis=0)
        p, fixed, fitted = exponent(used, middle)
        each = [exponent(n, t)[0] for row in times for n, t in left_out(used, row)]
        yield Figure(
            f"cost over {what}, {used[1]:,.10g} to {used[-1]:,.10g}",
            "straight line",
            "exponent <= 1.05",
            p, min(each), max(each), bool(p <= 1.05),
            note=f"engine {engine}; seconds of processor time; fixed cost {fixed:.3g} s",
            extra={"sizes": list(used), "seconds": times.tolist(), "fit": fitted.tolist(),
                   "from size to size": local(used[1:], middle[1:])},
        )  # fmt: skip


Pair = tuple[ba.SpikingNetwork, Any]  # a network, and what it is shown


def _work(half: ba.SpikingNetwork, stimulus: Any, engine: str) -> Callable[[], Any]:
    return lambda: half.run(stimulus, trials=1, seed=1, engine=engine)


def _lanes(n: float, share: float) -> Pair:
    rates = [(50.0 + 1e-3 * k, 20.0) for k in range(max(round(n * share), 1))]
    return with_bioann.circuit(), with_bioann.circuit_stimulus(rates, 0.5 * share)


def _neurons(n: float, share: float) -> Pair:
    return with_bioann.cloud(round(n * share)), with_bioann.driven(0.5 * share)


def _synapses(n: float, share: float) -> Pair:
    neurons = round(2000 * share)
    p = n * share / neurons**2
    return with_bioann.cloud(neurons, min(p, 1.0)), with_bioann.driven(0.5 * share)


def _duration(n: float, share: float) -> Pair:
    return with_bioann.cloud(round(200 * share)), with_bioann.driven(max(n * share, 0.02))


_SCALES: tuple[tuple[str, tuple[float, ...], Callable[[float, float], Pair]], ...] = (
    ("lanes", (250, 500, 1000, 2000, 4000), _lanes),
    ("neurons", (3000, 6000, 12_000, 24_000, 48_000), _neurons),
    ("synapses", (250_000, 500_000, 1_000_000, 2_000_000, 4_000_000), _synapses),
    ("seconds of duration", (2, 4, 8, 16, 32), _duration),
)


def rate_network(size: Size) -> Iterator[Figure]:
    """A large rate network, against nothing but its matrix products."""
    n, lanes, steps = (50, 4, 20) if size.toy else (2000, 256, 200)
    rounds = size.rounds if size.toy else 5
    network = with_bioann.rate_network(n)
    values = np.random.default_rng(2).normal(size=(lanes, steps, 10))
    stimulus = ba.stimuli.make_stimulus(values, channels=network.channels)
    rates, out = values[:, 0, :1] + np.zeros((lanes, n)), np.empty((lanes, n))

    def products() -> None:
        for _ in range(steps):
            np.matmul(rates, network.W.T, out=out)

    network.run(stimulus.isel(time=slice(0, 20)), trials=1, seed=1)
    mine, other = alternate(
        lambda: seconds(lambda: network.run(stimulus, trials=1, seed=1)),
        lambda: seconds(products),
        rounds,
    )
    yield Figure(
        f"rate network, {n:,} units, {lanes} lanes, {rounds * steps:,} steps in {rounds} rounds",
        "the bare matrix products in NumPy",
        ">= 70% of their speed",
        **ratio(other, mine, at_least=0.7),
        ours=mine,
        theirs=other,
    )


FIGURES: dict[str, Callable[[Size], Iterator[Figure]]] = {
    "conditions_warm": conditions_warm,
    "conditions_cold": conditions_cold,
    "coba": coba,
    "second_run": second_run,
    "classifier": classifier,
    "scaling": scaling,
    "rate_network": rate_network,
}
