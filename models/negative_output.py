"""Negative output: what can a spiking neuron put in the place of an output below zero?

Artificial half: a tanh unit that gets an output o through a positive weight (channel `plus`) or a
negative one (`minus`), so that the sign of what it does is the product of two signs. Biological
half, four readings of o:

- baseline: fibres and receiver fire at a baseline, and below it for o < 0; the sign of the weight
  is the transmitter of the fibres;
- opponent: one set of fibres carries o > 0, another -o, to two receivers that are read as their
  difference; the sign of the weight is which wire goes where;
- potential: a cell that stays below threshold, depolarised or hyperpolarised by o, read by its
  potential;
- no spike: a cell at threshold without a baseline, read by its spikes.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import xarray as xr
from brian2 import Hz, ms, nS, pA

import bioann as ba
from bioann.metrics.select import mean_where
from bioann.reporting.style import ANN, BIOLOGY, INK, Drawing, axes, plain

SCALE, ONSET = 50 * Hz, 200  # of activation 1; ms, nothing is sent before
OUTPUTS = np.array([-1.0, -0.75, -0.5, -0.25, 0.25, 0.5, 0.75, 1.0])
READINGS = {"baseline": 1, "opponent": 2, "no spike": 1}  # receivers per unit
SIGNS = {"plus": 1, "minus": -1}


def circuit(quiet: Any = 145 * pA) -> ba.SpikingNetwork:
    """Build the receivers of the readings, with a current into the cell without a baseline."""

    def sent(
        channel: str, target: str, transmitter: str = "glutamate", coding: str = "baseline"
    ) -> ba.Afferent:
        baseline = float(coding == "baseline")
        return ba.Afferent(
            channel, target, 0.45 * nS, transmitter, fibres=20, rate=40 * Hz,
            coding=coding, baseline=baseline,
        )  # fmt: skip

    currents = {"tonic": 220 * pA, "on": 145 * pA, "off": 145 * pA, "quiet": quiet}
    return ba.SpikingNetwork(
        populations=tuple(ba.Population(name, 10, "glutamate") for name in currents),
        afferents=(
            sent("plus", "tonic"),
            sent("minus", "tonic", "GABA"),
            sent("plus", "on", coding="on"),
            sent("plus", "off", coding="off"),
            sent("minus", "on", coding="off"),  # the wires cross
            sent("minus", "off", coding="on"),
            ba.CurrentAfferent("plus", "quiet", 80 * pA),
            ba.CurrentAfferent("minus", "quiet", -80 * pA),
        ),
        # Fires at about 50 Hz; the others stay just below their rheobase of 150 pA.
        injections=tuple(ba.Injection(name, current=i) for name, i in currents.items()),
    )


def effect(response: xr.DataArray, stimulus: xr.DataArray, channel: str, o: float) -> xr.DataArray:
    """Give what an output does: the response to it, minus that to an output of zero."""
    there = stimulus.sel(channel=channel).values
    nothing = abs(stimulus).max("channel") < 1e-9
    return mean_where(response, np.isclose(there, o)) - mean_where(response, nothing)


@dataclasses.dataclass(frozen=True)
class Products:
    """How many of the four products of sign of output and sign of weight come out right.

    Right means the right sign, and at least a third of the size that the tanh has, at |o| = 0.75.
    """

    other: bool = False

    def __call__(self, bio: xr.DataArray, other: xr.DataArray, stim: xr.DataArray) -> xr.DataArray:
        """Return 0 to 4."""
        response, least = (other if self.other else bio), np.tanh(0.75) / 3
        signed = [
            np.sign(o) * sign * effect(response, stim, channel, o)
            for channel, sign in SIGNS.items()
            for o in (-0.75, 0.75)
        ]
        return xr.concat([s >= least for s in signed], "product").sum("product").astype(float)


def latency(bio: xr.DataArray, other: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
    """Mean delay in ms of the effect of an output of -1 through a positive weight.

    It is the area between the effect and a step at the onset, as a share of the steady effect; that
    does not depend on the bins.
    """
    course = effect(bio, stimulus, "plus", -1.0)
    since = course.time.values - ONSET * 1e-3
    steady = course.isel(time=np.flatnonzero(since > 0.1)).mean("time")
    share = course.isel(time=np.flatnonzero((since > 0) & (since < 0.1))) / steady.where(
        steady < -0.1
    )
    return (1 - share).sum("time", skipna=False) * (since[1] - since[0]) * 1e3


def potential_latency(
    bio: xr.DataArray, other: xr.DataArray, stimulus: xr.DataArray
) -> xr.DataArray:
    """Mean delay in ms of the potential."""
    return latency(other, other, stimulus)


def readings_figure(comparison: ba.Comparison) -> Drawing:
    """Draw the effect of an output through both weights in the four readings, and their costs."""
    shown = comparison.responses.sel(time=slice(*comparison.window)).mean("time")
    stim = comparison.responses["stimulus"].sel(stimulus_time=slice(*comparison.window))
    stim = stim.mean("stimulus_time")
    scores = comparison.scores.set_index(["metric", "match"]).value
    rates = (
        comparison.run["bio"]
        .rate.sel(time=slice(0, ONSET * 1e-3))
        .mean(["condition", "trial", "time"])
    )
    spent = {"baseline": rates.sel(unit="tonic"), "no spike": rates.sel(unit="quiet")}
    spent["opponent"] = rates.sel(unit=["on", "off"]).sum()
    figure, panels = axes(1, 4, height=2.7, sharey=True)
    told = []
    for panel, name in zip(panels, ("baseline", "opponent", "potential", "no spike"), strict=True):
        match = "no spike" if name == "potential" else name
        half = "potential" if name == "potential" else "bio"
        for (channel, sign), look in zip(SIGNS.items(), ("o-", "s--"), strict=True):
            bio = [
                float(effect(shown[half].sel(match=match), stim, channel, o).mean())
                for o in OUTPUTS
            ]
            label = f"weight {'+' if sign > 0 else chr(0x2212)}"
            panel.plot(OUTPUTS, bio, look, color=BIOLOGY, ms=3, lw=0.8, label=label)
            panel.plot(OUTPUTS, np.tanh(sign * OUTPUTS), color=ANN, lw=0.8)
        metric = "products kept by the potential" if name == "potential" else "products kept"
        kept, rate = scores[metric, match], float(spent[match])
        late = "latency of the potential" if name == "potential" else "latency of a negative output"
        cost = f"{READINGS[match]} cell{'s' * (READINGS[match] > 1)}, {rate:.0f} spikes/s at rest"
        lag = scores[late, match]
        late = "no effect" if np.isnan(lag) else plain(f"latency {lag:.0f} ms")
        panel.set_title(f"{name}: {kept:.0f} of 4\n{cost.replace(', ', chr(10))}\n{late}")
        told.append(f"{name}: {kept:.0f} of 4 products, {cost}, {late}")
        panel.axhline(0, color=INK, lw=0.5)
        panel.set_xlabel("output o")
    panels[0].set_ylabel("effect [activation]")
    panels[0].legend()
    return Drawing(
        figure,
        f"Effect of an output through a positive and a negative weight. {'; '.join(told)}.",
        "A negative output survives as a rate below a baseline, which costs spikes all the time, "
        "or in a second cell, which costs a cell; the potential below threshold has it, the "
        "spikes of a cell without baseline have not. Blue: biology; orange: tanh unit. Spikes: per "
        f"unit, with nothing sent. n: 10 neurons each, {shown.sizes['trial']} trials.",
    )


def pair() -> ba.Pair:
    """Return the pair."""
    none = np.zeros(len(OUTPUTS))
    stimulus = ba.steps(
        {"plus": np.r_[0, OUTPUTS, none], "minus": np.r_[0, none, OUTPUTS]},
        duration=600 * ms,
        onset=ONSET * ms,
    )
    ann = ba.RateNetwork(
        units=("output", "baseline"),
        channels=("plus", "minus"),
        W_in=[[1, -1], [0, 0]],
        bias=[0, 1],  # a constant 1: the baseline that a rate of 50 Hz stands for
        activation=("tanh", "relu"),
    )
    matches = (
        ba.Match("tonic", {"output": 1, "baseline": 1}, SCALE, "baseline"),
        ba.Match({"on": 1, "off": -1}, "output", SCALE, "opponent"),
        ba.Match("quiet", "output", SCALE, "no spike"),
    )
    bio, source = circuit(), "AI Stack Exchange 2019"
    kept, by_unit, by_potential = (
        "products kept", "products kept by the unit", "products kept by the potential",
    )  # fmt: skip
    return ba.Pair(
        "negative_output",
        bio,
        ann,
        ba.Correspondence(matches),
        question="What can a spiking neuron put in the place of an output below zero?",
        source="'What effect does a negative output of a neuron have on neighbouring neurons?' "
        "(AI Stack Exchange, 2019)",
        stimulus=stimulus,
        settle=(ONSET + 100) * ms,
        trials=5,
        controls={"potential": ba.Potential(circuit(quiet=0 * pA))},
        metrics=(
            ba.Metric(kept, Products(), best=4.0, unit="of 4", alone=True),
            ba.Metric(by_unit, Products(other=True), best=4.0, unit="of 4"),
            ba.Metric(by_potential, Products(other=True), 4.0, unit="of 4", against="potential"),
            ba.Metric(
                "latency of the potential",
                potential_latency,
                np.nan,
                over="time",
                unit="ms",
                against="potential",
                note="needs an effect of a negative output",
            ),
            ba.Metric(
                "latency of a negative output",
                latency,
                np.nan,
                over="time",
                unit="ms",
                alone=True,
                note="needs an effect of a negative output",
            ),
        ),
        figures=(readings_figure,),
        claims=(
            ba.Claim(
                "A2a",
                "What a negative output does depends on the sign of the weight, too.",
                source,
                ba.at_least(by_unit, 4, match="opponent"),
            ),
            ba.Claim(
                "A2b",
                "A rate below a baseline, or an opponent pair, stands for a negative output.",
                "ours",
                ba.AllOf(tuple(ba.at_least(kept, 4, match=m) for m in ("baseline", "opponent"))),
            ),
            ba.Claim(
                "A2c",
                "The potential of a cell that never fires keeps a negative output.",
                "ours",
                ba.at_least(by_potential, 4, match="no spike"),
            ),
            ba.Claim(
                "A2d",
                "A cell without a baseline can send a negative output.",
                source,
                ba.at_least(kept, 4, match="no spike"),
            ),
        ),
    )
