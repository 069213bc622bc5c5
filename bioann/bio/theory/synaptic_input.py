"""Synapses of one kind onto a neuron, and the exponential equivalent to their response."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Mapping
from typing import Any, TypeAlias

import numpy as np

from bioann.base.errors import DescriptionError
from bioann.bio.afferent import Afferent
from bioann.bio.background import Background
from bioann.bio.projection import Projection
from bioann.bio.receptors import Receptor

#: Activations or rates by the name of the channel or population.
ValuesByName: TypeAlias = Mapping[str, Any]


@dataclasses.dataclass(frozen=True, eq=False)
class SynapticInput:
    """The synapses onto a neuron from one source through one receptor.

    Attributes
    ----------
    source, kind : str
        Name of the stimulus channel, population or background, and its kind: ``"channel"``,
        ``"unit"`` or ``"background"``.
    receptor : Receptor
        Receptor of the postsynaptic neuron.
    weight : float
        Weight of one synapse in SI units, at least 0.
    n_synapses : float
        Mean number of synapses onto a neuron.
    pathway : Afferent, Projection or Background
        The description that the synapses belong to.
    relative_strengths : numpy.ndarray or None, shape (neuron, source neuron)
        With a row for each neuron, its weights over the summed weight of the mean neuron.
    """

    source: str
    kind: str
    receptor: Receptor
    weight: float
    n_synapses: float
    pathway: Afferent | Projection | Background
    relative_strengths: np.ndarray | None = None

    def conductance_per_hertz(self) -> float:
        """Return the mean conductance (S) at a rate of 1 Hz; zero for a current-based synapse."""
        has_conductance = self.receptor.reversal is not None
        return self.weight * self.n_synapses * self.receptor.time_integral() * has_conductance

    def input_rate(self, channels: ValuesByName, source_rates: ValuesByName) -> np.ndarray:
        """Compute the spike rate of each synapse in Hz.

        Parameters
        ----------
        channels : mapping of str to array_like, shape (point,)
            Activation of each stimulus channel.
        source_rates : mapping of str to array_like
            Rate of each population in Hz, ``(point,)``, or of its neurons, ``(neuron, point)``.

        Returns
        -------
        numpy.ndarray
            Rate, ``(point,)``; with `relative_strengths` the weighted mean over the source neurons
            of each target neuron, ``(neuron, point)``.
        """
        if isinstance(self.pathway, Background):
            return np.asarray(self.pathway.rate)
        if isinstance(self.pathway, Projection):
            rates_of_source = np.asarray(source_rates[self.source])
            if self.relative_strengths is None:
                return rates_of_source
            return self.relative_strengths @ np.broadcast_to(
                rates_of_source, (self.relative_strengths.shape[1], rates_of_source.shape[-1])
            )
        activations = np.ravel(channels[self.source])[:, None]
        rates = self.pathway.compute_rates(
            activations, [f"point {k}" for k in range(len(activations))]
        )
        return rates.reshape(np.shape(channels[self.source]))


@functools.lru_cache(maxsize=64)
def equivalent_exponential(receptor: Receptor) -> tuple[float, float]:
    """Compute decay time (s) and weight of the exponential equivalent to a receptor's response."""
    if receptor.reversal is None:
        raise DescriptionError(
            receptor.title(),
            "a receptor that opens a conductance",
            "one without a reversal potential",
            "Use AMPA or GABA_A, or method='measured'.",
        )
    t = np.linspace(0.0, 12 * receptor.decay_time, 24_001)
    square = float(np.trapezoid(receptor.time_course(t) ** 2, t))
    area = receptor.time_integral()
    return area**2 / (2 * square), 2 * square / area
