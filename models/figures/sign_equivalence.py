"""What the pair `sign_equivalence` shows: what GABA does, against its reversal potential."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

import bioann as ba
from bioann.base.text import format_interval
from bioann.metrics.input_effects import effects_of_channels
from bioann.reporting.figures.curves import CURVE_COLOURS
from bioann.reporting.style import INK, Drawing, format_label, make_subplots


def draw_effects(
    comparison: ba.Comparison,
    reversals_mv: Mapping[str, float],
    drives: Sequence[float],
    compute_rate: Callable[[Any], np.ndarray],
) -> Drawing:
    """Draw the effect of a set of GABA fibres against its reversal potential.

    Parameters
    ----------
    comparison : Comparison
        Of the pair.
    reversals_mv : mapping of str to float
        Reversal potential in mV, by channel.
    drives : sequence of float
        Operating points.
    compute_rate : callable
        Gives the rate of the cell in Hz at an operating point.
    """
    steady = comparison.responses.sel(time=slice(*comparison.window)).mean("time").isel(match=0)
    stimulus = comparison.responses["stimulus"].mean("stimulus_time")
    scores = comparison.scores
    name = "reversal potential without effect at drive"
    sign_changes = scores[scores.metric.str.startswith(name)]
    figure, panel = make_subplots(height=3.4)
    potentials = list(reversals_mv.values())
    summaries = []
    for drive, colour, sign_change in zip(
        drives, CURVE_COLOURS, sign_changes.itertuples(), strict=False
    ):
        bio, ann = (
            100 * effects_of_channels(steady[model], stimulus, list(reversals_mv), {"drive": drive})
            for model in ("bio", "ann")
        )
        rate = compute_rate([drive])[0]
        label = format_label(f"{rate:.0f} Hz: turns at {sign_change.value:.1f} mV")
        panel.plot(potentials, bio.mean("trial"), "o", color=colour, ms=4, label=label)
        panel.plot(potentials, ann, color=colour, lw=1)
        interval = format_interval(sign_change.value, sign_change.low, sign_change.high)
        summaries.append(f"at {rate:.0f} Hz: {interval} mV")
    panel.axhline(0, color=INK, lw=0.6)
    for x, name in ((-65, "rest"), (-50, "threshold")):
        panel.axvline(x, color=INK, lw=0.6, ls=":")
        panel.annotate(name, (x, 1), xycoords=("data", "axes fraction"), ha="center", va="bottom")
    panel.set(xlabel="reversal potential [mV]", ylabel="effect on the rate [Hz]", xlim=(-82, -40))
    panel.set_ylim(-45, 25)
    panel.legend(loc="upper left", title="cell at", alignment="left")
    return Drawing(
        figure,
        f"Effect of GABA on the rate against its reversal potential. It turns "
        f"{'; '.join(summaries)}.",
        f"One transmitter, two signs: the effect turns near threshold ({'; '.join(summaries)}). "
        "Circles: biology; lines: the unit, with one weight per set. n: 10 neurons, "
        f"{steady.sizes['trial']} trials. The set that reverses at 0 mV is outside the picture.",
    )
