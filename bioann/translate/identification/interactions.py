r"""Test whether a unit needs an interaction of two channels, a divisor, or a curvature of one.

An additive unit is a function of :math:`s = \sum_k w_k u_k + b`. The alternatives have one further
term: the product of two channels,

.. math:: s + c \, z_k z_l

with `z` from -1/2 to 1/2 over the range of a channel, so that `c` is how much more the effect of
one channel on the sum is at the highest than at the lowest level of the other; with :math:`k = l`
the effect of a channel is curved in a way that the activation does not explain. Or a channel that
divides the sum above threshold, as shunting inhibition may,

.. math:: \frac{s}{1 + d \, y_k}

with `y` from 0 to 1 over the range of the channel.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
from scipy.optimize import least_squares

from bioann.ann.activations.transfer_functions import Scaled
from bioann.metrics.information_criteria import aicc
from bioann.translate.identification.fit_unit import (
    LARGEST_VALUE,
    ROUNDING_ERROR,
    SEARCH_EVALUATIONS,
    SEARCH_TOLERANCE,
    STEP,
    UnitFit,
    fit_family,
)
from bioann.translate.identification.index_families import IndexFamily
from bioann.translate.identification.normalised_unit import find_operating_slope

#: Fall of AICc from which a term is kept (Burnham and Anderson 2002), for one candidate. The
#: largest of `m` falls that are due to chance grows by 2 ln m, which is added.
NEEDED_REDUCTION = 10.0
#: Terms of each kind that are fitted.
N_TRIED = 2
#: RMS residual, as a share of the largest response and in standard errors of the responses, up to
#: which no other family is tried with them.
GOOD_FIT, NOISE_FACTOR = 0.01, 1.5


@dataclasses.dataclass(frozen=True)
class InteractionFit:
    """The term that reduces the residuals of a unit most.

    Attributes
    ----------
    channels : tuple of int
        Indices among the channels that vary: of the two of a product, equal ones for a curvature,
        or of the one that divides.
    strength : float
        Of a product the coefficient `c` in activation at the operating point; of a divisor `d`.
    strengths : numpy.ndarray, shape (trial,)
        The same without each trial; empty with a single trial.
    n_terms : int
        Number of terms among which it is the best.
    aicc_reduction : float
        Fall of AICc with the term.
    largest_change : float
        Largest change of a response of the design with the term, in activation.
    rms_additive, rms : float
        Root mean square residual without and with the term, in activation.
    """

    channels: tuple[int, ...]
    strength: float
    strengths: np.ndarray
    n_terms: int
    aicc_reduction: float
    largest_change: float
    rms_additive: float
    rms: float

    @property
    def kind(self) -> str:
        """What the term is: ``"divisor"``, ``"curvature"`` or ``"interaction"``."""
        if len(self.channels) == 1:
            return "divisor"
        return "curvature" if self.channels[0] == self.channels[1] else "interaction"

    @property
    def needed_reduction(self) -> float:
        """Fall of AICc above which the term is needed."""
        return NEEDED_REDUCTION + 2 * float(np.log(self.n_terms))

    @property
    def is_needed(self) -> bool:
        """Whether the fall of AICc speaks for the term."""
        return self.aicc_reduction > self.needed_reduction


def find_interaction(
    fit: UnitFit,
    inputs: np.ndarray,
    responses: np.ndarray,
    families: Sequence[IndexFamily],
    left_out: Sequence[np.ndarray] = (),
    noise: float = 0.0,
) -> InteractionFit | None:
    """Find the term that an additive unit misses most.

    Parameters
    ----------
    fit : UnitFit
        The additive unit.
    inputs : numpy.ndarray, shape (point, channel)
        Channels, scaled to [0, 1].
    responses : numpy.ndarray, shape (point,)
        Responses that it was fitted to.
    families : sequence of IndexFamily
        Families of activations; if the additive unit does not fit, one that does not fit without a
        term may fit with it.
    left_out : sequence of numpy.ndarray, shape (point,), optional
        Responses without each trial.
    noise : float, optional
        Standard error of the responses.

    Returns
    -------
    InteractionFit or None
        None if there are too few points, or the unit does not respond.
    """
    n, n_channels = inputs.shape
    pairs = [(k, m) for k in range(n_channels) for m in range(k, n_channels)]
    terms: list[tuple[int, ...]] = [*pairs, *((k,) for k in range(n_channels))]
    rms_additive = float(np.sqrt(fit.cost / n))
    starts = [fit]
    if rms_additive > max(GOOD_FIT, NOISE_FACTOR * noise / fit.top):
        starts += [
            fit_family(family, inputs, responses, fit.direction, None, 0.0) for family in families
        ]
    fits = [
        _fit_term(start, inputs, responses, channels)
        for start in starts
        if n > n_channels + start.family.n_parameters + 2
        for channels in _rank_terms(start, inputs, responses, terms)
    ]
    if not fits:
        return None
    best = min(fits, key=lambda one: one.criterion)
    others = [
        _fit_term(best.unit, inputs, values, best.channels, best.theta) for values in left_out
    ]
    return InteractionFit(
        best.channels,
        best.strength,
        np.array([one.strength for one in others]),
        len(terms),
        fit.criterion - best.criterion,
        float(np.abs(best.predicted - fit.predict(inputs)).max()),
        fit.top * rms_additive,
        float(np.sqrt(((best.predicted - responses) ** 2).mean())),
    )


def _rank_terms(
    fit: UnitFit, inputs: np.ndarray, responses: np.ndarray, terms: Sequence[tuple[int, ...]]
) -> list[tuple[int, ...]]:
    """Return the terms that reduce the linearised residuals most: `N_TRIED` of each kind."""
    phi, sums, centred = fit.family.make_activation(fit.parameters), fit.sums(inputs), inputs - 0.5
    rise = np.asarray(phi(sums + STEP) - phi(sums - STEP)) / (2 * STEP)
    above = sums - fit.parameters[0]  # the threshold; a table has none, and cannot be divided
    changes = [
        -above * inputs[:, c[0]] if len(c) == 1 else centred[:, c[0]] * centred[:, c[1]]
        for c in terms
    ]
    columns = rise[:, None] * np.column_stack(changes)
    u, singular_values, _ = np.linalg.svd(fit.jacobian, full_matrices=False)
    basis = u[:, singular_values > 1e-9 * max(singular_values[0], 1e-300)]
    others = columns - basis @ (basis.T @ columns)
    residuals = (responses - fit.predict(inputs)) / fit.top
    squares, total = (others**2).sum(axis=0), (columns**2).sum(axis=0)
    is_new = squares > 1e-9 * np.maximum(total, 1e-300)
    gains = np.where(is_new, (others.T @ residuals) ** 2 / np.where(is_new, squares, 1.0), -1.0)
    order = [terms[k] for k in np.argsort(-gains, kind="stable") if gains[k] >= 0]
    products = [c for c in order if len(c) == 2]
    divisors = [c for c in order if len(c) == 1] if isinstance(phi, Scaled) else []
    return [*products[:N_TRIED], *divisors[:N_TRIED]]


@dataclasses.dataclass(frozen=True)
class _TermFit:
    """A unit with one further term: its strength, predictions and AICc."""

    unit: UnitFit
    channels: tuple[int, ...]
    theta: np.ndarray
    strength: float
    predicted: np.ndarray
    criterion: float


def _fit_term(
    unit: UnitFit,
    inputs: np.ndarray,
    responses: np.ndarray,
    channels: tuple[int, ...],
    start: np.ndarray | None = None,
) -> _TermFit:
    """Fit a unit with one further term, starting from one without or from a fit with it."""
    n, n_channels = inputs.shape
    scaled = (responses - unit.low) / unit.top
    is_divisor = len(channels) == 1
    term = inputs[:, channels[0]]
    if not is_divisor:
        term = (term - 0.5) * (inputs[:, channels[1]] - 0.5)

    def sums(theta: np.ndarray) -> np.ndarray:
        additive = inputs @ theta[:n_channels] + unit.shift
        if not is_divisor:
            return np.asarray(additive + theta[-1] * term)
        threshold = theta[n_channels]
        return np.asarray(threshold + (additive - threshold) / (1 + abs(theta[-1]) * term))

    def evaluate(theta: np.ndarray) -> np.ndarray:
        with np.errstate(over="ignore", invalid="ignore"):
            values = unit.family.make_activation(theta[n_channels:-1])(sums(theta))
        return np.asarray(np.clip(np.nan_to_num(values), -LARGEST_VALUE, LARGEST_VALUE))

    if start is None:
        start = np.concatenate([unit.direction, unit.parameters, [float(is_divisor)]])
    method = "lm" if len(start) <= n else "trf"
    result = least_squares(
        lambda theta: evaluate(theta) - scaled, start, method=method, ftol=SEARCH_TOLERANCE,
        xtol=SEARCH_TOLERANCE, max_nfev=SEARCH_EVALUATIONS * len(start),
    )  # fmt: skip
    theta = result.x
    strength = abs(float(theta[-1]))
    if not is_divisor:
        phi = unit.family.make_activation(theta[n_channels:-1])
        strength = float(theta[-1]) * unit.top * find_operating_slope(phi, sums(theta))
    squares = max(float((result.fun**2).sum()), n * ROUNDING_ERROR**2)
    criterion = float(aicc(squares, n, n_channels + unit.family.n_parameters + 1))
    predicted = unit.low + unit.top * evaluate(theta)
    return _TermFit(unit, channels, theta, strength, predicted, criterion)
