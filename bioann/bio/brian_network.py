"""A spiking model written directly in Brian2, for circuits beyond `SpikingNetwork`."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import xarray as xr
from brian2 import ms

from bioann.base.arguments import check_whole_number, name_argument_errors
from bioann.base.description import Description
from bioann.base.errors import DescriptionError, SimulationError
from bioann.base.units import SI, to_si
from bioann.bio.brian_loop.lane import LaneRunner
from bioann.bio.brian_loop.run_lanes import run_lanes
from bioann.bio.engines import list_candidates
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

    Each condition and trial has a network of its own, because a network that a function builds
    cannot hold all of them at once. A long run is shared between processes, as many as there are
    cores (``BIOANN_CORES`` sets another number), if each of them can import `build` by its name: a
    function at the top level of a module, not one of the main script or of a notebook, no closure
    and no lambda. With ``engine="cython"`` all time steps of a lane run in one compiled module,
    unless the network has several clocks or calls Python functions. Neither changes a bit of the
    recording, whose ``encoding["execution"]`` says whether several processes ran.
    ``engine="auto"`` is ``"numpy"``: Brian2's own random numbers differ between the two engines.

    Brian2's own random numbers are seeded for each condition and trial, and repeat on the same
    engine. Name every object if their bits must not depend on other Brian2 objects in memory:
    Brian2 numbers the names that it makes up, and orders by name.

    If `build` runs the network before it returns it (a warm-up), equations read the first value of
    the stimulus during that time, and the stimulus begins when it ends.

    Examples
    --------
    >>> import bioann as ba
    >>> from brian2 import Network, PoissonGroup
    >>> def build(inputs, rng):
    ...     light = inputs["light"]
    ...     cells = PoissonGroup(10, "50*Hz*light(t)", name="cells")
    ...     return Network(cells)
    ...
    >>> model = ba.BrianNetwork(build, {"cells": 10}, ("light",))
    >>> model.units
    ('cells',)
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
        runner = LaneRunner(
            self.build, self.populations, self.channels, checked_stimulus, seed, first_trial, step,
            preferences,
        )  # fmt: skip
        lanes_run, execution = run_lanes(runner, lanes)
        attributes: dict[str, Any] = {"engine": engine_name, "dt": max(run.dt for run in lanes_run)}
        spikes = {
            name: np.concatenate([run.spikes[name] for run in lanes_run])
            for name in lanes_run[0].spikes
        }
        recording = label_spikes(
            spikes, self.sizes, conditions, trials, centres, width, **attributes
        )
        recording.encoding["execution"] = execution
        return recording
