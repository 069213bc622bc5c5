"""Convert the spikes of a recording to Neo, and through it to NWB and other formats."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

from bioann.base.arguments import name_argument_errors
from bioann.base.errors import DescriptionError
from bioann.base.optional import import_optional
from bioann.base.text import join_names
from bioann.recordings.recording import SPIKE_FIELDS
from bioann.recordings.sources.layout import find_duration


@name_argument_errors
def to_neo(run: Any, *, node: str = "bio") -> Any:
    """Return the spikes of a run as a Neo block.

    Parameters
    ----------
    run : Run, xarray.DataTree or xarray.Dataset
        A run, its recording, or the recording of one spiking model.
    node : str, optional
        The model of a run whose spikes are converted: ``"bio"``, ``"ceiling"`` or a control.

    Returns
    -------
    neo.Block
        One segment for each condition and trial, annotated with both, which starts at 0 s. It has
        a spike train for each neuron, annotated with its population (``unit``) and number in it
        (``neuron``). `bioann.from_recording` reads it.

    Raises
    ------
    MissingExtraError
        Without the extra ``neo``.
    DescriptionError
        If the run has no such model, or the model has no spikes.

    Examples
    --------
    >>> import bioann as ba
    >>> block = ba.to_neo(pair.run(trials=10, seed=1))  # doctest: +SKIP
    """
    recording = run if isinstance(run, xr.Dataset) else _read_node(run, node)
    if not set(SPIKE_FIELDS) <= {*recording.variables}:
        remedy = "Pass the recording of a spiking network."
        got = f"variables {join_names(list(recording.data_vars) or ['none'])}"
        raise DescriptionError("to_neo, recording", "spikes", got, remedy)
    neo = import_optional("neo", "neo", "to_neo")
    stop = find_duration(recording)
    spikes = {field: recording[field].values for field in SPIKE_FIELDS}
    block = neo.Block(name="bioann")
    for c, condition in enumerate(map(str, recording["condition"].values)):
        for k in range(recording.sizes["trial"]):
            segment = neo.Segment(name=f"{condition}, trial {k}", condition=condition, trial=k)
            lane = (spikes["spike_condition"] == c) & (spikes["spike_trial"] == k)
            in_lane = {field: values[lane] for field, values in spikes.items()}
            _add_trains(neo, segment, recording, in_lane, stop)
            block.segments.append(segment)
    return block


def _read_node(run: Any, node: str) -> xr.Dataset:
    """Return the recording of a model of a run."""
    if node not in run.children:
        got, remedy = repr(node), f"The run has {join_names(list(run.children))}."
        raise DescriptionError("to_neo, node", "a model of the run", got, remedy)
    dataset: xr.Dataset = run[node].to_dataset()
    return dataset


def _add_trains(
    neo: Any, segment: Any, recording: xr.Dataset, spikes: dict[str, np.ndarray], stop: float
) -> None:
    """Add the spike train of every neuron to a segment; spikes after `stop` are in no bin."""
    for u, unit in enumerate(map(str, recording["unit"].values)):
        for neuron in range(int(recording["n_neurons"].values[u])):
            inside = (spikes["spike_unit"] == u) & (spikes["spike_neuron"] == neuron)
            times = spikes["spike_time"][inside]
            train = neo.SpikeTrain(
                times[times <= stop],
                units="s",
                t_stop=stop,
                name=f"{unit}[{neuron}]",
                unit=unit,
                neuron=neuron,
            )
            segment.spiketrains.append(train)
