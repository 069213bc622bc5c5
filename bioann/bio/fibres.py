"""Base of the afferents that are fibres: which neurons of the target each fibre reaches."""

from __future__ import annotations

import numpy as np

from bioann.base.errors import DescriptionError
from bioann.base.randomness import make_rng
from bioann.bio.connectivity import Connectivity
from bioann.bio.pathway import SynapticPathway


class FibrePathway(SynapticPathway):
    """Base of the descriptions of fibres that enter the network from outside.

    Attributes
    ----------
    fibres : int
        Number of fibres: of each neuron if `connectivity` is None, otherwise of the pool.
    """

    fibres: int

    def check_connectivity(self) -> None:
        """Raise `DescriptionError` for a connectivity that is no rule."""
        if not isinstance(self.connectivity, (Connectivity, type(None))):
            raise DescriptionError(
                f"{self.title()}, connectivity",
                "a connectivity rule, or None for fibres of each neuron's own",
                repr(self.connectivity),
                "Write connectivity=AllToAll() for fibres that all neurons share.",
            )

    def check_size(self, n_neurons: int) -> None:
        """Raise `DescriptionError` if the pool cannot be connected to a number of neurons."""
        if self.connectivity is None:
            return
        try:
            self.connectivity.check_sizes(self.fibres, n_neurons, recurrent=False)
        except DescriptionError as error:
            error.obj = f"{self.title()}, {error.obj}"
            raise

    def count_fibres(self, n_neurons: int) -> int:
        """Return the number of fibres in one lane that reach `n_neurons` neurons."""
        return self.fibres * (n_neurons if self.connectivity is None else 1)

    def expected_synapse_count(self, n_neurons: int) -> float:
        """Return the expected number of synapses on `n_neurons` neurons."""
        if self.connectivity is None:
            return float(self.fibres * n_neurons)
        return float(self.connectivity.expected_synapse_count(self.fibres, n_neurons))

    def draw_fibre_synapses(
        self, index: int, n_neurons: int, seed: int, wiring: int = 0
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Draw the synapses of the fibres on the neurons of the target.

        Parameters
        ----------
        index : int
            Position in the network's list of afferents: equal afferents draw different synapses.
        n_neurons : int
            Number of neurons of the target population.
        seed, wiring : int
            Seed of the run, and number of the wiring.

        Returns
        -------
        post, fibre : numpy.ndarray of int, shape (synapse,)
            Neuron and fibre of each synapse.
        strength : numpy.ndarray, shape (synapse,)
            Weight of each synapse as a multiple of the afferent's weight.
        """
        if self.connectivity is None:
            fibres = np.arange(self.fibres * n_neurons, dtype=np.int32)
            return fibres // np.int32(self.fibres), fibres, np.broadcast_to(1.0, len(fibres))
        labels = ("wiring", wiring) if wiring else ()
        rng = make_rng(seed, "afferent synapses", index, self.name, *labels)
        return self.connectivity.draw_synapses(self.fibres, n_neurons, False, rng)
