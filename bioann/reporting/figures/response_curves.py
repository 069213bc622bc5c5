"""Responses of the models along one input: tuning curves, f-I curves, psychometric curves."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import xarray as xr

from bioann.metrics.curve_shift import ResponseCurve
from bioann.metrics.input_effects import effect_along, effects_of_channels
from bioann.metrics.selection import conditions_at, mean_over_conditions
from bioann.reporting import style
from bioann.reporting.ceiling_text import describe_repetition
from bioann.reporting.figures.curve_figure import Curve
from bioann.reporting.figures.steady_curves import SteadyCurves
from bioann.reporting.figures.summaries import (
    average_over_window,
    average_trials,
    label_models,
)

if TYPE_CHECKING:  # to load a pair takes no Matplotlib
    from matplotlib.axes import Axes


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class ResponseCurves(SteadyCurves):
    """Steady responses against a channel, or a coordinate of the conditions.

    Parameters
    ----------
    relative_to : mapping of str to float, optional
        Levels of the conditions whose response is subtracted.
    minus : str, optional
        A model whose response is subtracted, trial means from trial means; the largest difference
        of the spiking model from itself with another seed is drawn as a band.
    normalised : bool, optional
        As a share of the first response of the curve.
    """

    relative_to: Mapping[str, float] | None = None
    minus: str = ""
    normalised: bool = False

    def select_response(self, steady: xr.Dataset, model: str, match: str) -> xr.DataArray:
        """Return the steady response of a match of a model, less that of `minus`."""
        response = super().select_response(steady, model, match)
        if not self.minus:
            return response
        subtracted = super().select_response(steady, self.minus, match)
        return average_trials(response) - average_trials(subtracted)

    def compute_curve(
        self, response: xr.DataArray, stimulus: xr.DataArray, curve: ResponseCurve
    ) -> xr.DataArray:
        """Average over the conditions that share a level, and relate the curve to its reference."""
        values = super().compute_curve(response, stimulus, curve)
        if self.relative_to is not None:
            reference = conditions_at(stimulus, self.relative_to)
            values = values - mean_over_conditions(response, reference)
        return values / average_trials(values).isel(level=0) if self.normalised else values

    def draw_panel(self, panel: Axes, comparison: Any) -> str:
        """Draw the curves, and the ceiling under a difference."""
        if self.minus:
            steady, _ = average_over_window(comparison)
            difference = average_trials(steady["ceiling"]) - average_trials(steady["bio"])
            limit = float(abs(difference).max()) * self.y_scale
            look: style.ArtistKwargs = {"color": style.CEILING_COLOUR, "alpha": 0.5, "lw": 0}
            panel.axhspan(-limit, limit, **look, label="spiking model against itself")
        return super().draw_panel(panel, comparison)

    def describe_marks(self, comparison: Any) -> str:
        """Explain the bands."""
        if self.minus:
            repetition = describe_repetition(comparison)
            return f"Grey: largest difference of the spiking model from itself {repetition}."
        return super().describe_marks(comparison)

    def name_axes(self) -> tuple[str, str]:
        """Return the input, and what the response is related to."""
        xlabel, ylabel = super().name_axes()
        if self.normalised:
            return xlabel, "response [of the first]"
        if self.minus:
            minuends = ", ".join(label_models(self.models).values())
            (subtrahend,) = label_models((self.minus,)).values()
            return xlabel, f"{minuends} minus {subtrahend} [activation]"
        return xlabel, ylabel if self.relative_to is None else "effect [activation]"


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class EffectCurves(SteadyCurves):
    """What one input does, its highest level against its lowest, at each level of another.

    Parameters
    ----------
    input_name : str
        The input whose effect is drawn; it and `along` are coordinates of the conditions.
    """

    input_name: str = dataclasses.field(kw_only=True)

    def compute_curve(
        self, response: xr.DataArray, stimulus: xr.DataArray, curve: ResponseCurve
    ) -> xr.DataArray:
        """Subtract the response without the input from that with it."""
        return effect_along(response, input_name=self.input_name, along=str(self.along))

    def name_axes(self) -> tuple[str, str]:
        """Return the other input, and the effect of the input."""
        return super().name_axes()[0], f"effect of {self.input_name} [activation]"


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class ChannelEffects(SteadyCurves):
    """What channels do, each alone at activation 1, against a property in which they differ.

    Parameters
    ----------
    channels : mapping of str to float
        The property of each channel, such as the reversal potential of its receptor; `along` is
        the name of the property.
    """

    channels: Mapping[str, float] = dataclasses.field(kw_only=True)

    def compute_curve(
        self, response: xr.DataArray, stimulus: xr.DataArray, curve: ResponseCurve
    ) -> xr.DataArray:
        """Subtract the response without the channels from that with each of them."""
        effect = effects_of_channels(response, stimulus, list(self.channels), curve.where)
        return effect.assign_coords(channel=list(self.channels.values()))

    def name_axes(self) -> tuple[str, str]:
        """Return the property, and the effect."""
        return super().name_axes()[0], "effect [activation]"


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class TimeCourses(SteadyCurves):
    """Responses over time, averaged over the conditions of each curve.

    Parameters
    ----------
    start : float, optional
        Time in seconds that is drawn as zero.
    """

    along: str | Mapping[str, float] = "time"
    start: float = 0.0

    def name_axes(self) -> tuple[str, str]:
        """Return the time, and the response."""
        return "time [s]", super().name_axes()[1]

    def compute_curves(self, comparison: Any) -> Iterable[Curve]:
        """Average each curve over its conditions."""
        steady, stimulus = average_over_window(comparison)
        for label, curve in self.list_curves(steady, stimulus).items():
            mask = conditions_at(stimulus, curve.where)
            for model, model_label in label_models(self.models).items():
                response = comparison.responses[model].sel(match=curve.match, drop=True)
                values = mean_over_conditions(response, mask)
                values = values.assign_coords(time=values.time - self.start)
                yield Curve(values, model, model_label, label)
