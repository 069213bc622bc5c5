"""Accuracy of both models, what the translation loses, and their confidence intervals."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import special

from bioann.metrics.binomial import binomial_interval
from bioann.metrics.estimate import CONFIDENCE_LEVEL

#: Rows of the table of losses.
RATE_ACCURACY, SPIKING_ACCURACY = "accuracy of the rate model", "accuracy of the spiking model"
LOSS, AGREEMENT = "accuracy lost", "same decision"


def share_with_interval(is_yes: np.ndarray) -> tuple[float, float, float]:
    """Return a share of outcomes with its exact 95 % interval (Clopper and Pearson 1934)."""
    share, n = float(is_yes.mean()), len(is_yes)
    return (share, *binomial_interval(share, n, CONFIDENCE_LEVEL))


def paired_difference(first: np.ndarray, second: np.ndarray) -> tuple[float, float, float]:
    """Return the difference of two shares of the same samples, with its 95 % interval.

    The interval is that of Bonett and Price (2012), which holds its level for small samples.

    Parameters
    ----------
    first, second : numpy.ndarray of bool, shape (sample,)
        Outcomes of two classifiers on each sample.

    Returns
    -------
    difference, low, high : float
        Share of `first` minus share of `second`, from -1 to 1.
    """
    n = len(first)
    n_first, n_second = int((first & ~second).sum()), int((second & ~first).sum())
    shares = (n_first + 1) / (n + 2), (n_second + 1) / (n + 2)
    centre = shares[0] - shares[1]
    z = float(special.ndtri((1 + CONFIDENCE_LEVEL) / 2))
    half_width = z * np.sqrt((sum(shares) - centre**2) / (n + 2))
    low, high = max(centre - half_width, -1.0), min(centre + half_width, 1.0)
    return (n_first - n_second) / n, float(low), float(high)


def tabulate_losses(labels: np.ndarray, rate: np.ndarray, spiking: np.ndarray) -> pd.DataFrame:
    """Tabulate the accuracy of both models, their difference, and how often they agree.

    Parameters
    ----------
    labels, rate, spiking : numpy.ndarray of int, shape (sample,)
        True class, and the decisions of the rate model and of the spiking model.

    Returns
    -------
    pandas.DataFrame
        One row per quantity: quantity, value, low, high (shares from 0 to 1, 95 % interval).
    """
    rows = {
        RATE_ACCURACY: share_with_interval(rate == labels),
        SPIKING_ACCURACY: share_with_interval(spiking == labels),
        LOSS: paired_difference(rate == labels, spiking == labels),
        AGREEMENT: share_with_interval(rate == spiking),
    }
    return pd.DataFrame(
        [(name, *numbers) for name, numbers in rows.items()],
        columns=["quantity", "value", "low", "high"],
    )
