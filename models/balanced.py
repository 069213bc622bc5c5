"""Balanced: are two rate units enough for a network of balanced excitation and inhibition?

Biological half: the conductance-based benchmark network of Brette et al. (2007), after Vogels and
Abbott (2005), scaled down from 4,000 cells to 320 with as many synapses per cell (64 excitatory
and 16 inhibitory, 6 and 67 nS), and driven from outside. In every cell large currents of both signs
cancel, and what is left over makes it fire. Artificial half: a unit for E and one for I with signed
weights, chosen by hand, and a third, `alone`, that gets the same input without any recurrence
through a membrane of 20 ms.

What the halves share is called the same where it lies inside biology's own variability from seed to
seed: the rates by an equivalence test, the course under a changing input by the correlation of
biology with itself. No unit can follow the mean of few irregular cells better than these do.
"""

from __future__ import annotations

import numpy as np
import xarray as xr
from brian2 import ms, mV, nS

import bioann as ba
from bioann.metrics.agreement import lag, pearson
from bioann.reporting.style import ANN, BIOLOGY, EXCITATORY, INHIBITORY, Drawing, axes

LEVELS = (0.5, 1.5)
N_E, N_I, P = 256, 64, 0.25
SETTLE = 0.1  # seconds
CELLS = 25  # of each kind that are drawn


def stimulus() -> xr.DataArray:
    """Two constant inputs, and two that change about a mean of 1."""
    constant = ba.steps({"input": LEVELS}, duration=500 * ms)
    changing = ba.noise(
        {"input": [1.0]}, std=0.6, tau=40 * ms, samples=2, seed=13, floor=0.0, duration=500 * ms
    )
    return ba.make_stimulus(
        np.concatenate([constant, changing]),
        channels=["input"],
        dt=1 * ms,
        coords={"mean": [*LEVELS, 1.0, 1.0], "sample": [0, 0, 1, 2]},
    )


def changing(course: xr.DataArray) -> xr.DataArray:
    """Take the conditions with a changing input, after the onset."""
    late = course.isel(time=np.flatnonzero(course.time > SETTLE))
    return late.isel(condition=np.flatnonzero(course.sample > 0))


def tracking(bio: xr.DataArray, other: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
    """Correlation of the courses under a changing input."""
    return pearson(changing(bio), changing(other), "time").mean("condition")


def behind(bio: xr.DataArray, other: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
    """Time in ms by which biology follows the unit under a changing input."""
    return lag(changing(bio), changing(other), stimulus)


def figure(comparison: ba.Comparison) -> Drawing:
    """Draw spikes of single cells, and the rates of both halves, under a changing input."""
    shown = int(np.flatnonzero(comparison.responses.sample > 0)[0])
    courses = comparison.responses.isel(condition=shown)
    spikes = comparison.run["bio"].to_dataset()
    drawn, (top, bottom) = axes(2, 1, height=4.2, sharex=True)
    of_lane = (spikes.spike_condition == shown) & (spikes.spike_trial == 0)
    for unit, (name, color) in enumerate((("E", EXCITATORY), ("I", INHIBITORY))):
        own = of_lane & (spikes.spike_unit == unit) & (spikes.spike_neuron < CELLS)
        at = spikes.spike_neuron[own] + CELLS * unit
        top.plot(spikes.spike_time[own], at, "|", color=color, ms=4, label=f"{name} cells")
    bio, ann = courses["bio"].sel(match="E"), courses["ann"]
    bottom.fill_between(
        bio.time, bio.min("trial"), bio.max("trial"), color=BIOLOGY, alpha=0.2, lw=0
    )
    bottom.plot(bio.time, bio.mean("trial"), color=BIOLOGY, label="biology, E")
    bottom.plot(ann.time, ann.sel(match="E"), "--", color=ANN, label="ANN, unit E")
    bottom.plot(ann.time, ann.sel(match="alone"), ":", color=ANN, label="ANN, alone")
    top.set(ylabel="cell", yticks=[], title="spikes of single cells: irregular")
    bottom.set(xlabel="time [s]", ylabel="response [activation]", title="their mean: predictable")
    bottom.set(ylim=(0, None))
    for panel in (top, bottom):
        panel.legend(loc="lower right", bbox_to_anchor=(1, 0.98), ncols=3)
    found = comparison.scores.set_index(["metric", "match"]).value
    said = f"correlation {found['tracking', 'E']:.2f}"
    return Drawing(
        drawn,
        f"Above: spikes of {CELLS} E and {CELLS} I cells. Below: the rate of E against time in "
        f"biology and in the ANN, {said}.",
        "Every cell fires irregularly, their mean follows the input: sooner than a membrane of "
        f"20 ms alone would (dotted). n: {N_E} E and {N_I} I neurons, "
        f"{courses.sizes['trial']} trials. Band: smallest to largest of the trials.",
    )


def pair() -> ba.Pair:
    """Return the pair."""
    cell = ba.LIF(E_L=-60 * mV, t_ref=5 * ms)
    ampa, gaba = ba.AMPA(tau=5 * ms), ba.GABA_A(tau=10 * ms, reversal=-80 * mV)
    sparse = ba.FixedProbability(P)
    bio = ba.SpikingNetwork(
        (ba.Population("E", N_E, "glutamate", cell), ba.Population("I", N_I, "GABA", cell)),
        tuple(ba.Afferent("input", to, 12 * nS, receptor=ampa, fibres=8) for to in "EI"),
        tuple(
            ba.Projection(source, to, weight, receptor, sparse, delay=0 * ms)
            for source, weight, receptor in (("E", 6 * nS, ampa), ("I", 67 * nS, gaba))
            for to in "EI"
        ),
    )
    ann = ba.RateNetwork(
        units=("E", "I", "alone"),
        channels=("input",),
        W=[[1.3, -2.0, 0], [1.3, -2.0, 0], [0, 0, 0]],
        W_in=[[0.25], [0.25], [0.147]],
        bias=[0.28, 0.28, 0.165],
        tau=(3 * ms, 3 * ms, 20 * ms),  # driven membranes, and one at rest
        # A ReLU up to 200 Hz, which the refractory period of 5 ms allows.
        activation=ba.Tabulated((-1, 0, 2, 3), (0, 0, 2, 2)),
    )
    return ba.Pair(
        "balanced",
        bio,
        ann,
        ba.Correspondence((ba.Match("E", "E"), ba.Match("I", "I"), ba.Match("E", "alone"))),
        question="Are two rate units enough for a network of balanced excitation and inhibition?",
        source="Brette et al. 2007, benchmark 1; Vogels and Abbott 2005",
        stimulus=stimulus(),
        settle=100 * ms,
        trials=4,
        metrics=(
            ba.Metric("tracking", tracking, best=1.0, over="time", limits=(-1, 1)),
            ba.Metric("time behind", behind, best=0.0, over="time", unit="ms"),
        ),
        figures=(figure,),
        claims=(
            ba.Claim(
                "B13a",
                "Two units with signed weights have the rates of balanced excitation and "
                "inhibition.",
                "ours",
                ba.AllOf((ba.Same("E"), ba.Same("I"))),
            ),
            ba.Claim(
                "B13b",
                "Each cell of a balanced network fires as irregularly as a Poisson process; a unit "
                "has nothing of the kind.",
                "Vogels and Abbott 2005",
                ba.AllOf(tuple(ba.Between("CV of ISI", 0.8, 1.4, detail=m) for m in "EI")),
            ),
            ba.Claim(
                "B13c",
                "A balanced network follows a changing input, and sooner than its membrane alone.",
                "ours",
                ba.AllOf(
                    (
                        ba.WithinCeiling("tracking", match="E"),
                        ba.at_most("time behind", 0.0, match="alone"),
                    )
                ),
            ),
        ),
    )
