"""Stop a run that has left the numbers a computer can hold, and say where."""

from __future__ import annotations

from typing import Any

import brian2 as b2
import numpy as np

from bioann.bio.draw import Lanes

#: Biological time in seconds between looks.
EVERY = 20e-3
#: No membrane goes further than this from zero, in volt.
FARTHEST = 1.0
#: A neuron that fires in more than this share of all time steps has no refractoriness left.
BUSY = 0.5


class RunawayError(Exception):
    """What was found: the population, the lane's index, the time in seconds, and what it did."""

    def __init__(self, population: str, lane: int, time: float, what: str) -> None:
        super().__init__(population, lane, time, what)
        self.population, self.lane, self.time, self.what = population, lane, time, what


class Watch:
    """Looks at every state variable and at the spikes of all lanes, every 20 ms.

    Parameters
    ----------
    groups : dict of str to brian2.NeuronGroup
        The populations.
    monitors : dict of str to brian2.SpikeMonitor
        Their spikes.
    lanes : Lanes
        The lanes.
    """

    def __init__(
        self, groups: dict[str, b2.NeuronGroup], monitors: dict[str, b2.SpikeMonitor], lanes: Lanes
    ) -> None:
        self.groups, self.monitors, self.lanes = groups, monitors, lanes
        self.steps = max(round(EVERY / lanes.dt), 1)
        self.seen = dict.fromkeys(groups, 0)

    def operation(self) -> b2.NetworkOperation:
        """Give the Brian2 object that looks; it changes nothing in the run."""
        clock = b2.Clock(dt=self.steps * self.lanes.dt * b2.second, name="bioann_watch_clock")
        return b2.NetworkOperation(self.look, clock=clock, when="end", name="bioann_watch")

    def look(self, t: Any) -> None:
        """Raise `RunawayError` for the first population that is out of bounds."""
        now = float(np.asarray(t).item())
        for name, group in self.groups.items():
            for variable in group.equations.diff_eq_names:
                self._state(name, variable, now)
            self._spikes(name, now)

    def _state(self, name: str, variable: str, t: float) -> None:
        group = self.groups[name]
        values = np.asarray(group.variables[variable].get_value())
        bound = FARTHEST if group.equations[variable].dim == b2.volt.dim else np.inf
        # One pass in the common case: the extremes of an array with a NaN are NaN.
        if values.size and -bound <= values.min() and values.max() <= bound:
            if np.isfinite(values.max()) and np.isfinite(values.min()):
                return
        elif not values.size:
            return
        with np.errstate(invalid="ignore"):
            bad = ~np.isfinite(values) | (np.abs(values) > bound)
        first = int(np.argmax(bad))
        what = f"{variable} = {values[first]:g} in neuron {first % self._size(name)}"
        raise RunawayError(name, first // self._size(name), t, what)

    def _spikes(self, name: str, t: float) -> None:
        monitor, size = self.monitors[name], self._size(name)
        lanes = np.asarray(monitor.i[:])[self.seen[name] :] // size
        self.seen[name] += len(lanes)
        if t == 0 or not len(lanes):
            return
        counts = np.bincount(lanes)
        if counts.max() > BUSY * self.steps * size:
            rate = counts.max() / (size * self.steps * self.lanes.dt)
            what = f"{rate:.0f} Hz in every neuron, more than a spike in two time steps"
            raise RunawayError(name, int(counts.argmax()), t, what)

    def _size(self, name: str) -> int:
        return len(self.groups[name]) // self.lanes.n
