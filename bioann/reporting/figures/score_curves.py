"""Scores that claims judge, with their intervals, against what they differ in."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from bioann.base.text import format_interval
from bioann.claims.rules.score import Score
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
        labels, expected, texts = label_models(tuple(self.curves)).values(), {}, []
        for k, (label, scores) in enumerate(zip(labels, self.curves.values(), strict=True)):
            rows = [score.find_row(comparison.scores) for score in scores.values()]
            shift = _DISTANCE * (k - (len(labels) - 1) / 2)
            x = [words.index(at) + shift if isinstance(at, str) else at for at in scores]
            first = next(iter(scores.values()))
            colour = style.choose_model_colour(
                first.metric.compared_model, [*comparison.pair.controls]
            )
            look: style.ArtistKwargs = {"color": colour, "fillstyle": "none" if k else "full"}
            value, low, high = np.array([(row.value, row.low, row.high) for row in rows], float).T
            reach = np.nan_to_num([value - low, high - value])
            marks = _MARKS[k % len(_MARKS)] + "-" * (not words)
            panel.errorbar(x, value, reach, fmt=marks, ms=4, lw=1.2, capsize=2, label=label, **look)
            expected |= {
                at: row.best for at, row in zip(x, rows, strict=True) if row.best == row.best
            }
            intervals = map(format_interval, value, low, high)
            numbers = [f"{at}: {number}" for at, number in zip(scores, intervals, strict=True)]
            texts.append(f"{label}, {', '.join(numbers)}")
        self._draw_references(panel, expected, words)
        return self.describe_axes(texts)

    def _draw_references(
        self, panel: Axes, expected: Mapping[float, float], words: list[str]
    ) -> None:
        """Draw the expected values, the words and the axes."""
        if expected:
            x, y = zip(*sorted(expected.items()), strict=True)
            panel.plot(x, y, ":", color=style.INK, lw=1, label="expected")
        if words:
            panel.set_xticks(range(len(words)), words)
        self.label_axes(panel)
        if words and not self.xlim:
            panel.set_xlim(-0.5, len(words) - 0.5)

    def describe_marks(self, comparison: Any) -> str:
        """Explain the bars."""
        return f"Bars: {comparison.interval_name}."
