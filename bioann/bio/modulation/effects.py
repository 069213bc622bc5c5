"""Effects of neuromodulators on cells, synapses and plasticity."""

from __future__ import annotations

import dataclasses

import numpy as np

from bioann.base.description import Description
from bioann.base.errors import DescriptionError
from bioann.base.units import SI, quantity
from bioann.bio.modulation.region import Region


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class ModulationEffect(Description):
    """Base class of the effects of a modulator.

    Parameters
    ----------
    target : str or Region
        Name of the population, projection or afferent that is modulated; or a region, all of
        whose populations (`Excitability`) or projections and afferents (all other effects) are.
    """

    target: str | Region

    @property
    def target_name(self) -> str:
        """Name of the population, projection, afferent or region."""
        return self.target.name if isinstance(self.target, Region) else self.target

    @property
    def targets(self) -> tuple[str, ...]:
        """Names of the projections and afferents that it acts on."""
        return self.target.projections if isinstance(self.target, Region) else (self.target,)

    def check_region(self, kind: str) -> None:
        """Raise `DescriptionError` for a region without what the effect acts on."""
        if not self.targets:
            raise DescriptionError(
                f"{type(self).__name__} of {self.target_name!r}, target",
                f"a region with at least one {kind}",
                "none",
                f"Add {kind}s to the region, or use another effect.",
            )

    def check_factor(self, field: str, value: float) -> None:
        """Raise `DescriptionError` unless a factor is finite and >= 0."""
        if not 0 <= value < np.inf:
            raise DescriptionError(
                f"{type(self).__name__} of {self.target_name!r}, {field}",
                "a number >= 0",
                repr(value),
                "A conductance is a magnitude: below 1 weakens, 0 silences.",
            )


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Excitability(ModulationEffect):
    r"""A current and a leak in every neuron of a population: :math:`E (I + g (E_{rev} - v))`.

    Parameters
    ----------
    target : str or Region
        Name of the population that is modulated, or a region: all of its populations.
    current : quantity, optional
        Current :math:`I` at maximal effect; positive depolarises.
    conductance : quantity, optional
        Leak conductance :math:`g` at maximal effect, >= 0.
    reversal : quantity, optional
        Reversal potential :math:`E_{rev}` of the leak; that of potassium by default.
    """

    current: SI = quantity("pA", 0, symbol="I", meaning="current at full effect")
    conductance: SI = quantity("nS", 0, at_least=0, symbol="g", meaning="leak at full effect")
    reversal: SI = quantity("mV", -90, symbol="E", meaning="reversal potential of that leak")

    def check(self) -> None:
        """Raise `DescriptionError` for a region without populations."""
        self.check_region("population")

    @property
    def targets(self) -> tuple[str, ...]:
        """Names of the populations that it acts on."""
        return self.target.populations if isinstance(self.target, Region) else (self.target,)


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class SynapticGain(ModulationEffect):
    """Gain of a projection or afferent: multiplies its weights by ``1 + (factor - 1) E``.

    Parameters
    ----------
    target : str or Region
        Name of the projection or afferent that is modulated, or a region: all of them in it. An
        afferent that no name was given is called ``afferent_<channel>_to_<target>``.
    factor : float
        Factor at maximal effect, >= 0; below 1 weakens, above 1 strengthens.
    """

    factor: float

    def check(self) -> None:
        """Raise `DescriptionError` for a negative factor, or a region without projections."""
        self.check_region("projection")
        self.check_factor("factor", self.factor)

    def factor_at(self, effect: np.ndarray) -> np.ndarray:
        """Return the factor at an effect between 0 and 1."""
        return 1 + (self.factor - 1) * effect


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class PlasticityGate(ModulationEffect):
    """Gate of the plasticity of a projection or afferent: multiplies its learning steps.

    Parameters
    ----------
    target : str or Region
        Name of the projection or afferent that is modulated, or a region: all of them in it; they
        need long-term plasticity.
    opened, closed : float, optional
        Factor at maximal and at no effect, >= 0. Swap them for a modulator that stops learning.
    """

    opened: float = 1.0
    closed: float = 0.0

    def check(self) -> None:
        """Raise `DescriptionError` for a negative factor, or a region without projections."""
        self.check_region("projection")
        self.check_factor("opened", self.opened)
        self.check_factor("closed", self.closed)

    def factor_at(self, effect: np.ndarray) -> np.ndarray:
        """Return the factor at an effect between 0 and 1."""
        return self.closed + (self.opened - self.closed) * effect
