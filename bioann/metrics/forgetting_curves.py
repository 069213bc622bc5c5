"""Forgetting curves: which of several functions of time describes what is retained."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
import scipy

from bioann.base.arguments import name_argument_errors
from bioann.base.arrays import to_floats
from bioann.base.errors import DescriptionError, unknown_name_error
from bioann.metrics.information_criteria import aicc

#: Retention after a time, by the name of the curve; parameters follow the time.
CURVES: dict[str, Callable[..., np.ndarray]] = {
    "exponential": lambda t, a, tau: a * np.exp(-t / tau),
    "exponential and constant": lambda t, a, tau, c: c + a * np.exp(-t / tau),
    "power law": lambda t, a, b: a * t**-b,
}
#: Savings of Ebbinghaus 1885, chapter 7: hours since learning, and the share of the work that
#: learning again saves.
EBBINGHAUS_HOURS = np.array([1 / 3, 1.0, 8.8, 24.0, 48.0, 144.0, 744.0])
EBBINGHAUS_SAVINGS = np.array([0.582, 0.442, 0.358, 0.337, 0.278, 0.254, 0.211])


@dataclasses.dataclass(frozen=True)
class ForgettingFit:
    """A forgetting curve with the parameters of its least-squares fit.

    Attributes
    ----------
    curve : str
        Name of the curve, one of `CURVES`.
    parameters : tuple of float
        Retention at the start (of the power law, at time 1), then the time constant in units of the
        time or the exponent, then the constant.
    aicc : float
        Corrected Akaike information criterion, see `bioann.metrics.information_criteria`.
    """

    curve: str
    parameters: tuple[float, ...]
    aicc: float

    def predict(self, times: Any) -> np.ndarray:
        """Return the retention after times above 0, in the unit of the fit."""
        return np.asarray(CURVES[self.curve](np.asarray(times, dtype=float), *self.parameters))


@name_argument_errors
def fit_forgetting_curve(curve: str, times: Any, retention: Any) -> ForgettingFit:
    """Fit a forgetting curve to what is retained after several times, by least squares.

    Parameters
    ----------
    curve : {'exponential', 'exponential and constant', 'power law'}
        Name of the curve.
    times : array_like, shape (point,)
        Times since learning, above 0 and ascending, in any unit; at least 6.
    retention : array_like, shape (point,)
        What is retained, such as the share of the work that learning again saves.

    Returns
    -------
    ForgettingFit
        The best fit from starts with time constants between the shortest and the longest time.

    Raises
    ------
    DescriptionError
        If times are not above 0 and ascending, or each does not have a finite retention.
    """
    if curve not in CURVES:
        raise unknown_name_error("fit_forgetting_curve, curve", "curve", curve, CURVES)
    t, y = (to_floats(x, "fit_forgetting_curve") for x in (times, retention))
    is_ascending = t.ndim == 1 and (np.diff(t, prepend=0.0) > 0).all()
    if not is_ascending or len(t) < 6 or t.shape != y.shape or not np.isfinite([t, y]).all():
        raise DescriptionError(
            "fit_forgetting_curve, times",
            "at least 6 ascending times above 0, each with a finite retention",
            f"times {t.tolist()}, retention {y.tolist()}",
            "Sort the times, and leave out the time 0, and times without a retention.",
        )
    function = CURVES[curve]
    starts = [(y[0], 0.1)]
    if curve != "power law":
        end = (y.min(),) if curve == "exponential and constant" else ()
        starts = [(y[0], tau, *end) for tau in np.geomspace(t[0], t[-1], 5)]
    fits = [
        scipy.optimize.curve_fit(function, t, y, p0=start, maxfev=10_000)[0] for start in starts
    ]
    squares = [float(((function(t, *fit) - y) ** 2).sum()) for fit in fits]
    best = int(np.argmin(squares))
    criterion = float(aicc(squares[best], len(t), len(fits[best]) + 1))
    return ForgettingFit(curve, tuple(float(p) for p in fits[best]), criterion)
