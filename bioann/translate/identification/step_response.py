r"""Estimate the time constant of a unit from its responses to steps.

A static unit behind a first-order lag responds to a step from rest, at any level, with

.. math:: r(t) = r_0 + (r_\infty - r_0) (1 - e^{-t/\tau})

The responses to all stimuli are averaged, weighted by their size, and compared with that course.
"""

from __future__ import annotations

import dataclasses

import numpy as np
from scipy.optimize import minimize_scalar

from bioann.translate.identification.steady_responses import SteadyResponses
from bioann.translate.identification.stimulus_design import BIN_WIDTH

#: Share of the squared course that the exponential has to explain.
NEEDED_R2 = 0.9
#: Shortest identifiable time constant, as a share of a bin, and longest, of the observed time.
SHORTEST_SHARE, LONGEST_SHARE = 0.5, 0.5
#: Responses to steps that are smaller than this share of the largest response are no responses.
SMALLEST_RESPONSE = 0.02
#: Time constants that the rise of a response takes.
RISE_TIMES = 3.0


@dataclasses.dataclass(frozen=True)
class StepResponse:
    """Time constant of a unit, or why it has none.

    Attributes
    ----------
    tau : float
        Time constant in seconds; 0 for a static unit.
    reason : str
        Origin of the value, for decisions.
    taus : numpy.ndarray, shape (trial,)
        Time constants without each trial; empty if the unit is static or there is one trial.
    """

    tau: float
    reason: str
    taus: np.ndarray


def estimate_time_constant(responses: SteadyResponses, unit: int) -> StepResponse:
    """Estimate the time constant of a unit from the step responses of the design.

    Parameters
    ----------
    responses : SteadyResponses
        Responses of a model to steps.
    unit : int
        Index of the unit.
    """
    none = np.zeros(0)
    if not responses.courses.shape[2]:
        return StepResponse(0.0, "static: recorded data have no step at a known time", none)
    courses, before = responses.courses[..., unit], responses.before[..., unit]
    sizes = responses.steady[..., unit].mean(axis=1) - before.mean(axis=1)
    largest = float(np.abs(responses.steady[..., unit]).max(initial=0.0))
    if np.abs(sizes).max() <= SMALLEST_RESPONSE * largest or not largest:
        return StepResponse(0.0, "static: no step changes the response", none)
    # Weighted by their size: small steps have the same noise.
    weights = sizes / (sizes**2).sum()
    by_trial = np.tensordot(weights, courses - before[..., None], axes=(0, 0))
    course = by_trial.mean(axis=0)
    tau, r2 = _fit_exponential(course)
    longest = LONGEST_SHARE * len(course) * BIN_WIDTH
    if tau < SHORTEST_SHARE * BIN_WIDTH:
        text = f"static: it follows steps within less than the bins of {BIN_WIDTH * 1e3:g} ms"
        return StepResponse(0.0, text, none)
    if r2 < NEEDED_R2 or tau > longest:
        text = (
            "static: the course of its step responses is no exponential "
            f"(R2 {r2:.2f} at {tau * 1e3:.3g} ms)"
        )
        return StepResponse(0.0, text, none)
    n = len(by_trial)
    taus = none
    if n > 1:
        left_out = (by_trial.sum(axis=0) - by_trial) / (n - 1)
        taus = np.array([_fit_exponential(one)[0] for one in left_out])
    text = f"exponential step response, R2 {r2:.3f} of its mean course in {BIN_WIDTH * 1e3:g} ms"
    return StepResponse(tau, text, taus)


def _fit_exponential(course: np.ndarray) -> tuple[float, float]:
    """Return the time constant in seconds of a course from 0 to 1, and the explained share."""
    edges = np.arange(len(course) + 1) * BIN_WIDTH

    def cost(log: float) -> float:
        tau = np.exp(log)
        mean = -np.diff(np.exp(-edges / tau)) * tau / BIN_WIDTH  # over each bin
        return float(((course - (1 - mean)) ** 2).sum())

    logs = np.log(np.geomspace(BIN_WIDTH / 20, 2 * edges[-1], 40))
    costs = [cost(log) for log in logs]
    k = int(np.argmin(costs))
    bracket = logs[max(k - 1, 0)], logs[min(k + 1, len(logs) - 1)]
    best = minimize_scalar(cost, bounds=bracket, method="bounded", options={"xatol": 1e-4})
    tau = float(np.exp(best.x))
    # The explained share is that of the rise: later bins have noise alone.
    n_rise = int(np.clip(np.ceil(RISE_TIMES * tau / BIN_WIDTH), 2, len(course)))
    mean = -np.diff(np.exp(-edges / tau)) * tau / BIN_WIDTH
    residuals = (course - (1 - mean))[:n_rise]
    total = float(((1 - course[:n_rise]) ** 2).sum())
    r2 = 1 - float((residuals**2).sum()) / total if total > 0 else 1.0
    return tau, r2
