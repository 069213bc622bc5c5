"""Input spikes at given times, arranged for all lanes of a run."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from bioann.bio.input_spikes.draw import Lanes, sort_spikes
from bioann.bio.input_spikes.point_process import SpikeBlocks
from bioann.bio.input_spikes.spikes import InputSpikes
from bioann.bio.scheduled_afferent import ScheduledAfferent


def schedule_spikes(afferent: ScheduledAfferent, duration: float, lanes: Lanes) -> InputSpikes:
    """Return the spikes of a scheduled afferent in all lanes.

    Parameters
    ----------
    afferent : ScheduledAfferent
        Fibres with their spike times.
    duration : float
        Length of the run in seconds.
    lanes : Lanes
        Lanes of the run; all trials of a condition have the same spikes.

    Returns
    -------
    InputSpikes
        Spikes of all lanes; fibre `f` of lane `k` has the index ``k * n_fibres + f``.

    Raises
    ------
    SimulationError
        If the spikes do not fit the run (`ScheduledAfferent.check_run`).
    """
    afferent.check_run(lanes.conditions, duration, lanes.grid or lanes.dt)
    by_condition = []
    for condition in lanes.conditions:
        trains = afferent.list_trains(condition)
        fibres = np.repeat(np.arange(len(trains)), [len(train) for train in trains])
        by_condition.append((np.concatenate(trains), fibres))

    def repeat_trials() -> Iterator[SpikeBlocks]:
        for lane in range(lanes.n):
            yield iter([by_condition[lane // lanes.trials]])

    n_spikes = sum(len(times) for times, _ in by_condition) * lanes.trials
    return sort_spikes(repeat_trials(), afferent.fibres, lanes, duration, n_spikes)
