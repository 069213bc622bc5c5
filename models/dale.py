"""Dale: what does it cost that a neuron releases one transmitter?

Rate model: eight units, connected at random, whose outgoing weights have both signs. A neuron
releases one transmitter at all its terminals (Dale's principle), so each unit is rewritten as a
glutamatergic neuron for its positive weights and a GABAergic one for its negative ones:

- twins (the spiking model): the GABAergic neuron gets all that the glutamatergic one gets;
- interneurons (the control): it is driven by the glutamatergic one. That saves synapses, but all
  that is inhibited hears of it one synapse later.

Both are derived (`bioann.to_bio`); gains and offsets were calibrated on other stimuli.
"""

from collections.abc import Mapping
from functools import cache, partial

import numpy as np
import xarray as xr
from brian2 import ms

import bioann as ba
from bioann.base.randomness import make_rng
from bioann.metrics.agreement import relative_rmse_percent
from bioann.metrics.relay_delay import RelayDelay

N_UNITS, N_CONDITIONS = 8, 16
NEURONS_PER_UNIT = 4  # neurons for one of each unit, to average their spikes
ONSET_MS = 150  # of the stimulus
SYNAPSE_TAU_MS, DELAY_MS = 40, 1  # of a synapse
RELAY_LAG_MS = SYNAPSE_TAU_MS + DELAY_MS  # of what takes one synapse more
#: Gain, offset and spread of each population, from `rewrite_as_neurons` without `transfers`, which
#: takes ten seconds; a test compares them.
TRANSFERS = {
    "twins": {"unit_glutamate": (1.0377, -0.0546, 0.1630), "unit_GABA": (1.0377, -0.0546, 0.1630)},
    "interneurons": {
        "unit_glutamate": (1.0369, -0.0533, 0.1393),
        "unit_GABA": (1.0560, -0.0659, 0.0802),
    },
}
TOLERANCE_PERCENT = 5.0  # of the root mean square response


def draw_rate_network() -> ba.RateNetwork:
    """Draw the rate network: mixed signs, and stable (spectral radius near 0.5)."""
    rng = make_rng(3, "dale")
    weights = rng.normal(0, 0.5 / N_UNITS**0.5, (N_UNITS, N_UNITS))
    np.fill_diagonal(weights, 0.0)
    return ba.RateNetwork(
        units=tuple(f"unit[{i}]" for i in range(N_UNITS)),
        channels=("a", "b", "c"),
        W=weights,
        W_in=rng.normal(0, 0.25, (N_UNITS, 3)),
        bias=0.5,
        tau=SYNAPSE_TAU_MS * ms,
    )


def rewrite_as_neurons(
    dale: str, transfers: Mapping[str, tuple[float, ...]] | None = None
) -> ba.Translation:
    """Rewrite the rate network as neurons, calibrated unless `transfers` are given."""
    options = {"neurons_per_unit": NEURONS_PER_UNIT, "inputs": "current", "delay": DELAY_MS * ms}
    return ba.to_bio(draw_rate_network(), dale=dale, transfers=transfers, **options)


@cache
def build_rewrite(dale: str) -> ba.Translation:
    """Build a rewrite from its stored calibration."""
    return rewrite_as_neurons(dale, TRANSFERS[dale])


def draw_test_stimulus() -> xr.DataArray:
    """Draw stimuli that calibration has not seen."""
    inputs = make_rng(4, "dale", "stimulus").uniform(-1, 1, (N_CONDITIONS, 3))
    levels = dict(zip("abc", inputs.T, strict=True))
    sample = {"sample": np.arange(N_CONDITIONS)}
    return ba.steps(levels, duration=650 * ms, onset=ONSET_MS * ms, coords=sample)


def compute_cost_ratio(quantity: str) -> float:
    """Divide what interneurons cost by what twins cost."""
    interneurons, twins = (build_rewrite(dale) for dale in ("interneurons", "twins"))
    return interneurons.decided_number(quantity) / twins.decided_number(quantity)


DIFFERENCE = ba.measure(
    relative_rmse_percent, "relative RMSE", best=0.0, per="pair", unit="% of the response"
)
FROM_RATE_MODEL = DIFFERENCE.of("bio", "ann", name="relative RMSE of twins and rate model")
OF_REWRITES = DIFFERENCE.of("bio", "interneurons", name="relative RMSE of twins and interneurons")
RELAY_DELAY = RelayDelay(draw_rate_network(), SYNAPSE_TAU_MS, RELAY_LAG_MS, ONSET_MS)
ADDED_DELAY = ba.measure(
    RELAY_DELAY,
    "delay of inhibition",
    best=float(RELAY_LAG_MS),
    per="pair",
    over="time",
    unit="ms",
    note="needs conditions in which every unit is active",
).of("bio", "interneurons", name="delay of inhibition by interneurons")
COST_RATIOS = {
    quantity: ba.measure(
        partial(compute_cost_ratio, quantity), f"{quantity}, interneurons over twins"
    ).of()
    for quantity in ("neurons", "synapses")
}


def trace_added_delay(comparison: ba.Comparison) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Trace what interneurons add to the responses after the onset: measured, and by theory."""
    responses = comparison.responses.mean("trial")
    stimulus = responses["stimulus"].sel(stimulus_time=slice(*comparison.window))
    measured, predicted = RELAY_DELAY.added_time_courses(
        responses["bio"], responses["interneurons"], stimulus.mean("stimulus_time")
    )
    sign = np.sign(predicted.isel(time=slice(2, 12)).mean("time"))  # more, where less is inhibited
    curves = {}
    for label, difference in {"measured": measured, "theory": predicted}.items():
        mean = (difference * sign).mean(["condition", "match"]).rolling(time=9, center=True).mean()
        curves[label] = (5 + 10 * np.arange(mean.size), mean.values)
    return curves


SOURCE = "ours, after Dale (1935) and Eccles et al. (1954)"
CLAIMS = (
    ba.Claim(
        "B2a",
        "A unit with weights of both signs is two neurons with one transmitter each: twins "
        "respond as the units do, within the noise ceiling.",
        SOURCE,
        ba.rules.WithinCeiling(FROM_RATE_MODEL),
    ),
    ba.Claim(
        "B2b",
        "A unit is also one neuron that excites and an interneuron: the response is that of twins.",
        SOURCE,
        ba.rules.WithinCeiling(OF_REWRITES),
    ),
    ba.Claim(
        "B2c",
        f"Both are the same function to {TOLERANCE_PERCENT:.0f} % of the response.",
        SOURCE,
        FROM_RATE_MODEL <= TOLERANCE_PERCENT,
        OF_REWRITES <= TOLERANCE_PERCENT,
    ),
    ba.Claim(
        "B2d",
        "Interneurons cost as many neurons as twins, and fewer synapses.",
        SOURCE,
        COST_RATIOS["neurons"].between(1.0, 1.0),
        COST_RATIOS["synapses"] <= 0.99,
    ),
    ba.Claim(
        "B2e",
        f"Interneurons delay inhibition by a synapse's delay and time constant, {RELAY_LAG_MS} ms.",
        SOURCE,
        ADDED_DELAY.between(0.9 * RELAY_LAG_MS, 1.1 * RELAY_LAG_MS),
    ),
)


def pair() -> ba.Pair:
    """Return the pair."""
    bio, correspondence = build_rewrite("twins")
    return ba.Pair(
        "dale",
        bio,
        draw_rate_network(),
        correspondence,
        question="What does it cost that a neuron releases one transmitter?",
        source="'How to implement inhibition / negative input in artificial networks?' (AI Stack "
        "Exchange, 2018); Eccles, Fatt and Koketsu 1954",
        stimulus=draw_test_stimulus(),
        settle=(ONSET_MS + 250) * ms,
        trials=5,
        controls={"interneurons": build_rewrite("interneurons").network},
        figures=(
            ba.figures.ComputedCurves(
                trace_added_delay,
                model="interneurons",
                xlabel="time after onset [ms]",
                ylabel="interneurons minus twins\n[activation]",
                y_lines=(0.0,),
                scores=(FROM_RATE_MODEL, OF_REWRITES, ADDED_DELAY, *COST_RATIOS.values()),
                message="Interneurons delay all inhibition by a synapse: what they add to the "
                "response of twins, signed as predicted, mean over units and stimuli in a running "
                f"window of 90 ms. Dashed: theory for a delay of {RELAY_LAG_MS} ms.",
            ),
        ),
        claims=CLAIMS,
    )
