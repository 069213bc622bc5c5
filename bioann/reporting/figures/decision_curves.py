"""Choices and times of a decision between two matches, and the drift diffusion through both."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from bioann.metrics.decision_time import DecisionTime
from bioann.metrics.drift_diffusion import DriftDiffusion
from bioann.metrics.signs import mark_winners
from bioann.metrics.transition import mean_by_coordinate
from bioann.reporting import style
from bioann.reporting.figures.curve_figure import Curve
from bioann.reporting.figures.steady_curves import SteadyCurves
from bioann.reporting.figures.summaries import label_models

if TYPE_CHECKING:  # to load a pair takes no Matplotlib
    from matplotlib.axes import Axes

#: Points of the curve of a drift-diffusion model.
N_POINTS = 201


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class PsychometricCurves(SteadyCurves):
    """How often a match has the largest response of all, against a property of the stimulus.

    Parameters
    ----------
    diffusion : DriftDiffusion, optional
        A drift-diffusion model, whose fit to the choices of the spiking model is drawn as well.
    """

    diffusion: DriftDiffusion | None = None

    def select_response(self, steady: xr.Dataset, model: str, match: str) -> xr.DataArray:
        """Mark the conditions in which the match wins; equals share the win."""
        return mark_winners(steady[model]).sel(match=match, drop=True)

    def draw_panel(self, panel: Axes, comparison: Any) -> str:
        """Draw the curves, and the choices of the drift-diffusion model."""
        text = super().draw_panel(panel, comparison)
        return text + _draw_diffusion(panel, comparison, self.diffusion, 0)

    def name_axes(self) -> tuple[str, str]:
        """Return the property, and the probability of the match."""
        return super().name_axes()[0], f"probability that {self.match} wins [1]"


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class ChronometricCurves(SteadyCurves):
    """Mean time of the decision between two matches, against a property of the stimulus.

    Parameters
    ----------
    decision : DecisionTime
        How times are read from the two responses.
    diffusion : DriftDiffusion, optional
        A drift-diffusion model of the choices of the spiking model, whose times are drawn as well.
    """

    decision: DecisionTime = dataclasses.field(kw_only=True)
    diffusion: DriftDiffusion | None = None

    def draw_panel(self, panel: Axes, comparison: Any) -> str:
        """Draw the curves, and the times of the drift-diffusion model."""
        text = super().draw_panel(panel, comparison)
        return text + _draw_diffusion(panel, comparison, self.diffusion, 1)

    def name_axes(self) -> tuple[str, str]:
        """Return the property, and the decision time."""
        return super().name_axes()[0], "decision time [ms]"

    def compute_curves(self, comparison: Any) -> Iterable[Curve]:
        """Average the times of each model over the conditions that share a level."""
        for model, label in label_models(self.models).items():
            times = self.decision.find_times(comparison.responses[model])
            yield Curve(mean_by_coordinate(times, str(self.along)), model, label)


def _draw_diffusion(
    panel: Axes, comparison: Any, diffusion: DriftDiffusion | None, which: int
) -> str:
    """Draw the choices (0) or the times (1) of a drift-diffusion model of the spiking model."""
    if diffusion is None:
        return ""
    responses = comparison.responses["bio"]
    levels = responses[diffusion.coordinate].values
    grid = np.linspace(levels.min(), levels.max(), N_POINTS)
    curve = diffusion.predict_curves(responses, grid)[which]
    look: style.ArtistKwargs = {"color": style.INK, "lw": 1.0, "zorder": 4}
    panel.plot(grid, curve, ":", **look, label="drift diffusion")
    return f" Drift diffusion: {curve.min():.3g} to {curve.max():.3g}."
