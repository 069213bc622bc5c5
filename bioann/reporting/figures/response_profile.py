"""Profiles of activity: the steady responses of matches that are places, to one stimulus."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from bioann.metrics.selection import LevelSelection, conditions_at, mean_over_conditions
from bioann.reporting.figures.curve_figure import Curve, CurveFigure
from bioann.reporting.figures.panels import PanelFigure
from bioann.reporting.figures.summaries import (
    average_over_window,
    average_trials,
    label_models,
)


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class ResponseProfile(CurveFigure):
    """Steady responses over the matches, at some conditions.

    Parameters
    ----------
    matches : tuple of str, or mapping of str to tuple of str
        The matches in their order; a mapping has those of each panel, by heading.
    positions : sequence of float
        Place of each match on the horizontal axis.
    where : mapping of str to float, or to tuple of float, optional
        Levels of the conditions, whose responses are averaged.
    curves : mapping of str to mapping, optional
        A family of profiles by label instead: levels that are held besides.
    is_relative : bool, optional
        Whether each profile is divided by its mean.
    models : tuple of str, or dict of str to str, optional
        The models of the run that are drawn, with names for the legend if the usual ones do not do.
    """

    matches: tuple[str, ...] | Mapping[str, tuple[str, ...]]
    positions: Sequence[float]
    where: LevelSelection = dataclasses.field(default_factory=dict)
    curves: Mapping[str, LevelSelection] = dataclasses.field(default_factory=dict)
    is_relative: bool = False
    models: Collection[str] = ("bio", "ann")

    def split(self) -> tuple[PanelFigure, ...]:
        """Return a figure for each panel."""
        if not isinstance(self.matches, Mapping):
            return (self,)
        return tuple(
            dataclasses.replace(self, matches=matches, heading=heading)
            for heading, matches in self.matches.items()
        )

    def name_axes(self) -> tuple[str, str]:
        """Return the position, and the response."""
        response = "response [of its mean]" if self.is_relative else super().name_axes()[1]
        return "position [number]", response

    def compute_curves(self, comparison: Any) -> Iterable[Curve]:
        """Average the responses of each model over the conditions."""
        steady, stimulus = average_over_window(comparison)
        curves: Mapping[str, LevelSelection] = self.curves or {"": {}}
        for label, levels in curves.items():
            mask = conditions_at(stimulus, {**self.where, **levels})
            for model, model_label in label_models(self.models).items():
                profile = mean_over_conditions(steady[model].sel(match=list(self.matches)), mask)
                profile = profile.rename(match="position")
                if self.is_relative:
                    profile = profile / average_trials(profile).mean("position")
                profile = profile.assign_coords(position=list(self.positions))
                yield Curve(profile, model, model_label, label)
