"""What a run is asked to record, and its results; the same for all engines."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np

from bioann.base.annotations import is_ordered
from bioann.base.arguments import is_whole_number
from bioann.base.description import Description
from bioann.base.errors import DescriptionError
from bioann.base.text import shorten_repr
from bioann.base.units import SI, quantity


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Record(Description):
    """What a run records besides the population rates, which are always recorded.

    Parameters
    ----------
    spikes : bool, optional
        Record the time and neuron of every spike.
    counts : bool, optional
        Record the number of spikes of each neuron over the whole run.
    voltage : mapping of str to sequence of int, optional
        By population, indices of the neurons whose membrane potential is recorded at every time
        step.
    states : mapping of str to mapping of str to sequence of int, optional
        By population and variable, indices of the neurons in which that variable is sampled:
        ``{"left": {"v_d": [0], "g_NMDA": [0, 1]}}``. Every variable of the equations of cells and
        receptors that follows from the state of the neuron can be sampled; an unknown name is an
        error that lists them.
    weights : str or sequence of str, optional
        Names of the projections and afferents with long-term plasticity whose weights are sampled.
    interval : quantity, optional
        Time between two samples of `states` and `weights` (ms), a whole number of time steps.

    Examples
    --------
    >>> import bioann as ba
    >>> record = ba.Record(counts=True, voltage={"cell": [0, 1]})
    """

    spikes: bool = True
    counts: bool = False
    voltage: Any = dataclasses.field(default_factory=dict)
    states: Any = dataclasses.field(default_factory=dict)
    weights: tuple[str, ...] = ()
    interval: SI = quantity("ms", 1, above=0)

    def check(self) -> None:
        """Check the mappings and convert their indices to tuples of int."""
        neurons = _read_neurons(self.voltage)
        if neurons is None:
            raise DescriptionError(
                "Record, voltage",
                "a mapping from population to neuron indices",
                shorten_repr(self.voltage),
                "Write voltage={'left': [0, 1]}.",
            )
        self.set_field("voltage", neurons)
        populations = self.states if isinstance(self.states, Mapping) else {"": None}
        states = {name: _read_neurons(variables) for name, variables in populations.items()}
        are_names = all(isinstance(name, str) for name in states)
        has_empty = any(not n for variables in states.values() for n in (variables or {}).values())
        if None in states.values() or has_empty or not are_names:
            raise DescriptionError(
                "Record, states",
                "a mapping from population to a mapping from variable to neuron indices",
                shorten_repr(self.states),
                "Write states={'left': {'v': [0, 1]}}.",
            )
        self.set_field("states", states)


def _read_neurons(value: Any) -> dict[str, tuple[int, ...]] | None:
    """Return neuron indices by name; None unless it is a mapping of names to indices."""
    if not isinstance(value, Mapping) or not all(isinstance(name, str) for name in value):
        return None
    neurons = {name: tuple(n) if is_ordered(n) else (n,) for name, n in value.items()}
    if not all(is_whole_number(n, 0) for indices in neurons.values() for n in indices):
        return None
    return {name: tuple(map(int, indices)) for name, indices in neurons.items()}


@dataclasses.dataclass(frozen=True)
class RunRequest:
    """What an engine records when it runs a plan.

    Parameters
    ----------
    n_lanes : int
        Number of lanes in the plan.
    sizes : dict of str to int
        Number of neurons of each population in one lane.
    record : Record
        What to record besides the rates.
    steps_per_bin, n_bins : int
        Number of time steps in a bin of the population rates, and number of bins.
    title : str
        Text in front of the progress bar.
    states : dict of str to dict of str to numpy.ndarray of int, optional
        By population and state variable, indices of the neurons in a lane in which it is sampled.
    learning : tuple of str, optional
        Names of the synapses whose state variables are sampled.
    steps_per_sample : int, optional
        Number of time steps between two samples, which are taken at the start of a step.
    n_threads : int, optional
        Number of threads on which a program may run the neurons of a single lane.
    """

    n_lanes: int
    sizes: Mapping[str, int]
    record: Record
    steps_per_bin: int
    n_bins: int
    title: str
    states: Mapping[str, Mapping[str, np.ndarray]] = dataclasses.field(default_factory=dict)
    learning: tuple[str, ...] = ()
    steps_per_sample: int = 1
    n_threads: int = 1

    def probe_indices(self, population: str) -> np.ndarray:
        """Return the indices, over all lanes, of the neurons whose potential is recorded."""
        neurons = np.array(self.record.voltage.get(population, ()), dtype=np.int32)
        return self.repeat_in_lanes(population, neurons)

    def repeat_in_lanes(self, population: str, neurons: np.ndarray) -> np.ndarray:
        """Return the indices, over all lanes, of neurons of a population."""
        n = self.sizes[population]
        return (np.arange(self.n_lanes, dtype=np.int32)[:, None] * n + neurons).ravel()


@dataclasses.dataclass(frozen=True)
class PopulationActivity:
    """Recorded activity of one population in all lanes of a batch.

    Attributes
    ----------
    spike_neurons : numpy.ndarray of int32, shape (spike,)
        Neuron index of each spike, counted over all lanes; sorted by time step, then by neuron.
        Empty unless spikes are recorded.
    active_steps, spikes_per_step : numpy.ndarray of int, shape (active step,)
        Time steps with at least one spike, and the number of spikes in each. Empty unless spikes
        are recorded.
    bin_counts : numpy.ndarray of int, shape (lanes, bins)
        Number of spikes of the population in each bin.
    neuron_counts : numpy.ndarray of int, shape (lanes, n)
        Number of spikes of each neuron. Empty unless counts are recorded.
    voltage : numpy.ndarray, shape (step, lanes, probe)
        Membrane potential of the recorded neurons in volts, at the start of each time step.
    states : dict of str to numpy.ndarray, shape (sample, lanes, neuron)
        Samples of state variables in SI, by name.
    """

    spike_neurons: np.ndarray
    active_steps: np.ndarray
    spikes_per_step: np.ndarray
    bin_counts: np.ndarray
    neuron_counts: np.ndarray
    voltage: np.ndarray
    states: Mapping[str, np.ndarray] = dataclasses.field(default_factory=dict)

    @property
    def spike_steps(self) -> np.ndarray:
        """Time step of each spike, shape (spike,)."""
        return np.repeat(self.active_steps, self.spikes_per_step)


@dataclasses.dataclass(frozen=True)
class RunResult:
    """Results of running one plan.

    Attributes
    ----------
    activity : dict of str to PopulationActivity
        Recorded activity by population.
    synapse_states : dict of str to dict of str to numpy.ndarray
        Final state variables of synapses with long-term plasticity, by name of the synapses and of
        the variable, each of shape ``(lanes * synapse,)``.
    seconds : float
        Duration of all time steps in seconds, without preparation.
    runaway : Runaway or None
        Why the run was stopped early; None if it was not.
    synapse_samples : dict of str to dict of str to numpy.ndarray
        Samples of the state variables of synapses, by name of the synapses and of the variable,
        each of shape ``(sample, lanes * synapse)``.
    """

    activity: dict[str, PopulationActivity]
    synapse_states: dict[str, dict[str, np.ndarray]]
    seconds: float
    runaway: Runaway | None = None
    synapse_samples: dict[str, dict[str, np.ndarray]] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class Runaway:
    """A state or rate out of bounds.

    Attributes
    ----------
    population : str
        Name of the population.
    lane : int
        Number of the lane.
    time : float
        Time of the check in seconds.
    problem : str
        What is out of bounds, with its value.
    variable : str
        Name of the state variable; empty for a rate.
    """

    population: str
    lane: int
    time: float
    problem: str
    variable: str = ""


def describe_unbounded_state(variable: str, value: float, neuron: int) -> str:
    """Describe a state that is out of bounds; `value` in SI units."""
    return f"{variable} = {value:g} in neuron {neuron}"


def describe_runaway_rate(count: int, size: int, span: float) -> str:
    """Describe a population that fires in almost every time step; `span` in seconds."""
    rate = count / (size * span)
    return f"{rate:.0f} Hz in every neuron, more than a spike in two time steps"
