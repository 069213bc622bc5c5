"""The responses of a run as metrics take them."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
import xarray as xr

from bioann.base.user_code import name_user_errors
from bioann.metrics.metric import Metric


@dataclasses.dataclass(frozen=True)
class Responses:
    """The responses of a run as metrics take them: time courses, or means over the window.

    Parameters
    ----------
    dataset : xarray.Dataset
        Both models and the controls, from `bioann.comparison.align_responses.align_responses`.
    window : tuple of float
        Start and stop in seconds of the read-out window.
    exact_models : frozenset of str, optional
        The spiking model and controls in which nothing is random, by their names.
    """

    dataset: xr.Dataset
    window: tuple[float, float]
    exact_models: frozenset[str] = frozenset()
    _time_courses: dict[str, xr.DataArray] = dataclasses.field(default_factory=dict, repr=False)
    _window_means: dict[str, xr.DataArray] = dataclasses.field(default_factory=dict, repr=False)
    _results: dict[tuple[int, ...], Any] = dataclasses.field(default_factory=dict, repr=False)

    def time_course(self, name: str) -> xr.DataArray | None:
        """Return a variable over time, or None if there is no such variable."""
        if name not in self._time_courses and name in self.dataset:
            self._time_courses[name] = self.dataset[name]
        return self._time_courses.get(name)

    def window_mean(self, name: str) -> xr.DataArray | None:
        """Return a variable averaged over the window, or None if there is no such variable."""
        if name not in self.dataset:
            return None
        if name not in self._window_means:  # every metric asks
            values = self.dataset[name]
            dim = "stimulus_time" if name == "stimulus" else "time"
            start, stop = self.window
            inside = (values[dim] >= start - 1e-9) & (values[dim] < stop)
            self._window_means[name] = values.isel({dim: np.flatnonzero(inside.values)}).mean(dim)
        return self._window_means[name]

    def prepare(self, name: str, metric: Metric, matches: list[str]) -> xr.DataArray | None:
        """Return a variable as the metric takes it, or None if there is no such variable."""
        read = self.time_course if metric.over == "time" else self.window_mean
        values = read(name)
        if values is None:
            return None
        if matches != list(values.match.values):
            values = values.sel(match=matches)
        if metric.prepare is None:
            return values
        with name_user_errors(f"metric {metric.name!r}, prepare", "a function that returns arrays"):
            return metric.prepare(values)

    def compute_once(self, function: Callable[..., xr.DataArray], *arguments: Any) -> xr.DataArray:
        """Return ``function(*arguments)``, which is kept for responses that metrics share.

        Parameters
        ----------
        function : callable
            Reduces responses.
        *arguments : object
            Its arguments, the responses last.
        """
        shared = (*self._time_courses.values(), *self._window_means.values())
        shared += tuple(result for _, result in self._results.values())
        if not any(arguments[-1] is values for values in shared):
            return function(*arguments)
        key = (id(function), *map(id, arguments))
        if key not in self._results:  # with its arguments, whose ids nothing else gets meanwhile
            self._results[key] = ((function, *arguments), function(*arguments))
        result: xr.DataArray = self._results[key][1]
        return result
