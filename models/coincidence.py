"""Coincidence: does it matter when the pulses come, if there are equally many?

Biological half: a slow and a fast cell (membrane time constants 20 and 5 ms) under volleys of
input spikes. In the aligned condition all fibres fire together ten times a second; in the others
each spike is moved by a random time, so that every fibre keeps its rate exactly.
Artificial half: `rates` is a unit as in a multilayer perceptron, a weighted sum of the same input
without any memory. `leaky` is the nearest unit that can tell: the same sum leaks with the slow
membrane's time constant, and the threshold comes after the leak.
"""

from __future__ import annotations

import numpy as np
import xarray as xr
from brian2 import Hz, ms, nS

import bioann as ba
from bioann.randomness import generator
from bioann.reporting.style import ANN, BIOLOGY, Drawing, axes

FIBRES = tuple(f"fibre_{k}" for k in range(5))
JITTERS = np.array([0.0, 1, 2, 4, 8, 16, 32])  # standard deviation in ms
SAMPLES, SEED = 3, 14
RATE = 10  # volleys per second, and what counts as activation 1: one spike a volley
LENGTH, PERIOD = 400, 100  # ms


def volleys() -> xr.DataArray:
    """Lay one pulse of 1 ms per fibre and volley, each moved by its own random time."""
    jitter = np.repeat(JITTERS, SAMPLES)
    values = np.zeros((len(jitter), LENGTH, len(FIBRES)))
    aligned = np.arange(PERIOD // 2, LENGTH, PERIOD)
    for row, (size, at) in enumerate(zip(jitter, values, strict=True)):
        rng = generator(SEED, "jitter", row)
        moved = aligned[:, None] + size * rng.normal(size=(len(aligned), len(FIBRES)))
        # Around the edge, and added up where two fall together: no pulse is lost.
        np.add.at(at, (np.round(moved).astype(int) % LENGTH, np.arange(len(FIBRES))), 1.0)
    labels = {"jitter": jitter, "sample": np.tile(np.arange(SAMPLES, dtype=float), len(JITTERS))}
    return ba.make_stimulus(values, channels=FIBRES, dt=1 * ms, coords=labels)


def curve(response: xr.DataArray) -> xr.DataArray:
    """Average over the samples of each jitter."""
    return response.groupby("jitter").mean("condition")


def fall(response: xr.DataArray) -> xr.DataArray:
    """Share of the aligned response that is gone with the largest jitter."""
    at = curve(response)
    return 1 - at.isel(jitter=-1, drop=True) / at.isel(jitter=0, drop=True)


def fall_bio(bio: xr.DataArray, other: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
    """Fall of the cell's response."""
    return fall(bio)


def fall_ann(bio: xr.DataArray, other: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
    """Fall of the unit's response."""
    return fall(other)


def half_way(bio: xr.DataArray, other: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
    """Jitter in ms at which half of the cell's fall is reached, between two by a line."""
    at = curve(bio)
    left = at - (at.isel(jitter=0, drop=True) + at.isel(jitter=-1, drop=True)) / 2
    after = (left < 0).argmax("jitter").clip(1)
    a, b = (left.isel(jitter=after - k).drop_vars("jitter") for k in (1, 0))
    x, y = (xr.DataArray(JITTERS, dims="jitter").isel(jitter=after - k) for k in (1, 0))
    return x + (y - x) * a / (a - b)


def figure(comparison: ba.Comparison) -> Drawing:
    """Draw the responses against jitter."""
    steady = comparison.responses.mean("time")
    drawn, panel = axes(width=5.0, height=3.0)
    bio, ann = curve(steady["bio"]), curve(steady["ann"])
    looks = (("slow", "rates", "o-", "s--"), ("fast", "", "^-", ""), ("", "leaky", "", "D:"))
    x = np.maximum(JITTERS, 0.5)
    told = []
    for cell, unit, mark, dashed in looks:
        if cell:
            trials = bio.sel(match=cell)
            panel.plot(x, trials.mean("trial"), mark, color=BIOLOGY, label=f"{cell} cell")
            low, high = trials.min("trial"), trials.max("trial")
            panel.fill_between(x, low, high, color=BIOLOGY, alpha=0.2, lw=0)
            told.append(f"{cell} cell {', '.join(f'{v:.2f}' for v in trials.mean('trial').values)}")
        if unit:
            response = ann.sel(match="slow" if unit == "rates" else unit)
            panel.plot(x, response, dashed, color=ANN, label=f"unit: {unit}")
            told.append(f"unit {unit} {', '.join(f'{v:.2f}' for v in response.values)}")
    panel.set(xscale="log", ylim=(-0.05, None), xlabel="jitter, standard deviation [ms]")
    panel.set(ylabel="response [per volley]", xticks=x)
    panel.set_xticks(x, [f"{j:g}" for j in JITTERS])
    panel.minorticks_off()
    drawn.legend(loc="outside upper center", ncols=4)
    sizes = f"{SAMPLES} samples per jitter, {bio.sizes['trial']} trials each"
    return Drawing(
        drawn,
        f"Response against jitter {', '.join(f'{j:g}' for j in JITTERS)} ms. {'; '.join(told)}.",
        "Every fibre fires equally often in every condition. The cells lose their response when "
        "the jitter reaches their time constants, 5 and 20 ms; a unit of rates cannot see it. "
        f"n: 5 neurons of each cell, {sizes}. Band: smallest to largest of the trials.",
    )


def pair() -> ba.Pair:
    """Return the pair."""
    slow, fast = ba.LIF(), ba.LIF(g_L=40 * nS)
    # A regular fibre at 1000 Hz fires once in a pulse of 1 ms, at a random moment of it. An aligned
    # volley is 1.4 times what brings the cell from rest to threshold.
    to = {"slow": 9 * nS, "fast": 12.9 * nS}
    quick = ba.AMPA(tau=2 * ms)
    bio = ba.SpikingNetwork(
        (ba.Population("slow", 5, "glutamate", slow), ba.Population("fast", 5, "glutamate", fast)),
        tuple(
            ba.Afferent(name, cell, weight, receptor=quick, rate=1000 * Hz, kind="regular")
            for cell, weight in to.items()
            for name in FIBRES
        ),
    )
    # A pulse of 1 ms is 1000 times activation 1 ms long: with these weights one volley adds 1.
    weight = np.full(len(FIBRES), PERIOD / len(FIBRES))
    ann = ba.RateNetwork(
        units=("rates", "sum", "leaky"),
        channels=FIBRES,
        W=[[0, 0, 0], [0, 0, 0], [0, 19.5, 0]],
        W_in=[weight, weight, 0 * weight],
        bias=[0, 0, -66.0],
        tau=(None, 20 * ms, None),
        activation=("relu", "linear", "relu"),
    )
    scale = RATE * Hz
    same = ba.Correspondence(
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
        same,
        question="Does it matter when pulses come, if there are equally many?",
        source="'How to implement inhibition / negative input?' (AI Stack Exchange, 2018)",
        stimulus=volleys(),
        settle=0 * ms,
        bin_width=PERIOD * ms,
        trials=5,
        metrics=(
            ba.Metric("fall of the cell", fall_bio, best=1.0, alone=True),
            ba.Metric("fall of the unit", fall_ann, best=1.0),
            ba.Metric("half-way jitter", half_way, best=np.nan, unit="ms", alone=True),
        ),
        figures=(figure,),
        claims=(
            ba.Claim(
                "B14a",
                "Temporal alignment matters in brains: a neuron loses its response with jitter on "
                "the scale of its time constant.",
                "AI Stack Exchange 2018",
                ba.AllOf(
                    (
                        ba.at_least("fall of the cell", 0.8, match="slow"),
                        ba.at_least("fall of the cell", 0.8, match="fast"),
                        # A normal jitter spreads a volley over about four standard deviations.
                        ba.Between("half-way jitter", low=20 / 4, high=20, match="slow"),
                        ba.Between("half-way jitter", low=5 / 4, high=5, match="fast"),
                    )
                ),
            ),
            ba.Claim(
                "B14b",
                "There are no pulses in a multilayer perceptron: equal rates are equal to a unit.",
                "AI Stack Exchange 2018",
                ba.Between("fall of the unit", low=-1e-9, high=1e-9, match="slow"),
            ),
            ba.Claim(
                "B14c",
                "No artificial unit can tell aligned from jittered pulses.",
                "ours",
                ba.at_most("fall of the unit", 0.2, match="leaky"),
            ),
        ),
    )
