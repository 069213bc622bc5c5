"""What builders, engines and tables need to know of a spiking network.

`bioann.bio.network.SpikingNetwork` starts engines and prints tables, and these read the network:
they name this Protocol instead, so that no import runs in a circle.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np

from bioann.bio.afferent import Afferent, CurrentAfferent
from bioann.bio.electrodes import ElectrodeArray
from bioann.bio.modulation.modulation import Modulation
from bioann.bio.population import Injection, Population
from bioann.bio.projection import Projection
from bioann.bio.receptors import Receptor


class NetworkDescription(Protocol):
    """A spiking network as it is described; the members are those of `SpikingNetwork`."""

    @property
    def populations(self) -> tuple[Population, ...]:
        """All populations."""
        ...

    @property
    def afferents(self) -> tuple[Afferent | CurrentAfferent | ElectrodeArray, ...]:
        """What carries the stimulus."""
        ...

    @property
    def projections(self) -> tuple[Projection, ...]:
        """Synapses between populations."""
        ...

    @property
    def injections(self) -> tuple[Injection, ...]:
        """Constant currents and conductances."""
        ...

    @property
    def modulations(self) -> tuple[Modulation, ...]:
        """Effects of neuromodulators."""
        ...

    @property
    def sizes(self) -> dict[str, int]:
        """Number of neurons of each population."""
        ...

    @property
    def units(self) -> tuple[str, ...]:
        """Names of the populations."""
        ...

    @property
    def channels(self) -> tuple[str, ...]:
        """Stimulus channels that the network reads."""
        ...

    @property
    def default_step(self) -> float:
        """Time step in seconds of runs that are not given another."""
        ...

    def get_population(self, name: str) -> Population:
        """Return a population by its name."""
        ...

    def receptors_of(self, name: str) -> tuple[Receptor, ...]:
        """Return the receptors of a population, each once."""
        ...

    def draw_synapses(
        self, projection: Projection, seed: int
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return postsynaptic neuron, presynaptic neuron and strength of every synapse."""
        ...
