"""What one of several networks recorded that ran as the lanes of one run, as plain arrays."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from bioann.bio.engines.results import PopulationActivity, RunResult
from bioann.bio.engines.to_dataset import sort_spikes
from bioann.bio.input_spikes.draw import Lanes
from bioann.recordings.recording import label_spikes


@dataclasses.dataclass(frozen=True, eq=False)
class LaneRecording:
    """Responses and spikes of one network.

    Labelled arrays take longer to make than such a network takes to run; `label` makes them.

    Parameters
    ----------
    lanes : Lanes
        Its lanes.
    sizes : mapping of str to int
        Number of neurons of each population, in the order of units.
    counts : numpy.ndarray, shape (condition, trial, time, unit)
        Number of spikes of each population in each bin.
    spikes : dict of str to numpy.ndarray, shape (spike,)
        Lane, time in seconds, unit and neuron of each spike: ``lane``, ``time``, ``unit``,
        ``neuron``; sorted by lane, time, unit and neuron.
    centres : numpy.ndarray, shape (time,)
        Centres of the bins in seconds.
    width : float
        Width of the bins in seconds.
    engine : str
        What executed the run.
    """

    lanes: Lanes
    sizes: Mapping[str, int]
    counts: np.ndarray
    spikes: Mapping[str, np.ndarray]
    centres: np.ndarray
    width: float
    engine: str

    @property
    def rates(self) -> np.ndarray:
        """Rate of each population in Hz, shape (condition, trial, time, unit)."""
        rates: np.ndarray = self.counts / (np.array(list(self.sizes.values())) * self.width)
        return rates

    def label(self) -> xr.Dataset:
        """Return the recording as a run of the network by itself returns it."""
        trials, lane = np.int32(self.lanes.trials), self.spikes["lane"]
        columns = {
            "spike_condition": lane // trials,
            "spike_trial": lane % trials,
            "spike_time": self.spikes["time"],
            "spike_unit": self.spikes["unit"],
            "spike_neuron": self.spikes["neuron"],
        }
        sizes, labels = dict(self.sizes), self.lanes.conditions
        attrs: dict[str, Any] = {"engine": self.engine, "dt": self.lanes.dt}
        return label_spikes(
            columns, sizes, labels, int(trials), self.centres, self.width, self.counts, **attrs
        )


def split_recording(
    result: RunResult,
    lanes: Sequence[Lanes],
    sizes: Mapping[str, int],
    bins: tuple[np.ndarray, float],
    engine: str,
) -> list[LaneRecording]:
    """Split the results of a run into the recordings of the networks that were its lanes.

    Parameters
    ----------
    result : RunResult
        Results of the run.
    lanes : sequence of Lanes
        Lanes of each network; together all lanes of the run, in their order.
    sizes : mapping of str to int
        Neurons of each population in one lane.
    bins : tuple of (numpy.ndarray, float)
        Centres of the bins in seconds, and their width.
    engine : str
        What executed the run.
    """
    last_lanes = np.cumsum([item.n for item in lanes])
    n_lanes, (centres, width) = int(last_lanes[-1]), bins
    per_lane, time, unit, neuron = sort_spikes(n_lanes, result, lanes[0].dt, sizes)
    last_spikes = np.concatenate([[0], np.cumsum(per_lane)])
    counts = np.stack([_count_in_bins(result.activity[name], centres) for name in sizes], axis=-1)
    recordings = []
    for item, last in zip(lanes, last_lanes, strict=True):
        first = last - item.n
        spikes = slice(last_spikes[first], last_spikes[last])
        columns = {
            "lane": np.repeat(np.arange(item.n, dtype=np.int32), per_lane[first:last]),
            "time": time[spikes],
            "unit": unit[spikes],
            "neuron": neuron[spikes],
        }
        shape = (len(item.conditions), item.trials, len(centres), len(sizes))
        of_item = counts[first:last].reshape(shape)
        recordings.append(LaneRecording(item, sizes, of_item, columns, centres, width, engine))
    return recordings


def _count_in_bins(activity: PopulationActivity, centres: np.ndarray) -> np.ndarray:
    """Return the spikes of a population in the bins of each lane, shape (lane, time)."""
    counts: np.ndarray = activity.bin_counts[:, : len(centres)].astype(float)
    return counts
