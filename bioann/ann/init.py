"""Initialisation of weights: zero, random, or scaled to preserve the variance across layers.

>>> import bioann as ba
>>> ba.init.He()
He(distribution='normal')
"""

from __future__ import annotations

import dataclasses
import functools
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

import numpy as np

from bioann.ann.signs.constraints import WeightSources, check_inhibitory_share, draw_column_signs
from bioann.base.arguments import name_argument_errors
from bioann.base.description import Description
from bioann.base.errors import DescriptionError
from bioann.base.randomness import make_rng

if TYPE_CHECKING:
    from bioann.ann.layered import LayeredNetwork
    from bioann.ann.layers.layer import Layer


@dataclasses.dataclass(frozen=True)
class WeightSpec:
    """Properties of one array of weights that is to be initialised.

    Attributes
    ----------
    shape : tuple of int
        Shape of the array, with axes ``(target, source, ...)``.
    fan_in, fan_out : int
        Number of inputs of a unit, and number of units that an input projects to.
    rng : numpy.random.Generator
        Random number generator of this array.
    sources : WeightSources
        The presynaptic units, whose signs some initialisations draw.
    """

    shape: tuple[int, ...]
    fan_in: int
    fan_out: int
    rng: np.random.Generator
    sources: WeightSources


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Initialisation(Description, ABC):
    """Base of all initialisations of weights; biases start at zero."""

    @abstractmethod
    def draw_weights(self, spec: WeightSpec) -> np.ndarray:
        """Draw an array of weights."""


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Zero(Initialisation):
    """All weights zero; training cannot break the symmetry between the units of a layer."""

    def draw_weights(self, spec: WeightSpec) -> np.ndarray:
        """Return zeros."""
        return np.zeros(spec.shape)


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class RandomNormal(Initialisation):
    """Normally distributed weights with the same standard deviation in every layer.

    Parameters
    ----------
    std : float, optional
        Standard deviation of the weights, above 0.
    """

    std: float = 0.05

    def check(self) -> None:
        """Raise `DescriptionError` for a standard deviation of zero or below."""
        _check_positive_scale(self, "std", self.std)

    def draw_weights(self, spec: WeightSpec) -> np.ndarray:
        """Draw normally distributed weights."""
        return spec.rng.normal(0.0, self.std, spec.shape)


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class RandomUniform(Initialisation):
    """Uniformly distributed weights within the same limit in every layer.

    Parameters
    ----------
    limit : float, optional
        Largest magnitude of a weight, above 0.
    """

    limit: float = 0.05

    def check(self) -> None:
        """Raise `DescriptionError` for a limit of zero or below."""
        _check_positive_scale(self, "limit", self.limit)

    def draw_weights(self, spec: WeightSpec) -> np.ndarray:
        """Draw uniformly distributed weights."""
        return spec.rng.uniform(-self.limit, self.limit, spec.shape)


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Glorot(Initialisation):
    r"""Uniform or normal weights of variance :math:`2 / (n_{in} + n_{out})`.

    With equally large layers this preserves the variance of linear units and reduces that of ReLU
    units by half (Glorot and Bengio 2010, "Xavier").

    Parameters
    ----------
    distribution : {'uniform', 'normal'}, optional
        Distribution of the weights, with mean 0.
    """

    distribution: str = "uniform"

    def check(self) -> None:
        """Raise `DescriptionError` for an unknown distribution."""
        _check_distribution(self, self.distribution)

    def draw_weights(self, spec: WeightSpec) -> np.ndarray:
        """Draw weights of variance 2 / (fan-in + fan-out)."""
        return _draw_with_variance(spec, 2 / (spec.fan_in + spec.fan_out), self.distribution)


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class He(Initialisation):
    r"""Normal or uniform weights of variance :math:`2 / n_{in}`.

    This preserves the mean square of the inputs of ReLU layers (He et al. 2015).

    Parameters
    ----------
    distribution : {'normal', 'uniform'}, optional
        Distribution of the weights, with mean 0.
    """

    distribution: str = "normal"

    def check(self) -> None:
        """Raise `DescriptionError` for an unknown distribution."""
        _check_distribution(self, self.distribution)

    def draw_weights(self, spec: WeightSpec) -> np.ndarray:
        """Draw weights of variance 2 / fan-in."""
        return _draw_with_variance(spec, 2 / spec.fan_in, self.distribution)


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class DaleBalanced(Initialisation):
    r"""Weights that obey Dale's principle, with balanced excitation and inhibition.

    Magnitudes are exponentially distributed with mean :math:`\mu_E` in excitatory columns and
    :math:`\mu_I = \mu_E n_E / n_I` in inhibitory ones, so that a uniform input sums to zero on
    average; :math:`n_E \mu_E^2 + n_I \mu_I^2 = 2`, the variance of a unit's summed input with `He`
    for inputs of mean square 1.

    Parameters
    ----------
    inhibitory : float, optional
        Fraction of inhibitory columns, between 0 and 1. The columns are the same as those of
        `DaleColumns` with the same fraction and seed.
    """

    inhibitory: float = 0.2

    def check(self) -> None:
        """Raise `DescriptionError` for a fraction outside 0 to 1."""
        check_inhibitory_share(self, self.inhibitory)

    def draw_weights(self, spec: WeightSpec) -> np.ndarray:
        """Draw exponentially distributed magnitudes and the signs of the columns."""
        n_columns = spec.shape[1]
        signs = draw_column_signs(n_columns, self.inhibitory, spec.sources)
        weights_per_column = spec.fan_in / n_columns  # per target; above 1 for convolutions
        n_i = weights_per_column * float((signs < 0).sum())
        n_e = spec.fan_in - n_i
        if 0 < n_i < spec.fan_in:
            mean_e = np.sqrt(2 / (n_e + n_e**2 / n_i))
            mean_magnitudes = np.where(signs > 0, mean_e, mean_e * n_e / n_i)
        else:  # columns of a single sign cannot be balanced
            mean_magnitudes = np.full(n_columns, np.sqrt(2 / spec.fan_in))
        signed_means = (signs * mean_magnitudes).reshape(1, -1, *(1,) * (len(spec.shape) - 2))
        return spec.rng.exponential(1.0, spec.shape) * signed_means


@name_argument_errors
def initialise_weights(
    network: LayeredNetwork, initialisation: Initialisation, *, seed: int
) -> LayeredNetwork:
    """Draw new initial weights for a network.

    Parameters
    ----------
    network : LayeredNetwork
        The network; its present weights have no effect.
    initialisation : Initialisation
        Distribution of the weights; layers with an initialisation of their own
        (`ExcitatoryInhibitory`) ignore it.
    seed : int
        Seed of the weights; those of a layer do not depend on the other layers.

    Returns
    -------
    LayeredNetwork
        The same network with new parameters.
    """
    parameters = [
        layer.draw_parameters(
            functools.partial(_draw_field, initialisation, name, layer, source, seed),
            make_rng(seed, "initialisation", name),
        )
        for name, layer, source in zip(network.names, network.layers, network.sources, strict=True)
    ]
    return network.with_parameters(parameters)


def _draw_field(
    initialisation: Initialisation,
    name: str,
    layer: Layer,
    source: str,
    seed: int,
    field: str,
    shape: tuple[int, ...],
    fan_in: int,
    fan_out: int,
    is_recurrent: bool,
) -> np.ndarray:
    """Draw the weights of one field of the layer `name` with input from `source`."""
    rng = make_rng(seed, "initialisation", name, field)
    sources = WeightSources(layer.source_of(field, name, source), seed)
    return initialisation.draw_weights(WeightSpec(shape, fan_in, fan_out, rng, sources))


def _draw_with_variance(spec: WeightSpec, variance: float, distribution: str) -> np.ndarray:
    if distribution == "normal":
        return spec.rng.normal(0.0, np.sqrt(variance), spec.shape)
    limit = np.sqrt(3 * variance)
    return spec.rng.uniform(-limit, limit, spec.shape)


def _check_distribution(owner: Initialisation, distribution: str) -> None:
    if distribution not in ("normal", "uniform"):
        raise DescriptionError(
            f"{owner.title()}, distribution",
            "'normal' or 'uniform'",
            repr(distribution),
            "Choose one of them.",
        )


def _check_positive_scale(owner: Initialisation, field: str, value: float) -> None:
    if not value > 0:
        raise DescriptionError(
            f"{owner.title()}, {field}", "a number above 0", repr(value), "Use Zero() for none."
        )
