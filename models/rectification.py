"""Rectification: does a floor under the output erase the depth of inhibition?

Biological half: cells at rest get an inhibitory current of some depth for 100 ms, and some time
after its end a short excitatory probe of some strength. Artificial half, four readings of the same
cell: a ReLU of the present input; a ReLU whose *output* has the membrane's time constant; a ReLU of
a sum that has it, as a membrane does; and a tanh of the present input.

While inhibition lasts, nothing fires, whatever its depth: the output is floored. But the potential
is not, and it forgets with the membrane time constant. The mean response over probes of all
strengths falls with the depth that is left, depth * exp(-delay / tau), when the probe comes.
Units are judged by shares and times, which do not depend on their gain; a gain of 10 only brings
them to the size of the cell's response. A ReLU after the leak does not answer a probe at all while
what is left of inhibition outweighs it: what it loses is lost for longer than the time constant.
"""

from __future__ import annotations

import functools

import numpy as np
import xarray as xr
from brian2 import ms, nS, pA

import bioann as ba
from bioann.metrics.select import mean_where
from bioann.reporting.figures.curves import COLOURS
from bioann.reporting.style import Drawing, axes

CELL = ba.LIF()
BACKGROUND = 1 * nS
TAU = float(CELL.C / (float(CELL.g_L) + float(BACKGROUND))) * 1e3  # ms
DEPTHS = (0.0, 0.5, 1.0)  # x 150 pA, which is 14 mV below rest
DELAYS = (0.0, 5.0, 10.0, 20.0, 40.0, 80.0)  # ms
PROBES = np.linspace(0.35, 0.95, 9)  # x 1000 pA, for 5 ms: enough for one spike at most
PROBE_AT, LASTS = 200, 100  # ms


def stimulus() -> xr.DataArray:
    """Make every probe after every depth and delay, and without inhibition."""
    levels = [(0.0, 0.0, p) for p in PROBES]
    levels += [(d, w, p) for d in DEPTHS[1:] for w in DELAYS for p in PROBES]
    depth, delay, probe = np.array(levels).T
    t = np.arange(PROBE_AT + 20)[None, :]
    end = PROBE_AT - delay[:, None]
    inhibited = depth[:, None] * ((t >= end - LASTS) & (t < end))
    probed = probe[:, None] * ((t >= PROBE_AT) & (t < PROBE_AT + 5))
    return ba.make_stimulus(
        np.stack([inhibited, probed], axis=-1),
        channels=("inhibit", "probe"),
        coords={"depth": depth, "delay": delay, "strength": probe},
    )


def left(response: xr.DataArray, depth: float, delay: float) -> xr.DataArray:
    """Give by how much the mean response to all probes is lower than without inhibition."""
    depths, delays = response.depth.values, response.delay.values

    inhibited = (depths == depth) & (delays == delay)
    return mean_where(response, depths == 0) - mean_where(response, inhibited)


def fall(bio: xr.DataArray, other: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
    """How far full inhibition lowers biology's response to probes that come at its end."""
    return left(bio.isel(match=0), 1.0, 0.0)


def fall_of_unit(bio: xr.DataArray, other: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
    """How far it lowers that of the unit, as a share: the gain of the unit does not count."""
    return left(other, 1.0, 0.0) / mean_where(other, other.depth.values == 0)


def forgetting(response: xr.DataArray) -> xr.DataArray:
    """Fit `fall * depth * exp(-delay / tau)` to what is lost; give tau in ms, NaN for nothing."""
    points = [(d, w) for d in DEPTHS[1:] for w in DELAYS]
    lost = xr.concat([left(response, d, w) for d, w in points], "point")
    depth, delay = np.array(points).T
    taus = np.arange(5.0, 60.0, 0.1)
    shape = depth * np.exp(-delay / taus[:, None])
    shape /= np.linalg.norm(shape, axis=1, keepdims=True)
    explained = xr.dot(xr.DataArray(shape, dims=("tau", "point")), lost, dim="point") ** 2
    found = explained.assign_coords(tau=taus).idxmax("tau")
    return found.where(abs(lost).max("point") > 1e-6)


def memory(bio: xr.DataArray, other: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
    """How long biology's response to probes remembers."""
    return forgetting(bio.isel(match=0))


def memory_of_unit(bio: xr.DataArray, other: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
    """How long the unit's does."""
    return forgetting(other)


def inhibited(response: xr.DataArray) -> xr.DataArray:
    """Take the mean output in the last 50 ms of inhibition."""
    at = (response.time > (PROBE_AT - 50) * 1e-3) & (response.time < PROBE_AT * 1e-3)
    return response.isel(time=np.flatnonzero(at)).mean("time")


def sized(response: xr.DataArray, depth: float) -> xr.DataArray:
    """Give the output under inhibition of one depth, right before it ends and the probe comes."""
    return mean_where(response, (response.depth == depth) & (response.delay == 0))


def output(bio: xr.DataArray, other: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
    """Give the output of biology under full inhibition."""
    return sized(bio.isel(match=0), 1.0)


def slope(bio: xr.DataArray, other: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
    """Give the output of the unit at half depth minus that at full depth."""
    return sized(other, 0.5) - sized(other, 1.0)


def memory_figure(comparison: ba.Comparison) -> Drawing:
    """Draw the potential under inhibition, and what is left of it when a probe comes."""
    shown, scores = comparison.responses, comparison.scores.set_index("metric")
    steady = shown.sel(time=slice(*comparison.window)).mean("time")
    figure, (potential, probes) = axes(1, 2, height=3.1)
    for depth, colour in zip(DEPTHS[1:], COLOURS, strict=False):
        kept = (shown.depth == depth) & (shown.delay == 40) & (shown.strength == PROBES[0])
        course = shown["potential"].isel(condition=np.flatnonzero(kept), match=0)
        v = course.mean(["condition", "trial"]) * 15 - 65
        potential.plot(v.time * 1e3 - PROBE_AT + 40, v, color=colour, label=f"depth {depth:g}")
        bio, good, static = (
            [float(left(one, depth, w).mean()) for w in DELAYS]
            for one in (
                steady["bio"].isel(match=0),
                steady["ann"].sel(match="leaky sum"),
                steady["ann"].sel(match="static"),
            )
        )
        probes.plot(DELAYS, bio, "o", color=colour, label=f"depth {depth:g}")
        probes.plot(DELAYS, good, color=colour, lw=1)
        probes.plot(DELAYS, static, ":", color=colour)
    potential.set(xlabel="time after the end of inhibition [ms]", ylabel="potential [mV]")
    potential.set(title="the potential has no floor", xlim=(-140, 60))
    probes.set(xlabel="delay of the probe [ms]", ylabel="response lost [activation]")
    probes.set(title="what is left of inhibition")
    for panel in (potential, probes):
        panel.legend()
    tau = float(scores.value["memory of depth"])
    return Drawing(
        figure,
        "Left: mean potential during and after inhibition of two depths. Right: response lost to "
        f"a probe against its delay; it decays with {tau:.1f} ms in biology.",
        "Nothing fires during inhibition, and yet its depth shows afterwards: what a probe loses "
        f"decays with {tau:.1f} ms (membrane: {TAU:.1f} ms). Circles: biology; line: ReLU of a "
        "leaky sum, silent until enough has leaked; dotted: static ReLU, on which inhibition that "
        "is over leaves nothing. "
        f"n: {comparison.run['bio'].n_neurons.values[0]} neurons, {steady.sizes['trial']} trials, "
        f"{len(PROBES)} probes.",
    )


def pair() -> ba.Pair:
    """Return the pair."""
    bio = ba.SpikingNetwork(
        (ba.Population("cell", 20, "glutamate", cell=CELL, background=BACKGROUND),),
        (
            ba.CurrentAfferent("inhibit", "cell", -150 * pA),
            ba.CurrentAfferent("probe", "cell", 1000 * pA),
        ),
    )
    # In units of 1000 pA: 100 pA bring the cell to threshold, inhibition is 150 pA deep.
    threshold, deep = 100 / 1000, 150 / 1000
    ann = ba.RateNetwork(
        units=("membrane", "static", "leaky output", "leaky sum", "tanh"),
        channels=("inhibit", "probe"),
        W=[[0] * 5, [0] * 5, [0] * 5, [10, 0, 0, 0, 0], [0] * 5],  # about a spike per probe
        W_in=[[-deep, 1], [-deep, 1], [-deep, 1], [0, 0], [-deep, 1]],
        bias=[0, -threshold, -threshold, -10 * threshold, -threshold],
        tau=(TAU * ms, None, TAU * ms, None, None),
        activation=("linear", "relu", "relu", "relu", "tanh"),
    )
    readings = ("static", "leaky output", "leaky sum", "tanh")
    unit = functools.partial(ba.Metric, best=np.nan, unit="activation")
    whole = functools.partial(ba.Metric, each="pair", alone=True)
    lost, keeps = "fall of the unit's probe response", "output of the unit, half minus full depth"
    kept = "memory of depth in the unit"

    def zero(metric: str, match: str = "") -> ba.Between:
        return ba.Between(metric, -0.001, 0.001, match=match)

    return ba.Pair(
        "rectification",
        bio,
        ann,
        ba.Correspondence(tuple(ba.Match("cell", r) for r in readings), ann_only=("membrane",)),
        question="Does a floor under the output erase the depth of inhibition?",
        source="'What effect does a negative output of a neuron have on neighbouring neurons?' and "
        "'How to implement inhibition ...?' (AI Stack Exchange, 2019 and 2018)",
        stimulus=stimulus(),
        settle=PROBE_AT * ms,
        trials=5,
        controls={"potential": ba.Potential(bio)},
        metrics=(
            whole("output under inhibition", output, 0.0, over="time", prepare=inhibited),
            unit(keeps, slope, over="time", prepare=inhibited),
            whole("fall of the probe response", fall, np.nan, unit="activation"),
            whole("memory of depth", memory, TAU, unit="ms"),
            ba.Metric(lost, fall_of_unit, best=np.nan),
            ba.Metric(
                kept, memory_of_unit, TAU, unit="ms", note="inhibition that is over leaves nothing"
            ),
        ),
        figures=(memory_figure,),
        claims=(
            ba.Claim(
                "A3a",
                "ReLU floors a negative sum, as a cell does its rate; tanh keeps its size.",
                "AI Stack Exchange 2019",
                ba.AllOf(
                    (
                        zero("output under inhibition"),
                        zero(keeps, "static"),
                        ba.at_least(keeps, 0.02, match="tanh"),
                    )
                ),
            ),
            ba.Claim(
                "A3b",
                "So rectification erases inhibition: however deep, the cell then answers alike.",
                "AI Stack Exchange 2018",
                ba.Between("fall of the probe response", -0.02, 0.02),
            ),
            ba.Claim(
                "A3c",
                "The membrane keeps the depth of inhibition for about its time constant.",
                "ours",
                ba.Between("memory of depth", 0.85 * TAU, 1.15 * TAU),
            ),
            ba.Claim(
                "A3d",
                "A unit keeps it if its sum is leaky, not if it is static or leaks after the ReLU.",
                "ours",
                ba.AllOf(
                    (
                        zero(lost, "static"),
                        zero(lost, "leaky output"),
                        ba.at_least(lost, 0.02, match="leaky sum"),
                    )
                ),
            ),
            ba.Claim(
                "A3e",
                "And it keeps it as long as the membrane does.",
                "ours",
                ba.Between(kept, 0.85 * TAU, 1.15 * TAU, match="leaky sum"),
            ),
        ),
    )
