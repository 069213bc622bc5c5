"""The base of metric functions with parameters: they declare how they are measured."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bioann.base.units import Description


class ParametricMetric(Description):
    """A metric function that is a dataclass, such as ``Contrast({"x": 1.0})``.

    Subclasses have a method ``__call__(response, stimulus)``, or one of two responses, as
    `bioann.metrics.Metric` describes it.
    """

    def measure_options(self) -> dict[str, Any]:
        """Return the options of `bioann.measure` that follow from what is computed.

        Returns
        -------
        dict
            Fields of `bioann.metrics.Metric`, such as ``{"per": "pair", "unit": "ms"}``, which
            hold unless the user gives others.
        """
        return {}


def list_measure_options(function: Callable[..., Any]) -> dict[str, Any]:
    """Return what a function declares of its measure; nothing if it has no parameters."""
    return function.measure_options() if isinstance(function, ParametricMetric) else {}
