"""The estimate of a sign agreement: as certain as the slopes whose signs it compares."""

from __future__ import annotations

import dataclasses

import numpy as np

from bioann.metrics.estimate import CONFIDENCE_LEVEL, Estimate
from bioann.metrics.signs import FLAT_SLOPE, slope_sign


def decide_sign(slope: float, low: float, high: float) -> float:
    """Return the sign of a slope if its interval decides it.

    Parameters
    ----------
    slope, low, high : float
        Slope and ends of its confidence interval, in activation per activation.

    Returns
    -------
    float
        1 or -1 if the interval excludes zero; 0 for a slope below `FLAT_SLOPE` if its interval
        excludes zero or larger slopes; NaN if it is undecided, or there is no interval.
    """
    is_decided = low > 0 or high < 0 or (low > -FLAT_SLOPE and high < FLAT_SLOPE)
    return float(slope_sign(slope)) if is_decided else np.nan


@dataclasses.dataclass(frozen=True)
class SignAgreementEstimate(Estimate):
    """Whether two slopes have the same sign, with an interval that follows from theirs.

    Parameters
    ----------
    slopes : tuple of Estimate
        Of the spiking and of the rate model.
    """

    slopes: tuple[Estimate, ...] = ()

    @classmethod
    def of_slopes(cls, *slopes: Estimate) -> SignAgreementEstimate:
        """Return the estimate for the slopes of the spiking and of the rate model.

        Parameters
        ----------
        *slopes : Estimate
            The two slopes, not NaN.

        Returns
        -------
        SignAgreementEstimate
            Of value 1 for equal signs, and 0 for opposite ones or where only one model responds;
            NaN where neither does.
        """
        spiking, rate = (float(slope_sign(slope.value)) for slope in slopes)
        value = float(spiking == rate) if spiking or rate else np.nan
        random_slopes = [slope for slope in slopes if not slope.is_exact]
        n, sampled = (random_slopes[0].n, random_slopes[0].sampled) if random_slopes else (0, "")
        return cls(value, n, sampled, (0.0, 1.0), slopes)

    def interval(self, level: float = CONFIDENCE_LEVEL) -> tuple[float, float]:
        """Return the value twice if both signs are decided at this level, else 0 and 1.

        NaN if a slope has no interval. See `Estimate.interval`.
        """
        intervals = [slope.interval(level) for slope in self.slopes]
        if np.isnan([self.value, *np.ravel(intervals)]).any():
            return np.nan, np.nan
        signs = [
            decide_sign(slope.value, *interval)
            for slope, interval in zip(self.slopes, intervals, strict=True)
        ]
        return (0.0, 1.0) if np.isnan(signs).any() else (self.value, self.value)

    def with_n(self, n: int) -> SignAgreementEstimate:
        """Return the estimate expected with another number of units; see `Estimate.with_n`."""
        return self.of_slopes(*(slope.with_n(n) for slope in self.slopes))
