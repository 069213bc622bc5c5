"""Projections: the synapses from one population to another."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np

from bioann.base.errors import DescriptionError
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
    weight : quantity
        Peak conductance of one spike, >= 0; in pA or mV for a current-based receptor.
    receptor : Receptor, str or None, optional
        Postsynaptic receptor; by default AMPA for glutamate and GABA_A for GABA.
    connectivity : Connectivity, optional
        Rule that decides which neurons are connected; all to all by default.
    delay : quantity, optional
        Time from a presynaptic spike to its postsynaptic effect, >= 0.
    name : str, optional
        Unique name of the projection; ``<source>_to_<target>`` by default.
    plasticity : Plasticity or tuple of Plasticity, optional
        At most one short-term rule (scales the release of each spike) and one long-term rule
        (changes the strength of the synapse). Learning creates no synapses.
    """

    source: str
    target: str
    weight: SI = quantity("nS", at_least=0)
    receptor: Receptor | str | None = None
    connectivity: Connectivity = dataclasses.field(default_factory=AllToAll)
    delay: SI = quantity("ms", 1, at_least=0)
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
        if not self.name:
            self.set_field("name", f"{self.source}_to_{self.target}")

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
