r"""Estimates whose error has two independent sources that are crossed: seeds and shared samples.

Networks that were trained with different seeds are tested on the same images. A mean over both has
the variance :math:`\sigma_a^2 / I + \sigma_b^2 / J + \sigma_e^2 / I J` with `I` seeds and `J`
samples. The jackknife over seeds estimates the first and the last term, that over samples the
second and the last; their sum is too large by at most the last term, which is the smallest (Owen
2007, Annals of Applied Statistics 1:386, bounds crossed resampling in the same way). The interval
is that of Student's t with the degrees of freedom of Satterthwaite (1946),
:math:`(v_a + v_b)^2 / (v_a^2 / (I - 1) + v_b^2 / (J - 1))`.
"""

from __future__ import annotations

import dataclasses
import math

import numpy as np
from scipy import special

from bioann.metrics.estimate import CONFIDENCE_LEVEL, Estimate


@dataclasses.dataclass(frozen=True)
class CrossedEstimate(Estimate):
    """A score over seeds, all of which see the same samples.

    Parameters
    ----------
    seed_error : float
        Standard error over the `n` seeds, samples held fixed.
    sample_errors : tuple of (float, int)
        Standard error over each kind of shared samples, seeds held fixed, and their number.
    """

    seed_error: float = np.nan
    sample_errors: tuple[tuple[float, int], ...] = ()

    def interval(self, level: float = CONFIDENCE_LEVEL) -> tuple[float, float]:
        """Return the confidence interval; see `Estimate.interval`."""
        terms = [(self.seed_error**2, self.n - 1)]
        terms += [(error**2, n - 1) for error, n in self.sample_errors]
        variance = sum(term for term, _ in terms)
        if not math.isfinite(variance):
            return np.nan, np.nan
        if variance == 0:
            return self.value, self.value
        freedom = variance**2 / sum(term**2 / degrees for term, degrees in terms)
        reach = float(special.stdtrit(freedom, (1 + level) / 2)) * math.sqrt(variance)
        low, high = self.limits
        return max(self.value - reach, low), min(self.value + reach, high)

    def with_n(self, n: int) -> CrossedEstimate:
        """Return the estimate expected with another number of seeds; see `Estimate.with_n`.

        More seeds do not make the share of the samples smaller.
        """
        return dataclasses.replace(self, n=n, seed_error=self.seed_error * math.sqrt(self.n / n))
