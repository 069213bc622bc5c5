"""Stop a run that has left the numbers a computer can hold, and say where.

The compiled program looks at the same things at the same times (`recorder.tmpl`).
"""

from __future__ import annotations

from typing import Any

import brian2 as b2
import numpy as np

from bioann.bio.engines.results import Runaway, wild_rate, wild_state

#: Biological time in seconds between looks.
EVERY = 20e-3
#: No membrane goes further than this from zero, in volt.
FARTHEST = 1.0
#: A neuron that fires in more than this share of all time steps has no refractoriness left.
BUSY = 0.5


def period(dt: float) -> int:
    """Give the time steps between looks."""
    return max(round(EVERY / dt), 1)


class RunawayError(Exception):
    """Ends Brian2's run; its argument is the `Runaway`."""


class Watch:
    """Looks at every state variable and at the spikes of all lanes, every 20 ms.

    Parameters
    ----------
    groups : dict of str to brian2.NeuronGroup
        The populations.
    monitors : dict of str to brian2.SpikeMonitor
        Their spikes.
    lanes : int
        Number of lanes.
    dt : float
        Time step in seconds.
    """

    def __init__(
        self,
        groups: dict[str, b2.NeuronGroup],
        monitors: dict[str, b2.SpikeMonitor],
        lanes: int,
        dt: float,
    ) -> None:
        self.groups, self.monitors, self.lanes, self.dt = groups, monitors, lanes, dt
        self.steps = period(dt)
        self.seen = dict.fromkeys(groups, 0)

    def operation(self) -> b2.NetworkOperation:
        """Give the Brian2 object that looks; it changes nothing in the run."""
        clock = b2.Clock(dt=self.steps * self.dt * b2.second, name="bioann_watch_clock")
        return b2.NetworkOperation(self.look, clock=clock, when="end", name="bioann_watch")

    def look(self, t: Any) -> None:
        """Raise `RunawayError` for the first population that is out of bounds."""
        now = float(np.asarray(t).item())
        for name, group in self.groups.items():
            for variable in sorted(group.equations.diff_eq_names):
                self._state(name, variable, now)
            self._spikes(name, now)

    def _state(self, name: str, variable: str, t: float) -> None:
        group = self.groups[name]
        values = np.asarray(group.variables[variable].get_value())
        bound = FARTHEST if group.equations[variable].dim == b2.volt.dim else np.inf
        # One pass in the common case: the extremes of an array with a NaN are NaN.
        least, most = values.min(), values.max()
        if -bound <= least and most <= bound and np.isfinite(least) and np.isfinite(most):
            return
        with np.errstate(invalid="ignore"):
            bad = ~np.isfinite(values) | (np.abs(values) > bound)
        first = int(np.argmax(bad))
        lane, neuron = divmod(first, self._size(name))
        raise RunawayError(Runaway(name, lane, t, wild_state(variable, values[first], neuron)))

    def _spikes(self, name: str, t: float) -> None:
        monitor, size = self.monitors[name], self._size(name)
        lanes = np.asarray(monitor.i[:])[self.seen[name] :] // size
        self.seen[name] += len(lanes)
        if t == 0 or not len(lanes):
            return
        counts = np.bincount(lanes)
        if counts.max() > BUSY * self.steps * size:
            what = wild_rate(int(counts.max()), size, self.steps * self.dt)
            raise RunawayError(Runaway(name, int(counts.argmax()), t, what))

    def _size(self, name: str) -> int:
        return len(self.groups[name]) // self.lanes
