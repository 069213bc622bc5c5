"""A spiking model written directly in Brian2, for circuits beyond `SpikingNetwork`."""

from __future__ import annotations

import dataclasses
import gc
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import brian2 as b2
import numpy as np
import xarray as xr
from brian2 import ms
from tqdm import tqdm

from bioann.base.arguments import check_whole_number, name_argument_errors
from bioann.base.description import Description
from bioann.base.errors import DescriptionError, SimulationError
from bioann.base.randomness import make_rng
from bioann.base.units import SI, to_si
from bioann.base.user_code import user_code_error
from bioann.bio.brian_inputs import make_channel_arrays, start_stimulus
from bioann.bio.brian_loop.compiled_steps import use_compiled_steps
from bioann.bio.brian_sources import check_states, has_automatic_names, make_spike_monitor
from bioann.bio.brian_state import brian_error, call_build, isolate_brian_state
from bioann.bio.engines import list_candidates, use_brian_preferences
from bioann.recordings.recording import check_trials, label_spikes, make_response_bins
from bioann.recordings.size import check_response_size
from bioann.stimuli.stimulus import check_stimulus


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
        `brian2.TimedArray` of activation, to be called in equations by the name of a variable:
        ``drive = inputs["x"]`` and ``drive(t)``. `rng` is the `numpy.random.Generator` of the
        condition and trial; draw from it instead of Brian2's generator.
    populations : mapping of str to int
        Name and number of neurons of each group whose spikes are recorded: a `brian2.NeuronGroup`
        with a threshold or a single event, a subgroup of one, a `brian2.PoissonGroup` or a
        `brian2.SpikeGeneratorGroup`. The name is that of the object or of the variable in `build`
        that holds it.
    channels : tuple of str
        Stimulus channels that `build` reads.

    Notes
    -----
    A Brian2 script becomes a build function if it is indented below ``def build(inputs, rng):``
    and everything from ``run(...)`` on is replaced by ``return Network(collect())``. Equations find
    variables of `build` and of its module, as they would in the script.

    Conditions and trials are simulated one after the other, because a network that a function
    builds cannot hold all of them at once. Brian2's own random numbers are seeded for each of
    them, too, and repeat on the same engine. Name every object if their bits must not depend on
    other Brian2 objects in memory: Brian2 numbers the names that it makes up, and orders by name.

    If `build` runs the network before it returns it (a warm-up), equations read the first value of
    the stimulus during that time, and the stimulus begins when it ends.
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

    @name_argument_errors
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
        """Build and run one network per condition and trial; arguments as `SpikingNetwork.run`.

        Without `dt` the time step is the one that the build function or its module sets for
        Brian2's ``defaultclock``, or else 0.1 ms.
        """
        check_whole_number(first_trial, "first_trial", 0, SimulationError)
        checked_stimulus = check_stimulus(stimulus, self.channels)
        width = to_si(bin_width, "ms", "bin_width")
        centres, _ = make_response_bins(checked_stimulus, width)
        step = None if dt is None else to_si(dt, "ms", "BrianNetwork.run, dt")
        check_response_size("BrianNetwork", checked_stimulus, check_trials(trials), len(self.units))
        conditions = [str(c) for c in checked_stimulus.condition.values]
        lanes = [(c, t) for c in range(len(conditions)) for t in range(check_trials(trials))]
        engine_name, preferences = choose_brian_engine(engine)
        lanes_run: list[_LaneRun] = []
        for c, t in tqdm(lanes, desc="Brian2", delay=2, leave=False, disable=None):
            if not lanes_run or lanes_run[-1].has_automatic_names:
                # Brian2 numbers the names that it makes up through all objects in memory, and
                # orders objects by name: those of earlier lanes must be gone.
                gc.collect()
            rng = make_rng(seed, "handwritten", conditions[c], t + first_trial)
            one_condition = checked_stimulus.isel(condition=c)
            with isolate_brian_state(step):
                lanes_run.append(self._run_lane(one_condition, rng, (c, t), preferences))
            _check_step(step, lanes_run[-1].dt)
        attributes: dict[str, Any] = {"engine": engine_name, "dt": max(run.dt for run in lanes_run)}
        spikes = {
            name: np.concatenate([run.spikes[name] for run in lanes_run])
            for name in lanes_run[0].spikes
        }
        return label_spikes(spikes, self.sizes, conditions, trials, centres, width, **attributes)

    def _run_lane(
        self,
        stimulus: xr.DataArray,
        rng: np.random.Generator,
        lane: tuple[int, int],
        preferences: Mapping[str, Any],
    ) -> _LaneRun:
        """Build and run the network of one condition and trial."""
        inputs = make_channel_arrays(stimulus, self.channels)
        brian_seed = int(rng.integers(2**31))
        b2.seed(brian_seed)
        with use_brian_preferences(preferences):
            network, namespace = call_build(self.build, inputs, rng)
        start_stimulus(inputs, network, namespace)
        monitors = [
            make_spike_monitor(network, namespace, name, size)
            for name, size in self.populations.items()
        ]
        duration = stimulus.sizes["time"] * stimulus.attrs["dt"]
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
            with use_brian_preferences(preferences), no_warnings, use_compiled_steps(network, True):
                network.run(duration * b2.second, namespace=namespace)
        except Exception as error:
            raise brian_error(expected, error) from error
        except SystemExit as error:  # in a network operation
            raise user_code_error("BrianNetwork", expected, error) from error
        check_states(network)
        dt = max(monitor.clock.dt_ for monitor in monitors)
        return _LaneRun(_label_lane(monitors, start, lane), dt, has_automatic_names(network))


class _LaneRun(NamedTuple):
    """Spikes of a lane by `SPIKE_FIELDS`, its time step in seconds, and how objects are named."""

    spikes: dict[str, np.ndarray]
    dt: float
    has_automatic_names: bool


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
    monitors: Sequence[b2.EventMonitor], start: float, lane: tuple[int, int]
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
