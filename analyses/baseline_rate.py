"""Baseline rate: how much of a negative output does a rate below a baseline carry?

A firing rate cannot fall below zero, so that a cell takes off no more than its baseline: the effect
of an output of -1 is at most the baseline over the effect of an output of 1, as a share of that.
The cells are those of the pair `negative_output` that code a negative output as a rate below a
baseline. Tonic currents from below rheobase (150 pA) to that of the pair (220 pA) set the baseline,
which also costs spikes while there is no output.
"""

import dataclasses

import numpy as np
import xarray as xr
from brian2 import Hz, ms, nS, pA

import bioann as ba

CURRENTS_PA = (100.0, 120.0, 140.0, 160.0, 180.0, 200.0, 220.0)
#: Start of the steady response in seconds.
SETTLE_S = 0.1


@dataclasses.dataclass(frozen=True)
class Settings:
    """Trials, and cells in each population."""

    trials: int = 5
    n_neurons: int = 10


def build_baseline_cells(settings: Settings) -> ba.SpikingNetwork:
    """Build the cells with a baseline of the pair, one population per tonic current."""
    names = [f"tonic_{current:g}" for current in CURRENTS_PA]
    options = {"fibres": 20, "rate": 40 * Hz, "coding": "baseline", "baseline": 1.0}
    return ba.SpikingNetwork(
        tuple(ba.Population(name, settings.n_neurons, "glutamate") for name in names),
        tuple(
            ba.Afferent(channel, name, 0.45 * nS, transmitter, **options)
            for name in names
            for channel, transmitter in (("plus", "glutamate"), ("minus", "GABA"))
        ),
        injections=tuple(
            ba.Injection(name, current=current * pA)
            for name, current in zip(names, CURRENTS_PA, strict=True)
        ),
    )


def measure_baselines(seed: int, settings: Settings) -> xr.Dataset:
    """Measure baselines, and the effects of outputs of 1 and -1, for every tonic current."""
    stimulus = ba.steps({"plus": [0.0, 1.0, -1.0], "minus": [0.0] * 3}, duration=500 * ms)
    network = build_baseline_cells(settings)
    run = network.run(stimulus, trials=settings.trials, seed=seed)
    steady = run.rate.sel(time=slice(SETTLE_S, None)).mean(["time", "trial"])
    baseline, at_plus, at_minus = steady.transpose("condition", "unit").values
    effects = {"baseline": baseline, "up": at_plus - baseline, "down": at_minus - baseline}
    return xr.Dataset(
        {name: ("current", np.asarray(rates)) for name, rates in effects.items()},
        {"current": list(CURRENTS_PA)},
    )


def compute_share(data: xr.Dataset) -> xr.DataArray:
    """Return the effect of an output of -1 over that of 1, with its sign reversed."""
    return -data.down / data.up


SHARE = ba.measure(compute_share, "share of a negative output that the rate carries", best=1.0)
CLAIMS = (
    ba.Claim(
        "A2e",
        "A cell whose tonic current is below rheobase carries at most half of a negative output.",
        "ours",
        SHARE.at(current=100.0) <= 0.5,
        supported="At most half if the tonic current of the cell is below rheobase",
        refuted="More than half even if the tonic current of the cell is below rheobase",
    ),
    ba.Claim(
        "A2f",
        "The baseline of the pair negative_output carries nine tenths of a negative output.",
        "ours",
        SHARE.at(current=220.0) >= 0.9,
    ),
)
FIGURE = ba.figures.Panels(
    (
        ba.figures.StudyCurves(
            "baseline",
            along="current",
            heading="cost",
            xlabel="tonic current [pA]",
            ylabel="baseline [Hz]",
        ),
        ba.figures.StudyCurves(
            compute_share,
            along="current",
            heading="negative output",
            xlabel="tonic current [pA]",
            ylabel="share of a negative output [1]",
            y_lines=(0.5, 0.9),
        ),
    ),
    "A negative output needs a baseline, which costs spikes. Left: rate without output. Right: "
    "effect of an output of -1 over that of 1; lines: limits of the claims.",
)


def study() -> ba.Study:
    return ba.Study(
        "baseline_rate",
        measure_baselines,
        dict.fromkeys(("baseline", "up", "down"), ("current",)),
        coordinates={"current": CURRENTS_PA},
        units={"baseline": "Hz", "up": "Hz", "down": "Hz", "current": "pA"},
        settings=Settings(),
        seeds=10,
        question="How much of a negative output does a rate below a baseline carry?",
        source="'What effect does a negative output of a neuron have on neighbouring neurons?' (AI "
        "Stack Exchange, 2019)",
        claims=CLAIMS,
        figures=(FIGURE,),
    )
