"""How similar the responses to different patterns are, compared with the patterns themselves."""

from __future__ import annotations

from typing import cast

import numpy as np
import xarray as xr

from bioann.base.arguments import name_argument_errors
from bioann.metrics.parametric import declare_measure


@name_argument_errors
def mean_overlap(patterns: xr.DataArray, dim: str) -> xr.DataArray:
    r"""Return the mean overlap of two different patterns, the cosine of the angle between them.

    .. math:: \frac{x \cdot y}{\lVert x \rVert \lVert y \rVert}

    Parameters
    ----------
    patterns : xarray.DataArray
        With the dimensions ``condition``, one pattern each, and `dim`.
    dim : str
        Dimension of the elements of a pattern.

    Returns
    -------
    xarray.DataArray
        Without both dimensions. A pattern of zeros overlaps with none and does not count; NaN if
        fewer than two are left.
    """
    size = cast(xr.DataArray, np.sqrt((patterns**2).sum(dim, skipna=False)))
    directions = (patterns / size.where(size > 0)).drop_vars("condition", errors="ignore")
    counts = (size > 0).sum("condition")
    # The sum over all pairs is the square of the sum of directions, less each with itself.
    total = (directions.sum("condition") ** 2).sum(dim) - counts
    n_pairs = counts * (counts - 1)
    return (total / n_pairs.where(n_pairs > 0)).where(size.notnull().all("condition"))


@declare_measure(per="pair")
@name_argument_errors
def overlap_ratio(response: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
    """Return the overlap of the responses over the overlap of the inputs.

    Below 1 the network separates the patterns, above 1 it completes them. For `bioann.measure`.

    Parameters
    ----------
    response : xarray.DataArray
        With the dimensions ``condition`` and ``match``.
    stimulus : xarray.DataArray, dimensions (condition, channel)
        Mean activation of each channel: the input patterns.

    Returns
    -------
    xarray.DataArray
        Ratio of the two `mean_overlap`; NaN if the inputs do not overlap.
    """
    overlap = mean_overlap(stimulus, "channel")
    return mean_overlap(response, "match") / overlap.where(overlap > 0)
