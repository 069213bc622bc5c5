"""Decision: a shared inhibitory pool (biology) against direct mutual inhibition (ANN).

Biological half: two populations that excite themselves and share one pool of inhibitory neurons;
whichever fires more drives the pool, and the pool silences the other. Artificial half: two units,
each with a positive weight to itself and a negative one to the other, chosen by hand on other
samples of the noise (seed 3); its time constant is that of the driven membrane, C / G with about
twice the leak conductance. Both see the same noisy evidence for left and right; contrast is the
difference of its means over their sum.
"""

from __future__ import annotations

import numpy as np
import seaborn as sns
from brian2 import Hz, ms, nS

import bioann as ba
from bioann.metrics.choice import psychometric, psychometric_difference
from bioann.metrics.signs import winners
from bioann.reporting.style import ANN, BIOLOGY, Drawing, axes

CONTRASTS = np.array([-0.3, -0.2, -0.1, 0.0, 0.1, 0.2, 0.3])


def psychometric_figure(comparison: ba.Comparison) -> Drawing:
    """Draw the probability of choosing left against contrast, in both halves."""
    steady = comparison.responses.sel(time=slice(*comparison.window)).mean("time")
    bio, ann = (psychometric(winners(steady[h]), "left", "contrast") for h in ("bio", "ann"))
    figure, panel = axes(width=4.6, height=3.0)
    sns.lineplot(
        bio.to_dataframe("wins"),
        x="contrast",
        y="wins",
        errorbar=("pi", 100),
        marker="o",
        color=BIOLOGY,
        label="biology, and range of trials",
        ax=panel,
    )
    panel.plot(CONTRASTS, ann, "s--", color=ANN, label="ANN")
    panel.set(xlabel="contrast, (left \N{MINUS SIGN} right) / (left + right)")
    panel.set(ylabel="P(left wins)", xticks=CONTRASTS, ylim=(-0.03, 1.03))
    handles = panel.get_legend_handles_labels()
    panel.get_legend().remove()
    figure.legend(*handles, loc="outside upper center", ncols=2)
    told = ", ".join(
        f"{c:g}: {b:.2f} and {a:.2f}"
        for c, b, a in zip(CONTRASTS, bio.mean("trial").values, ann.values, strict=True)
    )
    return Drawing(
        figure,
        f"Probability that left wins against contrast, biology and ANN. {told}.",
        "Psychometric curves: neither half's is a step, because the evidence is noisy. "
        f"n: {len(np.unique(steady.sample))} samples of the noise per contrast, "
        f"{bio.sizes['trial']} trials of biology each. Band: smallest to largest of the trials.",
    )


def pair() -> ba.Pair:
    """Return the pair."""
    bio = ba.SpikingNetwork(
        populations=(
            ba.Population("left", 40, "glutamate", background=2.5 * nS),
            ba.Population("right", 40, "glutamate", background=2.5 * nS),
            ba.Population("pool", 20, "GABA", background=2 * nS),
        ),
        afferents=(
            ba.Afferent("left", "left", 1.1 * nS, fibres=4),
            ba.Afferent("right", "right", 1.1 * nS, fibres=4),
        ),
        projections=(
            ba.Projection("left", "left", 0.3 * nS),
            ba.Projection("right", "right", 0.3 * nS),
            ba.Projection("left", "pool", 0.2 * nS),
            ba.Projection("right", "pool", 0.2 * nS),
            ba.Projection("pool", "left", 0.5 * nS),
            ba.Projection("pool", "right", 0.5 * nS),
        ),
    )
    ann = ba.RateNetwork(
        units=("left", "right"),
        W=[[0.3, -0.7], [-0.7, 0.3]],
        tau=10 * ms,
    )
    same = ba.Correspondence(
        (
            ba.Match("left", "left", scale=60 * Hz),
            ba.Match("right", "right", scale=60 * Hz),
        ),
        bio_only=("pool",),
    )
    evidence = ba.noise(
        {"left": 0.5 * (1 + CONTRASTS), "right": 0.5 * (1 - CONTRASTS)},
        std=0.2,
        tau=50 * ms,
        samples=8,
        seed=11,
        floor=0.0,
        duration=800 * ms,
        coords={"contrast": CONTRASTS},
    )
    return ba.Pair(
        "decision",
        bio,
        ann,
        same,
        question="Does a negative weight between two units decide like a shared inhibitory pool?",
        source="Wang 2002; Wong and Wang 2006",
        stimulus=evidence,
        settle=400 * ms,
        readout=("left", "right"),
        trials=5,
        metrics=(psychometric_difference("left", "contrast"),),
        figures=(psychometric_figure,),
        claims=(
            ba.Claim(
                "B10a",
                "Direct mutual inhibition makes the choices of a shared inhibitory pool.",
                "Wong and Wang 2006",
                ba.AllOf(
                    (
                        ba.WithinCeiling("psychometric difference"),
                        ba.WithinCeiling("winner agreement"),
                    )
                ),
            ),
        ),
    )
