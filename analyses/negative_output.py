"""What does a negative output mean? Four readings of it in a spiking neuron, and what each costs.

Runs three pairs that ship with bioann and one sweep of its own. ``negative_output``: an output
below zero read as a rate below a baseline, as a second cell, as a potential, or as spikes of a cell
without baseline. ``rectification``: how long a potential keeps what the spikes cannot show.
``decision``: a circuit that needs a negative weight, but no negative output. The sweep: the deepest
negative output that a baseline carries, against the spikes that it costs. Usage::

    python analyses/negative_output.py --out reports --seeds 3 --json
"""

from __future__ import annotations

import json
from pathlib import Path

import click
import numpy as np
import pandas as pd
import xarray as xr
from brian2 import Hz, ms, nS, pA

import bioann as ba
from bioann.analyses.command import analysis, finish
from bioann.metrics.crossing import find_crossing
from bioann.models import negative_output as readings
from bioann.reporting.document import Document, Paragraph, Section, Table
from bioann.reporting.style import (
    INK,
    RATE_COLOUR,
    SPIKING_COLOUR,
    Drawing,
    house_style,
    make_subplots,
    to_figure_block as block,
)

CURRENTS = np.linspace(100, 220, 7)  # pA into the cells of the sweep; the last is the pair's
#: What is read off the scores of each pair: pair, metric, match, what it tells ("reading: cost").
SCORES = (
    ("negative_output", "products kept", "baseline", "rate below a baseline: products kept"),
    ("negative_output", "products kept", "opponent", "ON/OFF pair of cells: products kept"),
    ("negative_output", "products kept by the potential", "no spike", "potential: products kept"),
    ("negative_output", "products kept", "no spike", "spikes without baseline: products kept"),
    (
        "negative_output",
        "latency of a negative output",
        "baseline",
        "rate below a baseline: latency",
    ),
    (
        "negative_output",
        "latency of a negative output",
        "opponent",
        "ON/OFF pair of cells: latency",
    ),
    ("negative_output", "latency of the potential", "no spike", "potential: latency"),
    ("rectification", "output under inhibition", "", "output of an inhibited cell"),
    ("rectification", "memory of depth", "", "memory of its potential after inhibition"),
    ("decision", "winner agreement", "", "choices as with negative weights"),
)


def network(currents: np.ndarray, n: int) -> ba.SpikingNetwork:
    """Build the baseline reading of the pair, once for each tonic current in pA."""
    names = [f"tonic_{k}" for k in range(len(currents))]
    coded = {"fibres": 20, "rate": 40 * Hz, "coding": "baseline", "baseline": 1.0}
    return ba.SpikingNetwork(
        tuple(ba.Population(name, n, "glutamate") for name in names),
        tuple(
            ba.Afferent(channel, name, 0.45 * nS, transmitter, **coded)
            for name in names
            for channel, transmitter in (("plus", "glutamate"), ("minus", "GABA"))
        ),
        injections=tuple(
            ba.Injection(name, current=i * pA) for name, i in zip(names, currents, strict=True)
        ),
    )


def sweep(
    currents: np.ndarray, seeds: int, *, trials: int = 5, n: int = 10, engine: str = "numpy"
) -> pd.DataFrame:
    """Measure how deep a negative output reaches, for every tonic current and seed.

    Returns
    -------
    pandas.DataFrame
        Columns current (pA), seed, rest, up, down (rate in Hz without output, what an output of 1
        and of -1 adds to it) and kept: -down / up, 1 if a negative output counts as a positive one.
    """
    stimulus = ba.steps({"plus": [0.0, 1.0, -1.0], "minus": [0.0] * 3}, duration=500 * ms)
    rows = []
    for seed in range(seeds):
        found = network(currents, n).run(stimulus, trials=trials, seed=seed, engine=engine)
        rate = found.rate.sel(time=slice(0.1, None)).mean(["time", "trial"])
        for current, one in zip(currents, rate.transpose("unit", "condition").values, strict=True):
            rest, up, down = one[0], one[1] - one[0], one[2] - one[0]
            rows.append((current, seed, rest, up, down, -down / up if up > 0 else np.nan))
    return pd.DataFrame(rows, columns=["current", "seed", "rest", "up", "down", "kept"])


def spent(run: xr.DataTree) -> dict[str, float]:
    """Give the spikes per second that each reading costs with nothing sent."""
    before = run["bio"].rate.sel(time=slice(0, readings.ONSET * 1e-3))
    rest = before.mean(["condition", "trial", "time"]).to_series()
    return {
        "rate below a baseline": float(rest["tonic"]),
        "ON/OFF pair of cells": float(rest["on"] + rest["off"]),
        "potential": 0.0,  # kept below rheobase, it never fires
        "spikes without baseline": float(rest["quiet"]),
    }


def crossed(seeds: int, *, engine: str = "numpy", names: tuple[str, ...] = ()) -> pd.DataFrame:
    """Run the pairs, and read off their scores what `SCORES` asks for, a row per score and seed."""
    rows = []
    for name in names or tuple(dict.fromkeys(s[0] for s in SCORES)):
        pair = ba.load(name)
        for seed in range(1, seeds + 1):
            run = pair.run(trials=pair.trials, seed=seed, engine=engine)
            scores = ba.compare(run).scores
            for _, metric, match, label in (s for s in SCORES if s[0] == name):
                row = scores[(scores.metric == metric) & (scores.match == match)].iloc[0]
                rows.append((name, label, row.value, row.low, row.high, row.unit, seed))
            if name == "negative_output":
                for reading, rate in spent(run).items():
                    rows.append((name, f"{reading}: spikes at rest", rate, np.nan, np.nan,
                                 "spikes/s", seed))  # fmt: skip
    columns = ["pair", "what", "value", "low", "high", "unit", "seed"]
    return pd.DataFrame(rows, columns=columns)


def needed(rows: pd.DataFrame, bound: float = 0.9) -> tuple[float, float, float]:
    """Give the baseline rate in Hz at which so much is kept: mean over seeds, lowest, highest."""
    found = []
    for _, one in rows.groupby("seed"):
        kept = xr.DataArray(one.kept.to_numpy(), dims="level")
        found.append(float(find_crossing(kept, one.rest.to_numpy(), "level", bound)))
    return float(np.mean(found)), min(found), max(found)


@house_style()
def picture(rows: pd.DataFrame) -> Drawing:
    """Draw what an output adds to the rate, and how much of a negative one is kept."""
    figure, (effects, share) = make_subplots(1, 2, height=2.5)
    mean = rows.groupby("current").mean()
    effects.plot(mean.rest, mean.up, "o-", color=SPIKING_COLOUR, label="output of 1")
    effects.plot(
        mean.rest, -mean.down, "s--", color=RATE_COLOUR, label="output of \N{MINUS SIGN}1, its size"
    )
    effects.plot(mean.rest, mean.rest, ":", color=INK, lw=0.8, label="all there is to lose")
    effects.set(xlabel="rate without output [Hz]", ylabel="change of the rate [Hz]")
    effects.set(title="a rate can fall to zero only", ylim=(-2, 2.1 * mean.up.max()))
    effects.legend(loc="upper left")
    spread = rows.groupby("current").kept.agg(["mean", "min", "max"])
    off = [spread["mean"] - spread["min"], spread["max"] - spread["mean"]]
    share.errorbar(mean.rest, spread["mean"], yerr=off, fmt="o-", color=SPIKING_COLOUR, capsize=2,
                   label="measured")  # fmt: skip
    share.plot(mean.rest, np.minimum(1, mean.rest / mean.up), ":", color=INK, lw=0.8,
               label="rate there is over effect, at most 1")  # fmt: skip
    share.set(xlabel="rate without output [Hz]", ylabel="negative effect / positive effect")
    share.set(title="what is kept of a negative output", ylim=(-0.05, 2.0))
    share.legend(loc="upper left")
    words = ", ".join(
        f"{r:.0f} Hz: {k:.2f}" for r, k in zip(mean.rest, spread["mean"], strict=True)
    )
    return Drawing(
        figure,
        f"What is kept of a negative output, by the rate without output. {words}.",
        "A baseline carries a negative output as deep as it is high. Share kept, by baseline: "
        f"{words}. n: 10 neurons, {rows.seed.nunique()} seeds; bars from lowest to highest seed.",
    )


def told(one: pd.DataFrame) -> tuple[str, str]:
    """Give the mean of a score over seeds, and its range; a score that never exists is none."""
    known = one.value.dropna()
    if known.empty:
        return "none", ""
    unit = one.unit.iloc[0]
    return f"{known.mean():.3g} {unit}".strip(), f"{known.min():.3g} to {known.max():.3g}"


def beside(scores: pd.DataFrame, seeds: int) -> tuple[Table, Paragraph]:
    """Make a table of the readings and what each costs, and a paragraph on the other pairs."""
    split = scores.what.str.split(": ", expand=True)
    costs = scores.assign(reading=split[0], cost=split[1])
    costs = costs[costs.cost.notna()]
    wanted = ("products kept", "latency", "spikes at rest")
    rows = []
    for reading, one in costs.groupby("reading", sort=False):
        cells = (told(one[one.cost == cost]) for cost in wanted)
        rows.append((reading, *(f"{mean} ({span})" if span else mean for mean, span in cells)))
    table = Table(
        "Four readings of a negative output",
        ("reading", *wanted),
        tuple(rows),
        f"Pair negative_output, {seeds} seeds: mean (lowest to highest). Products: signs of "
        "output times weight that come out right, of four. Latency: mean delay of the effect; "
        "below zero where the effect first overshoots. Spikes at rest: with nothing sent, all "
        "cells of the reading.",
    )
    others = scores[split[1].isna()].groupby(["pair", "what"], sort=False)
    said = (
        f"{what} {' ('.join(part for part in told(one) if part)}; pair {pair})"
        for (pair, what), one in others
    )
    return table, Paragraph(f"Beside it, mean (over {seeds} seeds): {', '.join(said)}.")


def document(rows: pd.DataFrame, scores: pd.DataFrame, seeds: int) -> Document:
    """Make the report."""
    figure = block(picture(rows), "kept")
    rate, low, high = needed(rows)
    lowest = rows.groupby("current").mean().iloc[0]
    products = scores[scores.what.str.endswith(": products kept")].groupby("what", sort=False)
    said = ", ".join(
        f"{what.removesuffix(': products kept')} {value:.2g} of 4"
        for what, value in products.value.mean().items()
    )
    method = Paragraph(
        "A unit's output can be below zero, and is multiplied by a weight of either sign. A neuron "
        "sends spikes or none. What may stand for a negative output is a rate below a baseline, "
        "the spikes of a second cell, or a potential below rest, which reaches no other cell by "
        "spikes and fades with the membrane's time constant. A circuit of units that are never "
        "negative, with negative weights, needs none of them."
    )
    return Document(
        "negative_output: one number, four readings",
        "What does a negative output mean?",
        f"Products of signs that are kept: {said}. A baseline keeps nine tenths of an output of "
        f"\N{MINUS SIGN}1 from {rate:.0f} Hz on ({low:.0f} to {high:.0f} Hz over seeds); at "
        f"{lowest.rest:.0f} Hz the spikes keep {lowest.kept:.0%}.",
        (),
        (Section("What is kept, and what it costs", (method, figure, *beside(scores, seeds))),),
        footer=f"bioann, analyses/negative_output.py, seeds: {seeds}",
        contents=False,
    )


@analysis(__doc__, "python analyses/negative_output.py --seeds 2")
@click.option("--seeds", type=click.IntRange(1), default=3, show_default=True)
def main(out: Path, seeds: int, engine: str, as_json: bool) -> None:
    """Run, write the report, and say what came out."""
    rows, scores = sweep(CURRENTS, seeds, engine=engine), crossed(seeds, engine=engine)
    result = {
        "seeds": seeds,
        "baseline_hz": dict(zip(("mean", "low", "high"), needed(rows), strict=True)),
        "sweep": json.loads(rows.to_json(orient="records")),
        "scores": json.loads(scores.to_json(orient="records")),
    }
    # Not `negative_output`: that is the pair's own report.
    report = document(rows, scores, seeds)
    finish(report, out, "negative_output_readings", result, as_json=as_json)


if __name__ == "__main__":
    main()
