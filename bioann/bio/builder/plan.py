"""Plan of a network: its code and its numbers, kept apart.

Equations, thresholds, the effects of spikes and the time step are code, which has to be compiled.
Everything else is numbers that the compiled program reads when it runs: population sizes,
synapses, parameters, weights and stimuli. `NetworkPlan.describe_code` returns everything that a
compiled program depends on.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from bioann.bio.builder.gap_junctions import GapJunctionsPlan
from bioann.bio.input_spikes.draw import InputSpikes


@dataclasses.dataclass(frozen=True, eq=False)
class TimedArrayPlan:
    """A quantity over time, which code reads as ``name(t, lane)`` or ``name(t, site)``.

    Parameters
    ----------
    name : str
        Name of the Brian2 object.
    values : numpy.ndarray, shape (time, condition) or (time, site)
        Values in SI, one row per stimulus step; the last row applies to all later times. A site
        is a neuron in a condition.
    unit : {'1', 'amp', 'siemens'}
        Base unit as Brian2 writes it; ``"1"`` for dimensionless values.
    """

    name: str
    values: np.ndarray
    unit: str


@dataclasses.dataclass(frozen=True, eq=False)
class NeuronGroupPlan:
    """A group of neurons: a population in all lanes.

    Parameters
    ----------
    name : str
        Name of the Brian2 object.
    size : int
        Number of neurons in all lanes together.
    code : dict of str to str
        ``equations``, ``threshold``, ``reset``, ``refractory``, and in ``step`` everything else
        that the integration method depends on.
    values : dict of str to float or numpy.ndarray
        Constants, of shape ``(n,)`` if they differ between the neurons of a lane, and initial
        values of shape ``(size,)``, in SI.
    timed_arrays : dict of str to TimedArrayPlan
        Timed arrays by their names in the code.
    method : str or brian2.StateUpdateMethod
        Integration method, in a form that Brian2 accepts.
    """

    name: str
    size: int
    code: Mapping[str, str]
    values: Mapping[str, Any]
    timed_arrays: Mapping[str, TimedArrayPlan]
    method: Any


@dataclasses.dataclass(frozen=True, eq=False)
class SpikeGeneratorPlan:
    """A source of input spikes that were drawn before the run.

    Parameters
    ----------
    name : str
        Name of the Brian2 object.
    spikes : InputSpikes
        Spike times and indices: of the target neuron, or of the fibre if its synapse has a state.
    """

    name: str
    spikes: InputSpikes


@dataclasses.dataclass(frozen=True, eq=False)
class SynapsesPlan:
    """Synapses: the same in every lane, none across lanes.

    Parameters
    ----------
    name, source, target : str
        Names of the Brian2 synapses, and of the groups that they connect.
    code : dict of str to str
        ``model``, ``pre``, ``post`` and ``tick`` (run at every stimulus step); each may be empty.
    values : dict of str to float or numpy.ndarray
        Constants, and values in SI, of shape ``(synapse,)`` if equal in all lanes, otherwise
        ``(lane, synapse)``.
    timed_arrays : dict of str to TimedArrayPlan
        Timed arrays by their names in the code.
    delay : float or numpy.ndarray, shape (synapse,)
        Delay of presynaptic spikes in seconds. If it differs between synapses, they are sorted by
        presynaptic neuron and delay, and delays are whole time steps.
    pre, post : numpy.ndarray of int, shape (synapse,), or None
        Indices of the neurons within a lane; None if each source index stands for a target neuron.
    n_lanes, n_pre, n_post : int
        Number of lanes, and of source and target neurons per lane.
    """

    name: str
    source: str
    target: str
    code: Mapping[str, str]
    values: Mapping[str, Any]
    timed_arrays: Mapping[str, TimedArrayPlan]
    delay: float | np.ndarray
    pre: np.ndarray | None
    post: np.ndarray | None
    n_lanes: int
    n_pre: int
    n_post: int

    def synapse_indices(self, n_sources: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the pre- and postsynaptic index of every synapse in all lanes.

        A source of input spikes with several slots per fibre has a copy of all synapses for each.
        """
        if self.pre is None or self.post is None:
            indices = np.arange(n_sources)
            return indices, indices % self.n_post
        lanes = np.arange(self.n_lanes)[:, None]
        pre, post = lanes * self.n_pre + self.pre, lanes * self.n_post + self.post
        slots = np.arange(self.count_slots(n_sources))[:, None]
        pre_in_slot = slots * (self.n_lanes * self.n_pre) + pre.ravel()
        return pre_in_slot.ravel(), np.tile(post.ravel(), len(slots))

    def count_slots(self, n_sources: int) -> int:
        """Return the number of sources per neuron or fibre (`InputSpikes.n_slots`)."""
        return n_sources // (self.n_lanes * self.n_pre)


@dataclasses.dataclass(frozen=True, eq=False)
class NetworkPlan:
    """The plan of a whole network.

    Parameters
    ----------
    neuron_groups : tuple of NeuronGroupPlan
        One group per population.
    spike_generators : tuple of SpikeGeneratorPlan
        Sources of input spikes.
    synapses : tuple of SynapsesPlan
        Synapses of inputs and projections.
    dt, stimulus_dt : float
        Time step of the simulation and of the stimulus, in seconds.
    n_steps : int
        Number of simulation steps in the run.
    gap_junctions : tuple of GapJunctionsPlan
        Electrical coupling within populations.
    """

    neuron_groups: tuple[NeuronGroupPlan, ...]
    spike_generators: tuple[SpikeGeneratorPlan, ...]
    synapses: tuple[SynapsesPlan, ...]
    dt: float
    stimulus_dt: float
    n_steps: int
    gap_junctions: tuple[GapJunctionsPlan, ...] = ()

    def describe_code(self) -> str:
        """Return a text that is equal for two plans if one compiled program runs both."""
        descriptions: list[object] = [self.dt, self.stimulus_dt]
        for group in self.neuron_groups:
            arrays = _array_signatures(group.timed_arrays)
            descriptions.append(
                (group.name, sorted(group.code.items()), sorted(group.values), arrays)
            )
        descriptions += [(junctions.name, junctions.model) for junctions in self.gap_junctions]
        descriptions += [generator.name for generator in self.spike_generators]
        for synapses in self.synapses:
            names = (synapses.name, synapses.source, synapses.target, synapses.pre is None)
            kinds, arrays = _value_kinds(synapses.values), _array_signatures(synapses.timed_arrays)
            delays = ("delays",) if np.ndim(synapses.delay) else ()
            descriptions.append((*names, sorted(synapses.code.items()), kinds, arrays, *delays))
        return "\n".join(map(repr, descriptions))

    def without_arrays(self) -> NetworkPlan:
        """Return the plan without values, timed arrays, synapse indices and input spikes."""
        nothing: dict[str, Any] = {"values": {}, "timed_arrays": {}}
        groups = tuple(dataclasses.replace(g, **nothing) for g in self.neuron_groups)
        synapses = tuple(
            dataclasses.replace(s, pre=None, post=None, **nothing) for s in self.synapses
        )
        return dataclasses.replace(
            self, neuron_groups=groups, spike_generators=(), synapses=synapses, gap_junctions=()
        )

    @property
    def timed_arrays(self) -> Iterator[TimedArrayPlan]:
        """Timed arrays of all groups and synapses."""
        for group in self.neuron_groups:
            yield from group.timed_arrays.values()
        for synapses in self.synapses:
            yield from synapses.timed_arrays.values()


def _array_signatures(timed_arrays: Mapping[str, TimedArrayPlan]) -> list[tuple[str, str, str]]:
    return sorted((name, array.name, array.unit) for name, array in timed_arrays.items())


def _value_kinds(values: Mapping[str, Any]) -> list[tuple[str, bool]]:
    """Return the name of each value, and whether it differs between synapses."""
    return sorted((name, np.ndim(value) > 0) for name, value in values.items())
