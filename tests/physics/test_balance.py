"""Strong synapses balance: rates follow from linear equations as the number of inputs grows.

With K inputs of each kind per cell, each of size J / sqrt(K), the currents of either sign are of
order sqrt(K) and have to cancel: nu_ext J_0 + nu_E J_E - nu_I J_I = O(1 / sqrt(K)) for E and for I
(van Vreeswijk and Sompolinsky 1996), whatever a cell is like. What is left over makes it fire as
irregularly as a Poisson process, and pairs of cells by themselves.
"""

import numpy as np
import pytest
from brian2 import Hz, ms, pA

import bioann as ba
from bioann.metrics.spiking import cv_of_isi

EXTERNAL = 20.0  # Hz
TO_E, TO_I = np.array([1.0, 1.0, -2.0]), np.array([0.4, 1.0, -1.2])  # from outside, E and I
JUMP = 16.0  # mV by all K spikes of a kind together; threshold is 15 mV above rest
START, STOP, BIN = 0.1, 0.6, 0.02


def balanced(k, n):
    """A network of n excitatory and n inhibitory cells with k inputs of each kind."""
    cell = ba.cells.LIF(V_r=ba.cells.LIF().E_L, t_ref=0 * ms)
    outside, ampa, gaba = (ba.receptors.CurrentSynapse(tau=t * ms) for t in (5, 5, 2))
    wired = ba.FixedProbability(k / n)

    def size(strength, receptor):  # a charge of C times the jump
        return abs(strength) * JUMP / k**0.5 * 1e-3 * cell.C / receptor.tau * 1e12 * pA

    into = {"e": TO_E, "i": TO_I}
    return ba.SpikingNetwork(
        (ba.Population("e", n, "glutamate", cell), ba.Population("i", n, "GABA", cell)),
        tuple(
            ba.Afferent(
                "x", to, size(j[0], outside), receptor=outside, fibres=k, rate=EXTERNAL * Hz
            )
            for to, j in into.items()
        ),
        tuple(
            ba.Projection(source, to, size(j[column], kind), kind, wired)
            for source, column, kind in (("e", 1, ampa), ("i", 2, gaba))
            for to, j in into.items()
        ),
    )


def run_of(k, n):
    stimulus = ba.steps({"x": [1.0]}, duration=STOP * 1e3 * ms, dt=20 * ms)
    # The balance holds whatever a cell is like, so that it may step by 0.2 ms.
    options = {"trials": 1, "seed": 1, "bin_width": 20 * ms, "dt": 0.2 * ms}
    return balanced(k, n).run(stimulus, engine="numpy", **options)


def rates(run):
    return run.rate.sel(time=slice(START, None)).mean(["condition", "trial", "time"]).values


def correlation(run, n):
    """Mean correlation of the counts of two excitatory cells, from the variance of their sum."""
    excitatory = (run.spike_unit.values == 0) & (run.spike_time.values > START)
    edges = [np.arange(n + 1) - 0.5, np.arange(START, STOP + 1e-9, BIN)]
    counts = np.histogram2d(
        run.spike_neuron.values[excitatory], run.spike_time.values[excitatory], edges
    )[0]
    counts = counts[counts.std(axis=1) > 0]
    z = (counts - counts.mean(axis=1, keepdims=True)) / counts.std(axis=1, keepdims=True)
    m = len(z)
    return ((z.sum(axis=0) ** 2).mean() - m) / (m * (m - 1))


@pytest.fixture(scope="module")
def runs():
    return {k: run_of(k, n) for k, n in ((64, 800), (256, 1600))}


@pytest.mark.slow
def test_rates_approach_the_balance_equations_as_one_over_the_root_of_the_inputs(runs):
    weights = np.stack([TO_E, TO_I])
    expected = np.linalg.solve(weights[:, 1:], -EXTERNAL * weights[:, 0])
    np.testing.assert_allclose(expected, [10, 15])
    errors = {k: np.linalg.norm(rates(run) - expected) for k, run in runs.items()}
    # Four times the inputs, half the distance, as far as cells then need as much left over.
    assert errors[256] / errors[64] == pytest.approx(0.5, abs=0.1)
    net_input = weights @ [EXTERNAL, *rates(runs[256])]
    assert (abs(net_input) < 0.05 * np.abs(weights) @ [EXTERNAL, *rates(runs[256])]).all()


@pytest.mark.slow
def test_cells_fire_irregularly_and_by_themselves(runs):
    for (k, run), n in zip(runs.items(), (800, 1600), strict=True):
        cv = cv_of_isi(run, (START, STOP)).mean("trial").values
        assert (cv > 0.7).all(), k
        assert (cv < 1.5).all(), k
        assert abs(correlation(run, n)) < 0.01
