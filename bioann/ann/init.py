"""Initial weights: zero, random, and scaled so that activations keep their size over depth."""

from __future__ import annotations

import dataclasses
import functools
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

import numpy as np

from bioann.ann.signs.constraints import Sources, check_share, column_signs
from bioann.base.errors import DescriptionError
from bioann.base.randomness import make_rng
from bioann.base.units import Description

if TYPE_CHECKING:
    from bioann.ann.layered import LayeredNetwork


@dataclasses.dataclass(frozen=True)
class Draw:
    """What an initialisation is told of one array of weights.

    Attributes
    ----------
    shape : tuple of int
        Axes ``(target, source, ...)``.
    fan_in, fan_out : int
        How many inputs a unit sums, and how many units an input reaches.
    rng : numpy.random.Generator
        Of this array.
    sources : Sources
        What the columns come from.
    """

    shape: tuple[int, ...]
    fan_in: int
    fan_out: int
    rng: np.random.Generator
    sources: Sources


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Initialisation(Description, ABC):
    """Base of all initialisations of weights; biases begin at zero."""

    @abstractmethod
    def draw(self, asked: Draw) -> np.ndarray:
        """Give an array of weights."""


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Zero(Initialisation):
    """All weights zero: the units of a layer stay alike for ever."""

    def draw(self, asked: Draw) -> np.ndarray:
        """Give zeros."""
        return np.zeros(asked.shape)


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class RandomNormal(Initialisation):
    """Normal weights of one standard deviation in every layer.

    Parameters
    ----------
    std : float, optional
        Standard deviation, above 0.
    """

    std: float = 0.05

    def check(self) -> None:
        """Raise `DescriptionError` for a width of zero or below."""
        _positive(self, "std", self.std)

    def draw(self, asked: Draw) -> np.ndarray:
        """Draw them."""
        return asked.rng.normal(0.0, self.std, asked.shape)


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class RandomUniform(Initialisation):
    """Uniform weights within one limit in every layer.

    Parameters
    ----------
    limit : float, optional
        Largest magnitude, above 0.
    """

    limit: float = 0.05

    def check(self) -> None:
        """Raise `DescriptionError` for a limit of zero or below."""
        _positive(self, "limit", self.limit)

    def draw(self, asked: Draw) -> np.ndarray:
        """Draw them."""
        return asked.rng.uniform(-self.limit, self.limit, asked.shape)


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Glorot(Initialisation):
    r"""Uniform or normal weights of variance :math:`2 / (n_{in} + n_{out})`.

    Between layers of one size this keeps the variance of linear units, and halves it at each ReLU
    layer (Glorot and Bengio 2010, "Xavier").

    Parameters
    ----------
    shape : {'uniform', 'normal'}, optional
        The distribution.
    """

    shape: str = "uniform"

    def check(self) -> None:
        """Raise `DescriptionError` for another distribution."""
        _distribution(self, self.shape)

    def draw(self, asked: Draw) -> np.ndarray:
        """Draw them."""
        return _scaled(asked, 2 / (asked.fan_in + asked.fan_out), self.shape)


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class He(Initialisation):
    r"""Normal or uniform weights of variance :math:`2 / n_{in}`.

    This keeps the mean square of ReLU layers (He et al. 2015).

    Parameters
    ----------
    shape : {'normal', 'uniform'}, optional
        The distribution.
    """

    shape: str = "normal"

    def check(self) -> None:
        """Raise `DescriptionError` for another distribution."""
        _distribution(self, self.shape)

    def draw(self, asked: Draw) -> np.ndarray:
        """Draw them."""
        return _scaled(asked, 2 / asked.fan_in, self.shape)


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class DaleBalanced(Initialisation):
    r"""Columns of one sign whose excitation and inhibition cancel on average.

    Magnitudes are exponential, with the mean :math:`\mu_E` in excitatory columns and
    :math:`\mu_I = \mu_E n_E / n_I` in inhibitory ones, so that a constant input sums to zero on
    average; :math:`n_E \mu_E^2 + n_I \mu_I^2 = 2`, the variance that He gives a unit for inputs
    of mean square one.

    Parameters
    ----------
    inhibitory : float, optional
        Share of inhibitory columns. The same ones are chosen as by `DaleColumns` with the same
        share and seed.
    """

    inhibitory: float = 0.2

    def check(self) -> None:
        """Raise `DescriptionError` for a share that is none."""
        check_share(self, self.inhibitory)

    def draw(self, asked: Draw) -> np.ndarray:
        """Draw them."""
        columns = asked.shape[1]
        signs = column_signs(columns, self.inhibitory, asked.sources)
        each = asked.fan_in / columns  # weights in a column of one unit, more than one in a kernel
        n_i = each * float((signs < 0).sum())
        n_e = asked.fan_in - n_i
        if 0 < n_i < asked.fan_in:
            mean_e = np.sqrt(2 / (n_e + n_e**2 / n_i))
            mean = np.where(signs > 0, mean_e, mean_e * n_e / n_i)
        else:  # one kind alone cannot balance
            mean = np.full(columns, np.sqrt(2 / asked.fan_in))
        by_column = (signs * mean).reshape(1, -1, *(1,) * (len(asked.shape) - 2))
        return asked.rng.exponential(1.0, asked.shape) * by_column


def initialise_weights(
    network: LayeredNetwork, initialisation: Initialisation, *, seed: int
) -> LayeredNetwork:
    """Draw the weights of a network afresh.

    Parameters
    ----------
    network : LayeredNetwork
        Its sizes count, its weights do not.
    initialisation : Initialisation
        How weights are drawn. Layers that have a rule of their own (`ExcitatoryInhibitory`) use it.
    seed : int
        Decides the weights; those of a layer do not depend on the other layers.

    Returns
    -------
    LayeredNetwork
        The same network with new parameters.
    """
    drawn = [
        layer.draw_parameters(
            functools.partial(_asked, initialisation, name, source, seed),
            make_rng(seed, "initialisation", name),
        )
        for name, layer, source in zip(network.names, network.layers, network.sources, strict=True)
    ]
    return network.with_parameters(drawn)


def _asked(
    initialisation: Initialisation,
    name: str,
    source: str,
    seed: int,
    field: str,
    shape: tuple[int, ...],
    fan_in: int,
    fan_out: int,
    own: bool,
) -> np.ndarray:
    """Draw one array of the layer `name`, which reads `source`."""
    rng = make_rng(seed, "initialisation", name, field)
    return initialisation.draw(
        Draw(shape, fan_in, fan_out, rng, Sources(name if own else source, seed))
    )


def _scaled(asked: Draw, variance: float, shape: str) -> np.ndarray:
    if shape == "normal":
        return asked.rng.normal(0.0, np.sqrt(variance), asked.shape)
    limit = np.sqrt(3 * variance)
    return asked.rng.uniform(-limit, limit, asked.shape)


def _distribution(owner: Initialisation, shape: str) -> None:
    if shape not in ("normal", "uniform"):
        raise DescriptionError(
            f"{owner.title()}, shape", "'normal' or 'uniform'", repr(shape), "Choose one of them."
        )


def _positive(owner: Initialisation, field: str, value: float) -> None:
    if not value > 0:
        raise DescriptionError(
            f"{owner.title()}, {field}", "a number above 0", repr(value), "Use Zero() for none."
        )
