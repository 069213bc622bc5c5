"""The network of current-based cells of Brunel 2000, and its published states.

C_E, C_I, J, g, the delay and nu_ext / nu_thr are as published (figure 8); the network has 2,500
or 5,000 neurons instead of 12,500, so that a pair of neurons shares half or a quarter of its input
instead of a tenth: the population fluctuates more than in the paper in every state. Rates are held
to the mean-field solution, solved here. At its own size the network fires (Hz, published in
brackets, then the fluctuation of the population per ms over its mean) at 36.4 (37.7), 0.48 in the
asynchronous state, 55.6 (60.7; 55.1 in the mean field), 0.79 in the fast one with a rhythm of
180 Hz, 5.5 (5.5), 1.8 in the slow one with 22 Hz; and at 308 in the regular one.
"""

import numpy as np
import pytest
from brian2 import Hz, ms, mV, nS, pF
from scipy import integrate, optimize, special

from bioann.bio.afferent import Afferent
from bioann.bio.cells.lif import LIF
from bioann.bio.connectivity import FixedProbability
from bioann.bio.network import SpikingNetwork
from bioann.bio.population import Population
from bioann.bio.projection import Projection
from bioann.bio.receptors import DeltaSynapse
from bioann.stimuli.waveforms import steps

C_E, GAMMA = 1000, 0.25
J, TAU, THETA, V_R, T_REF = 0.1, 0.020, 20.0, 10.0, 0.002
NU_THR = THETA / (J * C_E * TAU)  # 10 Hz
SKIP = 0.1
STEP = 1e-4
CELL = LIF(
    C=200 * pF, g_L=10 * nS, E_L=0 * mV, V_th=THETA * mV, V_r=V_R * mV, t_ref=T_REF * 1e3 * ms
)

#: g, nu_ext / nu_thr, excitatory neurons, seconds and runs: synchronous regular, fast and slow
#: irregular, asynchronous. The whole population fluctuates: over 24 seeds the rate of one run has a
#: standard deviation of 3.4 Hz (6 %), 1.3 Hz (24 %) and 2.9 Hz (8 %) in the three irregular states,
#: so that the mean of eight runs is within 2 to 8 % of its expectation.
STATES = {
    "SR": (3.0, 2.0, 2000, 0.14, 1),
    "SI fast": (6.0, 4.0, 4000, 0.3, 8),
    "AI": (5.0, 2.0, 4000, 0.3, 8),
    "SI slow": (4.5, 0.9, 2000, 0.6, 8),
}


def network(g, external, n_e):
    delta, wired = DeltaSynapse(), FixedProbability(C_E / n_e)
    return SpikingNetwork(
        (
            Population("e", n_e, "glutamate", cell=CELL),
            Population("i", round(GAMMA * n_e), "GABA", cell=CELL),
        ),
        tuple(
            Afferent("ext", name, J * mV, receptor=delta, fibres=C_E, rate=external * NU_THR * Hz)
            for name in "ei"
        ),
        tuple(
            Projection(
                source, target, size * mV, receptor=delta, connectivity=wired, delay=1.5 * ms
            )
            for source, size in (("e", J), ("i", g * J))
            for target in "ei"
        ),
    )


def driven(nu, g, external):
    """Rate in Hz of a neuron whose recurrent input fires at `nu`.

    A threshold that is only looked at once per step of a random walk lies higher by 0.5826 of the
    walk's standard deviation per step (Chernoff 1965; Broadie, Glasserman and Kou 1997).
    """
    out = external * NU_THR
    mu = C_E * J * TAU * (out + nu * (1 - GAMMA * g))
    speed = J * np.sqrt(C_E * (out + nu * (1 + GAMMA * g**2)))  # V / sqrt(s)
    sigma, theta = speed * np.sqrt(TAU), THETA + 0.5826 * speed * np.sqrt(STEP)
    bounds = (V_R - mu) / sigma, (theta - mu) / sigma
    passage = integrate.quad(lambda u: special.erfcx(-u), *bounds, limit=200)[0]
    return 1 / (T_REF + TAU * np.sqrt(np.pi) * passage)


def mean_field(g, external):
    """Self-consistent rate in Hz of all neurons."""
    return optimize.brentq(lambda nu: driven(nu, g, external) - nu, 1e-3, 499.9)


def measured(g, external, n_e, seconds, n_runs, engine):
    """Means over runs: rate, irregularity of single neurons, rhythm of the population."""
    runs = [measure_run(g, external, n_e, seconds, 1 + k, engine) for k in range(n_runs)]
    return {name: float(np.mean([run[name] for run in runs])) for name in runs[0]}


def measure_run(g, external, n_e, seconds, seed, engine):
    # One step of stimulus: the up to 6e7 spikes from outside need not be looked up among many.
    duration = seconds * 1e3 * ms
    stimulus = steps({"ext": [1.0]}, duration=duration, dt=duration)
    run = network(g, external, n_e).run(
        stimulus, trials=1, seed=seed, bin_width=duration, engine=engine, dt=STEP * 1e3 * ms
    )
    keep = (run.spike_unit.values == 0) & (run.spike_time.values >= SKIP)
    time, neuron = run.spike_time.values[keep], run.spike_neuron.values[keep]
    order = np.lexsort((time, neuron))
    gaps, same = np.diff(time[order]), np.diff(neuron[order]) == 0
    of = neuron[order][1:]
    many = np.bincount(of[same], minlength=n_e)
    one = [gaps[same & (of == n)] for n in np.flatnonzero(many >= 5)[::4]]
    cv = float(np.mean([x.std() / x.mean() for x in one])) if one else np.nan
    counts = np.histogram(time, np.arange(SKIP, seconds + 1e-9, 1e-3))[0]
    power = np.abs(np.fft.rfft(counts - counts.mean())) ** 2
    frequency = np.fft.rfftfreq(len(counts), 1e-3)
    return {
        "rate": len(time) / (seconds - SKIP) / n_e,
        "cv": cv,
        "frequency": float((frequency * power).sum() / power.sum()),
        "peak": float(frequency[power.argmax()]),
        "fluctuation": float(counts.std() / counts.mean()),
    }


@pytest.fixture(scope="module")
def states(compiled):
    return {name: measured(*state, engine=compiled) for name, state in STATES.items()}


def test_delta_synapses_make_an_uncoupled_neuron_fire_at_its_theory():
    """Poisson spikes as in the asynchronous state: 1,000 excitatory and 250 inhibitory fibres.

    300 neurons fire about 5,400 times in 0.5 s, at a CV of 0.35: 0.5% of counting error.
    """
    g, external, nu = 5.0, 2.0, 37.9
    delta = DeltaSynapse()
    network = SpikingNetwork(
        (Population("e", 300, "glutamate", cell=CELL),),
        (
            Afferent("x", "e", J * mV, receptor=delta, fibres=C_E,
                     rate=(external * NU_THR + nu) * Hz),
            Afferent("x", "e", g * J * mV, receptor=delta, fibres=round(GAMMA * C_E),
                     rate=nu * Hz, transmitter="GABA"),
        ),
    )  # fmt: skip
    run = network.run(steps({"x": [1.0]}, duration=600 * ms), trials=1, seed=1)
    assert run.attrs["dt"] == STEP
    rate = (run.spike_time.values > SKIP).sum() / 300 / 0.5
    assert rate == pytest.approx(driven(nu, g, external), rel=0.015)


@pytest.mark.slow
@pytest.mark.parametrize(("state", "close"), [("SR", 0.06), ("AI", 0.08), ("SI fast", 0.1)])
def test_rates_are_those_of_the_mean_field(state, close, states):
    g, external, *_ = STATES[state]
    assert states[state]["rate"] == pytest.approx(mean_field(g, external), rel=close)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("state", "published", "close"),
    # The slow state has ten cycles in each run, each with its own luck.
    [("SI fast", 60.7, 0.08), ("AI", 37.7, 0.08), ("SI slow", 5.5, 0.3)],
)
def test_rates_are_those_of_the_published_simulations(state, published, close, states):
    assert states[state]["rate"] == pytest.approx(published, rel=close)


@pytest.mark.slow
def test_excitation_that_dominates_makes_clocks_and_inhibition_that_does_dice(states):
    assert states["SR"]["cv"] < 0.05
    assert states["AI"]["cv"] > 0.3
    assert states["SI fast"]["cv"] > 0.5
    assert states["SR"]["rate"] > 250  # near 1 / (t_ref + time to threshold)


@pytest.mark.slow
def test_fast_and_slow_oscillations_have_their_frequencies(states):
    """Published: about 180 Hz while neurons fire at 60, and about 22 Hz while they fire at 5."""
    fast, slow = states["SI fast"], states["SI slow"]
    assert 140 < fast["peak"] < 210
    assert fast["peak"] > 2 * fast["rate"]
    assert 10 < slow["peak"] < 60
    assert slow["peak"] > 2 * slow["rate"]


@pytest.mark.slow
def test_the_slow_state_is_the_most_synchronous_one(states):
    assert states["SI slow"]["fluctuation"] > 1.5 * states["AI"]["fluctuation"]


@pytest.mark.slow
def test_the_fast_state_is_more_synchronous_than_the_asynchronous_one(states):
    """At equal size: 1.01 against 0.75 with 5,000 neurons, 0.79 against 0.48 with 12,500."""
    assert states["SI fast"]["fluctuation"] > 1.2 * states["AI"]["fluctuation"]
