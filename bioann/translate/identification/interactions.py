r"""Test whether a unit needs an interaction of two channels, or a curvature of one.

An additive unit is a function of :math:`s = \sum_k w_k u_k + b`. The alternative has the product of
two channels in the sum as well,

.. math:: s + c \, z_k z_l

with `z` from -1/2 to 1/2 over the range of a channel, so that `c` is how much more the effect of
one channel on the sum is at the highest than at the lowest level of the other. With
:math:`k = l` the effect of a channel is curved in a way that the activation does not explain.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
from scipy.optimize import least_squares

from bioann.metrics.information_criteria import aicc
from bioann.translate.identification.fit_unit import ROUNDING_ERROR, STEP, UnitFit

#: Fall of AICc from which a term is kept (Burnham and Anderson 2002), for one candidate. The
#: largest of `m` falls that are due to chance grows by 2 ln m, which is added.
NEEDED_REDUCTION = 10.0


@dataclasses.dataclass(frozen=True)
class InteractionFit:
    """The product of channels whose term reduces the residuals of a unit most.

    Attributes
    ----------
    channels : tuple of int
        Indices of the two channels among those that vary; equal ones for a curvature.
    strength : float
        Coefficient `c`, over the slope of the sum: in activation at the operating point.
    strengths : numpy.ndarray, shape (trial,)
        The same without each trial; empty with a single trial.
    aicc_reduction : float
        Fall of AICc with the term.
    needed_reduction : float
        Fall above which the term is needed.
    largest_change : float
        Largest change of a response of the design with the term, in activation.
    rms_additive, rms : float
        Root mean square residual without and with the term, in activation.
    """

    channels: tuple[int, int]
    strength: float
    strengths: np.ndarray
    aicc_reduction: float
    needed_reduction: float
    largest_change: float
    rms_additive: float
    rms: float

    @property
    def is_needed(self) -> bool:
        """Whether the fall of AICc speaks for the term."""
        return self.aicc_reduction > self.needed_reduction


def find_interaction(
    fit: UnitFit,
    inputs: np.ndarray,
    responses: np.ndarray,
    slope: float,
    left_out: Sequence[tuple[UnitFit, np.ndarray]] = (),
) -> InteractionFit | None:
    """Find the product of channels that an additive unit misses most.

    Parameters
    ----------
    fit : UnitFit
        The additive unit.
    inputs : numpy.ndarray, shape (point, channel)
        Channels, scaled to [0, 1].
    responses : numpy.ndarray, shape (point,)
        Responses that it was fitted to.
    slope : float
        Slope of its activation at the operating point, before it was made 1.
    left_out : sequence of (UnitFit, numpy.ndarray), optional
        Fits and responses without each trial.

    Returns
    -------
    InteractionFit or None
        None if there are too few points, or the unit does not respond.
    """
    n, n_channels = inputs.shape
    pairs = [(k, m) for k in range(n_channels) for m in range(k, n_channels)]
    n_parameters = n_channels + fit.family.n_parameters
    if n <= n_parameters + 2 or not slope > 0:
        return None
    centred = inputs - 0.5
    best = _rank_products(fit, inputs, responses, centred, pairs)
    if best is None:
        return None
    product = centred[:, best[0]] * centred[:, best[1]]
    strength, predicted, squares = _fit_strength(fit, inputs, responses, product)
    floor = n * ROUNDING_ERROR**2
    reduction = float(
        aicc(max(fit.cost, floor), n, n_parameters) - aicc(max(squares, floor), n, n_parameters + 1)
    )
    others = [_fit_strength(one, inputs, values, product)[0] for one, values in left_out]
    return InteractionFit(
        best,
        strength * slope,
        np.array(others) * slope,
        reduction,
        NEEDED_REDUCTION + 2 * float(np.log(len(pairs))),
        float(np.abs(predicted - fit.predict(inputs)).max()),
        fit.top * float(np.sqrt(fit.cost / n)),
        fit.top * float(np.sqrt(squares / n)),
    )


def _rank_products(
    fit: UnitFit,
    inputs: np.ndarray,
    responses: np.ndarray,
    centred: np.ndarray,
    pairs: Sequence[tuple[int, int]],
) -> tuple[int, int] | None:
    """Return the product whose term reduces the linearised residuals most."""
    phi, sums = fit.family.make_activation(fit.parameters), fit.sums(inputs)
    rise = np.asarray(phi(sums + STEP) - phi(sums - STEP)) / (2 * STEP)
    first, second = np.array(pairs).T
    terms = rise[:, None] * centred[:, first] * centred[:, second]
    u, singular_values, _ = np.linalg.svd(fit.jacobian, full_matrices=False)
    basis = u[:, singular_values > 1e-9 * max(singular_values[0], 1e-300)]
    rest = terms - basis @ (basis.T @ terms)
    residuals = (responses - fit.predict(inputs)) / fit.top
    squares, total = (rest**2).sum(axis=0), (terms**2).sum(axis=0)
    is_new = squares > 1e-9 * np.maximum(total, 1e-300)
    if not is_new.any():
        return None
    gains = np.where(is_new, (rest.T @ residuals) ** 2 / np.where(is_new, squares, 1.0), -1.0)
    return pairs[int(gains.argmax())]


def _fit_strength(
    fit: UnitFit, inputs: np.ndarray, responses: np.ndarray, product: np.ndarray
) -> tuple[float, np.ndarray, float]:
    """Fit a unit with one product; return its strength, the predictions and squared residuals."""
    n_channels = inputs.shape[1]
    scaled = (responses - fit.low) / fit.top

    def evaluate(theta: np.ndarray) -> np.ndarray:
        weights, parameters, strength = theta[:n_channels], theta[n_channels:-1], theta[-1]
        sums = inputs @ weights + fit.shift + strength * product
        with np.errstate(over="ignore", invalid="ignore"):
            values = fit.family.make_activation(parameters)(sums)
        return np.asarray(np.clip(np.nan_to_num(values), -1e6, 1e6))

    start = np.concatenate([fit.direction, fit.parameters, [0.0]])
    method = "lm" if len(start) <= len(responses) else "trf"
    result = least_squares(lambda theta: evaluate(theta) - scaled, start, method=method)
    # The sum has a free factor: the strength is in units of the weights of the additive fit.
    norms = [float(np.linalg.norm(w)) for w in (fit.direction, result.x[:n_channels])]
    strength = float(result.x[-1]) * (norms[0] / norms[1] if norms[1] > 0 else 1.0)
    predicted = fit.low + fit.top * evaluate(result.x)
    return strength, predicted, float((result.fun**2).sum())
