r"""Information criteria: how well a curve with few parameters describes points.

With `n` points, residual sum of squares `R` and `k` parameters (the variance of the residual is one
of them),

.. math:: AICc = n \ln\frac{R}{n} + 2k + \frac{2k(k+1)}{n-k-1}, \quad
          BIC = n \ln\frac{R}{n} + k \ln n

(Burnham and Anderson 2002). Smaller is better; only differences mean something.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from bioann.base.arguments import check_minimum, check_whole_number, name_argument_errors
from bioann.base.arrays import to_floats
from bioann.base.description import DescriptionType
from bioann.base.type_checks import check_field_types


@dataclasses.dataclass(frozen=True)
class CurveFamily(metaclass=DescriptionType):
    """Curves of one kind, each of height one.

    Parameters
    ----------
    n_parameters : int
        Their number, the height included.
    curves : sequence of callable
        ``f(x) -> array``, over a net of the other parameters.
    """

    n_parameters: int
    curves: Sequence[Callable[[np.ndarray], Any]] = dataclasses.field(repr=False)

    def __post_init__(self) -> None:
        """Check the types of the fields."""
        check_field_types(dataclasses.fields(self), vars(self), type(self), "CurveFamily")
        check_whole_number(self.n_parameters, "CurveFamily, n_parameters")


@name_argument_errors
def aicc(residual: Any, n_points: int, n_parameters: int) -> Any:
    """Compute the corrected Akaike information criterion of a least-squares fit.

    Parameters
    ----------
    residual : array_like
        Residual sums of squares, of any shape.
    n_points : int
        Points that are fitted; more than ``n_parameters + 1``.
    n_parameters : int
        Parameters of the fit, the variance of the residual included.

    Returns
    -------
    array_like
        Of the shape of `residual`, without unit; smaller is better.
    """
    residual = to_floats(residual, "aicc, residual")
    check_minimum("aicc", 1, n_points=n_points, n_parameters=n_parameters)
    return (
        n_points * np.log(residual / n_points)
        + 2 * n_parameters
        + 2 * n_parameters * (n_parameters + 1) / (n_points - n_parameters - 1)
    )


@name_argument_errors
def bic(residual: Any, n_points: int, n_parameters: int) -> Any:
    """Compute the Bayesian information criterion of a least-squares fit.

    Parameters
    ----------
    residual : array_like
        Residual sums of squares, of any shape.
    n_points : int
        Points that are fitted.
    n_parameters : int
        Parameters of the fit, the variance of the residual included.

    Returns
    -------
    array_like
        Of the shape of `residual`, without unit; smaller is better.
    """
    residual = to_floats(residual, "bic, residual")
    check_minimum("bic", 1, n_points=n_points, n_parameters=n_parameters)
    return n_points * np.log(residual / n_points) + n_parameters * np.log(n_points)
