"""The jackknife's pseudo-values of many scores at once, and the dimensions of their noise."""

from __future__ import annotations

import numpy as np

#: Units whose pairs give the effective number of dimensions of the noise.
MAX_PAIRED_UNITS = 12


def summarise_pseudo_values(values: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return mean, standard error and skewness of the jackknife's pseudo-values.

    Parameters
    ----------
    values : numpy.ndarray, shape (score, 1 + unit)
        The scores of all units, and those without each of them.

    Returns
    -------
    centre, standard_error, skewness : numpy.ndarray, shape (score,)
        NaN where any value is undefined.
    """
    n, all_units = values.shape[1] - 1, values[:, 0]
    if n < 2:
        return all_units, np.full_like(all_units, np.nan), np.zeros_like(all_units)
    pseudo_values = n * values[:, :1] - (n - 1) * values[:, 1:]
    centre, spread = pseudo_values.mean(axis=1), pseudo_values.std(axis=1, ddof=1)
    skewness = np.zeros_like(centre)
    is_random = spread > 1e-9 * np.maximum(abs(all_units), 1e-9)
    if n > 2 and is_random.any():
        deviations = (pseudo_values - centre[:, None])[is_random] / spread[is_random, None]
        skewness[is_random] = (deviations**3).sum(axis=1) * n / ((n - 1) * (n - 2))
    return centre, spread / np.sqrt(n), skewness


def count_noise_dimensions(squares: np.ndarray, n_units: int) -> np.ndarray:
    r"""Return the effective number of dimensions of the noise in mean squares.

    With the covariance :math:`\Sigma` of a unit's responses it is :math:`(tr \Sigma) (tr
    \Sigma^2) / tr \Sigma^3`: the inverse of the mean share of the noise in a principal direction,
    where each direction counts by the square of its variance. Products of the deviations of two
    units are second differences of the square. Powers of the sample's covariance with `f` degrees
    of freedom are corrected as for normal noise, up to factors with which noise of one dimension
    has exactly one, and noise of many has too few by a share of up to :math:`4 / f`.

    Parameters
    ----------
    squares : numpy.ndarray, shape (score, row)
        Mean squares with the weights of the estimator ``"unbiased square"`` of
        `bioann.metrics.jackknife.make_trial_weights`.
    n_units : int
        Number of independent units, at least 3.

    Returns
    -------
    numpy.ndarray, shape (score,)
        At least 1; infinite without noise.
    """
    n = min(n_units, MAX_PAIRED_UNITS)
    first, second = np.triu_indices(n)
    pairs = squares[:, n_units + 1 :]
    single = squares[:, 1 : n + 1]
    gram = np.zeros((len(squares), n, n))
    gram[:, first, second] = pairs - single[:, first] - single[:, second] + squares[:, :1]
    gram[:, second, first] = gram[:, first, second]  # 2 d_i d_j / (n_units - 1)^2
    means = gram.mean(axis=1, keepdims=True)
    gram += means.mean(axis=2, keepdims=True) - means - means.transpose(0, 2, 1)
    f, square = n - 1, gram @ gram
    trace = np.trace(gram, axis1=1, axis2=2) / f
    is_noisy = np.isfinite(trace) & (trace > 0)
    trace = np.where(is_noisy, trace, 1.0)
    second_power = np.trace(square, axis1=1, axis2=2) / f**2 / trace**2
    share = of_square = np.maximum((second_power - 1 / f) / (1 - 1 / f), 1e-6)
    if f > 2:
        third_power = (square * gram).sum(axis=(1, 2)) / f**3 / trace**3
        of_cube = third_power - 3 / f * second_power + 2 / f**2
        share = np.maximum(of_cube / ((1 - 1 / f) * (1 - 2 / f)) / of_square, of_square)
    return np.where(is_noisy, 1 / np.clip(share, 1e-6, 1.0), np.inf)
