"""The base of metric functions with parameters: they declare how they are measured."""

from __future__ import annotations

import dataclasses
from abc import abstractmethod
from collections.abc import Callable
from typing import Any, TypeVar

from bioann.base.description import Description


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class ParametricMetric(Description):
    """A metric function that is a dataclass, such as ``Contrast({"x": 1.0})``.

    Subclasses have a method ``__call__(response, stimulus)``, or one of two responses, as
    `bioann.metrics.Metric` describes it.
    """

    @abstractmethod
    def __call__(self, *responses: Any, **options: Any) -> Any:
        """Compute the metric."""

    def measure_options(self) -> dict[str, Any]:
        """Return the options of `bioann.measure` that follow from what is computed.

        Returns
        -------
        dict
            Fields of `bioann.metrics.Metric`, such as ``{"per": "pair", "unit": "ms"}``, which
            hold unless the user gives others.
        """
        return {}


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class TrialQuantity(Description):
    """What is computed from the responses of each trial, before trials are averaged.

    Subclasses have a method ``__call__(responses)``. `bioann.metrics.MeanResponse` averages the
    quantity; the option `prepare` of `bioann.measure` hands it to any other function.
    """

    @abstractmethod
    def __call__(self, responses: Any) -> Any:
        """Compute the quantity from ``(condition, trial, match)``, perhaps with ``time``."""

    def measure_options(self) -> dict[str, Any]:
        """Return the options of `bioann.measure` that follow from what is computed."""
        return {}


FunctionT = TypeVar("FunctionT", bound=Callable[..., Any])
_options_by_function: dict[Callable[..., Any], dict[str, Any]] = {}


def declare_measure(**options: Any) -> Callable[[FunctionT], FunctionT]:
    """Declare the options of `bioann.measure` for a metric function without parameters.

    Parameters
    ----------
    **options : Any
        Fields of `bioann.metrics.Metric`, such as ``estimator="unbiased square"``, which hold
        unless the user gives others.

    Returns
    -------
    callable
        A decorator that returns the function itself.
    """

    def declare(function: FunctionT) -> FunctionT:
        _options_by_function[function] = options
        return function

    return declare


def list_measure_options(function: Callable[..., Any]) -> dict[str, Any]:
    """Return what a function declares of its measure; nothing if it declares nothing."""
    if isinstance(function, (ParametricMetric, TrialQuantity)):
        return function.measure_options()
    return dict(_options_by_function.get(function, {}))
