"""Dale: what does it cost that a neuron releases one transmitter?

Artificial half: eight units, connected at random, whose outgoing weights have both signs. A neuron
releases one transmitter at all its terminals (Dale's principle), so each unit is rewritten as a
glutamatergic neuron for its positive weights and a GABAergic one for its negative ones:

- twins (the biological half): the GABAergic neuron gets all that the glutamatergic one gets;
- interneurons (the control): it is driven by the glutamatergic one. That saves synapses, but all
  that is inhibited hears of it one synapse later.

Both are derived (`bioann.to_bio`); gains and offsets were calibrated on other stimuli.
"""

from __future__ import annotations

import dataclasses
import functools

import numpy as np
import xarray as xr
from brian2 import ms

import bioann as ba
from bioann.randomness import generator
from bioann.reporting.style import ANN, BIOLOGY, INHIBITORY, INK, Drawing, axes

UNITS, COPIES, CONDITIONS = 8, 4, 16  # neurons per unit, to average their spikes
ONSET, SYNAPSE, DELAY = 150, 40, 1  # ms
LAG = SYNAPSE + DELAY
#: Gain and offset of each population as `to_bio` finds them without `transfers`, in ten seconds.
TRANSFERS = {
    "twins": {"unit_glutamate": (1.0170, -0.0539), "unit_GABA": (1.0170, -0.0539)},
    "interneurons": {"unit_glutamate": (0.9957, -0.0399), "unit_GABA": (0.9992, -0.0406)},
}
SAME = 5.0  # percent of the root mean square response


def network() -> ba.RateNetwork:
    """Draw the rate network: mixed signs, and stable (spectral radius near a half)."""
    rng = generator(3, "dale")
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


def rewritten(dale: str) -> ba.Translation:
    """Rewrite it as neurons."""
    return ba.to_bio(
        network(),
        dale=dale,
        neurons_per_unit=COPIES,
        inputs="current",
        delay=DELAY * ms,
        transfers=TRANSFERS[dale],
    )


def stimulus() -> xr.DataArray:
    """Draw stimuli that calibration has not seen."""
    drawn = generator(4, "dale", "stimulus").uniform(-1, 1, (CONDITIONS, 3))
    return ba.steps(
        dict(zip("abc", drawn.T, strict=True)),
        duration=650 * ms,
        onset=ONSET * ms,
        coords={"sample": np.arange(CONDITIONS)},
    )


def relative(bio: xr.DataArray, other: xr.DataArray, stim: xr.DataArray) -> xr.DataArray:
    """Root mean square difference over the root mean square response, in percent."""
    both = ["condition", "match"]
    return 100 * (((bio - other) ** 2).mean(both) / (bio**2).mean(both)) ** 0.5


@functools.cache
def extra(bins: int) -> np.ndarray:
    """Give what a relay of `LAG` in every negative weight adds to the response to a unit step.

    The linear network, solved in steps of 1 ms: a synapse is `x' = (r - x) / tau`, a response
    `r = W x + u`; with a relay a negative weight reads the synapse of a synapse.

    Returns
    -------
    numpy.ndarray, shape (bin, unit, unit)
        Added response of each unit (first) to a step of the input of each (second), by 10 ms.
    """
    w = network().W
    plus, minus = np.maximum(w, 0), np.minimum(w, 0)
    plain, relayed, relay = (np.zeros((UNITS, UNITS)) for _ in range(3))
    found = []
    for _ in range(10 * bins):
        without, with_relay = w @ plain, plus @ relayed + minus @ relay
        found.append(with_relay - without)
        plain = plain + (without + np.eye(UNITS) - plain) / SYNAPSE
        relay = relay + (relayed - relay) / LAG
        relayed = relayed + (with_relay + np.eye(UNITS) - relayed) / SYNAPSE
    return np.reshape(found, (bins, 10, UNITS, UNITS)).mean(axis=1)


def courses(
    bio: xr.DataArray, other: xr.DataArray, stim: xr.DataArray
) -> tuple[xr.DataArray, xr.DataArray]:
    """Give what the other adds to responses after the onset, and `extra`, without their means.

    Only for stimuli to which all units are active, so that the network is linear.
    """
    ann, after = network(), np.flatnonzero(bio.time.values > ONSET * 1e-3)
    step = stim.sel(channel=list(ann.channels or ())).values @ ann.W_in.T
    steady = np.linalg.solve(np.eye(UNITS) - ann.W, (step + ann.bias).T).T
    active = (steady > 0.02).all(axis=1)
    wanted = np.einsum("tij,cj->cti", extra(len(after)), step[active])
    found = (other - bio).isel(time=after, condition=np.flatnonzero(active))
    found = found.drop_vars(("condition", "time", "match"), errors="ignore")
    model = xr.DataArray(wanted, dims=("condition", "time", "match"))
    return found - found.mean("time"), model - model.mean("time")


def late(bio: xr.DataArray, other: xr.DataArray, stim: xr.DataArray) -> xr.DataArray:
    """Delay in ms that interneurons add to inhibition: `LAG` times the slope over `extra`."""
    found, model = courses(bio, other, stim)
    each = ["condition", "time", "match"]
    slope = (found * model).sum(each) / (model**2).sum(each)
    return LAG * slope.where(model.sizes["condition"] > 0 and model.sizes["time"] > 20)


@dataclasses.dataclass(frozen=True)
class Cost:
    """What the interneurons' rewrite has of something, over what the twins' has."""

    what: str

    def __call__(self, bio: xr.DataArray, other: xr.DataArray, stim: xr.DataArray) -> xr.DataArray:
        """Return the ratio; the responses are not used."""
        return xr.DataArray(cost("interneurons", self.what) / cost("twins", self.what))


def cost(dale: str, what: str) -> float:
    """Read a cost off the record of a translation."""
    return next(float(d.value) for d in rewritten(dale).decisions if d.what == what)


def figure(comparison: ba.Comparison) -> Drawing:
    """Draw both rewrites against the ANN, a unit that inhibition reaches late, and the costs."""
    shown = comparison.responses.mean("trial")
    trials = comparison.run["bio"].sizes["trial"]
    steady = shown.sel(time=slice(*comparison.window)).mean("time")
    drawn, (same, course, bars) = axes(1, 3, height=2.9)
    looks = {"bio": (BIOLOGY, "twins", "o"), "interneurons": (INHIBITORY, "interneurons", "x")}
    for half, (colour, label, mark) in looks.items():
        rates = steady[half].transpose(*steady["ann"].dims).values.ravel()
        same.plot(steady["ann"].values.ravel(), rates, mark, ms=3, color=colour, label=label)
    top = float(steady["ann"].max())
    same.plot((0, top), (0, top), color=INK, lw=0.8)
    same.set(xlabel="ANN [activation]", ylabel="biology [activation]", title="same function")
    stim = shown["stimulus"].sel(stimulus_time=slice(*comparison.window)).mean("stimulus_time")
    found, model = courses(shown["bio"], shown["interneurons"], stim)
    sign = np.sign(model.isel(time=slice(2, 12)).mean("time"))  # more, where less is inhibited
    for course_of, colour, label in (
        (found, INHIBITORY, "measured"),
        (model, INK, f"{LAG} ms late"),
    ):
        mean = (course_of * sign).mean(["condition", "match"]).rolling(time=9, center=True).mean()
        course.plot(5 + 10 * np.arange(mean.size), mean, color=colour, label=label)
    course.axhline(0, color=INK, lw=0.5)
    course.set(xlabel="time after onset [ms]", ylabel="interneurons minus twins [activation]")
    course.set(title="inhibition comes late")
    counts = [UNITS, int((network().W != 0).sum())]
    whats = ("neurons", "synapses")
    numbers = {"ANN": counts} | {k: [cost(k, w) for w in whats] for k in TRANSFERS}
    for k, (label, values) in enumerate(numbers.items()):
        colour = (ANN, BIOLOGY, INHIBITORY)[k]
        drawn_bars = bars.bar(
            np.arange(2) + 0.27 * (k - 1), values, 0.25, color=colour, label=label
        )
        bars.bar_label(drawn_bars, fmt="%.0f", fontsize=6)
    bars.set(xticks=(0, 1), title="what it costs", ylabel="number")
    bars.set_xticklabels(("units or\nneurons", "weights or\nsynapses"))
    for panel in (same, course, bars):
        panel.legend(fontsize=6)
    told = comparison.scores.set_index("metric").value
    off, between = told["difference from the ANN"], told["difference of the rewrites"]
    added = told["delay added to inhibition"]
    return Drawing(
        drawn,
        f"Twins differ from the ANN by {off:.1f} %, from interneurons by {between:.1f} %. "
        f"Interneurons add {added:.0f} ms to inhibition. "
        + "; ".join(f"{k}: {v[0]:.0f} and {v[1]:.0f}" for k, v in numbers.items())
        + " units or neurons, weights or synapses.",
        f"Dale's principle costs a second neuron per unit; twins pay in synapses, interneurons in "
        f"time: {added:.0f} ms on all that is inhibited. Middle: mean over units and "
        f"stimuli, signed as predicted, over 90 ms. n: {COPIES} neurons a unit, "
        f"{CONDITIONS} stimuli, {trials} trials.",
    )


def pair() -> ba.Pair:
    """Return the pair."""
    bio, same = rewritten("twins")
    whole = functools.partial(ba.Metric, best=0.0, each="pair")
    ours = "ours, after Dale (1935) and Eccles et al. (1954)"
    both = ("difference from the ANN", "difference of the rewrites")
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
        metrics=(
            whole(both[0], relative, unit="%"),
            whole(both[1], relative, unit="%", against="interneurons"),
            ba.Metric(
                "delay added to inhibition",
                late,
                float(LAG),
                over="time",
                each="pair",
                unit="ms",
                against="interneurons",
                note="needs conditions in which every unit is active",
            ),
            *(
                ba.Metric(f"{what}, interneurons over twins", Cost(what), np.nan, each="pair")
                for what in ("neurons", "synapses")
            ),
        ),
        figures=(figure,),
        claims=(
            ba.Claim(
                "B2a",
                "A unit with weights of both signs is two neurons with one transmitter each: twins "
                "answer as the units do, as far as biology answers as itself.",
                ours,
                ba.WithinCeiling(both[0]),
            ),
            ba.Claim(
                "B2b",
                "And so do interneurons as twins do.",
                ours,
                ba.WithinCeiling(both[1]),
            ),
            ba.Claim(
                "B2c",
                f"Both are the same function to {SAME:.0f} % of the response.",
                ours,
                ba.AllOf(tuple(ba.at_most(m, SAME) for m in both)),
            ),
            ba.Claim(
                "B2d",
                "Interneurons cost as many neurons as twins, and fewer synapses.",
                ours,
                ba.AllOf(
                    (
                        ba.Between("neurons, interneurons over twins", 1.0, 1.0),
                        ba.at_most("synapses, interneurons over twins", 0.99),
                    )
                ),
            ),
            ba.Claim(
                "B2e",
                f"They pay with a synapse's delay and time constant, {LAG} ms.",
                ours,
                ba.Between("delay added to inhibition", 0.9 * LAG, 1.1 * LAG),
            ),
        ),
    )
