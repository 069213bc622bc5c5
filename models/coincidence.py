"""Coincidence: does it matter when the pulses come, if there are equally many?

Spiking model: a slow and a fast cell (membrane time constants 20 and 5 ms) under volleys of
input spikes. In the aligned condition all fibres fire together ten times a second; in the others
each spike is moved by a random time, so that every fibre keeps its rate exactly.
Rate model: `rates` is a unit as in a multilayer perceptron, a weighted sum of the same input
without any memory. `leaky` is the nearest unit that can tell: the same sum leaks with the slow
membrane's time constant, and the threshold comes after the leak.
"""

import numpy as np
import xarray as xr
from brian2 import Hz, ms, nS

import bioann as ba
from bioann.base.randomness import make_rng
from bioann.metrics.transition import TransitionHeight, TransitionMidpoint

FIBRES = tuple(f"fibre_{k}" for k in range(5))
JITTERS_MS = np.array([0.0, 1, 2, 4, 8, 16, 32])  # standard deviation in ms
N_SAMPLES, SEED = 3, 14  # stimuli drawn for each jitter, and what decides them
VOLLEY_RATE_HZ = 10  # volleys per second, and what counts as activation 1: one spike a volley
DURATION_MS, PERIOD_MS = 400, 100  # of a stimulus, and from volley to volley, in ms


def draw_volleys() -> xr.DataArray:
    """Draw one pulse of 1 ms per fibre and volley, each moved by its own random time."""
    jitter_ms = np.repeat(JITTERS_MS, N_SAMPLES)
    values = np.zeros((len(jitter_ms), DURATION_MS, len(FIBRES)))
    volley_times = np.arange(PERIOD_MS // 2, DURATION_MS, PERIOD_MS)
    for row, (std, pulses) in enumerate(zip(jitter_ms, values, strict=True)):
        rng = make_rng(SEED, "jitter", row)
        noise = rng.normal(size=(len(volley_times), len(FIBRES)))
        pulse_times = np.round(volley_times[:, None] + std * noise).astype(int)
        # Around the edge, and added up where two fall together: no pulse is lost.
        np.add.at(pulses, (pulse_times % DURATION_MS, np.arange(len(FIBRES))), 1.0)
    sample = np.tile(np.arange(N_SAMPLES, dtype=float), len(JITTERS_MS))
    coords = {"jitter": jitter_ms, "sample": sample}
    return ba.stimuli.make_stimulus(values, channels=FIBRES, dt=1 * ms, coords=coords)


#: The share of the aligned response that the largest jitter takes, and where half of that is lost.
FALL = ba.measure(TransitionHeight("jitter", relative=True), "response lost by jitter", best=1.0)
MIDPOINT = ba.measure(TransitionMidpoint("jitter"), "jitter at half of the loss", unit="ms")
FORUM = "AI Stack Exchange 2018"
CLAIMS = (
    ba.Claim(
        "B14a",
        "Temporal alignment matters in brains: jitter of its time constant silences a neuron.",
        FORUM,
        FALL.of("bio", match="slow") >= 0.8,
        FALL.of("bio", match="fast") >= 0.8,
        # A normal jitter spreads a volley over about four standard deviations.
        MIDPOINT.of("bio", match="slow").between(20 / 4, 20),
        MIDPOINT.of("bio", match="fast").between(5 / 4, 5),
    ),
    ba.Claim(
        "B14b",
        "A multilayer perceptron has no pulses: inputs with equal rates are equal to a unit.",
        FORUM,
        FALL.of("ann", match="slow").between(-1e-9, 1e-9),
    ),
    ba.Claim(
        "B14c",
        "No artificial unit can tell aligned from jittered pulses.",
        "ours",
        FALL.of("ann", match="leaky") <= 0.2,
    ),
)


def pair() -> ba.Pair:
    """Return the pair."""
    slow_cell, fast_cell = ba.cells.LIF(), ba.cells.LIF(g_L=40 * nS)
    # A regular fibre at 1000 Hz fires once in a pulse of 1 ms, at a random moment of it. An aligned
    # volley is 1.4 times what brings the cell from rest to threshold.
    weights = {"slow": 9 * nS, "fast": 12.9 * nS}
    ampa = ba.receptors.AMPA(tau=2 * ms)
    bio = ba.SpikingNetwork(
        (
            ba.Population("slow", 5, "glutamate", slow_cell),
            ba.Population("fast", 5, "glutamate", fast_cell),
        ),
        tuple(
            ba.Afferent(name, cell, weight, receptor=ampa, rate=1000 * Hz, kind="regular")
            for cell, weight in weights.items()
            for name in FIBRES
        ),
    )
    # With these weights a volley (1 ms on every fibre) is worth 1, averaged over its 100 ms.
    input_weights = np.full(len(FIBRES), PERIOD_MS / len(FIBRES))
    # It brings the leaky sum to about 5; the threshold is two thirds of that, 66 / 19.5 = 3.4, and
    # the gain of 19.5 makes the response to an aligned volley about 1.
    ann = ba.RateNetwork(
        units=("rates", "sum", "leaky"),
        channels=FIBRES,
        W=[[0, 0, 0], [0, 0, 0], [0, 19.5, 0]],
        W_in=[input_weights, input_weights, 0 * input_weights],
        bias=[0, 0, -66.0],
        tau=(None, 20 * ms, None),
        activation=("relu", "linear", "relu"),
    )
    scale = VOLLEY_RATE_HZ * Hz
    correspondence = ba.Correspondence(
        (
            ba.Match("slow", "rates", scale=scale, name="slow"),
            ba.Match("fast", "rates", scale=scale, name="fast"),
            ba.Match("slow", "leaky", scale=scale, name="leaky"),
        ),
        ann_only=("sum",),
    )
    return ba.Pair(
        "coincidence",
        bio,
        ann,
        correspondence,
        question="Does it matter when pulses come, if there are equally many?",
        source="'How to implement inhibition / negative input?' (AI Stack Exchange, 2018)",
        stimulus=draw_volleys(),
        settle=0 * ms,
        bin_width=PERIOD_MS * ms,
        trials=5,
        figures=(
            ba.figures.ResponseCurves(
                "jitter",
                ("slow", "fast", "leaky"),
                xlabel="SD of the jitter [ms]",
                ylabel="response [per volley]",
                log_x=True,
                share_y=True,
                message="All fibres fire equally often in all conditions. A cell loses its "
                "response when the jitter reaches its time constant (slow: 20 ms, fast: 5 ms). A "
                "unit that sums rates (slow, fast) does not; one whose sum leaks does.",
            ),
        ),
        claims=CLAIMS,
    )
