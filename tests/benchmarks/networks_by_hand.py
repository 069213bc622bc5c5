"""Figures of networks beside plain loops: Brian2 lanes, and recurrent rate networks."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

import bioann as ba
from bioann.bio.engines.cpp import compiler
from tests.benchmarks import by_hand, with_bioann
from tests.benchmarks.measure import (
    BenchFigure,
    BenchSize,
    alternate_sides,
    compare_medians,
    time_call,
)


def time_brian_lanes(size: BenchSize) -> Iterator[BenchFigure]:
    """40 lanes of a hand-written Brian2 network, against a loop over the same network."""
    n, duration = (2, 0.1) if size.toy else (40, 1.0)
    target = "numpy" if size.toy or not compiler.find_compiler() else "cython"
    rates = with_bioann.make_rate_levels(36)
    rates = [rates[k % len(rates)] for k in range(n)]
    stimulus = with_bioann.make_circuit_stimulus(rates, duration)
    stimulus = stimulus.assign_coords(condition=[f"lane {k}" for k in range(n)])
    network = ba.BrianNetwork(with_bioann.build_circuit_in_brian2, {"cell": 1}, ("e", "i"))
    results: dict[str, Any] = {}

    def ours() -> float:
        return time_call(
            lambda: results.update(run=network.run(stimulus, trials=1, seed=1, engine=target))
        )

    def theirs() -> float:
        return time_call(lambda: results.update(counts=by_hand.run_loop(rates, duration, target)))

    for side in () if size.toy else (ours, lambda: by_hand.run_loop(rates[:1], duration, target)):
        side()  # compiles what is not in the cache
    mine, other = alternate_sides(ours, theirs, size.rounds)
    yield BenchFigure(
        f"{n} lanes of a hand-written Brian2 network, {duration:g} s each, warm",
        f"the same loop by hand ({target}, warm)",
        ">= 3 x faster",
        **compare_medians(other, mine, at_least=3),
        ours=mine,
        theirs=other,
        note=results["run"].encoding["execution"],
        extra={
            "rate_hz_ours": float(results["run"].rate.mean()),
            "rate_hz_theirs": float(results["counts"].mean() / duration),
        },
    )


def scan_in_jax(network: ba.RateNetwork, values: np.ndarray) -> Callable[[], np.ndarray]:
    """Return a jitted `jax.lax.scan` over the steps of 1 ms of a small rate network."""
    import jax

    phi = {"relu": jax.nn.relu, "tanh": jax.numpy.tanh}[network.activation[0].title().lower()]
    W, share = jax.numpy.array(network.W.T), 1 - np.exp(-1e-3 / network.time_constants()[0])

    @jax.jit
    def scan(inputs: Any) -> Any:
        def step(rates: Any, drive: Any) -> Any:
            rates = rates + share * (phi(rates @ W + drive) - rates)
            return rates, rates

        return jax.lax.scan(step, jax.numpy.zeros(inputs.shape[1:]), inputs)[1]

    inputs = jax.numpy.array(values.swapaxes(0, 1))
    return lambda: np.asarray(scan(inputs).block_until_ready())


def time_small_rate_network(size: BenchSize) -> Iterator[BenchFigure]:
    """1,000 conditions of two rate units in a loop, against JAX."""
    n, n_steps = (20, 30) if size.toy else (1000, 1000)
    for activation in ("relu", "tanh"):
        what = f"2 {activation} units with tau, {n:,} conditions, {n_steps:,} steps of 1 ms"
        against, goal = (
            "plain JAX, lax.scan, jitted and warm (single precision)",
            ">= 1 x its speed",
        )
        if importlib.util.find_spec("jax") is None:
            yield BenchFigure(what, against, goal, note="skipped: JAX is not installed")
            continue
        network = with_bioann.build_two_units(activation)
        values = np.random.default_rng(1).normal(size=(n, n_steps, 2))
        stimulus = ba.stimuli.make_stimulus(values, channels=("a", "b"))
        scan = scan_in_jax(network, values)
        course = scan()[-10:].mean(axis=0)
        rates = network.run(stimulus, trials=1, seed=1).activation.values[:, 0, -1]
        mine, other = alternate_sides(
            lambda network=network, stimulus=stimulus: time_call(
                lambda: network.run(stimulus, trials=1, seed=1)
            ),
            lambda scan=scan: time_call(scan),
            size.rounds if size.toy else max(size.rounds, 15),
        )
        yield BenchFigure(
            what, against, goal, **compare_medians(other, mine, at_least=1),
            ours=mine, theirs=other, note="checks, bins and labels included on our side",
            extra={"largest_difference": float(np.abs(course - rates).max())},
        )  # fmt: skip


def time_rate_network(size: BenchSize) -> Iterator[BenchFigure]:
    """A large rate network, against nothing but its matrix products."""
    n, lanes, steps = (50, 4, 20) if size.toy else (2000, 256, 200)
    rounds = size.rounds if size.toy else 5
    network = with_bioann.draw_large_network(n)
    values = np.random.default_rng(2).normal(size=(lanes, steps, 10))
    stimulus = ba.stimuli.make_stimulus(values, channels=network.channels)
    rates, out = values[:, 0, :1] + np.zeros((lanes, n)), np.empty((lanes, n))

    def products() -> None:
        for _ in range(steps):
            np.matmul(rates, network.W.T, out=out)

    network.run(stimulus.isel(time=slice(0, 20)), trials=1, seed=1)
    mine, other = alternate_sides(
        lambda: time_call(lambda: network.run(stimulus, trials=1, seed=1)),
        lambda: time_call(products),
        rounds,
    )
    yield BenchFigure(
        f"rate network, {n:,} units, {lanes} lanes, {rounds * steps:,} steps in {rounds} rounds",
        "the bare matrix products in NumPy",
        ">= 90% of their speed",
        **compare_medians(other, mine, at_least=0.9),
        ours=mine,
        theirs=other,
    )
