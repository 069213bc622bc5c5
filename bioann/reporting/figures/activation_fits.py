"""Which activation function describes which response curve best."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np

from bioann.reporting import style
from bioann.reporting.figures.steady_curves import SteadyCurves
from bioann.reporting.figures.summaries import average_trials
from bioann.translate.fit_activations import fit_activations

if TYPE_CHECKING:  # to load a pair takes no Matplotlib
    from matplotlib.axes import Axes


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class ActivationFits(SteadyCurves):
    """How much worse than the best each of several activations describes each response curve.

    Parameters
    ----------
    families : tuple of str, optional
        Families of activations that are fitted, see `bioann.translate.fit_activations`.
    """

    families: tuple[str, ...] = ("step", "ReLU", "softplus", "power law", "exponential")

    def draw_panel(self, panel: Axes, comparison: Any) -> str:
        """Draw a table of the differences in AICc, coloured by their size."""
        curves = [c for c in self.compute_curves(comparison) if c.model != "ann"]
        deltas, texts = np.zeros((len(curves), len(self.families))), []
        names = [curve.label or curve.model_label for curve in curves]
        look: style.ArtistKwargs = {"ha": "center", "va": "center", "fontsize": 8}
        for row, (name, curve) in enumerate(zip(names, curves, strict=True)):
            response = average_trials(curve.values)
            fits = fit_activations(response.level.values, response.values, families=self.families)
            fits = fits.set_index("family")
            texts.append(f"{name} {fits.index[0]}")
            for column, family in enumerate(self.families):
                fit = fits.loc[family]
                deltas[row, column] = fit.delta
                text, colour = (
                    f"{fit.delta:.0f}\n{fit.r2:.3f}",
                    "white" if fit.delta > 60 else style.INK,
                )
                panel.text(column, row, text, color=colour, **look)
        panel.imshow(deltas, cmap="cividis_r", vmin=0, vmax=200, aspect="auto")
        panel.set_xticks(range(len(self.families)), self.families, rotation=30, ha="right")
        panel.set_yticks(range(len(names)), names)
        return f"Best activation, {self.heading}: {', '.join(texts)}."

    def describe_marks(self, comparison: Any) -> str:
        """Explain the numbers."""
        return "Numbers: AICc above that of the best family; below it the explained variance."
