r"""Estimates: the value of a score with what is known about its error.

The interval of a smooth score comes from a jackknife: the score is computed again without each of
the `n` independent units (trials, drawn samples or wirings), which gives `n` pseudo-values with
standard error `s` and skewness `g`. Its ends are multiples of `s` from the estimate, by Student's t
with `n - 1` degrees of freedom and Hall's correction for skewness (`bioann.metrics.skewness`).
``docs/concepts/intervals.md`` says what else was tried.
"""

from __future__ import annotations

import dataclasses
import functools
import math
from collections.abc import Callable

import numpy as np
from scipy import special

from bioann.base.arguments import name_argument_errors
from bioann.metrics.binomial import binomial_interval
from bioann.metrics.skewness import adjust_quantile, scale_skewness, widen_quantile

#: Confidence level of all intervals unless another one is asked for.
CONFIDENCE_LEVEL = 0.95

#: Share of the bend of a square that a score has near its limit.
LIMIT_BEND = 0.5

#: Smallest p-value that is told from zero; and the number of halvings that find one.
MIN_P_VALUE, _HALVINGS = 1e-6, 40


@dataclasses.dataclass(frozen=True)
class Estimate:
    """A score that is exact, or has no interval.

    Parameters
    ----------
    value : float
        Value of the score, NaN if it is undefined.
    n : int, optional
        Number of independent units that the interval rests on; 0 if the value is exact.
    sampled : {'', 'trials', 'samples', 'wirings'}, optional
        The independent units; empty if the value is exact.
    limits : tuple of float, optional
        Smallest and largest possible score; intervals are clipped to them.
    """

    value: float
    n: int = 0
    sampled: str = ""
    limits: tuple[float, float] = (-np.inf, np.inf)

    @property
    def is_exact(self) -> bool:
        """Whether the value has no error: nothing that it depends on is random."""
        return not self.sampled

    def interval(self, level: float = CONFIDENCE_LEVEL) -> tuple[float, float]:
        """Return the confidence interval.

        Parameters
        ----------
        level : float, optional
            Confidence level, between 0 and 1.

        Returns
        -------
        low, high : float
            Its ends: the value itself if that is exact, NaN if there is no interval.
        """
        return (self.value, self.value) if self.is_exact else (np.nan, np.nan)

    def with_n(self, n: int) -> Estimate:
        """Return the estimate that is expected with another number of independent units.

        Parameters
        ----------
        n : int
            Number of independent units, at least 3.

        Returns
        -------
        Estimate
            The same value with a standard error that falls with the square root of `n`.
        """
        return self


@dataclasses.dataclass(frozen=True)
class JackknifeEstimate(Estimate):
    r"""A score with the standard error and skewness of its pseudo-values.

    Of a score that is the root of a mean square, all numbers are those of the square, and its
    interval is taken before the root. With standard error :math:`s` of the square and the mean
    square `m` of the averages, the noise along the difference has the variance
    :math:`v = s^2 / 4 m`. A root of a square is further from 0 by as much as this noise hides, and
    the upper end of the interval lies

    .. math:: t s + \max[(1 + t^2) v, (1 + t_\nu^2) b / \nu]

    above the centre, which is exact if all noise lies along the difference: `b` is the share of
    the noise in `m` and bounds `v`, and :math:`\nu` is the effective number of dimensions of the
    noise, so that :math:`b / \nu` is its variance in a typical direction, which is known with
    :math:`\nu (n - 1)` degrees of freedom. Skewness counts in these quantiles as far as the noise
    lies along the difference.

    A score that noise pulls away from its limit, such as a correlation from 1, is one minus such a
    square: the end towards the middle has half of that bend, :math:`t s + (1 + t^2) v / 2`, with
    the distance `m` of the score from the limit.

    Parameters
    ----------
    centre : float
        Estimate around which the interval lies: the value, or its square.
    standard_error, skewness : float
        Of the pseudo-values' mean, and of the pseudo-values.
    noise : float, optional
        `b`: by how much noise raises the square; or lowers an unbiased score, negative if it
        raises it.
    dimensions : float, optional
        :math:`\nu`, at least 1.
    is_square : bool, optional
        Whether the numbers are those of the square of the score.
    n_outcomes : int, optional
        Number of yes-or-no outcomes that the score is the share of, if it is one. The interval then
        includes the exact binomial one (Clopper and Pearson 1934), which is not empty where all
        outcomes are equal.
    """

    centre: float = np.nan
    standard_error: float = np.nan
    skewness: float = 0.0
    noise: float = 0.0
    dimensions: float = np.inf
    is_square: bool = False
    n_outcomes: int = 0

    def interval(self, level: float = CONFIDENCE_LEVEL) -> tuple[float, float]:
        """Return the confidence interval; see `Estimate.interval`."""
        if not math.isfinite(self.standard_error):
            return np.nan, np.nan
        t = _find_t(level, self.n - 1)
        # Noise in all conditions skews a square more than a mean; see `docs/concepts/intervals.md`.
        a = scale_skewness(self.skewness, self.n)
        if self.is_square:
            a = self.skewness / math.sqrt(self.n)
        low = self.centre - self.standard_error * adjust_quantile(t, a)
        high = self.centre + self.standard_error * adjust_quantile(t, -a)
        if self.is_square:
            high = max(high, self.centre + self._bend_square(level, t))
            low, high = (math.sqrt(max(end, 0.0)) for end in (low, high))
        elif self.noise > 0:
            low = min(low, self.centre - self._bend_at_limit(t))
        elif self.noise < 0:
            high = max(high, self.centre + self._bend_at_limit(t))
        if self.n_outcomes:
            exact_low, exact_high = binomial_interval(self.value, self.n_outcomes, level)
            low, high = min(low, exact_low), max(high, exact_high)
        return _clip_to_limits(low, self.limits), _clip_to_limits(high, self.limits)

    def _bend_square(self, level: float, t: float) -> float:
        """Return the distance of the upper end of a square from its centre; see the class."""
        along = self._find_noise_along(max(self.centre + self.noise, 1e-300))
        typical = self.noise / self.dimensions
        share = max(along, typical) / self.noise if self.noise else 1.0
        a = share * scale_skewness(self.skewness, self.n)
        t_typical = _find_t(level, (self.n - 1) * min(self.dimensions, 1e6))
        t, t_typical = (widen_quantile(q, -a) for q in (t, t_typical))
        return t * self.standard_error + max((1 + t**2) * along, (1 + t_typical**2) * typical)

    def _bend_at_limit(self, t: float) -> float:
        """Return the distance from the centre of the end that lies away from the limit."""
        limit = self.limits[1] if self.noise > 0 else self.limits[0]
        distance = abs(limit - (self.centre - self.noise))
        if not math.isfinite(distance):
            return 0.0
        along = self._find_noise_along(max(distance, 1e-300))
        return t * self.standard_error + LIMIT_BEND * (1 + t**2) * along

    def _find_noise_along(self, mean_square: float) -> float:
        """Return the variance of the noise along the difference."""
        return min(self.standard_error**2 / (4 * mean_square), abs(self.noise))

    def with_n(self, n: int) -> JackknifeEstimate:
        r"""Return the estimate expected with another number of units; see `Estimate.with_n`.

        The variance of a mean square has a share that noise alone has, :math:`4 b^2 / \nu` as the
        jackknife sees it (twice the true one), which falls with the square of the number of units;
        the rest is at most :math:`4 b` times the mean square.
        """
        if n == self.n:
            return self
        share, variance, centre = self.n / n, self.standard_error**2, self.centre
        of_noise = 0.0
        if self.is_square:
            centre = max(centre, 0.0)
            of_noise = min(4 * self.noise**2 / self.dimensions, variance)
            variance = min(variance - of_noise, 4 * self.noise * centre)
        return dataclasses.replace(
            self,
            n=n,
            centre=centre,
            standard_error=float(np.sqrt(variance * share + of_noise * share**2)),
            noise=self.noise * share,
            n_outcomes=round(self.n_outcomes / share),
        )

    def without_difference(self) -> JackknifeEstimate:
        """Return a mean square of the same noise and no more: what identical models would have."""
        error = 2 * self.noise / np.sqrt(self.dimensions)
        fields = {"value": 0.0, "centre": 0.0, "skewness": 0.0, "standard_error": float(error)}
        return dataclasses.replace(self, **fields)  # type: ignore[arg-type]


@dataclasses.dataclass(frozen=True)
class ResampledEstimate(JackknifeEstimate):
    """A score that is not smooth in the responses, such as a count, with resampled values.

    Its interval holds both that of the jackknife and the central part of the resampled values.

    Parameters
    ----------
    resampled : tuple of float
        Values for resampled responses, ascending; see `bioann.metrics.jackknife`.
    """

    resampled: tuple[float, ...] = ()

    @functools.cached_property
    def _resampled_values(self) -> np.ndarray:
        """The resampled values as an array: a p-value takes the interval at forty levels."""
        return np.array(self.resampled)

    def interval(self, level: float = CONFIDENCE_LEVEL) -> tuple[float, float]:
        """Return the confidence interval; see `Estimate.interval`."""
        if not self.resampled:
            return np.nan, np.nan
        tails = np.quantile(self._resampled_values, [(1 - level) / 2, (1 + level) / 2])
        low, high = super().interval(level)
        low, high = np.fmin(low, tails[0]), np.fmax(high, tails[1])
        return _clip_to_limits(low, self.limits), _clip_to_limits(high, self.limits)

    def with_n(self, n: int) -> ResampledEstimate:
        """Return the estimate expected with another number of units; see `Estimate.with_n`."""
        shrink = (self.n / n) ** 0.5
        values = tuple(self.value + shrink * (value - self.value) for value in self.resampled)
        scaled = super().with_n(n)
        return dataclasses.replace(scaled, resampled=values)  # type: ignore[call-arg,return-value]


def _find_t(level: float, freedom: float) -> float:
    return float(special.stdtrit(freedom, (1 + level) / 2))  # t.ppf takes 100 times as long


def _clip_to_limits(value: float, limits: tuple[float, float]) -> float:
    low, high = limits
    return min(max(float(value), low), high)  # NaN stays; np.clip takes 30 times as long


@name_argument_errors
def find_p_value(estimate: Estimate, holds: Callable[[tuple[float, float]], bool]) -> float:
    """Return the smallest error level at which a verdict about an estimate still stands.

    Parameters
    ----------
    estimate : Estimate
        The estimate that was judged.
    holds : callable
        ``holds((low, high))`` says whether the verdict stands with that interval. A wider interval
        must not make it stand again.

    Returns
    -------
    float
        One minus the highest confidence level with that verdict, at least `MIN_P_VALUE`; 0 if the
        value is exact, NaN if the verdict does not stand even for the narrowest interval.
    """
    if estimate.is_exact:
        return 0.0
    if holds(estimate.interval(1 - MIN_P_VALUE)):
        return MIN_P_VALUE
    low, high = np.log(MIN_P_VALUE), 0.0
    if not holds(estimate.interval(1e-9)):
        return float("nan")
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        does_hold = holds(estimate.interval(1 - np.exp(middle)))
        low, high = (low, middle) if does_hold else (middle, high)
    return float(np.exp(high))
