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


@dataclasses.dataclass(frozen=True)
class CurveFamily:
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


def aicc(residual: Any, n: int, k: int) -> Any:
    """Give the AICc of residual sums of squares of any shape; `n` is above ``k + 1``."""
    return n * np.log(residual / n) + 2 * k + 2 * k * (k + 1) / (n - k - 1)


def bic(residual: Any, n: int, k: int) -> Any:
    """Give the BIC of residual sums of squares of any shape."""
    return n * np.log(residual / n) + k * np.log(n)
