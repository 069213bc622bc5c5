r"""How the density of a map follows the density of its inputs.

A self-organising map has more units where inputs are more frequent. In one dimension the density of
preferred inputs is proportional to :math:`P^\alpha`, with the density `P` of the inputs;
:math:`\alpha` is 2/3 for a wide neighbourhood and 1/3 without one (Ritter and Schulten 1986; Dersch
and Tavan 1995). A code of maximal information has 1, one of least mean square error 1/3.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
import xarray as xr

from bioann.base.arguments import name_argument_errors
from bioann.base.arrays import to_floats
from bioann.base.errors import DescriptionError
from bioann.metrics.parametric import ParametricMetric


@name_argument_errors
def magnification_exponent(
    preferred: Any, density: Callable[[np.ndarray], np.ndarray], n_border: int = 1
) -> float:
    r"""Estimate the magnification exponent of a one-dimensional map.

    The density of the units at :math:`w_i` is :math:`2 / (w_{i+1} - w_{i-1})`; the exponent is the
    least-squares slope of its logarithm on that of the density of the inputs.

    Parameters
    ----------
    preferred : array_like, shape (unit,)
        Preferred inputs of the units, such as their weights, in any order.
    density : callable
        Probability density of the inputs, above 0 at all preferred inputs; a factor is of no
        effect.
    n_border : int, optional
        Units at either end that do not count: a border distorts the map over a few widths of the
        neighbourhood.

    Returns
    -------
    float
        The exponent; NaN where two preferred inputs are equal, or one is NaN.

    Raises
    ------
    DescriptionError
        If fewer than three units count.
    """
    w = np.sort(to_floats(preferred, "magnification_exponent, preferred"))
    first, last = max(n_border, 1), len(w) - max(n_border, 1)
    if last - first < 3:
        raise DescriptionError(
            "magnification_exponent, n_border",
            "three units or more that count",
            f"{len(w)} units, {n_border} of them left out at either end",
            "Leave out fewer.",
        )
    spacing = (w[first + 1 : last + 1] - w[first - 1 : last - 1]) / 2
    if not (spacing > 0).all():
        return float("nan")
    log_density = np.log(density(w[first:last]))
    deviation = log_density - log_density.mean()
    return float(-(deviation @ np.log(spacing)) / (deviation @ deviation))


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class MagnificationExponent(ParametricMetric):
    r"""Magnification exponent of the responses of a one-dimensional map.

    For `bioann.measure`: `magnification_exponent` of the preferred stimuli of the matches,
    :math:`\sum_c r_c x_c / \sum_c r_c` over conditions `c`.

    Parameters
    ----------
    along : str
        Coordinate `x` of the conditions, evenly spaced: the stimulus.
    density : callable
        Probability density of the stimuli that the map has learned from.
    n_border : int, optional
        Matches at either end of the stimuli that do not count.
    """

    along: str
    density: Callable[[np.ndarray], np.ndarray]
    n_border: int = 1

    def measure_options(self) -> dict[str, Any]:
        """Return the options of `bioann.measure`."""
        return {"per": "pair", "estimator": "resampled"}

    def __call__(self, response: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
        """Return the exponent; NaN where a match does not respond."""
        x = xr.DataArray(response[self.along].values, dims="condition")
        response = response.drop_vars("condition", errors="ignore")
        total = response.sum("condition")
        preferred = xr.dot(x, response, dim="condition") / total.where(total > 0)
        return xr.apply_ufunc(
            lambda w: magnification_exponent(w, self.density, self.n_border),
            preferred,
            input_core_dims=[["match"]],
            vectorize=True,
        )
