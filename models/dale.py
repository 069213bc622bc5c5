"""Dale: what does it cost that a neuron releases one transmitter?

Artificial half: eight units, connected at random, whose outgoing weights have both signs. A neuron
releases one transmitter at all its terminals (Dale's principle), so each unit is rewritten as a
glutamatergic neuron for its positive weights and a GABAergic one for its negative ones:

- twins (the biological half): the GABAergic neuron gets all that the glutamatergic one gets;
- interneurons (the control): it is driven by the glutamatergic one. That saves synapses, but all
  that is inhibited hears of it one synapse later.

Both are derived (`bioann.to_bio`); gains and offsets were calibrated on other stimuli.
"""

from functools import cache, partial

import numpy as np
import xarray as xr
from brian2 import ms

import bioann as ba
from bioann.base.randomness import make_rng
from bioann.metrics.agreement import relative_difference
from bioann.metrics.measures import ComputedNumber
from bioann.metrics.relay_delay import RelayDelay
from bioann.models.figures.dale import rewrites_figure

UNITS, CONDITIONS = 8, 16
COPIES = 4  # neurons for one of each unit, to average their spikes
ONSET, SYNAPSE, DELAY = 150, 40, 1  # ms: of the stimulus; time constant and delay of a synapse
LAG = SYNAPSE + DELAY  # of what takes one synapse more
#: Gain, offset and spread of each population as `to_bio` finds them without `transfers`, in ten
#: seconds.
TRANSFERS = {
    "twins": {"unit_glutamate": (1.0380, -0.0547, 0.1618), "unit_GABA": (1.0380, -0.0547, 0.1618)},
    "interneurons": {
        "unit_glutamate": (1.0395, -0.0543, 0.1385),
        "unit_GABA": (1.0394, -0.0514, 0.0017),
    },
}
SAME = 5.0  # percent of the root mean square response


def network() -> ba.RateNetwork:
    """Draw the rate network: mixed signs, and stable (spectral radius near a half)."""
    rng = make_rng(3, "dale")
    w = rng.normal(0, 0.5 / UNITS**0.5, (UNITS, UNITS))
    np.fill_diagonal(w, 0.0)
    return ba.RateNetwork(
        units=tuple(f"unit[{i}]" for i in range(UNITS)),
        channels=("a", "b", "c"),
        W=w,
        W_in=rng.normal(0, 0.25, (UNITS, 3)),
        bias=0.5,
        tau=SYNAPSE * ms,
    )


@cache
def rewritten(dale: str) -> ba.Translation:
    """Rewrite it as neurons."""
    how = {"neurons_per_unit": COPIES, "inputs": "current", "delay": DELAY * ms}
    return ba.to_bio(network(), dale=dale, transfers=TRANSFERS[dale], **how)


def stimulus() -> xr.DataArray:
    """Draw stimuli that calibration has not seen."""
    drawn = make_rng(4, "dale", "stimulus").uniform(-1, 1, (CONDITIONS, 3))
    levels = dict(zip("abc", drawn.T, strict=True))
    sample = {"sample": np.arange(CONDITIONS)}
    return ba.steps(levels, duration=650 * ms, onset=ONSET * ms, coords=sample)


def over_twins(what: str) -> float:
    """Divide what interneurons cost by what twins cost."""
    return rewritten("interneurons").number(what) / rewritten("twins").number(what)


BOTH = ("difference from the ANN", "difference of the rewrites")
COST = {what: f"{what}, interneurons over twins" for what in ("neurons", "synapses")}
LATE = RelayDelay(network(), SYNAPSE, LAG, ONSET)
whole = partial(ba.metrics.Metric, best=0.0, per="pair")
METRICS = (
    whole(BOTH[0], relative_difference, unit="%"),
    whole(BOTH[1], relative_difference, unit="%", against="interneurons"),
    whole(
        "delay added to inhibition",
        LATE,
        best=float(LAG),
        over="time",
        unit="ms",
        against="interneurons",
        note="needs conditions in which every unit is active",
    ),
    *(
        whole(name, ComputedNumber(partial(over_twins, what)), best=np.nan)
        for what, name in COST.items()
    ),
)

OURS = "ours, after Dale (1935) and Eccles et al. (1954)"
CLAIMS = (
    ba.Claim(
        "B2a",
        "A unit with weights of both signs is two neurons with one transmitter each: twins "
        "answer as the units do, as far as biology answers as itself.",
        OURS,
        ba.rules.WithinCeiling(BOTH[0]),
    ),
    ba.Claim("B2b", "And so do interneurons as twins do.", OURS, ba.rules.WithinCeiling(BOTH[1])),
    ba.Claim(
        "B2c",
        f"Both are the same function to {SAME:.0f} % of the response.",
        OURS,
        ba.rules.at_most(BOTH, SAME),
    ),
    ba.Claim(
        "B2d",
        "Interneurons cost as many neurons as twins, and fewer synapses.",
        OURS,
        ba.rules.AllOf(
            (ba.rules.Between(COST["neurons"], 1.0, 1.0), ba.rules.at_most(COST["synapses"], 0.99))
        ),
    ),
    ba.Claim(
        "B2e",
        f"They pay with a synapse's delay and time constant, {LAG} ms.",
        OURS,
        ba.rules.Between("delay added to inhibition", 0.9 * LAG, 1.1 * LAG),
    ),
)


def pair() -> ba.Pair:
    """Return the pair."""
    bio, same = rewritten("twins")
    counted = {name: tuple(map(rewritten(name).number, COST)) for name in TRANSFERS}
    return ba.Pair(
        "dale",
        bio,
        network(),
        same,
        question="What does it cost that a neuron releases one transmitter?",
        source="'How to implement inhibition / negative input in artificial networks?' (AI Stack "
        "Exchange, 2018); Eccles, Fatt and Koketsu 1954",
        stimulus=stimulus(),
        settle=(ONSET + 250) * ms,
        trials=5,
        controls={"interneurons": rewritten("interneurons").network},
        metrics=METRICS,
        figures=(partial(rewrites_figure, late=LATE, costs=counted, copies=COPIES),),
        claims=CLAIMS,
    )
