"""Sign constraints on the weights of a network during training."""

from __future__ import annotations

import dataclasses
from abc import ABC, abstractmethod
from typing import Any

import numpy as np

from bioann.base.description import Description
from bioann.base.errors import DescriptionError
from bioann.base.randomness import make_rng

#: Lower and upper bound of every weight of an array.
Bounds = tuple[np.ndarray, np.ndarray]


@dataclasses.dataclass(frozen=True)
class WeightSources:
    """The presynaptic units of a weight array, for constraints that draw their signs.

    Attributes
    ----------
    name : str
        Name of the presynaptic layer, or ``"input"``.
    seed : int
        Seed of the training, from which signs are drawn.
    """

    name: str
    seed: int


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class SignConstraint(Description, ABC):
    r"""Base of all sign constraints: bounds on each weight, enforced during training.

    ``method="projection"`` sets a weight outside its bounds back to the bound after every step
    (:math:`w \leftarrow \min(\max(w, l), u)`), so that it can stay at zero and leave it again.
    ``method="reparametrisation"`` optimises a free number :math:`\theta` with
    :math:`w = \pm|\theta|`: a weight that would cross zero is reflected.

    Parameters
    ----------
    method : {'projection', 'reparametrisation'}, optional
        How the optimiser enforces the bounds.
    """

    method: str = dataclasses.field(default="projection", kw_only=True)

    def check(self) -> None:
        """Raise `DescriptionError` for an unknown method."""
        if self.method not in ("projection", "reparametrisation"):
            raise DescriptionError(
                f"{self.title()}, method",
                "'projection' or 'reparametrisation'",
                repr(self.method),
                "Leave it out for projected gradients.",
            )

    @abstractmethod
    def compute_bounds(self, weights: np.ndarray, sources: WeightSources) -> Bounds:
        """Return the bounds of every weight of an array.

        Parameters
        ----------
        weights : numpy.ndarray, shape (target, source, ...)
            Initial weights; some constraints keep their signs.
        sources : WeightSources
            The presynaptic units, whose signs some constraints draw.
        """

    def rebuild_network(self, network: Any) -> Any:
        """Return the network to train in place of `network`; by default the same."""
        return network


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Free(SignConstraint):
    """No constraint: weights can have any sign and change it."""

    def compute_bounds(self, weights: np.ndarray, sources: WeightSources) -> Bounds:
        """Return infinite bounds."""
        return _repeat_bounds(weights, -np.inf, np.inf)


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class NonNegative(SignConstraint):
    """All weights are 0 or more; biases are not constrained."""

    def compute_bounds(self, weights: np.ndarray, sources: WeightSources) -> Bounds:
        """Return 0 and infinity."""
        return _repeat_bounds(weights, 0.0, np.inf)


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class NonPositive(SignConstraint):
    """All weights are 0 or less; biases are not constrained.

    Layers of rectified units (ReLU) start with positive biases, unless the training starts from
    the network's own parameters: without, non-negative input would leave them silent, and silent
    units do not learn.
    """

    def compute_bounds(self, weights: np.ndarray, sources: WeightSources) -> Bounds:
        """Return minus infinity and 0."""
        return _repeat_bounds(weights, -np.inf, 0.0)


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class DaleColumns(SignConstraint):
    """Dale's principle: all outgoing weights of a presynaptic unit have the same sign.

    If every column of the initial weights already has a single sign, the signs are kept; otherwise
    the inhibitory units are drawn at random. Stimulus channels count as presynaptic units.

    Parameters
    ----------
    inhibitory : float, optional
        Fraction of inhibitory presynaptic units, between 0 and 1. The default of 0.2 is about the
        fraction of GABAergic neurons in neocortex.
    """

    inhibitory: float = 0.2

    def check(self) -> None:
        """Raise `DescriptionError` for a fraction outside 0 to 1."""
        SignConstraint.check(self)
        check_inhibitory_share(self, self.inhibitory)

    def compute_bounds(self, weights: np.ndarray, sources: WeightSources) -> Bounds:
        """Return 0 to infinity in excitatory columns, minus infinity to 0 in inhibitory ones."""
        other_axes = tuple(k for k in range(weights.ndim) if k != 1)
        low, high = weights.min(axis=other_axes), weights.max(axis=other_axes)
        if ((low >= 0) | (high <= 0)).all() and weights.any():
            signs = np.where(low < 0, -1, 1)
        else:
            signs = draw_column_signs(len(low), self.inhibitory, sources)
        return _bounds_from_signs(weights, signs.reshape(1, -1, *(1,) * (weights.ndim - 2)))


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class SignFrozen(SignConstraint):
    """Every weight keeps the sign of its initial value; weights of zero stay zero."""

    def compute_bounds(self, weights: np.ndarray, sources: WeightSources) -> Bounds:
        """Return bounds that keep each weight on its side of zero."""
        return _bounds_from_signs(weights, np.sign(weights))


def check_inhibitory_share(owner: Any, share: float) -> None:
    """Raise `DescriptionError` unless a fraction of inhibitory units is between 0 and 1."""
    if not 0 <= share <= 1:
        raise DescriptionError(
            f"{owner.title()}, inhibitory",
            "a fraction between 0 and 1",
            repr(share),
            "Use 0.2 for one in five.",
        )


def draw_column_signs(n_columns: int, inhibitory: float, sources: WeightSources) -> np.ndarray:
    """Draw which presynaptic units are inhibitory.

    Parameters
    ----------
    n_columns : int
        Number of presynaptic units.
    inhibitory : float
        Fraction of inhibitory units, between 0 and 1.
    sources : WeightSources
        Name and seed; the same signs are drawn for all arrays with the same sources.

    Returns
    -------
    numpy.ndarray, shape (n_columns,)
        -1 for inhibitory units, +1 for excitatory ones.
    """
    signs = np.ones(n_columns)
    order = make_rng(sources.seed, "Dale", sources.name, n_columns).permutation(n_columns)
    signs[order[: round(inhibitory * n_columns)]] = -1
    return signs


def impose_bounds(weights: np.ndarray, bounds: Bounds) -> np.ndarray:
    """Return initial weights within bounds: those with the wrong sign are multiplied by -1."""
    low, high = bounds
    magnitude = np.abs(weights)
    signed_weights = np.where(low >= 0, magnitude, np.where(high <= 0, -magnitude, weights))
    return np.clip(signed_weights, low, high)


def _repeat_bounds(weights: np.ndarray, low: float, high: float) -> Bounds:
    return np.full(weights.shape, low), np.full(weights.shape, high)


def _bounds_from_signs(weights: np.ndarray, signs: np.ndarray) -> Bounds:
    signs = np.broadcast_to(signs, weights.shape)
    return np.where(signs < 0, -np.inf, 0.0), np.where(signs > 0, np.inf, 0.0)
