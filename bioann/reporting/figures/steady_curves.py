"""The base of figures of steady responses against an input: which curves, of which models."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterable, Mapping
from typing import Any

import numpy as np
import xarray as xr

from bioann.metrics.curve_shift import ResponseCurve
from bioann.metrics.selection import LevelSelection, condition_levels, conditions_at
from bioann.metrics.transition import mean_by_coordinate
from bioann.reporting.figures.curve_figure import Curve, CurveFigure
from bioann.reporting.figures.panels import PanelFigure
from bioann.reporting.figures.summaries import (
    average_over_window,
    label_matches,
    label_models,
)


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class SteadyCurves(CurveFigure):
    """The base of figures of steady responses against an input.

    Parameters
    ----------
    along : str, or mapping of str to float
        The channel or coordinate; or the weights with which several are added up.
    match : str, tuple of str or dict of str to str, optional
        The match that is drawn, or several, a panel each, perhaps with headings; the first of the
        pair unless given.
    by : str, optional
        A channel or coordinate, each of whose levels has a curve, or ``"match"``.
    curves : mapping of str to ResponseCurve or to mapping, optional
        A family of curves by label instead: levels that are held, of `match` or of a match each.
    where : mapping of str to float, or to tuple of float, optional
        Levels that are held in all curves, or two between which they lie.
    facets : mapping of str to mapping, optional
        Levels that are held in each of several panels, by title.
    models : tuple of str, or dict of str to str, optional
        The models of the run that are drawn, with names for the legend if the usual ones do not do.
    once : tuple of str, or dict of str to str, optional
        Models that have the same responses in all curves of a family; drawn once.
    has_model_panels : bool, optional
        Each model has a panel of its own.
    """

    along: str | Mapping[str, float]
    match: str | Collection[str] = ""
    by: str = ""
    curves: Mapping[str, ResponseCurve | LevelSelection] = dataclasses.field(default_factory=dict)
    where: LevelSelection = dataclasses.field(default_factory=dict)
    facets: Mapping[str, LevelSelection] = dataclasses.field(default_factory=dict)
    models: Collection[str] = ("bio", "ann")
    once: Collection[str] = ()
    has_model_panels: bool = False

    def name_axes(self) -> tuple[str, str]:
        """Return the input, or the sum of inputs, and the response."""
        return f"{self.along_text} [activation]", super().name_axes()[1]

    @property
    def along_text(self) -> str:
        """The input in words, such as ``light + 0.5 dark``."""
        if isinstance(self.along, str):
            return self.along
        return " + ".join(
            f"{weight:g} {name}".removeprefix("1 ") for name, weight in self.along.items()
        )

    def split(self) -> tuple[PanelFigure, ...]:
        """Return a figure for each match, facet, and model if these have panels."""
        matches = label_matches(self.match)
        facets = self.facets or {"": {}}
        panels: dict[str, Any] = {"": self.models}
        if self.has_model_panels:
            panels = {label: {model: label} for model, label in label_models(self.models).items()}
        return tuple(
            dataclasses.replace(
                self,
                match=match,
                where={**self.where, **levels},
                facets={},
                models=models,
                has_model_panels=False,
                heading=self.heading or title or match_label or model_label,
            )
            for match, match_label in matches.items()
            for title, levels in facets.items()
            for model_label, models in panels.items()
        )

    def compute_curves(self, comparison: Any) -> Iterable[Curve]:
        """Select the conditions of each curve, and average those of one level."""
        steady, stimulus = average_over_window(comparison)
        curves, models = self.list_curves(steady, stimulus), label_models(self.models).items()
        sources = [(model, *item) for item in curves.items() for model in models]
        first = next(iter(curves.values()))
        sources += [(model, "", first) for model in label_models(self.once).items()]
        for (model, model_label), label, curve in sources:
            response = self.select_response(steady, model, curve.match)
            yield Curve(self.compute_curve(response, stimulus, curve), model, model_label, label)

    def list_curves(
        self, responses: xr.Dataset, stimulus: xr.DataArray
    ) -> dict[str, ResponseCurve]:
        """List the curves by label, each with the levels that are held in all."""
        match = str(self.match or responses["match"].values[0])
        curves: Mapping[str, Any] = self.curves or {"": {}}
        if self.by == "match":
            curves = {str(name): ResponseCurve(str(name)) for name in responses["match"].values}
        elif self.by:
            levels = condition_levels(stimulus, self.by)[conditions_at(stimulus, self.where)]
            curves = {
                f"{self.by} {level:g}": {self.by: float(level)}
                for level in np.unique(np.round(levels, 12))
            }
        return {label: self._hold_levels(match, curve) for label, curve in curves.items()}

    def _hold_levels(self, match: str, curve: ResponseCurve | LevelSelection) -> ResponseCurve:
        """Return a curve with its own levels and those that are held in all."""
        if isinstance(curve, ResponseCurve):
            match, curve = curve.match, curve.where
        where: Any = {**self.where, **curve}
        return ResponseCurve(match, where)

    def select_response(self, steady: xr.Dataset, model: str, match: str) -> xr.DataArray:
        """Return the steady response of a match of a model."""
        response: xr.DataArray = steady[model].sel(match=match, drop=True)
        return response

    def compute_curve(
        self, response: xr.DataArray, stimulus: xr.DataArray, curve: ResponseCurve
    ) -> xr.DataArray:
        """Average the response over the conditions of a curve that share a level of the input."""
        weights = {self.along: 1.0} if isinstance(self.along, str) else self.along
        inputs = [w * condition_levels(stimulus, name) for name, w in weights.items()]
        mask = conditions_at(stimulus, curve.where)
        chosen = response.isel(condition=np.flatnonzero(mask))
        chosen = chosen.assign_coords(
            level=("condition", np.round(np.sum(inputs, axis=0)[mask], 12))
        )
        return mean_by_coordinate(chosen, "level")
