"""What a metric is: a function of trial-averaged responses, and what is averaged."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import TypeAlias

import numpy as np
import xarray as xr

from bioann.base.units import Description
from bioann.metrics.selection import LevelSelection

MetricFunction: TypeAlias = Callable[[xr.DataArray, xr.DataArray, xr.DataArray], xr.DataArray]


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Metric(Description):
    """One way to compare two sets of responses.

    Parameters
    ----------
    name : str
        What tables call it.
    function : callable
        ``function(bio, other, stimulus)``. `bio` is averaged over trials and has the dimension
        ``condition`` (and ``time`` if `over` is ``"time"``, ``match`` if `per` is ``"pair"``);
        `other` likewise; `stimulus` is the mean of each channel, ``(condition, channel)``, in the
        same window. Any further dimension (resamples, sign shuffles) must ride along; NaN says
        that the metric does not apply.
    best : float
        The value of perfect agreement.
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
        Values that it cannot leave.
    alone : bool, optional
        Whether it is a property of biology that does not use the other; it has no chance level
        then, and its ceiling is its value with another seed.
    against : str, optional
        What the other is: ``"ann"``, or the name of one of the pair's controls.
    where : mapping of str to float, or to tuple of float, optional
        Levels at which channels, or coordinates of the conditions, are held, or between which they
        lie: no other condition counts, and without such a condition the metric does not apply.
    """

    name: str
    function: MetricFunction
    best: float
    over: str = "window"
    per: str = "match"
    prepare: Callable[[xr.DataArray], xr.DataArray] | None = None
    unit: str = ""
    note: str = ""
    limits: tuple[float, float] = (-np.inf, np.inf)
    alone: bool = False
    against: str = "ann"
    where: LevelSelection = dataclasses.field(default_factory=dict)

    def at_levels(self, suffix: str = "", **levels: float) -> Metric:
        """Measure the same at some levels only.

        Parameters
        ----------
        suffix : str, optional
            What follows the name.
        **levels : float or tuple of float
            Added to `where`.

        Returns
        -------
        Metric
            Another metric; this one stays as it is.
        """
        return dataclasses.replace(self, name=self.name + suffix, where={**self.where, **levels})
