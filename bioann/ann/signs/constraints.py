"""Sign constraints: which signs the weights of a network may have while it is trained."""

from __future__ import annotations

import dataclasses
from abc import ABC, abstractmethod
from typing import Any

import numpy as np

from bioann.base.errors import DescriptionError
from bioann.base.randomness import make_rng
from bioann.base.units import Description

#: Lowest and highest value of every weight of an array.
Bounds = tuple[np.ndarray, np.ndarray]


@dataclasses.dataclass(frozen=True)
class WeightSources:
    """Where the columns of a weight array come from.

    Attributes
    ----------
    name : str
        What the presynaptic units are called: ``"input"``, or the name of a layer.
    seed : int
        Seed of the training run.
    """

    name: str
    seed: int


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class SignConstraint(Description, ABC):
    r"""Base of all sign constraints: bounds on each weight, and how gradients keep to them.

    ``method="projection"`` moves a weight that a step has carried over its bound back to the bound
    (:math:`w \leftarrow \min(\max(w, l), u)`), so that it can stay at zero and leave it again.
    ``method="reparametrisation"`` learns a free number :math:`\theta` with
    :math:`w = \pm|\theta|`: a weight that is carried over zero is reflected.

    Parameters
    ----------
    method : {'projection', 'reparametrisation'}, optional
        How gradients keep to the bounds.
    """

    method: str = dataclasses.field(default="projection", kw_only=True)

    def check(self) -> None:
        """Raise `DescriptionError` for another method."""
        if self.method not in ("projection", "reparametrisation"):
            raise DescriptionError(
                f"{self.title()}, method",
                "'projection' or 'reparametrisation'",
                repr(self.method),
                "Leave it out for projected gradients.",
            )

    @abstractmethod
    def compute_bounds(self, weights: np.ndarray, sources: WeightSources) -> Bounds:
        """Give the bounds of an array of initial weights, axes ``(target, source, ...)``."""

    def rebuild_network(self, network: Any) -> Any:
        """Give the network that the constraint trains in place of `network`; itself in most."""
        return network


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Free(SignConstraint):
    """Any sign, at any time; there is nothing to project."""

    def compute_bounds(self, weights: np.ndarray, sources: WeightSources) -> Bounds:
        """Give none."""
        return _repeat_bounds(weights, -np.inf, np.inf)


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class NonNegative(SignConstraint):
    """Every weight is zero or above; biases are free."""

    def compute_bounds(self, weights: np.ndarray, sources: WeightSources) -> Bounds:
        """Give 0 and infinity."""
        return _repeat_bounds(weights, 0.0, np.inf)


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class NonPositive(SignConstraint):
    """Every weight is zero or below; biases are free."""

    def compute_bounds(self, weights: np.ndarray, sources: WeightSources) -> Bounds:
        """Give minus infinity and 0."""
        return _repeat_bounds(weights, -np.inf, 0.0)


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class DaleColumns(SignConstraint):
    """All weights that leave a presynaptic unit have one sign, as Dale's principle has it.

    If every column of the initial weights has one sign already, it is kept; otherwise the seed
    decides which presynaptic units are inhibitory. Stimulus channels count as presynaptic units.

    Parameters
    ----------
    inhibitory : float, optional
        Share of inhibitory presynaptic units, between 0 and 1. 0.2 is about the share of GABAergic
        neurons in neocortex.
    """

    inhibitory: float = 0.2

    def check(self) -> None:
        """Raise `DescriptionError` for a share outside 0 to 1."""
        SignConstraint.check(self)
        check_inhibitory_share(self, self.inhibitory)

    def compute_bounds(self, weights: np.ndarray, sources: WeightSources) -> Bounds:
        """Give 0 to infinity in excitatory columns, minus infinity to 0 in inhibitory ones."""
        other_axes = tuple(k for k in range(weights.ndim) if k != 1)
        low, high = weights.min(axis=other_axes), weights.max(axis=other_axes)
        if ((low >= 0) | (high <= 0)).all() and weights.any():
            signs = np.where(low < 0, -1, 1)
        else:
            signs = draw_column_signs(len(low), self.inhibitory, sources)
        return _bounds_from_signs(weights, signs.reshape(1, -1, *(1,) * (weights.ndim - 2)))


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class SignFrozen(SignConstraint):
    """Every weight keeps the sign that it was initialised with; one of zero stays zero."""

    def compute_bounds(self, weights: np.ndarray, sources: WeightSources) -> Bounds:
        """Bound each weight at zero, on the side where it is."""
        return _bounds_from_signs(weights, np.sign(weights))


def check_inhibitory_share(owner: Any, share: float) -> None:
    """Raise `DescriptionError` unless a share of inhibitory units lies between 0 and 1."""
    if not 0 <= share <= 1:
        raise DescriptionError(
            f"{owner.title()}, inhibitory",
            "a share between 0 and 1",
            repr(share),
            "0.2 is one in five.",
        )


def draw_column_signs(n_columns: int, inhibitory: float, sources: WeightSources) -> np.ndarray:
    """Draw which of `n_columns` presynaptic units are inhibitory.

    Returns
    -------
    numpy.ndarray, shape (n,)
        -1 or +1; the same for all weights that leave the same units.
    """
    signs = np.ones(n_columns)
    order = make_rng(sources.seed, "Dale", sources.name, n_columns).permutation(n_columns)
    signs[order[: round(inhibitory * n_columns)]] = -1
    return signs


def impose_bounds(weights: np.ndarray, bounds: Bounds) -> np.ndarray:
    """Turn the initial weights that are on the wrong side of zero, keeping magnitudes."""
    low, high = bounds
    magnitude = np.abs(weights)
    signed_weights = np.where(low >= 0, magnitude, np.where(high <= 0, -magnitude, weights))
    return np.clip(signed_weights, low, high)


def _repeat_bounds(weights: np.ndarray, low: float, high: float) -> Bounds:
    return np.full(weights.shape, low), np.full(weights.shape, high)


def _bounds_from_signs(weights: np.ndarray, signs: np.ndarray) -> Bounds:
    signs = np.broadcast_to(signs, weights.shape)
    return np.where(signs < 0, -np.inf, 0.0), np.where(signs > 0, np.inf, 0.0)
