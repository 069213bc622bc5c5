"""A metric: a function of trial-averaged responses, and of which models' responses it takes."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

import numpy as np
import xarray as xr

from bioann.base.description import Description
from bioann.base.errors import DescriptionError, unknown_name_error
from bioann.base.text import check_names
from bioann.base.user_code import name_user_errors
from bioann.metrics.jackknife import ESTIMATORS
from bioann.metrics.selection import LevelSelection, check_levels

MetricFunction: TypeAlias = Callable[..., Any]

#: Values that fields of a metric may have.
CHOICES: dict[str, Iterable[str]] = {
    "over": ("window", "time"),
    "per": ("match", "pair", "channel"),
    "estimator": ESTIMATORS,
}


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Metric(Description):
    """A quantity that is computed from the responses of a run.

    Parameters
    ----------
    name : str
        Name in tables and verdicts.
    function : callable
        ``function(response, ..., stimulus)`` with one response for each of `models`, or
        ``function()`` without models. A response is averaged over trials and has the dimension
        ``condition`` (and ``time`` if `over` is ``"time"``, ``match`` if `per` is ``"pair"``);
        `stimulus` is the mean of each channel, ``(condition, channel)``, in the same window. Any
        further dimension (resamples, sign shuffles) must ride along; NaN says that the metric does
        not apply.
    best : float, optional
        The value of perfect agreement, or the expected one; NaN if there is none.
    models : tuple of str, optional
        The models whose responses the function takes: ``"bio"``, ``"ann"``, or names of the
        pair's controls; ``"bio"`` first if there are two. Without any it is a number that does not
        depend on the run, such as a trained weight.
    over : {'window', 'time'}, optional
        Steady values in the read-out window, or time courses.
    per : {'match', 'pair', 'channel'}, optional
        One score per match, per pair of models (all matches at once), or per match and channel.
    prepare : callable, optional
        Applied to single trials, ``(condition, trial, match)``, before they are averaged.
    unit : str, optional
        Unit of the value.
    note : str, optional
        Why it may not apply; shown where the value is NaN.
    limits : tuple of float, optional
        Smallest and largest possible value.
    estimator : {'plug-in', 'unbiased', 'unbiased square', 'resampled'}, optional
        How the value and its interval are estimated (``docs/concepts/intervals.md``).
        ``'plug-in'``: the function of the averages over trials. ``'unbiased'``: minus the bias by
        trial noise, for a correlation. ``'unbiased square'``: the same of its square, for a root
        mean square.
        ``'resampled'``: for what is not smooth in the responses, such as a count, an extreme or a
        first crossing.
    is_share : bool, optional
        Whether the value is a share of yes-or-no outcomes, one for each trial and condition.
    where : mapping of str to float, or to tuple of float, optional
        Levels at which channels, or coordinates of the conditions, are held, or between which they
        lie: no other condition counts, and without such a condition the metric does not apply.
    """

    name: str
    function: MetricFunction
    best: float = np.nan
    models: tuple[str, ...] = ("bio", "ann")
    over: str = "window"
    per: str = "match"
    prepare: Callable[[xr.DataArray], xr.DataArray] | None = None
    unit: str = ""
    note: str = ""
    limits: tuple[float, float] = (-np.inf, np.inf)
    estimator: str = "plug-in"
    is_share: bool = False
    where: LevelSelection = dataclasses.field(default_factory=dict)

    def check(self) -> None:
        """Raise `DescriptionError` for unknown options, levels that are no numbers, and models.

        Of two models the first is the spiking model: the other's responses are those of
        `compared_model`.
        """
        check_names((self.name,), "metric, name")
        check_names((self.unit,) if self.unit else (), f"metric {self.name!r}, unit")
        check_levels(self.where, f"metric {self.name!r}")
        for field, choices in CHOICES.items():
            value = getattr(self, field)
            if value not in tuple(choices):
                raise unknown_name_error(f"metric {self.name!r}, {field}", field, value, choices)
        if len(self.models) > 2 or (len(self.models) == 2 and self.models[0] != "bio"):
            raise DescriptionError(
                f"metric {self.name!r}, models",
                "one model, or 'bio' and another",
                ", ".join(map(repr, self.models)),
                "Compare each with 'bio', or measure each alone.",
            )

    @property
    def has_ceiling(self) -> bool:
        """Whether a noise ceiling means something: the metric compares two models."""
        return len(self.models) > 1

    @property
    def has_chance(self) -> bool:
        """Whether a chance level means something: the rate model's weights enter the metric."""
        return "ann" in self.models

    @property
    def compared_model(self) -> str:
        """The model other than the spiking model, or ``"bio"`` if only that one is measured."""
        return self.models[-1] if self.models else "bio"

    def evaluate(
        self, bio: xr.DataArray, other: xr.DataArray, stimulus: xr.DataArray
    ) -> xr.DataArray:
        """Evaluate the function on responses.

        Parameters
        ----------
        bio, other : xarray.DataArray
            Responses of the spiking model and of `compared_model`, averaged over trials.
        stimulus : xarray.DataArray, dimensions (condition, channel)
            Mean activation of each channel.

        Returns
        -------
        xarray.DataArray
            The value, with the further dimensions of the responses.
        """
        arguments = [bio if model == "bio" else other for model in self.models]
        arguments += [stimulus] * bool(self.models)
        with name_user_errors(f"metric {self.name!r}", "a function that returns numbers"):
            try:
                # Labels that agree need no copies, which took longer than the arithmetic.
                with xr.set_options(arithmetic_join="exact"):
                    value = self.function(*arguments)
            except xr.AlignmentError:
                value = self.function(*arguments)
            return value if self.models else xr.DataArray(value)
