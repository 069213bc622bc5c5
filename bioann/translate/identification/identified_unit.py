"""One unit as it was identified: its fit, intervals over trials, and errors on other stimuli."""

from __future__ import annotations

import dataclasses

import numpy as np
from scipy.special import fdtrc, stdtrit

from bioann.translate.identification.fit_unit import (
    UnitFit,
    fit_unit,
    refit_unit,
)
from bioann.translate.identification.index_families import list_families
from bioann.translate.identification.interactions import InteractionFit, find_interaction
from bioann.translate.identification.normalised_unit import NormalisedUnit, normalise_unit
from bioann.translate.identification.steady_responses import SteadyResponses
from bioann.translate.identification.step_response import StepResponse, estimate_time_constant

#: Fewest trials with an interval, its level, and the level of the test for any response at all.
MIN_TRIALS, CONFIDENCE, RESPONSE_LEVEL = 3, 0.95, 0.01
#: Responses of a model without noise that differ by a smaller share are equal.
ROUNDING_SHARE = 1e-9
#: Largest number of groups of recorded conditions that are left out in turn.
MAX_FOLDS = 24


@dataclasses.dataclass(frozen=True)
class IdentifiedUnit:
    """A unit of the model, and what describes it in the rate network.

    Attributes
    ----------
    name : str
        Name of the unit.
    unit : NormalisedUnit
        Weights (of the channels that vary), bias and activation.
    fit : UnitFit or None
        The fit; None if the responses do not depend on the stimulus.
    weight_half_widths : numpy.ndarray, shape (channel,)
        Half the 95% interval of each weight over trials; NaN without one.
    bias_half_width : float
        The same for the bias.
    residuals : numpy.ndarray, shape (stimulus,)
        Prediction minus response for each fitted stimulus, in activation.
    new_errors : numpy.ndarray, shape (stimulus,)
        The same for stimuli that were not fitted: held-out ones, or recorded conditions that were
        predicted from the others.
    noise : float
        Standard error of a response, root mean square over the fitted stimuli; 0 without trials.
    r2 : float
        Explained share of the variance of the fitted responses.
    interaction : InteractionFit or None
        The product of channels that it misses most.
    step_response : StepResponse
        Its time constant.
    """

    name: str
    unit: NormalisedUnit
    fit: UnitFit | None
    weight_half_widths: np.ndarray
    bias_half_width: float
    residuals: np.ndarray
    new_errors: np.ndarray
    noise: float
    r2: float
    interaction: InteractionFit | None
    step_response: StepResponse


def responds_to_stimuli(steady: np.ndarray) -> bool:
    """Return whether responses ``(stimulus, trial)`` differ between stimuli by more than noise."""
    means = steady.mean(axis=1)
    if np.ptp(means) <= ROUNDING_SHARE * np.abs(means).max(initial=0.0):
        return False
    n, trials = steady.shape
    if trials == 1:
        return True
    within = float(steady.var(axis=1, ddof=1).mean())
    if within == 0:
        return True
    ratio = trials * float(means.var(ddof=1)) / within
    return bool(fdtrc(n - 1, n * (trials - 1), ratio) < RESPONSE_LEVEL)


def identify_unit(
    responses: SteadyResponses,
    k: int,
    name: str,
    bounds: tuple[np.ndarray, np.ndarray] | None = None,
) -> IdentifiedUnit:
    """Fit one unit of a model.

    Parameters
    ----------
    responses : SteadyResponses
        Responses of all units.
    k : int
        Index of the unit.
    name : str
        Its name.
    bounds : tuple of numpy.ndarray, shape (channel,), optional
        Bounds of the weights from the channels that vary.
    """
    design, fitted = responses.design, ~responses.design.is_held_out
    steady = responses.steady[fitted][:, :, k]
    if not responds_to_stimuli(steady):
        return _describe_constant_unit(responses, k, name)
    inputs = design.scale_levels(design.levels)
    means = steady.mean(axis=1)
    families = list_families(are_rates=responses.are_rates)
    fit = fit_unit(inputs[fitted], means, families, bounds)
    unit = _normalise(fit, responses)
    left_out = _refit_without_trials(fit, inputs[fitted], steady, bounds)
    weight_half_widths, bias_half_width = _find_half_widths(responses, unit, left_out)
    residuals = fit.predict(inputs[fitted]) - means
    if design.is_held_out.any():
        others = responses.steady[design.is_held_out][:, :, k].mean(axis=1)
        new_errors = fit.predict(inputs[design.is_held_out]) - others
    else:
        new_errors = _predict_left_out(fit, inputs, means, bounds)
    trials = steady.shape[1]
    noise = float(np.sqrt(steady.var(axis=1, ddof=1).mean() / trials)) if trials > 1 else 0.0
    interaction = None
    if bounds is None:  # what a constraint excludes is no interaction
        left_out_means = [one for _, one in left_out]
        interaction = find_interaction(fit, inputs[fitted], means, families, left_out_means, noise)
    r2 = 1 - float((residuals**2).sum()) / float(((means - means.mean()) ** 2).sum())
    return IdentifiedUnit(
        name, unit, fit, weight_half_widths, bias_half_width, residuals, new_errors, noise, r2,
        interaction, estimate_time_constant(responses, k),
    )  # fmt: skip


def _describe_constant_unit(responses: SteadyResponses, k: int, name: str) -> IdentifiedUnit:
    """Return a unit without weights whose bias is the mean response."""
    design, means = responses.design, responses.steady[:, :, k].mean(axis=1)
    fitted, n_channels = ~design.is_held_out, int(design.is_varied.sum())
    level = float(means[fitted].mean())
    families = list_families(are_rates=level >= 0)
    activation = families[0].make_activation(np.zeros(1)).inner  # type: ignore[attr-defined]
    unit = NormalisedUnit(np.zeros(n_channels), level, activation, 0.0)
    errors = level - means
    return IdentifiedUnit(
        name, unit, None, np.full(n_channels, np.nan), np.nan, errors[fitted],
        errors[design.is_held_out] if design.is_held_out.any() else errors, 0.0, np.nan, None,
        StepResponse(0.0, "static: no step changes the response", np.zeros(0)),
    )  # fmt: skip


def _normalise(fit: UnitFit, responses: SteadyResponses) -> NormalisedUnit:
    design = responses.design
    varied, fitted = design.is_varied, ~design.is_held_out
    inputs = design.scale_levels(design.levels[fitted])
    low, width = design.low[varied], (design.high - design.low)[varied]
    return normalise_unit(fit, inputs, low, width, are_rates=responses.are_rates)


def _refit_without_trials(
    fit: UnitFit,
    inputs: np.ndarray,
    steady: np.ndarray,
    bounds: tuple[np.ndarray, np.ndarray] | None,
) -> list[tuple[UnitFit, np.ndarray]]:
    """Return the fits and mean responses without each trial; none with too few trials."""
    n = steady.shape[1]
    if n < MIN_TRIALS:
        return []
    means = [(steady.sum(axis=1) - steady[:, t]) / (n - 1) for t in range(n)]
    return [(refit_unit(fit, inputs, one, bounds), one) for one in means]


def _find_half_widths(
    responses: SteadyResponses, unit: NormalisedUnit, left_out: list[tuple[UnitFit, np.ndarray]]
) -> tuple[np.ndarray, float]:
    """Return half the jackknife intervals of the weights and of the bias."""
    if not left_out:
        return np.full(len(unit.weights), np.nan), np.nan
    units = [_normalise(fit, responses) for fit, _ in left_out]
    rows = np.array([[*one.weights, one.bias] for one in units])
    half_widths = find_jackknife_half_width(rows)
    return half_widths[:-1], float(half_widths[-1])


def find_jackknife_half_width(left_out: np.ndarray) -> np.ndarray:
    r"""Return half the 95% interval of estimates, from those without each trial.

    .. math:: t_{n-1} \sqrt{\frac{n-1}{n} \sum_t (\theta_{(t)} - \bar\theta)^2}

    Parameters
    ----------
    left_out : numpy.ndarray, shape (trial, ...)
        Estimates without each trial.
    """
    n = len(left_out)
    variance = (n - 1) / n * ((left_out - left_out.mean(axis=0)) ** 2).sum(axis=0)
    return np.asarray(stdtrit(n - 1, 0.5 + CONFIDENCE / 2) * np.sqrt(variance))


def _predict_left_out(
    fit: UnitFit,
    inputs: np.ndarray,
    means: np.ndarray,
    bounds: tuple[np.ndarray, np.ndarray] | None,
) -> np.ndarray:
    """Predict each recorded condition from the others, in groups if there are many."""
    _, stimulus = np.unique(inputs, axis=0, return_inverse=True)
    fold = stimulus.ravel() % MAX_FOLDS  # conditions with equal levels are left out together
    errors = np.empty(len(means))
    for k in np.unique(fold):
        out = fold == k
        refit = refit_unit(fit, inputs[~out], means[~out], bounds)
        errors[out] = refit.predict(inputs[out]) - means[out]
    return errors
