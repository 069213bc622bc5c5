"""Shares of yes-or-no outcomes: their exact interval, and the outcomes that a difference needs."""

from __future__ import annotations

from scipy import special


def binomial_interval(share: float, n: int, level: float) -> tuple[float, float]:
    """Return the exact interval of a share of yes-or-no outcomes (Clopper and Pearson 1934).

    Parameters
    ----------
    share : float
        Share of outcomes that are yes, from 0 to 1; `share` times `n` need not be whole.
    n : int
        Number of independent outcomes.
    level : float
        Confidence level of the interval, between 0 and 1.

    Returns
    -------
    low, high : float
        Ends of the interval, from 0 to 1.
    """
    tail, k = (1 - level) / 2, share * n
    low = float(special.betaincinv(k, n - k + 1, tail)) if k > 1e-9 else 0.0
    high = float(special.betaincinv(k + 1, n - k, 1 - tail)) if k < n - 1e-9 else 1.0
    return low, high


def count_samples_needed(share: float, difference: float) -> float:
    """Return the outcomes in each of two groups that show a difference of their shares.

    For a two-sided test at 5 % of two shares near `share` with a power of 80 % (Fleiss 1981),
    without correction for continuity.

    Parameters
    ----------
    share : float
        Share of outcomes that are yes in both groups, from 0 to 1.
    difference : float
        Difference of the shares that is to be seen, above 0.

    Returns
    -------
    float
        Number of outcomes in each group; not rounded.
    """
    z = special.ndtri(0.975) + special.ndtri(0.8)
    return float(2 * z**2 * share * (1 - share) / difference**2)
