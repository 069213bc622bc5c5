"""Memory inside the cell: where does a memory lie, and what tells it?

Spiking model: `pre` cells excite two populations. `in_synapse` has synapses that pairs of spikes
raise, `in_cell` fixed synapses and a threshold that a cell's own spikes lower. A pulse on `pre`,
and a teacher 5 ms later, make all cells fire 50 or 100 times per second for 2 s. Before and after,
a pulse to the trained synapses, and one to others of the same cells, tests them. Rate model: units
that learn by Hebb's rule, one by the weight of its input, the other by the weight of a constant
input, its bias.

The threshold drifts back with 2 s; the synapses do not decay. Weights were chosen by hand.
Activation 1 is 20 Hz, one spike in the 50 ms that are counted after a test.
"""

import functools

import numpy as np
import xarray as xr
from brian2 import Hz, ms, mV, nS, second

import bioann as ba
from bioann.claims.sources import FORUM_2018, OURS

#: In seconds: start and duration of learning, and the tests before and after it.
START, LEARNING, STOP = 0.5, 2.0, 2.9
TRAINED, OTHER = "pulse to the trained synapses", "pulse to others"
TESTS = {TRAINED: (0.1, 2.6), OTHER: (0.25, 2.75)}
RATES = np.array([50.0, 100.0])
MATCHES = ("in_synapse", "in_cell")


def count_spikes(test: float) -> ba.metrics.ResponseBetween:
    """Return the spikes of each cell in the 50 ms after a test."""
    return ba.metrics.ResponseBetween(test, test + 0.05)


GAINED = {
    name: ba.measure(
        ba.metrics.Difference(count_spikes(after), count_spikes(before)),
        f"change of the response to a {name}",
        unit="spikes",
    )
    for name, (before, after) in TESTS.items()
}
#: Half a spike, and a tenth of one.
MORE, NO_MORE = 0.5, 0.1
CLAIMS = (
    FORUM_2018.claim(
        "E22a",
        "A memory may lie inside the cell: a threshold that its own spikes have lowered recalls "
        "what was learned, without a change of any synapse.",
        GAINED[TRAINED].of("bio", match="in_cell") >= MORE,
        supported="In the synapse or inside the cell. A pulse to other synapses tells: its "
        "response has changed only if the memory lies inside the cell",
    ),
    OURS.claim(
        "E22b",
        "A pulse to other synapses tells where a memory lies: one in synapses does not change the "
        "response to it, one inside the cell does.",
        GAINED[TRAINED].of("bio", match="in_synapse") >= MORE,
        GAINED[OTHER].of("bio", match="in_synapse").between(-NO_MORE, NO_MORE),
        GAINED[OTHER].of("bio", match="in_cell") >= MORE,
    ),
)


FIGURE = ba.figures.ScoreCurves(
    {
        match: {test: gained.of("bio", match=match) for test, gained in GAINED.items()}
        for match in MATCHES
    },
    xlabel="test",
    ylabel="change of the response [spikes]",
    message="Learning makes cells respond to a pulse to the trained synapses. Where it has lowered "
    "the threshold of the cell, they respond to a pulse to other synapses as well.",
)


def make_stimulus() -> xr.DataArray:
    """Return pulses to `pre`, the teacher 5 ms later, and tests of both kinds of synapses."""
    middles = [(np.arange(LEARNING * rate) + 0.5) / rate + START for rate in RATES]
    tests = {name: np.array(times) for name, times in TESTS.items()}
    return ba.stimuli.pulse_trains(
        {
            "pre": [np.r_[t - 0.005, tests[TRAINED]] * second for t in middles],
            "teacher": [t * second for t in middles],
            "other": [tests[OTHER] * second],
            "constant": [[0] * second],
        },
        duration=STOP * second,
        widths={"constant": STOP * second},
        coords={"rate": RATES},
    )


def build_circuit() -> ba.SpikingNetwork:
    # A pulse makes each pre cell fire once, and so does the teacher with the others. Tests of these
    # alone are too weak, by about a sixth.
    pulse, fast = ba.Afferent.of_volleys, ba.receptors.AMPA(tau=2 * ms)
    threshold = ba.plasticity.IntrinsicPlasticity(-0.4 * mV, tau=2 * second, bound=5 * mV)
    cells = functools.partial(ba.Population, n=5, transmitter="glutamate", background=0.5 * nS)
    learning = ba.plasticity.PairSTDP(A_plus=0.01, A_minus=0.0, upper=1.5)
    tests = (
        (c, name, w) for name in MATCHES for c, w in (("teacher", 4 * nS), ("other", 1.1 * nS))
    )
    return ba.SpikingNetwork.of_members(
        ba.Population("pre", 5, "glutamate"),
        cells("in_synapse"),
        cells("in_cell", intrinsic_plasticity=threshold),
        pulse("pre", "pre"),
        *(pulse(*test) for test in tests),
        ba.Projection("pre", "in_synapse", 4.4 * nS, fast, plasticity=learning),
        ba.Projection("pre", "in_cell", 4.4 * nS, fast),
    )


def build_units() -> ba.learning.PlasticRateNetwork:
    """Return units with a threshold, and a relay that prolongs pulses of 1 ms to 5 ms."""
    network = ba.RateNetwork(
        ("pre", *MATCHES),
        channels=("pre", "teacher", "other", "constant"),
        W=[[0, 0, 0], [165, 0, 0], [165, 0, 0]],
        W_in=[[1, 0, 0, 0], *[[0, 75, 30, -25]] * 2],
        tau=(5 * ms, None, None),
    )
    # A bias of at most 0: at rest the unit is silent.
    bias, learn = ba.signs.NonPositive(), ba.learning.Hebb
    rules = (
        learn(("in_synapse",), sources=("pre",), rate=80 * Hz, name="weight"),
        learn(("in_cell",), channels=("constant",), rate=1.5 * Hz, name="bias", constraint=bias),
    )
    return ba.learning.PlasticRateNetwork(network, rules)


def pair() -> ba.Pair:
    return ba.Pair(
        "memory_inside_the_cell",
        build_circuit(),
        build_units(),
        ba.Correspondence.of_names(*MATCHES, scale=20 * Hz, bio_only=("pre",), ann_only=("pre",)),
        question="Where does a memory lie, in the synapse or inside the cell, and what tells it?",
        stimulus=make_stimulus(),
        settle=(START + LEARNING) * second,
        margin=ba.Margin(2 * Hz, "a tenth of the spike that a test evokes"),
        trials=20,
        figures=(FIGURE,),
        claims=CLAIMS,
    )
