"""What the pair `decision` shows: how often left is chosen, against the evidence for it."""

from __future__ import annotations

import numpy as np
import seaborn as sns

import bioann as ba
from bioann.metrics.psychometric import psychometric_curve
from bioann.metrics.signs import mark_winners
from bioann.reporting.style import RATE_COLOUR, SPIKING_COLOUR, Drawing, make_subplots


def draw_psychometric_curves(comparison: ba.Comparison) -> Drawing:
    """Draw the probability of choosing left against contrast, in both models.

    Parameters
    ----------
    comparison : Comparison
        Of the pair.
    """
    steady = comparison.responses.sel(time=slice(*comparison.window)).mean("time")
    bio, ann = (
        psychometric_curve(mark_winners(steady[model]), "left", "contrast")
        for model in ("bio", "ann")
    )
    figure, panel = make_subplots(width=4.6, height=3.0)
    sns.lineplot(
        bio.to_dataframe("wins"),
        x="contrast",
        y="wins",
        errorbar=("pi", 100),
        marker="o",
        color=SPIKING_COLOUR,
        label="biology, and range of trials",
        ax=panel,
    )
    panel.plot(ann.contrast, ann, "s--", color=RATE_COLOUR, label="ANN")
    panel.set(xlabel="contrast, (left \N{MINUS SIGN} right) / (left + right)")
    panel.set(ylabel="P(left wins)", xticks=ann.contrast, ylim=(-0.03, 1.03))
    handles = panel.get_legend_handles_labels()
    panel.get_legend().remove()
    figure.legend(*handles, loc="outside upper center", ncols=2)
    summary = ", ".join(
        f"{c:g}: {b:.2f} and {a:.2f}"
        for c, b, a in zip(ann.contrast.values, bio.mean("trial").values, ann.values, strict=True)
    )
    return Drawing(
        figure,
        f"Probability that left wins against contrast, biology and ANN. {summary}.",
        "Psychometric curves: neither model's is a step, because the evidence is noisy. "
        f"n: {len(np.unique(steady.sample))} samples of the noise per contrast, "
        f"{bio.sizes['trial']} trials of biology each. Band: smallest to largest of the trials.",
    )
