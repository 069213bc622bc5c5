r"""How much of the variance of a score each parameter explains (Saltelli et al. 2008).

First order: the share :math:`V(E[y | x_i]) / V(y)` that the parameter explains by itself. Total
order: :math:`1 - V(E[y | x_{\sim i}]) / V(y)`, the share that is left once all others are known,
which includes its interactions. On a full grid both are sums over the points, the analysis of
variance, with every value of a parameter equally likely. Of a sample only the first order can be
estimated: from the means in equal parts of the range, minus what the scatter inside the parts adds
to their variance.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import xarray as xr

#: Points that each part of a range has at least, and number of parts at most.
MIN_POINTS_PER_PART, MAX_PARTS = 4, 16


def estimate_sensitivity(values: xr.DataArray, parameters: Sequence[str]) -> pd.DataFrame:
    """Estimate the sensitivity of a score to each parameter.

    Parameters
    ----------
    values : xarray.DataArray
        The score over the parameters: of a grid with a dimension for each, of a sample with the
        dimension ``point`` and the parameters as coordinates.
    parameters : sequence of str
        Names of the parameters.

    Returns
    -------
    pandas.DataFrame
        Columns parameter, first, total; NaN where the design does not allow an estimate: a grid
        with points that failed, a sample that is too small, a score that does not vary.
    """
    rows = []
    for name in parameters:
        if "point" in values.dims:
            first = _estimate_first_order(values[name].values, values.values)
            rows.append((name, first, np.nan))
        else:
            rows.append((name, *_decompose_grid(values, name)))
    return pd.DataFrame(rows, columns=["parameter", "first", "total"])


def _decompose_grid(values: xr.DataArray, name: str) -> tuple[float, float]:
    """Return first and total order of one parameter on a full grid."""
    variance = float(values.var(skipna=False))
    others = [dim for dim in values.dims if dim != name]
    if not np.isfinite(variance) or variance <= 1e-24 * float((values**2).mean()):
        return np.nan, np.nan
    first = float(values.mean(others).var()) / variance
    total = 1 - float(values.mean(name).var()) / variance if others else 1.0
    return first, total


def _estimate_first_order(x: np.ndarray, y: np.ndarray) -> float:
    """Estimate the first order of one parameter from a sample."""
    is_finite = np.isfinite(y)
    x, y = x[is_finite], y[is_finite]
    n_parts = min(MAX_PARTS, len(y) // MIN_POINTS_PER_PART)
    if n_parts < 2 or not y.var() > 1e-24 * (y**2).mean():
        return np.nan
    strata = np.array_split(y[np.argsort(x, kind="stable")], n_parts)
    sizes, means = np.array([[len(s), s.mean()] for s in strata]).T
    variances = np.array([s.var(ddof=1) for s in strata])
    between = np.average((means - y.mean()) ** 2, weights=sizes)
    # Means of parts differ by chance, too: their variance is that of the parts over their sizes.
    by_chance = np.average(variances / sizes, weights=sizes)
    return float(np.clip((between - by_chance) / y.var(), 0, 1))
