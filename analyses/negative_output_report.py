"""The report of `analyses/negative_output.py`: a figure, a table and a summary."""

from __future__ import annotations

import numpy as np
import pandas as pd

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

#: Quantities of each code for a negative output, by their names in the report.
PRODUCTS, LATENCY, RESTING_SPIKES = "products kept", "latency", "spikes at rest"


@house_style()
def draw_baselines(rows: pd.DataFrame) -> Drawing:
    """Draw the change of the rate by an output, and the ratio of both signs, over baselines."""
    figure, (effect_panel, share_panel) = make_subplots(1, 2, height=2.5)
    means = rows.groupby("current").mean()
    effect_panel.plot(means.rest, means.up, "o-", color=SPIKING_COLOUR, label="output of 1")
    effect_panel.plot(
        means.rest,
        -means.down,
        "s--",
        color=RATE_COLOUR,
        label="output of \N{MINUS SIGN}1 (decrease)",
    )
    effect_panel.plot(
        means.rest, means.rest, ":", color=INK, lw=0.8, label="largest possible decrease"
    )
    effect_panel.set(xlabel="rate without output [Hz]", ylabel="change of the rate [Hz]")
    effect_panel.set(title="the baseline limits the decrease", ylim=(-2, 2.1 * means.up.max()))
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
        label="baseline over positive effect, at most 1",
    )
    share_panel.set(xlabel="rate without output [Hz]", ylabel="negative effect / positive effect")
    share_panel.set(title="negative output represented", ylim=(-0.05, 2.0))
    share_panel.legend(loc="upper left")
    summary = ", ".join(
        f"{rate:.0f} Hz: {share:.2f}"
        for rate, share in zip(means.rest, shares["mean"], strict=True)
    )
    return Drawing(
        figure,
        f"Negative effect over positive effect, by the rate without output. {summary}.",
        "The baseline rate limits the effect of a negative output. Negative over positive effect, "
        f"by baseline: {summary}. n: 10 neurons, {rows.seed.nunique()} seeds; bars: range.",
    )


def format_score(scores: pd.DataFrame) -> tuple[str, str]:
    """Format the mean of a score over seeds, and its range; ``"none"`` if it is undefined."""
    values = scores.value.dropna()
    if values.empty:
        return "none", ""
    unit = scores.unit.iloc[0]
    return f"{values.mean():.3g} {unit}".strip(), f"{values.min():.3g} to {values.max():.3g}"


def compare_codes(scores: pd.DataFrame, seeds: int) -> tuple[Table, Paragraph]:
    """Build a table of the costs of each code, and a paragraph on the other pairs."""
    quantities = (PRODUCTS, LATENCY, RESTING_SPIKES)
    rows = []
    for code, code_scores in scores[scores.code != ""].groupby("code", sort=False):
        cells = (format_score(code_scores[code_scores.quantity == name]) for name in quantities)
        rows.append((code, *(f"{mean} ({spread})" if spread else mean for mean, spread in cells)))
    table = Table(
        "Four codes for a negative output",
        ("code", *quantities),
        tuple(rows),
        f"Pair negative_output, {seeds} seeds: mean (range). Products kept: number of correct "
        "signs, of the four products of output and weight. Latency: mean delay of the effect; "
        "negative if the effect overshoots at first. Spikes at rest: of all cells of the code, "
        "without output.",
    )
    other_scores = scores[scores.code == ""].groupby(["pair", "quantity"], sort=False)
    sentences = (
        f"{quantity} {' ('.join(text for text in format_score(rows) if text)}; pair {pair})"
        for (pair, quantity), rows in other_scores
    )
    return table, Paragraph(
        f"Other pairs, mean (range over {seeds} seeds): {', '.join(sentences)}."
    )


def build_negative_output_report(
    rows: pd.DataFrame,
    scores: pd.DataFrame,
    needed_baseline: tuple[float, float, float],
    seeds: int,
) -> Document:
    """Build the report.

    Parameters
    ----------
    rows : pandas.DataFrame
        Effects of outputs by baseline and seed, from `analyses.negative_output.measure_baselines`.
    scores : pandas.DataFrame
        Scores of the pairs by seed, from `analyses.negative_output.score_pairs`.
    needed_baseline : tuple of float
        Baseline in Hz at which the ratio of both effects is 0.9: mean, lowest and highest seed.
    seeds : int
        Number of seeds of both tables.

    Returns
    -------
    Document
        The report, for `bioann.reporting.html` and `bioann.reporting.pdf`.
    """
    figure = to_figure_block(draw_baselines(rows), "kept")
    baseline, low, high = needed_baseline
    lowest_baseline = rows.groupby("current").mean().iloc[0]
    products = scores[scores.quantity == PRODUCTS].groupby("code", sort=False)
    products_text = ", ".join(
        f"{code} {value:.2g} of 4" for code, value in products.value.mean().items()
    )
    method = Paragraph(
        "The output of a unit can be negative, and is multiplied by a weight of either sign. A "
        "neuron sends spikes or none. It can represent a negative output as a rate below a "
        "baseline, as the spikes of a second cell, or as a potential below rest, which is not "
        "transmitted by spikes and decays with the membrane time constant. A circuit of "
        "non-negative units with negative weights needs none of these codes."
    )
    blocks = (method, figure, *compare_codes(scores, seeds))
    return Document(
        "negative_output: four codes for a negative output",
        "How can spiking neurons represent a negative output?",
        f"Correct signs of products of output and weight: {products_text}. The effect of an output "
        f"of \N{MINUS SIGN}1 reaches 90 % of that of 1 at a baseline of {baseline:.0f} Hz "
        f"({low:.0f} to {high:.0f} Hz over seeds); at {lowest_baseline.rest:.0f} Hz it is "
        f"{lowest_baseline.kept:.0%}.",
        (),
        (Section("Codes and their costs", blocks),),
        footer=f"bioann, analyses/negative_output.py, seeds: {seeds}",
        contents=False,
    )
