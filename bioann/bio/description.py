"""The Protocol through which builders, engines and tables read a spiking network.

`bioann.bio.network.SpikingNetwork` imports the engines and tables that read it. They import this
Protocol instead of the class, which avoids a circular import.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np

from bioann.bio.afferent import Afferent, CurrentAfferent
from bioann.bio.connectivity import Connectivity
from bioann.bio.electrodes import ElectrodeArray
from bioann.bio.fibres import FibrePathway
from bioann.bio.injection import Injection
from bioann.bio.modulation.modulation import Modulation
from bioann.bio.population import Population
from bioann.bio.projection import Projection
from bioann.bio.receptors import Receptor
from bioann.bio.scheduled_afferent import ScheduledAfferent


class NetworkDescription(Protocol):
    """Description of a spiking network; the members are those of `SpikingNetwork`."""

    @property
    def populations(self) -> tuple[Population, ...]:
        """Populations of the network."""
        ...

    @property
    def afferents(
        self,
    ) -> tuple[Afferent | ScheduledAfferent | CurrentAfferent | ElectrodeArray, ...]:
        """Fibres and electrodes that carry the stimulus."""
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
        """Number of neurons by population name."""
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
    def fibres(self) -> tuple[FibrePathway, ...]:
        """Afferents that are fibres, not electrodes."""
        ...

    @property
    def default_step(self) -> float:
        """Default time step in seconds."""
        ...

    def get_population(self, name: str) -> Population:
        """Return the population with this name."""
        ...

    def receptors_of(self, name: str) -> tuple[Receptor, ...]:
        """Return the distinct receptors of a population."""
        ...

    @property
    def has_drawn_wiring(self) -> bool:
        """Whether any synapses or parameters are drawn from the seed."""
        ...

    def draw_parameters(self, seed: int, wiring: int = 0) -> NetworkDescription:
        """Return a copy whose neurons have the values that their distributions draw."""
        ...

    def get_connectivity(self, projection: Projection) -> Connectivity:
        """Return the connectivity of a projection, with positions if it needs them."""
        ...

    def expected_synapse_count(self, projection: Projection) -> float:
        """Return the expected number of synapses of a projection."""
        ...

    def draw_synapses(
        self, projection: Projection, seed: int, wiring: int = 0
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Draw the synapses of a projection: postsynaptic neuron, presynaptic neuron, strength."""
        ...
