"""Projections: the synapses from one population to another."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np

from bioann.base.errors import DescriptionError
from bioann.base.heterogeneity import HeterogeneousQuantity
from bioann.base.randomness import make_rng
from bioann.base.units import SI, quantity
from bioann.bio.connectivity import AllToAll, Connectivity
from bioann.bio.pathway import SynapticPathway
from bioann.bio.receptors import Receptor


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Projection(SynapticPathway):
    """Synapses from one population to another (or to itself).

    Parameters
    ----------
    source, target : str
        Names of the presynaptic and the postsynaptic population. The source decides the
        transmitter.
    weight : quantity, array or Distribution
        Peak conductance of one spike, >= 0; in pA or mV for a current-based receptor. One value for
        all synapses, an array of shape ``(n_post, n_pre)``, or a distribution from which each
        synapse draws its own (`bioann.Normal`, `bioann.LogNormal`, `bioann.Uniform`). The
        connectivity decides which pairs of neurons have a synapse, and multiplies its weight.
    receptor : Receptor, str or None, optional
        Postsynaptic receptor; by default AMPA for glutamate and GABA_A for GABA.
    connectivity : Connectivity, optional
        Rule that decides which neurons are connected; all to all by default.
    delay : quantity, array or Distribution, optional
        Time from a presynaptic spike to its postsynaptic effect, >= 0, rounded to whole time steps;
        as for `weight` one for all synapses, one for each pair of neurons, or a distribution.
        Synapses that learn have one delay.
    name : str, optional
        Unique name of the projection; ``<source>_to_<target>`` by default.
    plasticity : Plasticity or tuple of Plasticity, optional
        At most one short-term rule (scales the release of each spike) and one long-term rule
        (changes the strength of the synapse). Learning creates no synapses.

    Examples
    --------
    >>> import bioann as ba
    >>> from brian2 import ms, nS
    >>> projection = ba.Projection("I", "E", 0.5 * nS, delay=2 * ms)
    >>> projection.name
    'I_to_E'
    """

    source: str
    target: str
    weight: SI = quantity("nS", at_least=0, one_per="synapse")
    receptor: Receptor | str | None = None
    connectivity: Connectivity = dataclasses.field(default_factory=AllToAll)
    delay: SI = quantity("ms", 1, at_least=0, one_per="synapse")
    name: str = ""
    plasticity: Any = ()

    def title(self) -> str:
        """Return the projection's name in error messages."""
        return f"Projection {self.source!r} -> {self.target!r}"

    def check(self) -> None:
        """Raise `DescriptionError` for connectivity that is no rule; check the plasticity."""
        if not isinstance(self.connectivity, Connectivity):
            raise DescriptionError(
                f"{self.title()}, connectivity",
                "a rule: AllToAll(), FixedProbability(p), ... (see bioann.connectivity)",
                repr(self.connectivity),
                "Pass an object, not its class or name.",
            )
        self.check_plasticity()
        self._check_delays()
        if not self.name:
            self.set_field("name", f"{self.source}_to_{self.target}")

    def _check_delays(self) -> None:
        """Raise `DescriptionError` for delays that differ between synapses that learn."""
        if self.long_term_rule is not None and isinstance(self.delay, HeterogeneousQuantity):
            raise DescriptionError(
                f"{self.title()}, delay",
                "one delay, because its synapses learn",
                "several",
                "Pass one value, or use one projection per delay.",
            )

    def draw_values(
        self, field: str, post: np.ndarray, pre: np.ndarray, seed: int, wiring: int
    ) -> np.ndarray:
        """Return the weight or delay of each synapse of a wiring, drawn if it has a distribution.

        Parameters
        ----------
        field : {'weight', 'delay'}
            The field, whose values may differ between synapses or not.
        post, pre : numpy.ndarray of int, shape (synapse,)
            Postsynaptic and presynaptic neuron of each synapse.
        seed, wiring : int
            Seed of the run, and number of the wiring.

        Returns
        -------
        numpy.ndarray, shape (synapse,)
            Values in SI units; weights without the relative strength of the connectivity.
        """
        value = getattr(self, field)
        if not isinstance(value, HeterogeneousQuantity):
            return np.broadcast_to(float(value), len(post))
        if value.values is not None:
            return np.asarray(value.values[post, pre])
        labels = ("wiring", wiring) if wiring else ()
        return value.draw(len(post), make_rng(seed, "projection", self.name, field, *labels))

    def make_draw_arguments(
        self, sizes: Mapping[str, int], seed: int, wiring: int
    ) -> tuple[int, int, bool, np.random.Generator]:
        """Make the arguments with which the connectivity draws the synapses of a wiring.

        Parameters
        ----------
        sizes : mapping of str to int
            Number of neurons by population name.
        seed, wiring : int
            Seed of the run, and number of the wiring.

        Returns
        -------
        n_pre, n_post : int
            Number of neurons in the source and in the target population.
        recurrent : bool
            Whether source and target are the same population.
        rng : numpy.random.Generator
            Random generator of the projection in this wiring.
        """
        # The first wiring is that of a run without the option, so it adds no label to the seed.
        labels = ("wiring", wiring) if wiring else ()
        rng = make_rng(seed, "projection", self.name, *labels)
        return sizes[self.source], sizes[self.target], self.source == self.target, rng
