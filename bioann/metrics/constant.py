"""A number that does not depend on a run, as a measure."""

from __future__ import annotations

import dataclasses
from typing import Any

from bioann.metrics.parametric import ParametricMetric


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Constant(ParametricMetric):
    """A number that theory or arithmetic gives, such as an exponent or a count of connections.

    Parameters
    ----------
    value : float
        The number.

    Examples
    --------
    >>> import bioann as ba
    >>> ratio = ba.measure(0.5, "inhibitory cells of one circuit over those of another")
    >>> ratio.metric.function()
    0.5
    """

    value: float

    def __call__(self, *responses: Any, **options: Any) -> float:
        """Return the number."""
        return float(self.value)
