r"""Quantiles of a studentised score whose trials are skewed.

With :math:`T = (estimate - truth) / s`, skewness `g` of `n` units and :math:`a = g / \sqrt n`,
Hall's (1992) monotone transformation removes the skewness of `T`,

.. math:: h(T) = T + \frac{a}{3} T^2 + \frac{a^2}{27} T^3 + \frac{a}{6},

so that `h(T)` can be compared with Student's t.
"""

from __future__ import annotations

import math

#: Units of which the sample skewness is on average half the true one, for exponential trials: it is
#: the share ``n / (n + 8)``, within 3 % from 5 units on.
HALF_SKEWNESS_UNITS = 8.0
#: Fewest units whose skewness is scaled up as far as that: of fewer it is mostly noise.
MIN_SCALED_UNITS = 10
#: Share of Hall's correction that is applied to the end which it moves inwards.
INWARD_SHARE = 0.25
#: Most that it widens the other end, in quantiles: the skewness of few units is uncertain, and the
#: transformation has a vertical tangent.
MAX_WIDENING = 2.0


def invert_hall(x: float, a: float) -> float:
    """Return the `T` whose Hall transform is `x`; see the head of the module.

    Parameters
    ----------
    x : float
        Quantile of the transformed score.
    a : float
        Skewness divided by the root of the number of units.

    Returns
    -------
    float
        `x` itself without skewness.
    """
    if abs(a) < 1e-9:
        return x
    return 3 / a * (math.cbrt(1 + a * (x - a / 6)) - 1)


def scale_skewness(skewness: float, n: int) -> float:
    r"""Return `a` of Hall's transformation, allowing for the skewness that few units do not show.

    The sample skewness of exponential trials is on average :math:`n / (n + 8)` of the true one:
    0.56 with 10 trials, 0.71 with 20.

    Parameters
    ----------
    skewness : float
        Sample skewness of the units.
    n : int
        Number of independent units, such as trials.

    Returns
    -------
    float
        :math:`(1 + 8 / \max(n, 10)) g / \sqrt n`.
    """
    return (1 + HALF_SKEWNESS_UNITS / max(n, MIN_SCALED_UNITS)) * skewness / math.sqrt(n)


def widen_quantile(t: float, a: float) -> float:
    """Return Hall's quantile at the lower end if it is further out than Student's, up to twice.

    Parameters
    ----------
    t : float
        Quantile of Student's t, at least 0.
    a : float
        Skewness divided by the root of the number of units.

    Returns
    -------
    float
        From `t` to twice `t`.
    """
    return min(max(t, invert_hall(t, a)), MAX_WIDENING * t)


def adjust_quantile(t: float, a: float) -> float:
    """Return by how many standard errors the lower end of an interval lies below the estimate.

    That of the upper end follows with ``-a``, as a mirror image has the mirrored interval.

    Parameters
    ----------
    t : float
        Quantile of Student's t, at least 0.
    a : float
        Skewness divided by the root of the number of units.

    Returns
    -------
    float
        Hall's quantile where it is larger than `t`, at most twice as large; otherwise `t` and a
        quarter of the difference.
    """
    hall = invert_hall(t, a)
    return widen_quantile(t, a) if hall > t else max(t + INWARD_SHARE * (hall - t), 0.0)
