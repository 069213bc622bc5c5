"""Scores that claims judge, with their intervals, against what they differ in."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from bioann.base.text import format_interval
from bioann.claims.rules.score import Score
from bioann.metrics.metric import Metric
from bioann.reporting import style
from bioann.reporting.figures.panels import PanelFigure
from bioann.reporting.figures.summaries import label_models

_MARKS = "osD^v"
#: Distance of the scores of two curves at one word; words are 1 apart.
_DISTANCE = 0.12


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class ScoreCurves(PanelFigure):
    """Scores of the pair with their confidence intervals.

    A dotted line joins the expected values, where the measures have them.

    Parameters
    ----------
    curves : mapping of str to mapping of float or str to Score
        For each curve the score at each position: numbers in ascending order, or words. A label
        that is the name of a model stands for the model.

    Examples
    --------
    >>> import bioann as ba
    >>> rate = ba.measure(ba.metrics.MeanResponse(100), "rate", unit="Hz")
    >>> scores = {x: rate.at_levels(f" at {x:g}", x=x).of("bio") for x in (0.5, 1.0)}
    >>> figure = ba.figures.ScoreCurves({"bio": scores}, xlabel="input x [activation]")
    """

    curves: Mapping[str, Mapping[float, Score] | Mapping[str, Score]]

    def name_axes(self) -> tuple[str, str]:
        """Return no name for the positions, and that of the first measure with its unit."""
        metric = next(score.metric for curve in self.curves.values() for score in curve.values())
        return "", f"{metric.name} [{metric.unit or 1}]"

    def draw_panel(self, panel: Axes, comparison: Any) -> str:
        """Draw the scores of each curve, and the expected values."""
        words = list(
            dict.fromkeys(x for c in self.curves.values() for x in c if isinstance(x, str))
        )
        labels, texts = list(label_models(tuple(self.curves)).values()), []
        expected: dict[float, float] = {}
        for k, scores in enumerate(self.curves.values()):
            shift = _DISTANCE * (k - (len(labels) - 1) / 2)
            x = [words.index(at) + shift if isinstance(at, str) else at for at in scores]
            marks = _MARKS[k % len(_MARKS)] + "-" * (not words)
            look: style.ArtistKwargs = {"fmt": marks, "fillstyle": "none" if k else "full"}
            numbers = _draw_intervals(
                panel, comparison, x, list(scores.values()), look | {"label": labels[k]}
            )
            named = [f"{at}: {number}" for at, number in zip(scores, numbers, strict=True)]
            texts.append(f"{labels[k]}, {', '.join(named)}")
            bests = zip(x, (score.best for score in scores.values()), strict=True)
            expected |= {at: best for at, best in bests if np.isfinite(best)}
        if expected:
            curve = zip(*sorted(expected.items()), strict=True)
            panel.plot(*curve, ":", color=style.INK, lw=1, label="expected")
        self.label_axes(panel)
        if words:
            panel.set_xticks(range(len(words)), words)
            panel.set_xlim(*self.xlim or (-0.5, len(words) - 0.5))
        return self.describe_axes(texts)

    def describe_marks(self, comparison: Any) -> str:
        """Explain the bars."""
        return f"Bars: {comparison.interval_name}."


def _draw_intervals(
    panel: Axes, comparison: Any, x: Sequence[float], scores: Sequence[Score], look: Any
) -> list[str]:
    """Draw scores with their intervals in the colour of their model; return them in words."""
    rows = [score.find_row(comparison.scores) for score in scores]
    value, low, high = np.array([(row.value, row.low, row.high) for row in rows], float).T
    reach = np.nan_to_num(np.maximum([value - low, high - value], 0))
    metric = scores[0].metric
    model = metric.compared_model if isinstance(metric, Metric) else "bio"
    colour = style.choose_model_colour(model, list(comparison.pair.controls))
    panel.errorbar(x, value, reach, color=colour, ms=4, lw=1.2, capsize=2, **look)
    intervals = map(format_interval, value, low, high)
    return [
        text if np.isfinite(v) else "no value" for text, v in zip(intervals, value, strict=True)
    ]
