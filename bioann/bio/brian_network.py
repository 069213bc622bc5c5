"""A spiking model written directly in Brian2, for circuits beyond `SpikingNetwork`."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import brian2 as b2
import numpy as np
import xarray as xr
from brian2 import ms
from tqdm import tqdm

from bioann.base.errors import DescriptionError, SimulationError, unknown_name_error
from bioann.base.randomness import make_rng
from bioann.base.units import SI, Description, to_si
from bioann.bio.engines import list_candidates, use_brian_preferences
from bioann.recordings.recording import check_trials, label_spikes, make_response_bins
from bioann.stimuli.stimulus import check_stimulus


@contextmanager
def _preserve_global_rng() -> Iterator[None]:
    """Restore the state of NumPy's global generator on exit."""
    state = np.random.get_state()  # noqa: NPY002
    try:
        yield
    finally:
        np.random.set_state(state)  # noqa: NPY002


def choose_brian_engine(name: str) -> tuple[str, dict[str, Any]]:
    """Return the first allowed engine that runs networks written in Brian2.

    Parameters
    ----------
    name : {'auto', 'numpy', 'cython'}
        The user's choice; numpy for ``'auto'``.

    Returns
    -------
    name : str
        Name of the engine.
    preferences : dict of str to Any
        Brian2's preferences that select it.

    Raises
    ------
    SimulationError
        If the engine needs a description of the network.
    """
    for engine in list_candidates(name):
        preferences = engine.brian_preferences()
        if preferences is not None:
            return engine.name, preferences
    raise SimulationError(
        "BrianNetwork, engine",
        "'numpy' or 'cython', because a network that a function builds has no description from "
        "which a program could be compiled once",
        repr(name),
        "Use engine='auto', or describe the circuit as a SpikingNetwork.",
    )


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class BrianNetwork(Description):
    """Any Brian2 network, rebuilt for each condition and trial.

    Parameters
    ----------
    build : callable
        ``build(inputs, rng) -> brian2.Network``. `inputs` maps each channel to a
        `brian2.TimedArray` of activation. `rng` is the `numpy.random.Generator` of the condition
        and trial; draw from it instead of Brian2's generator. Name every object: Brian2 orders
        objects by name, and the names that it makes up depend on garbage collection.
    populations : mapping of str to int
        Name and number of neurons of each `brian2.NeuronGroup` whose spikes are recorded.
    channels : tuple of str
        Stimulus channels that `build` reads.

    Notes
    -----
    Conditions and trials are simulated one after the other, because a network that a function
    builds cannot hold all of them at once. Brian2's own random numbers are seeded for each of
    them, too, and repeat on the same engine.
    """

    build: Callable[[dict[str, Any], np.random.Generator], Any]
    populations: Mapping[str, int]
    channels: tuple[str, ...]

    kind, has_numbered_trials = "Brian2 network", True

    def check(self) -> None:
        """Raise `DescriptionError` without a function or a population."""
        self.set_field("populations", dict(self.populations))
        is_name = isinstance(self.channels, str)
        self.set_field("channels", (self.channels,) if is_name else tuple(self.channels))
        if not callable(self.build) or not self.populations:
            raise DescriptionError(
                "BrianNetwork",
                "a function and at least one population",
                f"{self.build!r}, populations {self.populations}",
                "Pass build=f, populations={'name': size}, channels=('name', ...).",
            )

    @property
    def units(self) -> tuple[str, ...]:
        """Names of the populations."""
        return tuple(self.populations)

    @property
    def sizes(self) -> dict[str, int]:
        """Number of neurons by population name."""
        return dict(self.populations)

    def run(
        self,
        stimulus: xr.DataArray,
        *,
        trials: int,
        seed: int,
        engine: str = "auto",
        dt: SI | None = None,
        bin_width: SI = 10 * ms,
        first_trial: int = 0,
    ) -> xr.Dataset:
        """Build and run one network per condition and trial; arguments as `SpikingNetwork.run`."""
        checked_stimulus = check_stimulus(stimulus, self.channels)
        width = to_si(bin_width, "ms", "bin_width")
        centres, _ = make_response_bins(checked_stimulus, width)
        step = to_si(0.1 * ms if dt is None else dt, "ms", "BrianNetwork.run, dt")
        conditions = [str(c) for c in checked_stimulus.condition.values]
        lanes = [(c, t) for c in range(len(conditions)) for t in range(check_trials(trials))]
        engine_name, preferences = choose_brian_engine(engine)
        before = b2.defaultclock.dt_
        lane_spikes = []
        try:
            b2.defaultclock.dt = step * b2.second
            with use_brian_preferences(preferences):
                for c, t in tqdm(lanes, desc="Brian2", delay=2, leave=False, disable=None):
                    rng = make_rng(seed, "handwritten", conditions[c], t + first_trial)
                    lane_spikes.append(
                        self._run_lane(checked_stimulus.isel(condition=c), rng, (c, t))
                    )
        finally:
            b2.defaultclock.dt = before * b2.second
        spikes = {name: np.concatenate([f[name] for f in lane_spikes]) for name in lane_spikes[0]}
        attributes: dict[str, Any] = {"engine": engine_name, "dt": step}
        return label_spikes(spikes, self.sizes, conditions, trials, centres, width, **attributes)

    def _run_lane(
        self, stimulus: xr.DataArray, rng: np.random.Generator, lane: tuple[int, int]
    ) -> dict[str, np.ndarray]:
        """Run one condition and trial; return condition, trial, unit, neuron and time of spikes."""
        dt = stimulus.attrs["dt"]
        inputs = {
            channel: b2.TimedArray(
                stimulus.sel(channel=channel).values, dt=dt * b2.second, name=f"channel_{k}"
            )
            for k, channel in enumerate(self.channels)
        }
        # Brian2 draws from NumPy's global generator, which belongs to the user.
        with _preserve_global_rng():
            b2.seed(int(rng.integers(2**31)))
            return self._run_network(self.build(inputs, rng), stimulus, lane)

    def _run_network(
        self, network: Any, stimulus: xr.DataArray, lane: tuple[int, int]
    ) -> dict[str, np.ndarray]:
        """Run a network that was built, and label its spikes."""
        if not isinstance(network, b2.Network):
            raise SimulationError(
                "BrianNetwork, build",
                "a brian2.Network with every object added",
                type(network).__name__,
                "Return Network(collect()) or Network(group, synapses, ...).",
            )
        monitors = {name: self._make_monitor(network, name) for name in self.populations}
        network.add(*monitors.values())
        duration = stimulus.sizes["time"] * stimulus.attrs["dt"]
        network.run(duration * b2.second, namespace={})
        spike_columns = []
        for unit, monitor in enumerate(monitors.values()):
            n = len(monitor.i)
            labels = [np.full(n, value, np.int32) for value in (*lane, unit)]
            spike_columns.append(
                (*labels, np.asarray(monitor.i[:], np.int32), np.asarray(monitor.t_[:]))
            )
        names = ("condition", "trial", "unit", "neuron", "time")
        columns = (np.concatenate(column) for column in zip(*spike_columns, strict=True))
        return {f"spike_{name}": column for name, column in zip(names, columns, strict=True)}

    def _make_monitor(self, network: b2.Network, name: str) -> b2.SpikeMonitor:
        groups = {o.name: o for o in network.objects if isinstance(o, b2.NeuronGroup)}
        if name not in groups:
            raise unknown_name_error(
                "BrianNetwork, populations", "NeuronGroup in the network", name, groups
            )
        if len(groups[name]) != self.populations[name]:
            raise SimulationError(
                f"BrianNetwork, population {name!r}",
                f"{self.populations[name]} neurons",
                f"{len(groups[name])}",
                "Change populations={...} or build(), so that the sizes agree.",
            )
        return b2.SpikeMonitor(groups[name], name=f"bioann_spikes_{name}")
