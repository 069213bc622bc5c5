"""What is asked of a run, and what comes out of it, whichever engine does it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np

from bioann.base.errors import DescriptionError
from bioann.base.units import Description


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Record(Description):
    """What a run keeps besides the population rates, which are always there.

    Parameters
    ----------
    spikes : bool, optional
        Every spike.
    counts : bool, optional
        The number of spikes of each neuron over the whole run.
    voltage : mapping of str to sequence of int, optional
        Neurons of populations whose potential is kept at every time step.
    """

    spikes: bool = True
    counts: bool = False
    voltage: Any = dataclasses.field(default_factory=dict)

    def check(self) -> None:
        """Bring `voltage` to tuples of whole numbers."""
        if not isinstance(self.voltage, Mapping):
            raise DescriptionError(
                "Record, voltage",
                "neurons by population",
                repr(self.voltage),
                "Write voltage={'left': [0, 1]}.",
            )
        neurons = {name: tuple(map(int, np.atleast_1d(n))) for name, n in self.voltage.items()}
        self.set_field("voltage", neurons)


@dataclasses.dataclass(frozen=True)
class RunRequest:
    """What an engine is to do with a plan.

    Parameters
    ----------
    n_lanes : int
        Number of lanes.
    sizes : dict of str to int
        Neurons of each population in one lane.
    record : Record
        What to keep.
    steps_per_bin, n_bins : int
        Time steps in a bin of the rates, and number of bins.
    title : str
        For the progress bar.
    """

    n_lanes: int
    sizes: Mapping[str, int]
    record: Record
    steps_per_bin: int
    n_bins: int
    title: str

    def probe_indices(self, population: str) -> np.ndarray:
        """Give the neurons of all lanes whose potential is kept, lane by lane."""
        neurons = np.array(self.record.voltage.get(population, ()), dtype=np.int32)
        n = self.sizes[population]
        return (np.arange(self.n_lanes, dtype=np.int32)[:, None] * n + neurons).ravel()


@dataclasses.dataclass(frozen=True)
class PopulationActivity:
    """What a population did.

    Attributes
    ----------
    spike_neurons : numpy.ndarray of int32, shape (spike,)
        Which neuron (of all lanes) fired, in the order of time, and of neurons within a time step;
        empty unless asked for.
    active_steps, spikes_per_step : numpy.ndarray of int
        The time steps in which neurons fired, and how many did in each; empty likewise.
    bin_counts : numpy.ndarray of int, shape (lanes, bins)
        Spikes of the population.
    neuron_counts : numpy.ndarray of int, shape (lanes, n)
        Spikes of each neuron; empty unless asked for.
    voltage : numpy.ndarray, shape (step, lanes, probe)
        In volt, at the start of each step.
    """

    spike_neurons: np.ndarray
    active_steps: np.ndarray
    spikes_per_step: np.ndarray
    bin_counts: np.ndarray
    neuron_counts: np.ndarray
    voltage: np.ndarray

    @property
    def spike_steps(self) -> np.ndarray:
        """The time step of each spike."""
        return np.repeat(self.active_steps, self.spikes_per_step)


@dataclasses.dataclass(frozen=True)
class RunResult:
    """What a run left behind.

    Attributes
    ----------
    activity : dict of str to PopulationActivity
        By population.
    synapse_states : dict of str to dict of str to numpy.ndarray
        By name of the synapses, the variables of those that learn, shape ``(lanes * synapse,)``.
    seconds : float
        What the time steps took.
    runaway : Runaway or None
        Why it stopped early.
    """

    activity: dict[str, PopulationActivity]
    synapse_states: dict[str, dict[str, np.ndarray]]
    seconds: float
    runaway: Runaway | None = None


@dataclasses.dataclass(frozen=True)
class Runaway:
    """A state that is out of bounds: population, lane, time in seconds, and what was found."""

    population: str
    lane: int
    time: float
    problem: str


def describe_unbounded_state(variable: str, value: float, neuron: int) -> str:
    """Say that a state has left its bounds."""
    return f"{variable} = {value:g} in neuron {neuron}"


def describe_runaway_rate(count: int, size: int, span: float) -> str:
    """Say that neurons fire at almost every step; `span` in seconds."""
    rate = count / (size * span)
    return f"{rate:.0f} Hz in every neuron, more than a spike in two time steps"
