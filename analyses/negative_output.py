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
from bioann.analyses.command import analysis_command, report_results
from bioann.metrics.crossing import find_crossing
from bioann.models import negative_output as negative_output_pair
from bioann.reporting.document import Document, Paragraph, Section, Table
from bioann.reporting.style import (
    INK,
    RATE_COLOUR,
    SPIKING_COLOUR,
    Drawing,
    house_style,
    make_subplots,
    to_figure_block,
)

CURRENTS_PA = np.linspace(100, 220, 7)  # pA into the cells of the sweep; the last is the pair's
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


def build_baseline_cells(currents_pa: np.ndarray, n_neurons: int) -> ba.SpikingNetwork:
    """Build the baseline reading of the pair, once for each tonic current in pA."""
    names = [f"tonic_{index}" for index in range(len(currents_pa))]
    options = {"fibres": 20, "rate": 40 * Hz, "coding": "baseline", "baseline": 1.0}
    return ba.SpikingNetwork(
        tuple(ba.Population(name, n_neurons, "glutamate") for name in names),
        tuple(
            ba.Afferent(channel, name, 0.45 * nS, transmitter, **options)
            for name in names
            for channel, transmitter in (("plus", "glutamate"), ("minus", "GABA"))
        ),
        injections=tuple(
            ba.Injection(name, current=current * pA)
            for name, current in zip(names, currents_pa, strict=True)
        ),
    )


def measure_baselines(
    currents_pa: np.ndarray,
    seeds: int,
    *,
    trials: int = 5,
    n_neurons: int = 10,
    engine: str = "numpy",
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
        network = build_baseline_cells(currents_pa, n_neurons)
        recording = network.run(stimulus, trials=trials, seed=seed, engine=engine)
        mean = recording.rate.sel(time=slice(0.1, None)).mean(["time", "trial"])
        rates = mean.transpose("unit", "condition").values
        for current, (resting, at_plus, at_minus) in zip(currents_pa, rates, strict=True):
            up, down = at_plus - resting, at_minus - resting
            rows.append((current, seed, resting, up, down, -down / up if up > 0 else np.nan))
    return pd.DataFrame(rows, columns=["current", "seed", "rest", "up", "down", "kept"])


def measure_resting_spikes(run: ba.Run[ba.Pair]) -> dict[str, float]:
    """Give the spikes per second that each reading costs with nothing sent."""
    unstimulated = run["bio"].rate.sel(time=slice(0, negative_output_pair.ONSET_MS * 1e-3))
    resting_rate = unstimulated.mean(["condition", "trial", "time"]).to_series()
    return {
        "rate below a baseline": float(resting_rate["tonic"]),
        "ON/OFF pair of cells": float(resting_rate["on"] + resting_rate["off"]),
        "potential": 0.0,  # kept below rheobase, it never fires
        "spikes without baseline": float(resting_rate["quiet"]),
    }


def score_pairs(
    seeds: int, *, engine: str = "numpy", pair_names: tuple[str, ...] = ()
) -> pd.DataFrame:
    """Run the pairs, and read off their scores what `SCORES` asks for, a row per score and seed."""
    rows = []
    for name in pair_names or tuple(dict.fromkeys(score[0] for score in SCORES)):
        pair = ba.load(name)
        for seed in range(1, seeds + 1):
            run = pair.run(trials=pair.trials, seed=seed, engine=engine)
            scores = ba.compare(run).scores
            for _, metric, match, label in (score for score in SCORES if score[0] == name):
                row = scores[(scores.metric == metric) & (scores.match == match)].iloc[0]
                rows.append((name, label, row.value, row.low, row.high, row.unit, seed))
            if name == "negative_output":
                for reading, rate in measure_resting_spikes(run).items():
                    rows.append((name, f"{reading}: spikes at rest", rate, np.nan, np.nan,
                                 "spikes/s", seed))  # fmt: skip
    columns = ["pair", "what", "value", "low", "high", "unit", "seed"]
    return pd.DataFrame(rows, columns=columns)


def find_needed_baseline(rows: pd.DataFrame, min_kept: float = 0.9) -> tuple[float, float, float]:
    """Give the baseline rate in Hz at which so much is kept: mean over seeds, lowest, highest."""
    baselines = []
    for _, seed_rows in rows.groupby("seed"):
        share = xr.DataArray(seed_rows.kept.to_numpy(), dims="level")
        baselines.append(float(find_crossing(share, seed_rows.rest.to_numpy(), "level", min_kept)))
    return float(np.mean(baselines)), min(baselines), max(baselines)


@house_style()
def draw_baselines(rows: pd.DataFrame) -> Drawing:
    """Draw what an output adds to the rate, and how much of a negative one is kept."""
    figure, (effect_panel, share_panel) = make_subplots(1, 2, height=2.5)
    means = rows.groupby("current").mean()
    effect_panel.plot(means.rest, means.up, "o-", color=SPIKING_COLOUR, label="output of 1")
    effect_panel.plot(
        means.rest,
        -means.down,
        "s--",
        color=RATE_COLOUR,
        label="output of \N{MINUS SIGN}1, its size",
    )
    effect_panel.plot(means.rest, means.rest, ":", color=INK, lw=0.8, label="all there is to lose")
    effect_panel.set(xlabel="rate without output [Hz]", ylabel="change of the rate [Hz]")
    effect_panel.set(title="a rate can fall to zero only", ylim=(-2, 2.1 * means.up.max()))
    effect_panel.legend(loc="upper left")
    shares = rows.groupby("current").kept.agg(["mean", "min", "max"])
    errors = [shares["mean"] - shares["min"], shares["max"] - shares["mean"]]
    share_panel.errorbar(
        means.rest,
        shares["mean"],
        yerr=errors,
        fmt="o-",
        color=SPIKING_COLOUR,
        capsize=2,
        label="measured",
    )
    share_panel.plot(
        means.rest,
        np.minimum(1, means.rest / means.up),
        ":",
        color=INK,
        lw=0.8,
        label="rate there is over effect, at most 1",
    )
    share_panel.set(xlabel="rate without output [Hz]", ylabel="negative effect / positive effect")
    share_panel.set(title="what is kept of a negative output", ylim=(-0.05, 2.0))
    share_panel.legend(loc="upper left")
    summary = ", ".join(
        f"{rate:.0f} Hz: {share:.2f}"
        for rate, share in zip(means.rest, shares["mean"], strict=True)
    )
    return Drawing(
        figure,
        f"What is kept of a negative output, by the rate without output. {summary}.",
        "A baseline carries a negative output as deep as it is high. Share kept, by baseline: "
        f"{summary}. n: 10 neurons, {rows.seed.nunique()} seeds; bars from lowest to highest seed.",
    )


def format_score(scores: pd.DataFrame) -> tuple[str, str]:
    """Give the mean of a score over seeds, and its range; a score that never exists is none."""
    values = scores.value.dropna()
    if values.empty:
        return "none", ""
    unit = scores.unit.iloc[0]
    return f"{values.mean():.3g} {unit}".strip(), f"{values.min():.3g} to {values.max():.3g}"


def compare_readings(scores: pd.DataFrame, seeds: int) -> tuple[Table, Paragraph]:
    """Make a table of the readings and what each costs, and a paragraph on the other pairs."""
    labels = scores.what.str.split(": ", expand=True)
    costs = scores.assign(reading=labels[0], cost=labels[1])
    costs = costs[costs.cost.notna()]
    cost_names = ("products kept", "latency", "spikes at rest")
    rows = []
    for reading, reading_costs in costs.groupby("reading", sort=False):
        cells = (format_score(reading_costs[reading_costs.cost == cost]) for cost in cost_names)
        rows.append(
            (reading, *(f"{mean} ({spread})" if spread else mean for mean, spread in cells))
        )
    table = Table(
        "Four readings of a negative output",
        ("reading", *cost_names),
        tuple(rows),
        f"Pair negative_output, {seeds} seeds: mean (lowest to highest). Products: signs of "
        "output times weight that come out right, of four. Latency: mean delay of the effect; "
        "below zero where the effect first overshoots. Spikes at rest: with nothing sent, all "
        "cells of the reading.",
    )
    other_scores = scores[labels[1].isna()].groupby(["pair", "what"], sort=False)
    sentences = (
        f"{what} {' ('.join(text for text in format_score(reading_costs) if text)}; pair {pair})"
        for (pair, what), reading_costs in other_scores
    )
    return table, Paragraph(f"Beside it, mean (over {seeds} seeds): {', '.join(sentences)}.")


def build_negative_output_report(rows: pd.DataFrame, scores: pd.DataFrame, seeds: int) -> Document:
    """Make the report."""
    figure = to_figure_block(draw_baselines(rows), "kept")
    baseline, low, high = find_needed_baseline(rows)
    lowest_baseline = rows.groupby("current").mean().iloc[0]
    products = scores[scores.what.str.endswith(": products kept")].groupby("what", sort=False)
    products_text = ", ".join(
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
    blocks = (method, figure, *compare_readings(scores, seeds))
    return Document(
        "negative_output: one number, four readings",
        "What does a negative output mean?",
        f"Products of signs that are kept: {products_text}. A baseline keeps nine tenths of an "
        f"output of \N{MINUS SIGN}1 from {baseline:.0f} Hz on ({low:.0f} to {high:.0f} Hz over "
        f"seeds); at {lowest_baseline.rest:.0f} Hz the spikes keep {lowest_baseline.kept:.0%}.",
        (),
        (Section("What is kept, and what it costs", blocks),),
        footer=f"bioann, analyses/negative_output.py, seeds: {seeds}",
        contents=False,
    )


@analysis_command(__doc__, "python analyses/negative_output.py --seeds 2")
@click.option("--seeds", type=click.IntRange(1), default=3, show_default=True)
def main(out: Path, seeds: int, engine: str, as_json: bool) -> None:
    """Run, write the report, and say what came out."""
    rows = measure_baselines(CURRENTS_PA, seeds, engine=engine)
    scores = score_pairs(seeds, engine=engine)
    result = {
        "seeds": seeds,
        "baseline_hz": dict(zip(("mean", "low", "high"), find_needed_baseline(rows), strict=True)),
        "sweep": json.loads(rows.to_json(orient="records")),
        "scores": json.loads(scores.to_json(orient="records")),
    }
    # Not `negative_output`: that is the pair's own report.
    report = build_negative_output_report(rows, scores, seeds)
    report_results(report, out, "negative_output_readings", result, as_json=as_json)


if __name__ == "__main__":
    main()
