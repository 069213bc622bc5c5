"""The exact interval of a share of yes-or-no outcomes."""

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
        Confidence level.

    Returns
    -------
    low, high : float
        Ends of the interval, from 0 to 1.
    """
    tail, k = (1 - level) / 2, share * n
    low = float(special.betaincinv(k, n - k + 1, tail)) if k > 1e-9 else 0.0
    high = float(special.betaincinv(k + 1, n - k, 1 - tail)) if k < n - 1e-9 else 1.0
    return low, high
