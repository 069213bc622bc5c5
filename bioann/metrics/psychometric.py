"""Choices: which of two matches wins, and how that depends on a property of the stimulus."""

from __future__ import annotations

import dataclasses

import xarray as xr

from bioann.base.arguments import name_argument_errors
from bioann.base.type_checks import check_field_types
from bioann.metrics.metric import Metric
from bioann.metrics.signs import mark_winners


@name_argument_errors
def psychometric_curve(wins: xr.DataArray, match: str, coordinate: str) -> xr.DataArray:
    """Return the probability that a match wins, as a function of a coordinate of the stimulus.

    Parameters
    ----------
    wins : xarray.DataArray
        From `bioann.metrics.signs.mark_winners`, with dimensions ``condition`` and ``match``.
    match : str
        Whose wins are counted.
    coordinate : str
        A numeric coordinate along ``condition``.

    Returns
    -------
    xarray.DataArray
        With `coordinate` in place of ``condition``; averaged over conditions that share it.
    """
    return wins.sel(match=match, drop=True).groupby(coordinate).mean("condition")


@dataclasses.dataclass(frozen=True)
class PsychometricDifference:
    """Root mean square difference of two psychometric curves, over the coordinate's values.

    Parameters
    ----------
    match : str
        Whose probability to win is the curve.
    coordinate : str
        The numeric coordinate of the stimulus that it is a function of.
    """

    match: str
    coordinate: str

    def __post_init__(self) -> None:
        """Check the types of the fields."""
        fields = dataclasses.fields(self)
        check_field_types(fields, vars(self), type(self), "PsychometricDifference")

    def __call__(
        self, bio: xr.DataArray, other: xr.DataArray, stimulus: xr.DataArray
    ) -> xr.DataArray:
        """Return the difference, a probability."""
        curves = [psychometric_curve(w, self.match, self.coordinate) for w in (bio, other)]
        return ((curves[0] - curves[1]) ** 2).mean(self.coordinate) ** 0.5


@name_argument_errors
def psychometric_metric(match: str, coordinate: str) -> Metric:
    """Make the metric that compares psychometric curves.

    Parameters
    ----------
    match : str
        Whose probability to win is the curve.
    coordinate : str
        The numeric coordinate of the stimulus that it is a function of.

    Returns
    -------
    Metric
        Named ``"psychometric difference"``; a root mean square difference of probabilities.
    """
    return Metric(
        "psychometric difference",
        PsychometricDifference(match, coordinate),
        best=0.0,
        per="pair",
        prepare=mark_winners,
        unit="probability",
        limits=(0.0, 1.0),
        estimator="unbiased square",
    )
