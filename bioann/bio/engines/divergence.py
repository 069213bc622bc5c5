"""Stop a run whose state has diverged, and report where.

The compiled program makes the same checks at the same times (`recorder.h`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import brian2 as b2
import numpy as np

from bioann.bio.engines.results import (
    Runaway,
    RunRequest,
    describe_runaway_rate,
    describe_unbounded_state,
)

#: Simulated time in seconds between checks.
CHECK_INTERVAL = 20e-3
#: Largest absolute membrane potential in volts.
MAX_POTENTIAL = 1.0
#: Largest mean number of spikes per neuron and time step; above it nothing is refractory.
MAX_SPIKES_PER_STEP = 0.5


def steps_between_checks(dt: float) -> int:
    """Return the number of time steps between checks; `dt` in seconds."""
    return max(round(CHECK_INTERVAL / dt), 1)


class RunawayError(Exception):
    """Ends a run of Brian2; its argument is the `Runaway`."""


class DivergenceMonitor:
    """Checks all state variables and spike counts of all lanes, every 20 ms of simulated time.

    Parameters
    ----------
    groups : dict of str to brian2.NeuronGroup
        Neurons of all lanes, by population.
    monitors : dict of str to brian2.SpikeMonitor
        Spikes of all lanes, by population.
    n_lanes : int
        Number of lanes in each group.
    dt : float
        Time step of the simulation in seconds.
    """

    def __init__(
        self,
        groups: dict[str, b2.NeuronGroup],
        monitors: dict[str, b2.SpikeMonitor],
        n_lanes: int,
        dt: float,
    ) -> None:
        self.groups, self.monitors, self.n_lanes, self.dt = groups, monitors, n_lanes, dt
        self.check_steps = steps_between_checks(dt)
        self.n_checked_spikes = dict.fromkeys(groups, 0)

    def make_operation(self) -> b2.NetworkOperation:
        """Return the Brian2 object that makes the checks; it does not change the simulation."""
        clock = b2.Clock(dt=self.check_steps * self.dt * b2.second, name="bioann_watch_clock")
        return b2.NetworkOperation(
            self.check_populations, clock=clock, when="end", name="bioann_watch"
        )

    def check_populations(self, t: Any) -> None:
        """Raise `RunawayError` for the first population that is out of bounds."""
        time = float(np.asarray(t).item())
        for name, group in self.groups.items():
            for variable in sorted(group.equations.diff_eq_names):
                self._check_state(name, variable, time)
            self._check_spikes(name, time)

    def _check_state(self, name: str, variable: str, time: float) -> None:
        group = self.groups[name]
        values = np.asarray(group.variables[variable].get_value())
        runaway = find_unbounded_state(group, variable, values, self._neurons_per_lane(name), time)
        if runaway is not None:
            raise RunawayError(runaway)

    def _check_spikes(self, name: str, time: float) -> None:
        monitor, n_neurons = self.monitors[name], self._neurons_per_lane(name)
        lanes = np.asarray(monitor.i[:])[self.n_checked_spikes[name] :] // n_neurons
        self.n_checked_spikes[name] += len(lanes)
        runaway = find_runaway_rate(name, lanes, n_neurons, self.dt, time)
        if runaway is not None:
            raise RunawayError(runaway)

    def _neurons_per_lane(self, name: str) -> int:
        return len(self.groups[name]) // self.n_lanes


def find_unbounded_state(
    group: b2.NeuronGroup, variable: str, values: np.ndarray, n_neurons: int, time: float
) -> Runaway | None:
    """Return the first value of a state variable that is out of bounds; None without one.

    Parameters
    ----------
    group : brian2.NeuronGroup
        Neurons of one population in all lanes.
    variable : str
        Name of the variable.
    values : numpy.ndarray, shape (lane * neuron,)
        Its values in SI units.
    n_neurons : int
        Neurons of the population in one lane.
    time : float
        Time of the check in seconds.
    """
    bound = MAX_POTENTIAL if group.equations[variable].dim == b2.volt.dim else np.inf
    # One pass in the common case: the extremes of an array with a NaN are NaN.
    lowest, highest = values.min(), values.max()
    if -bound <= lowest and highest <= bound and np.isfinite(lowest) and np.isfinite(highest):
        return None
    with np.errstate(invalid="ignore"):
        is_bad = ~np.isfinite(values) | (np.abs(values) > bound)
    first = int(np.argmax(is_bad))
    lane, neuron = divmod(first, n_neurons)
    name = group.name.removeprefix("population_")
    problem = describe_unbounded_state(variable, values[first], neuron)
    return Runaway(name, lane, time, problem, variable)


def find_runaway_rate(
    name: str, lanes: np.ndarray, n_neurons: int, dt: float, time: float
) -> Runaway | None:
    """Return the lane that fires in almost every step between two checks; None without one.

    Parameters
    ----------
    name : str
        Name of the population.
    lanes : numpy.ndarray of int, shape (spike,)
        Lane of each spike since the last check.
    n_neurons : int
        Neurons of the population in one lane.
    dt : float
        Time step of the simulation in seconds.
    time : float
        Time of the check in seconds.
    """
    n_steps = steps_between_checks(dt)
    if time == 0 or not len(lanes):
        return None
    counts = np.bincount(lanes)
    if counts.max() <= MAX_SPIKES_PER_STEP * n_steps * n_neurons:
        return None
    problem = describe_runaway_rate(int(counts.max()), n_neurons, n_steps * dt)
    return Runaway(name, int(counts.argmax()), time, problem)


def find_runaway(
    checks: Mapping[str, b2.StateMonitor],
    monitors: Mapping[str, b2.SpikeMonitor],
    request: RunRequest,
    dt: float,
) -> Runaway | None:
    """Make all checks of `DivergenceMonitor` after a run, in their order.

    Parameters
    ----------
    checks : mapping of str to brian2.StateMonitor
        All states of each population, recorded every 20 ms at the end of a time step.
    monitors : mapping of str to brian2.SpikeMonitor
        Spikes of all lanes, by population.
    request : RunRequest
        What the run recorded: lanes and sizes of the populations.
    dt : float
        Time step of the simulation in seconds.

    Returns
    -------
    Runaway or None
        The first state or rate out of bounds; None if there is none.
    """
    n_steps = steps_between_checks(dt)
    spikes = {n: (np.asarray(m.i[:]), np.round(m.t_[:] / dt)) for n, m in monitors.items()}
    n_checks = max(len(check.t_) for check in checks.values())
    for k in range(n_checks):
        time, last_steps = k * n_steps * dt, ((k - 1) * n_steps, k * n_steps)
        for name, check in checks.items():
            size = request.sizes[name]
            for variable in check.record_variables:
                values = np.asarray(getattr(check, f"{variable}_"))[:, k]
                runaway = find_unbounded_state(check.source, variable, values, size, time)
                if runaway is not None:
                    return runaway
            neurons, steps = spikes[name]
            first, stop = np.searchsorted(steps, last_steps, side="right")
            runaway = find_runaway_rate(name, neurons[first:stop] // size, size, dt, time)
            if runaway is not None:
                return runaway
    return None
