"""Gap junctions: electrical coupling of the neurons of one population."""

from __future__ import annotations

import dataclasses

import numpy as np

from bioann.base.description import Description
from bioann.base.equations import Symbol
from bioann.base.errors import DescriptionError
from bioann.base.units import SI, quantity
from bioann.bio.connectivity import AllToAll, Connectivity, ExplicitMatrix, OneToOne
from bioann.bio.parameters import list_parameters


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class GapJunctions(Description):
    r"""Ohmic conductances between the somata of neurons of a population.

    .. math:: I_i = \sum_j g_{ij} (v_j - v_i), \quad g_{ij} = g_{ji}

    What flows out of one neuron flows into the other: the currents of all neurons sum to zero.
    A constant current into one of two equal passive cells depolarises the other by the coupling
    coefficient :math:`g / (g + g_L)` of its own depolarisation; their mean relaxes with
    :math:`C / g_L`, their difference with :math:`C / (g_L + 2 g)`.

    Parameters
    ----------
    conductance : quantity
        Conductance `g` of a junction (nS), >= 0.
    connectivity : Connectivity, optional
        Rule that decides which pairs of neurons are coupled; all pairs by default. A junction has
        no direction: of a rule that draws synapses in both directions, those from a neuron to one
        with a higher index count. An `ExplicitMatrix` has to be symmetric, with zeros on its
        diagonal.

    Notes
    -----
    The current is held over a time step, so that exactly as much charge leaves one neuron as
    reaches the other. The error is of first order in the step; steady states have none. An
    integrate-and-fire cell that is reset has no action potential that could reach its neighbours:
    they feel its reset only. An exponential one transmits its upswing up to the cut-off.
    """

    conductance: SI = quantity(
        "nS", at_least=0, symbol='g_"gap"', meaning="conductance of a gap junction"
    )
    connectivity: Connectivity = dataclasses.field(default_factory=AllToAll)

    equation = 'I_"gap" = sum_j g_"gap" (v_j - v)'

    def check(self) -> None:
        """Raise `DescriptionError` for a rule that couples no pairs of different neurons."""
        connectivity = self.connectivity
        expected, got = "a rule that couples pairs of different neurons", repr(connectivity)
        if isinstance(connectivity, ExplicitMatrix):
            matrix = connectivity.values
            if matrix.shape == matrix.T.shape and (matrix == matrix.T).all():
                if not np.diagonal(matrix).any():
                    return
                got = "a neuron coupled to itself"
            else:
                got = "a matrix that is not symmetric"
            expected = "a symmetric matrix with zeros on its diagonal"
        elif isinstance(connectivity, Connectivity) and not isinstance(connectivity, OneToOne):
            return
        raise DescriptionError(
            "GapJunctions, connectivity",
            expected,
            got,
            "Use AllToAll(), FixedProbability(p), or ExplicitMatrix(values) with equal values for "
            "both directions.",
        )

    @property
    def is_drawn(self) -> bool:
        """Whether the junctions are drawn, so that they differ between wirings."""
        return self.connectivity.is_drawn and self.conductance > 0

    def draw_junctions(
        self, n: int, rng: np.random.Generator
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Draw the junctions of `n` neurons, each in both directions.

        Parameters
        ----------
        n : int
            Number of neurons of the population.
        rng : numpy.random.Generator
            Random generator of the population in this wiring.

        Returns
        -------
        post, pre : numpy.ndarray of int32, shape (2 * junction,)
            Neuron that receives the current and its neighbour, sorted by the former.
        conductance : numpy.ndarray, shape (2 * junction,)
            Conductance in siemens, > 0.
        """
        if not self.conductance:
            nothing = np.zeros(0, dtype=np.int32)
            return nothing, nothing, np.zeros(0)
        high, low, strength = self.connectivity.draw_synapses(n, n, True, rng)
        is_kept = low < high
        high, low, strength = high[is_kept], low[is_kept], np.asarray(strength)[is_kept]
        post, pre = np.concatenate([high, low]), np.concatenate([low, high])
        order = np.lexsort((pre, post))
        conductance = np.concatenate([strength, strength])[order] * float(self.conductance)
        return post[order].astype(np.int32), pre[order].astype(np.int32), conductance

    def time_constant(self, n: int, capacitance: float) -> float:
        """Return the shortest time constant in seconds of differences between `n` neurons.

        An estimate from the mean conductance onto a neuron; `capacitance` in farad.
        """
        onto_neuron = float(self.conductance) * self.expected_count(n) / n
        return capacitance / (2 * onto_neuron) if onto_neuron else np.inf

    def expected_count(self, n: int) -> float:
        """Return the expected number of junctions of `n` neurons, each in both directions."""
        # Rules of connectivity count a neuron with itself as a pair.
        share = (n - 1) / n if self.conductance else 0.0
        return share * self.connectivity.expected_synapse_count(n, n)

    def parameters(self) -> tuple[Symbol, ...]:
        """List symbol, meaning, value and unit of the conductance."""
        return list_parameters(self, "the pair")
