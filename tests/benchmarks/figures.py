"""The figures of the table, one function each; ``toy`` makes them small enough for a test."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

import bioann as ba
from bioann.bio.engines.cpp import compiler
from tests.benchmarks import by_hand, large_networks, nengo_env, sweeps, whole_jobs, with_bioann
from tests.benchmarks.measure import (
    BenchFigure,
    BenchSize,
    alternate_sides,
    compare_medians,
    fit_exponent,
    format_local_exponents,
    leave_one_out,
    measure_processor_time,
    run_side,
    time_call,
)
from tests.benchmarks.networks_by_hand import (
    time_brian_lanes,
    time_rate_network,
    time_small_rate_network,
)


def time_warm_conditions(size: BenchSize) -> Iterator[BenchFigure]:
    """100 conditions of a 1-neuron circuit, caches filled."""
    n, duration = (4, 0.2) if size.toy else (100, 1.0)
    target = "numpy" if size.toy or not compiler.find_compiler() else "cython"
    rates = with_bioann.make_rate_levels(n)
    stimulus = with_bioann.make_circuit_stimulus(rates, duration)
    network, results = with_bioann.build_circuit(), {}
    engine = "numpy" if size.toy else "auto"

    def ours() -> float:
        run = {}
        seconds = time_call(
            lambda: run.update(r=network.run(stimulus, trials=1, seed=1, engine=engine))
        )
        results["engine"], results["ours"] = run["r"].attrs["engine"], float(run["r"].rate.mean())
        return seconds

    def theirs() -> float:
        counts = {}
        seconds = time_call(lambda: counts.update(c=by_hand.run_loop(rates, duration, target)))
        results["theirs"] = float(counts["c"].mean() / duration)
        return seconds

    warm_engine = "numpy" if size.toy else with_bioann.choose_fastest_engine()
    network.run(stimulus, trials=1, seed=2, engine=warm_engine)
    by_hand.run_loop(rates[:1], duration, target)
    mine, other = alternate_sides(ours, theirs, size.rounds)
    yield BenchFigure(
        f"{n} conditions of a 1-neuron circuit with 40 afferents, {duration:g} s each, warm",
        f"a hand-written Brian2 loop ({target}, warm)",
        ">= 100 x faster",
        **compare_medians(other, mine, at_least=100),
        ours=mine,
        theirs=other,
        note=f"engine {engine} ran {results['engine']}",
        extra={"rate_hz_ours": results["ours"], "rate_hz_theirs": results["theirs"]},
    )


def time_cold_conditions(size: BenchSize) -> Iterator[BenchFigure]:
    """The same with empty caches, each side in a fresh process, imports included."""
    n, duration = (4, 0.2) if size.toy else (100, 1.0)
    target = "numpy" if size.toy or not compiler.find_compiler() else "cython"
    results: dict[str, Any] = {}

    def ours() -> float:
        with tempfile.TemporaryDirectory() as folder:
            environment = {"XDG_CACHE_HOME": folder}
            results.update(
                run_side("run_loop_by_bioann", environment, n=n, duration=duration, engine="auto")
            )
        return results["took"]

    def theirs() -> float:
        with tempfile.TemporaryDirectory() as folder:
            environment = {"BENCH_CACHE": folder}
            options = {"n": n, "duration": duration, "target": target}
            return run_side("run_loop_by_hand", environment, **options)["took"]

    mine, other = alternate_sides(ours, theirs, size.rounds)
    yield BenchFigure(
        "the same, cold (empty caches), engine auto",
        "the same loop, cold",
        ">= 25 x faster",
        **compare_medians(other, mine, at_least=25),
        ours=mine,
        theirs=other,
        note=f"engine auto ran {results['engine']}; whole processes, imports included",
    )


def time_coba_network(size: BenchSize) -> Iterator[BenchFigure]:
    """4,000 neurons, against Brian2's own standalone mode with the same flags."""
    n, duration = (200, 0.1) if size.toy else (4000, 1.0)
    engine = "numpy" if size.toy else with_bioann.choose_fastest_engine()
    what = f"a {n:,}-neuron conductance-based network (Brette et al. 2007), {duration:g} s"
    against = "the same in hand-written Brian2 standalone with the same flags"
    if size.toy:
        results = run_side("run_coba_by_bioann", n=n, duration=duration, engine=engine)
        yield BenchFigure(what, against, "<= 1.05 x", note="toy: our side alone", extra=results)
        return
    if not compiler.find_compiler():
        yield BenchFigure(what, against, "<= 1.05 x", note="skipped: there is no C++ compiler")
        return
    with tempfile.TemporaryDirectory() as folder:
        options = {"n": n, "duration": duration}
        options_by_hand = {
            **options,
            "directory": folder,
            "flags": (*compiler.FLAGS, *compiler.VECTOR_FLAGS),
        }
        # Once beforehand: what a compiler takes is not what a run takes.
        run_side("run_coba_by_hand", **options_by_hand)
        run_side("run_coba_by_bioann", **options, engine=engine)
        rounds = [
            (
                run_side("run_coba_by_bioann", **options, engine=engine),
                run_side("run_coba_by_hand", **options_by_hand),
            )
            for _ in range(size.rounds)
        ]
    ours, theirs = zip(*rounds, strict=True)
    extra = {"rate_hz_ours": ours[0]["rate"], "rate_hz_theirs": theirs[0]["rate"]}
    mine, other = (
        [result["seconds"] for result in results_of_side] for results_of_side in (ours, theirs)
    )
    yield BenchFigure(
        f"{what}: run phase", against, "<= 1.05 x", **compare_medians(mine, other, at_most=1.05),
        ours=tuple(mine), theirs=tuple(other), note=f"engine {engine}; time steps alone",
        extra=extra,
    )  # fmt: skip
    mine, other = (
        [result["together_mb"] for result in results_of_side] for results_of_side in (ours, theirs)
    )
    yield BenchFigure(
        f"{what}: peak memory (Python and program together)", against, "<= 1.2 x",
        **compare_medians(mine, other, at_most=1.2),
        ours=tuple(mine), theirs=tuple(other), note="in MB instead of seconds",
        extra={
            "program_mb_ours": max(result["program_mb"] for result in ours),
            "program_mb_theirs": max(result["program_mb"] for result in theirs),
        },
    )  # fmt: skip


def time_classifier(size: BenchSize) -> Iterator[BenchFigure]:
    """A classifier of digits as a spiking network, against Nengo."""
    what = "64-48-10 classifier as a spiking network, 360 images x 0.5 s at dt 0.1 ms, per image"
    against = "Nengo 4 with spiking rectified-linear neurons at dt 1 ms, per image"
    message = nengo_env.describe_missing(install=not size.toy)
    if message:
        yield BenchFigure(what, against, ">= 5 x faster", note=f"skipped: {message}")
        return
    images = (3, 3) if size.toy else (360, 20)
    mine, other, extra = nengo_env.compare_classifiers(*images, size.rounds)
    yield BenchFigure(
        what, against, ">= 5 x faster", **compare_medians(other, mine, at_least=5),
        ours=mine, theirs=other, note="seconds per image", extra=extra,
    )  # fmt: skip


def measure_scaling(size: BenchSize) -> Iterator[BenchFigure]:
    """Cost over lanes, neurons, synapses and duration."""
    engine = "numpy" if size.toy else with_bioann.choose_fastest_engine()
    for what, sizes, make_scaled in _SCALES:
        # Next to nothing first: what is left is the fixed cost, measured and not only fitted.
        all_sizes = (sizes[0] / 50, *(sizes[:3] if size.toy else sizes))
        # A toy has a tenth of everything for a tenth of the time, and no round to get warm.
        runs = [_make_run(*make_scaled(n, 0.1 if size.toy else 1.0), engine) for n in all_sizes]
        for run in () if size.toy else runs:
            run()
        min_seconds = 0.0 if size.toy else 0.5
        times = np.array(
            [[measure_processor_time(run, min_seconds) for run in runs] for _ in range(size.rounds)]
        )
        medians = np.median(times, axis=0)
        exponent, fixed, fitted = fit_exponent(all_sizes, medians)
        exponents = [
            fit_exponent(n, t)[0] for row in times for n, t in leave_one_out(all_sizes, row)
        ]
        yield BenchFigure(
            f"cost over {what}, {all_sizes[1]:,.10g} to {all_sizes[-1]:,.10g}",
            "straight line",
            "exponent <= 1.05",
            exponent, min(exponents), max(exponents), bool(exponent <= 1.05),
            note=f"engine {engine}; seconds of processor time; fixed cost {fixed:.3g} s",
            extra={"sizes": list(all_sizes), "seconds": times.tolist(), "fit": fitted.tolist(),
                   "from size to size": format_local_exponents(all_sizes[1:], medians[1:])},
        )  # fmt: skip


NetworkAndStimulus = tuple[ba.SpikingNetwork, Any]  # a network, and what it is shown


def _make_run(network: ba.SpikingNetwork, stimulus: Any, engine: str) -> Callable[[], Any]:
    return lambda: network.run(stimulus, trials=1, seed=1, engine=engine)


def _scale_lanes(n: float, share: float) -> NetworkAndStimulus:
    rates = [(50.0 + 1e-3 * k, 20.0) for k in range(max(round(n * share), 1))]
    return with_bioann.build_circuit(), with_bioann.make_circuit_stimulus(rates, 0.5 * share)


def _scale_neurons(n: float, share: float) -> NetworkAndStimulus:
    return with_bioann.build_cloud(round(n * share)), with_bioann.make_drive(0.5 * share)


def _scale_synapses(n: float, share: float) -> NetworkAndStimulus:
    neurons = round(2000 * share)
    p = n * share / neurons**2
    return with_bioann.build_cloud(neurons, min(p, 1.0)), with_bioann.make_drive(0.5 * share)


def _scale_duration(n: float, share: float) -> NetworkAndStimulus:
    return with_bioann.build_cloud(round(200 * share)), with_bioann.make_drive(max(n * share, 0.02))


_SCALES: tuple[tuple[str, tuple[float, ...], Callable[[float, float], NetworkAndStimulus]], ...] = (
    ("lanes", (250, 500, 1000, 2000, 4000), _scale_lanes),
    ("neurons", (3000, 6000, 12_000, 24_000, 48_000), _scale_neurons),
    ("synapses", (250_000, 500_000, 1_000_000, 2_000_000, 4_000_000), _scale_synapses),
    ("seconds of duration", (2, 4, 8, 16, 32), _scale_duration),
)


FIGURES: dict[str, Callable[[BenchSize], Iterator[BenchFigure]]] = {
    "conditions_warm": time_warm_conditions,
    "conditions_cold": time_cold_conditions,
    "coba": time_coba_network,
    "second_run": whole_jobs.time_second_run,
    "pair_run": whole_jobs.time_pair_run,
    "command_line": whole_jobs.time_command_line,
    "atlas": whole_jobs.time_atlas,
    "classifier": time_classifier,
    "scaling": measure_scaling,
    "rate_network": time_rate_network,
    "brian_lanes": time_brian_lanes,
    "small_rate_network": time_small_rate_network,
    "simulators": large_networks.compare_simulators,
    "cores": large_networks.compare_cores,
    "growth": large_networks.measure_growth,
    "lanes": sweeps.time_lanes,
    "workers": sweeps.time_two_workers,
}
