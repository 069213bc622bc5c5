r"""How many weights change sign between two times, and how many chance predicts.

All functions compare weights before and after a training. Flicker around zero does not count: a
weight that crosses zero and returns has not changed.
"""

from __future__ import annotations

import numpy as np


def compute_negative_share(weights: np.ndarray) -> float:
    """Return the share of negative weights among those that are not zero; NaN if all are zero.

    Parameters
    ----------
    weights : numpy.ndarray
        Weights of any shape.
    """
    n_nonzero = np.count_nonzero(weights)
    return float((weights < 0).sum() / n_nonzero) if n_nonzero else np.nan


def compute_change_share(before: np.ndarray, after: np.ndarray) -> float:
    """Return the share of weights whose sign is opposite afterwards.

    Parameters
    ----------
    before, after : numpy.ndarray, of the same shape
        Weights before and after; weights of exactly zero have no sign and count as unchanged.
    """
    return float((before * after < 0).mean())


def predict_change_share(ratio: float, correlation: float = 0.0) -> float:
    r"""Return the probability that a normally distributed weight changes sign by a normal step.

    Start `w` and step `s` have mean 0 and a bivariate normal distribution. Start and end
    :math:`w + s` then have the correlation

    .. math:: r = \frac{1 + c k}{\sqrt{1 + 2 c k + k^2}}, \qquad
              P = \frac{\arccos r}{\pi}

    with the correlation `c` of step and start and the ratio :math:`k = \sigma_s / \sigma_w`
    (Sheppard 1899). For independent steps (:math:`c = 0`) this is :math:`\arctan(k) / \pi`: 1/4 for
    steps as large as the weights.

    Parameters
    ----------
    ratio : float
        :math:`k`, standard deviation of the steps over that of the starts, 0 or more.
    correlation : float, optional
        :math:`c`, correlation of step and start, -1 to 1.

    Returns
    -------
    float
        Probability, 0 to 1.
    """
    # The arctangent of both coordinates is exact where the cosine is close to 1.
    sine = ratio * np.sqrt(max(0.0, 1 - correlation**2))
    return float(np.arctan2(sine, 1 + correlation * ratio) / np.pi)


def fit_change_law(before: np.ndarray, after: np.ndarray) -> tuple[float, float]:
    """Return ratio and correlation of `predict_change_share` for weights before and after.

    Parameters
    ----------
    before, after : numpy.ndarray, of the same shape
        Weights before and after; their steps must not all be equal.

    Returns
    -------
    ratio, correlation : float
        Root mean squares are used in place of standard deviations, as the law has mean 0.
    """
    start, step = np.ravel(before), np.ravel(after) - np.ravel(before)
    size, step_size = np.sqrt((start**2).mean()), np.sqrt((step**2).mean())
    return float(step_size / size), float((start * step).mean() / (size * step_size))


def compute_coherence(changes: np.ndarray, axis: int) -> np.ndarray:
    r"""Return how far the changes of several weights agree in sign: 1 if all do.

    .. math:: \frac{|\sum_j \mathrm{sign}(\Delta_j)|}{\sum_j |\mathrm{sign}(\Delta_j)|}

    For `n` independent signs its mean is about :math:`\sqrt{2 / (\pi n)}`.

    Parameters
    ----------
    changes : numpy.ndarray
        Changes of weights; those of exactly zero do not count.
    axis : int
        Axis over which the signs are compared.

    Returns
    -------
    numpy.ndarray
        NaN where all changes are zero.
    """
    signs = np.sign(changes)
    count = np.abs(signs).sum(axis=axis)
    return np.abs(signs.sum(axis=axis)) / np.where(count > 0, count, np.nan)
