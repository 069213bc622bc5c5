"""Sign regimes: which signs the weights of a network may have while it is trained."""

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
class Sources:
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
class Regime(Description, ABC):
    r"""Base of all regimes: bounds on each weight, and how gradients keep to them.

    ``by="projection"`` moves a weight that a step has carried over its bound back to the bound
    (:math:`w \leftarrow \min(\max(w, l), u)`), so that it can stay at zero and leave it again.
    ``by="reparametrisation"`` learns a free number :math:`\theta` with
    :math:`w = \pm|\theta|`: a weight that is carried over zero is reflected.

    Parameters
    ----------
    by : {'projection', 'reparametrisation'}, optional
        The way.
    """

    by: str = dataclasses.field(default="projection", kw_only=True)

    def check(self) -> None:
        """Raise `DescriptionError` for another way."""
        if self.by not in ("projection", "reparametrisation"):
            raise DescriptionError(
                f"{self.title()}, by",
                "'projection' or 'reparametrisation'",
                repr(self.by),
                "Leave it out for projected gradients.",
            )

    @abstractmethod
    def bounds(self, weights: np.ndarray, sources: Sources) -> Bounds:
        """Give the bounds of an array of initial weights, axes ``(target, source, ...)``."""

    def rebuilt(self, network: Any) -> Any:
        """Give the network that the regime trains in place of `network`; itself in most."""
        return network


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Free(Regime):
    """Any sign, at any time; there is nothing to project."""

    def bounds(self, weights: np.ndarray, sources: Sources) -> Bounds:
        """Give none."""
        return _between(weights, -np.inf, np.inf)


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class NonNegative(Regime):
    """Every weight is zero or above; biases are free."""

    def bounds(self, weights: np.ndarray, sources: Sources) -> Bounds:
        """Give 0 and infinity."""
        return _between(weights, 0.0, np.inf)


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class NonPositive(Regime):
    """Every weight is zero or below; biases are free."""

    def bounds(self, weights: np.ndarray, sources: Sources) -> Bounds:
        """Give minus infinity and 0."""
        return _between(weights, -np.inf, 0.0)


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class DaleColumns(Regime):
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
        """Raise `DescriptionError` for a share that is none."""
        Regime.check(self)
        check_share(self, self.inhibitory)

    def bounds(self, weights: np.ndarray, sources: Sources) -> Bounds:
        """Give 0 to infinity in excitatory columns, minus infinity to 0 in inhibitory ones."""
        rest = tuple(k for k in range(weights.ndim) if k != 1)
        low, high = weights.min(axis=rest), weights.max(axis=rest)
        if ((low >= 0) | (high <= 0)).all() and weights.any():
            signs = np.where(low < 0, -1, 1)
        else:
            signs = column_signs(len(low), self.inhibitory, sources)
        return _by_sign(weights, signs.reshape(1, -1, *(1,) * (weights.ndim - 2)))


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class SignFrozen(Regime):
    """Every weight keeps the sign that it was initialised with; one of zero stays zero."""

    def bounds(self, weights: np.ndarray, sources: Sources) -> Bounds:
        """Bound each weight at zero, on the side where it is."""
        return _by_sign(weights, np.sign(weights))


def check_share(owner: Any, share: float) -> None:
    """Raise `DescriptionError` unless a share of inhibitory units lies between 0 and 1."""
    if not 0 <= share <= 1:
        raise DescriptionError(
            f"{owner.title()}, inhibitory",
            "a share between 0 and 1",
            repr(share),
            "0.2 is one in five.",
        )


def column_signs(n: int, inhibitory: float, sources: Sources) -> np.ndarray:
    """Draw which of `n` presynaptic units are inhibitory.

    Returns
    -------
    numpy.ndarray, shape (n,)
        -1 or +1; the same for all weights that leave the same units.
    """
    signs = np.ones(n)
    drawn = make_rng(sources.seed, "Dale", sources.name, n).permutation(n)
    signs[drawn[: round(inhibitory * n)]] = -1
    return signs


def imposed(weights: np.ndarray, bounds: Bounds) -> np.ndarray:
    """Turn the initial weights that are on the wrong side of zero, keeping magnitudes."""
    low, high = bounds
    magnitude = np.abs(weights)
    turned = np.where(low >= 0, magnitude, np.where(high <= 0, -magnitude, weights))
    return np.clip(turned, low, high)


def _between(weights: np.ndarray, low: float, high: float) -> Bounds:
    return np.full(weights.shape, low), np.full(weights.shape, high)


def _by_sign(weights: np.ndarray, signs: np.ndarray) -> Bounds:
    signs = np.broadcast_to(signs, weights.shape)
    return np.where(signs < 0, -np.inf, 0.0), np.where(signs > 0, np.inf, 0.0)
