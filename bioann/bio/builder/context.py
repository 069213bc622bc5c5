"""Context of a build: the network's description, lanes, stimulus and learned synapses."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr

from bioann.bio.description import NetworkDescription
from bioann.bio.electrodes import find_last_change
from bioann.bio.input_spikes.draw import Lanes


@dataclasses.dataclass(frozen=True)
class SynapseTable:
    """The synapses of a projection.

    Parameters
    ----------
    pre, post : numpy.ndarray of int, shape (synapse,)
        Indices of the presynaptic and postsynaptic neuron within their populations.
    weight : numpy.ndarray, shape (synapse,) or (lane, synapse)
        Synaptic weight in SI; without the lane axis it applies to all lanes.
    hidden_states : dict of str to numpy.ndarray, shape (lane, synapse)
        Hidden variables of the plasticity rule, in SI, by name.
    delay : numpy.ndarray or None, shape (synapse,)
        Delays in seconds; None if all synapses have that of the projection.
    """

    pre: np.ndarray
    post: np.ndarray
    weight: np.ndarray
    hidden_states: dict[str, np.ndarray]
    delay: np.ndarray | None = None

    def select_lanes(self, lanes: slice) -> SynapseTable:
        """Return the synapses of some lanes."""
        if self.weight.ndim == 1:
            return self
        states = {name: values[lanes] for name, values in self.hidden_states.items()}
        return dataclasses.replace(self, weight=self.weight[lanes], hidden_states=states)

    def sort_by_delay(self, dt: float) -> SynapseTable:
        """Return the synapses by presynaptic neuron and delay, with delays of whole time steps."""
        assert self.delay is not None
        steps = np.floor(self.delay / dt + 0.5)
        order = np.lexsort((self.post, steps, self.pre))
        weight = np.broadcast_to(self.weight, len(order))[order]
        return SynapseTable(self.pre[order], self.post[order], weight, {}, steps[order] * dt)


@dataclasses.dataclass(frozen=True)
class BuildContext:
    """Everything that a plan is made from.

    Parameters
    ----------
    network : NetworkDescription
        Description of the network.
    lanes : Lanes
        Lanes that are simulated together, one per condition and trial.
    stimulus : xarray.DataArray, dimensions (condition, time, channel)
        Checked stimulus in activation.
    weights : mapping of str to SynapseTable, optional
        Synapses by name of the projection; they replace the drawn ones.
    """

    network: NetworkDescription
    lanes: Lanes
    stimulus: xr.DataArray
    weights: Mapping[str, SynapseTable] | None = None

    @property
    def duration(self) -> float:
        """Length of the stimulus in seconds."""
        return float(self.stimulus.sizes["time"] * self.stimulus.attrs["dt"])

    def channel_activation(self, channel: str) -> np.ndarray:
        """Return the activation of a channel, shape ``(condition, time)``."""
        values: np.ndarray = self.stimulus.sel(channel=channel).values
        return values

    @functools.cached_property
    def changing_stimulus(self) -> xr.DataArray:
        """The stimulus up to the last step at which any channel changes."""
        return self.stimulus.isel(time=slice(find_last_change(self.stimulus.values) + 1))

    def changing_activations(self, channels: Sequence[str]) -> np.ndarray:
        """Return the activation of channels up to the stimulus's last change.

        Parameters
        ----------
        channels : sequence of str
            Names of stimulus channels.

        Returns
        -------
        numpy.ndarray, shape (condition, time, channel)
            Activation; later steps repeat the last one.
        """
        if tuple(channels) == tuple(self.stimulus.channel.values):
            return self.changing_stimulus.values
        return self.changing_stimulus.sel(channel=list(channels)).values
