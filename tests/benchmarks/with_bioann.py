"""Our side: the same circuits as descriptions."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr
from brian2 import Hz, Network, NeuronGroup, PoissonGroup, Synapses, ms, mV, nS, second

import bioann as ba
from bioann.bio.engines.cpp import compiler
from tests.benchmarks import by_hand

CONDITIONS = 100


def build_circuit() -> ba.SpikingNetwork:
    """A neuron with 30 excitatory and 10 inhibitory afferents of 3 nS."""
    return ba.SpikingNetwork(
        (ba.Population("cell", 1, "glutamate"),),
        (
            ba.Afferent("e", "cell", 3 * nS, fibres=30),
            ba.Afferent("i", "cell", 3 * nS, fibres=10, transmitter="GABA"),
        ),
    )


def make_rate_levels(n: int = CONDITIONS) -> list[tuple[float, float]]:
    """Rates in Hz of both kinds of afferents, one pair per condition."""
    side = round(np.sqrt(n))
    return [
        (float(e), float(i)) for e in np.linspace(20, 80, side) for i in np.linspace(0, 60, side)
    ]


def make_circuit_stimulus(rates: list[tuple[float, float]], duration: float) -> xr.DataArray:
    """Activation 1 stands for 100 Hz."""
    steps = round(duration / 1e-3)
    values = np.repeat(np.array(rates)[:, None, :] / 100, steps, axis=1)
    names = [f"{e:g} and {i:g} Hz" for e, i in rates]
    return ba.stimuli.make_stimulus(values, channels=("e", "i"), conditions=names)


def build_coba(n: int) -> ba.SpikingNetwork:
    """The conductance-based network of Brette et al. (2007)."""
    cell = ba.cells.LIF(E_L=-60 * mV, t_ref=5 * ms)
    connectivity = ba.FixedProbability(min(80 / n, 1.0))
    ampa, gaba = ba.receptors.AMPA(tau=5 * ms), ba.receptors.GABA_A(tau=10 * ms, reversal=-80 * mV)
    return ba.SpikingNetwork(
        (
            ba.Population("e", round(0.8 * n), "glutamate", cell=cell),
            ba.Population("i", n - round(0.8 * n), "GABA", cell=cell),
        ),
        tuple(
            ba.Afferent("kick", target, 6 * nS, receptor=ampa, rate=1000 * Hz) for target in "ei"
        ),
        tuple(
            ba.Projection(source, target, weight, receptor, connectivity, delay=0 * ms)
            for source, weight, receptor in (("e", 6 * nS, ampa), ("i", 67 * nS, gaba))
            for target in "ei"
        ),
    )


def make_kick(duration: float) -> xr.DataArray:
    """Spikes from outside for the first 50 ms."""
    return ba.steps({"kick": [1]}, offset=50 * ms, duration=duration * second)


def build_cloud(n: int, p: float = 0.0) -> ba.SpikingNetwork:
    """Neurons with 20 afferents each, and with synapses too weak to matter."""
    afferent = ba.Afferent("e", "cloud", 6 * nS, fibres=20)
    connectivity = ba.FixedProbability(p) if p else None
    projections = (
        (ba.Projection("cloud", "cloud", 1e-6 * nS, connectivity=connectivity),)
        if connectivity
        else ()
    )
    return ba.SpikingNetwork((ba.Population("cloud", n, "glutamate"),), (afferent,), projections)


def make_drive(duration: float, conditions: int = 1) -> xr.DataArray:
    """Let afferents fire at 60 Hz."""
    values = np.full((conditions, round(duration / 1e-3), 1), 0.6)
    return ba.stimuli.make_stimulus(values, channels=("e",))


def draw_large_network(n: int) -> ba.RateNetwork:
    """Units of 20 ms in a random network, with ten channels."""
    rng = np.random.default_rng(1)
    return ba.RateNetwork(
        tuple(f"u{k}" for k in range(n)),
        W=rng.normal(size=(n, n)) / np.sqrt(n),
        W_in=rng.normal(size=(n, 10)),
        bias=0.1,
        tau=20 * ms,
        activation="relu",
        channels=tuple(f"c{k}" for k in range(10)),
    )


def build_circuit_in_brian2(inputs: dict[str, Any], rng: np.random.Generator) -> Network:
    """The circuit of `by_hand.run_loop`, whose rates come from the stimulus."""
    namespace = {"excitation": inputs["e"], "inhibition": inputs["i"]}
    cell = NeuronGroup(
        1, by_hand.CELL, threshold="v > -50*mV", reset="v = -60*mV", refractory=2 * ms,
        method="exponential_euler", name="cell",
    )  # fmt: skip
    cell.v = -65 * mV
    e = PoissonGroup(30, "excitation(t)*100*Hz", namespace=namespace, name="e")
    i = PoissonGroup(10, "inhibition(t)*100*Hz", namespace=namespace, name="i")
    from_e = Synapses(e, cell, on_pre="ge += 3*nS", name="from_e")
    from_e.connect()
    from_i = Synapses(i, cell, on_pre="gi += 3*nS", name="from_i")
    from_i.connect()
    return Network(cell, e, i, from_e, from_i)


def build_two_units(activation: str) -> ba.RateNetwork:
    """Two units of 20 ms that inhibit each other."""
    return ba.RateNetwork(
        ("a", "b"), W=[[0.3, -0.5], [-0.5, 0.3]], tau=20 * ms, activation=activation
    )


def choose_fastest_engine() -> str:
    """Name the compiled engine, or numpy where there is no compiler."""
    return "cpp" if compiler.find_compiler() else "numpy"
