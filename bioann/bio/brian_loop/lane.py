"""One lane of a hand-written Brian2 network: build it, run it, and read its spikes."""

from __future__ import annotations

import dataclasses
import gc
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import brian2 as b2
import numpy as np
import xarray as xr

from bioann.base.errors import SimulationError
from bioann.base.randomness import make_rng
from bioann.base.user_code import user_code_error
from bioann.bio.brian_inputs import make_channel_arrays, start_stimulus
from bioann.bio.brian_loop.compiled_steps import use_compiled_steps
from bioann.bio.brian_sources import check_states, has_automatic_names, make_spike_monitor
from bioann.bio.brian_state import brian_error, call_build, isolate_brian_state
from bioann.bio.engines import use_brian_preferences

#: Condition and trial of a lane, counted from 0 in its run.
Lane = tuple[int, int]


@dataclasses.dataclass(frozen=True)
class LaneRun:
    """What one lane has returned.

    Attributes
    ----------
    spikes : dict of str to numpy.ndarray
        Spikes by `bioann.recordings.recording.SPIKE_FIELDS`.
    dt : float
        Time step in seconds.
    has_automatic_names : bool
        Whether Brian2 made up the name of an object.
    n_steps, n_objects : int
        Time steps, and objects that run in each.
    """

    spikes: Mapping[str, np.ndarray]
    dt: float
    has_automatic_names: bool
    n_steps: int
    n_objects: int


@dataclasses.dataclass(frozen=True)
class LaneRunner:
    """All that the lanes of a run have in common.

    Attributes
    ----------
    build : callable
        The user's function, ``build(inputs, rng) -> brian2.Network``.
    populations : mapping of str to int
        Name and size of the recorded groups.
    channels : tuple of str
        Stimulus channels that `build` reads.
    stimulus : xarray.DataArray
        Checked stimulus of all conditions.
    seed, first_trial : int
        Seed of the run, and number of the first trial.
    dt : float or None
        Time step that the caller asks for, in seconds.
    preferences : mapping of str to Any
        Brian2's preferences that select the engine.
    """

    build: Callable[[dict[str, Any], np.random.Generator], Any]
    populations: Mapping[str, int]
    channels: tuple[str, ...]
    stimulus: xr.DataArray
    seed: int
    first_trial: int
    dt: float | None
    preferences: Mapping[str, Any]

    @property
    def duration(self) -> float:
        """Duration of the stimulus in seconds."""
        return float(self.stimulus.sizes["time"] * self.stimulus.attrs["dt"])

    def run_lane(self, lane: Lane, expected_lanes: int = 0) -> LaneRun:
        """Build and run the network of one condition and trial.

        Parameters
        ----------
        lane : tuple of int
            Condition and trial.
        expected_lanes : int, optional
            Lanes of the same network, for which it may pay to compile its time steps; with 0, they
            are compiled only if an earlier run has done so.
        """
        condition, trial = lane
        name = str(self.stimulus.condition.values[condition])
        rng = make_rng(self.seed, "handwritten", name, trial + self.first_trial)
        with isolate_brian_state(self.dt):
            lane_run = self._build_and_run(lane, rng, expected_lanes)
        _check_step(self.dt, lane_run.dt)
        if lane_run.has_automatic_names:
            # Brian2 numbers the names that it makes up through all objects in memory, and orders
            # objects by name: those of earlier lanes must be gone.
            gc.collect()
        return lane_run

    def _build_and_run(self, lane: Lane, rng: np.random.Generator, expected_lanes: int) -> LaneRun:
        inputs = make_channel_arrays(self.stimulus.isel(condition=lane[0]), self.channels)
        brian_seed = int(rng.integers(2**31))
        b2.seed(brian_seed)
        with use_brian_preferences(self.preferences):
            network, namespace = call_build(self.build, inputs, rng)
        start_stimulus(inputs, network, namespace)
        monitors = [
            make_spike_monitor(network, namespace, name, size)
            for name, size in self.populations.items()
        ]
        start = network.t_
        expected = "a network that Brian2 can run"
        try:
            network.add(*monitors)
            # A script that seeds the generator fixes how its network is drawn. Its trials must
            # still differ in what is drawn during the run.
            b2.seed(brian_seed + 1)
            # Once more: a script may select another target, and the recording names this one.
            # `check_states` reports what overflows.
            no_warnings = np.errstate(over="ignore", invalid="ignore")
            with (
                use_brian_preferences(self.preferences),
                no_warnings,
                use_compiled_steps(network, expected_lanes),
            ):
                network.run(self.duration * b2.second, namespace=namespace)
        except Exception as error:
            raise brian_error(expected, error) from error
        except SystemExit as error:  # in a network operation
            raise user_code_error("BrianNetwork", expected, error) from error
        check_states(network)
        dt = max(monitor.clock.dt_ for monitor in monitors)
        spikes = _label_lane(monitors, start, lane)
        n_steps, n_objects = round(self.duration / dt), len(network.sorted_objects)
        return LaneRun(spikes, dt, has_automatic_names(network), n_steps, n_objects)


def _check_step(requested: float | None, step: float) -> None:
    """Raise `SimulationError` if a run had another time step than its caller asked for."""
    if requested is not None and abs(step - requested) > 1e-9 * requested:
        raise SimulationError(
            "BrianNetwork.run, dt",
            f"a network with this time step, {requested * 1e3:g} ms",
            f"{step * 1e3:g} ms, which build() sets",
            "Leave dt out here, or defaultclock.dt and dt=... out of build().",
        )


def _label_lane(
    monitors: Sequence[b2.EventMonitor], start: float, lane: Lane
) -> dict[str, np.ndarray]:
    """Return condition, trial, unit, neuron and time of all spikes since `start`, in seconds."""
    spike_columns = []
    for unit, monitor in enumerate(monitors):
        labels = [np.full(len(monitor.i), value, np.int32) for value in (*lane, unit)]
        times = np.asarray(monitor.t_[:]) - start
        spike_columns.append((*labels, np.asarray(monitor.i[:], np.int32), times))
    names = ("condition", "trial", "unit", "neuron", "time")
    columns = (np.concatenate(column) for column in zip(*spike_columns, strict=True))
    return {f"spike_{name}": column for name, column in zip(names, columns, strict=True)}
