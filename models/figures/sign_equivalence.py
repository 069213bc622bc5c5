"""What the pair `sign_equivalence` shows: what GABA does, against its reversal potential."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

import bioann as ba
from bioann.base.text import format_interval
from bioann.metrics.input_effects import effects_of_channels
from bioann.reporting.figures.curves import COLOURS
from bioann.reporting.style import INK, Drawing, format_label, make_subplots


def draw_effects(
    comparison: ba.Comparison,
    reversal: Mapping[str, float],
    drives: Sequence[float],
    rate: Callable[[Any], np.ndarray],
) -> Drawing:
    """Draw the effect of a set of GABA fibres against its reversal potential.

    Parameters
    ----------
    comparison : Comparison
        Of the pair.
    reversal : mapping of str to float
        Reversal potential in mV, by channel.
    drives : sequence of float
        Operating points.
    rate : callable
        Gives the rate of the cell in Hz at an operating point.
    """
    steady = comparison.responses.sel(time=slice(*comparison.window)).mean("time").isel(match=0)
    stimulus = comparison.responses["stimulus"].mean("stimulus_time")
    turns = comparison.scores[comparison.scores.metric.str.startswith("E_rev of no effect at")]
    figure, panel = make_subplots(height=3.4)
    potentials = list(reversal.values())
    told = []
    for drive, colour, turn in zip(drives, COLOURS, turns.itertuples(), strict=False):
        bio, ann = (
            100 * effects_of_channels(steady[half], stimulus, list(reversal), {"drive": drive})
            for half in ("bio", "ann")
        )
        alone = rate([drive])[0]
        label = format_label(f"{alone:.0f} Hz: turns at {turn.value:.1f} mV")
        panel.plot(potentials, bio.mean("trial"), "o", color=colour, ms=4, label=label)
        panel.plot(potentials, ann, color=colour, lw=1)
        told.append(f"at {alone:.0f} Hz: {format_interval(turn.value, turn.low, turn.high)} mV")
    panel.axhline(0, color=INK, lw=0.6)
    for x, name in ((-65, "rest"), (-50, "threshold")):
        panel.axvline(x, color=INK, lw=0.6, ls=":")
        panel.annotate(name, (x, 1), xycoords=("data", "axes fraction"), ha="center", va="bottom")
    panel.set(xlabel="reversal potential [mV]", ylabel="effect on the rate [Hz]", xlim=(-82, -40))
    panel.set_ylim(-45, 25)
    panel.legend(loc="upper left", title="cell at", alignment="left")
    return Drawing(
        figure,
        f"Effect of GABA on the rate against its reversal potential. It turns {'; '.join(told)}.",
        f"One transmitter, two signs: the effect turns near threshold ({'; '.join(told)}). "
        "Circles: biology; lines: the unit, with one weight per set. n: 10 neurons, "
        f"{steady.sizes['trial']} trials. The set that reverses at 0 mV is outside the picture.",
    )
