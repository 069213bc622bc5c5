"""What is needed to plan a network: its description, lanes, stimulus and synapses."""

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
        Neurons within their populations.
    weight : numpy.ndarray, shape (synapse,) or (lane, synapse)
        In SI; one row serves all lanes.
    hidden_states : dict of str to numpy.ndarray, shape (lane, synapse)
        What a rule remembers beside the weight, in SI.
    """

    pre: np.ndarray
    post: np.ndarray
    weight: np.ndarray
    hidden_states: dict[str, np.ndarray]

    def select_lanes(self, lanes: slice) -> SynapseTable:
        """Keep some lanes."""
        if self.weight.ndim == 1:
            return self
        states = {name: values[lanes] for name, values in self.hidden_states.items()}
        return dataclasses.replace(self, weight=self.weight[lanes], hidden_states=states)


@dataclasses.dataclass(frozen=True)
class BuildContext:
    """The network, lanes and stimulus that a plan is made of.

    `weights` replace those that would be drawn.
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
        """Give a channel's activation, shape ``(condition, time)``."""
        values: np.ndarray = self.stimulus.sel(channel=channel).values
        return values

    @functools.cached_property
    def changing_stimulus(self) -> xr.DataArray:
        """The stimulus without trailing steps that are like the one before."""
        return self.stimulus.isel(time=slice(find_last_change(self.stimulus.values) + 1))

    def changing_activations(self, channels: Sequence[str]) -> np.ndarray:
        """Give channels as long as any changes, shape ``(condition, time, channel)``."""
        if tuple(channels) == tuple(self.stimulus.channel.values):
            return self.changing_stimulus.values
        return self.changing_stimulus.sel(channel=list(channels)).values
