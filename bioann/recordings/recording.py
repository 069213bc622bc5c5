"""Recordings: one labelled tree with ``/stimulus``, ``/bio`` and ``/ann`` per run.

A model returns a `xarray.Dataset` with either ``rate`` (Hz, a spiking network) or ``activation``
(a rate network), both ``(condition, trial, time, unit)``, ``time`` being the centre of each bin in
seconds. A spiking model adds its spikes on the dimension ``spike``, sorted by condition, trial,
time, unit and neuron.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr

from bioann.base.arguments import is_whole_number
from bioann.base.errors import SimulationError
from bioann.base.text import shorten_repr
from bioann.stimuli.stimulus import time_step

RESPONSE_DIMS = ("condition", "trial", "time", "unit")
#: Variables of a spike, in the order in which spikes are sorted: by lane, then in time.
SPIKE_FIELDS = ("spike_condition", "spike_trial", "spike_time", "spike_unit", "spike_neuron")


def make_response_bins(stimulus: xr.DataArray, bin_width: float) -> tuple[np.ndarray, int]:
    """Return the response bins of a stimulus.

    Parameters
    ----------
    stimulus : xarray.DataArray
        Stimulus of the run, with a dimension ``time`` in seconds.
    bin_width : float
        Bin width in seconds, a whole number of stimulus steps.

    Returns
    -------
    centres : numpy.ndarray, shape (time,)
        Bin centres in seconds; a last bin that would not be full is left out.
    steps_per_bin : int
        Number of stimulus steps in a bin.

    Raises
    ------
    SimulationError
        If the bin is not a whole number of steps, or longer than the stimulus.
    """
    step = time_step(stimulus)
    steps_per_bin = round(bin_width / step)
    n = stimulus.sizes["time"] // steps_per_bin if steps_per_bin else 0
    if steps_per_bin < 1 or abs(steps_per_bin * step - bin_width) > 1e-9 or n < 1:
        raise SimulationError(
            "bin_width",
            f"a whole number of stimulus steps ({step * 1e3:g} ms), at most the stimulus",
            f"{bin_width * 1e3:g} ms",
            f"Choose {step * 1e3:g} * ms or a multiple of it, or give the stimulus finer steps.",
        )
    return (np.arange(n) + 0.5) * steps_per_bin * step, steps_per_bin


#: Trials that no memory takes, and that floats still count exactly.
MOST_TRIALS = 10**15


def check_trials(trials: int) -> int:
    """Return the number of trials as an int, or raise `SimulationError` if it is not >= 1."""
    if not is_whole_number(trials, 1):
        remedy = "Ask for at least one trial."
        raise SimulationError("trials", "a whole number >= 1", shorten_repr(trials), remedy)
    if trials > MOST_TRIALS:
        expected, remedy = f"at most {MOST_TRIALS:.0e}", "Ask for fewer trials."
        raise SimulationError("trials", expected, shorten_repr(trials), remedy)
    return int(trials)


def label_spikes(
    spikes: dict[str, np.ndarray],
    sizes: dict[str, int],
    conditions: Sequence[str],
    trials: int,
    centres: np.ndarray,
    bin_width: float,
    counts: np.ndarray | None = None,
    **attrs: Any,
) -> xr.Dataset:
    """Label the spikes of a spiking model and bin them into population rates.

    Parameters
    ----------
    spikes : dict of str to numpy.ndarray, shape (spike,)
        Condition, trial, time, unit and neuron of each spike, named by `SPIKE_FIELDS`: indices as
        whole numbers, times in seconds.
    sizes : dict of str to int
        Number of neurons of each population, in unit order.
    conditions : sequence of str
        Label of each condition.
    trials : int
        Trials of each condition, at least 1.
    centres : numpy.ndarray, shape (time,)
        Bin centres in seconds.
    bin_width : float
        Bin width in seconds.
    counts : numpy.ndarray, shape (condition, trial, time, unit), optional
        Number of spikes in each bin, of spikes that are already sorted; counted unless given.
    **attrs : object
        Attributes of the recording, such as ``dt`` and ``engine``.

    Returns
    -------
    xarray.Dataset
        ``rate`` in Hz per neuron ``(condition, trial, time, unit)``, ``n_neurons`` and the spikes.
    """
    if counts is None:
        order = np.lexsort([spikes[field] for field in reversed(SPIKE_FIELDS)])
        spikes = {field: spikes[field][order] for field in SPIKE_FIELDS}
        shape = (len(conditions), trials, len(centres), len(sizes))
        lanes = {name: spikes[f"spike_{name}"] for name in ("condition", "trial", "time")}
        counts = bin_spikes(lanes, spikes["spike_unit"], shape, bin_width)
    recording = label_rates(counts, sizes, conditions, centres, bin_width, **attrs)
    return recording.assign({field: ("spike", spikes[field]) for field in SPIKE_FIELDS})


def label_rates(
    counts: np.ndarray,
    sizes: dict[str, int],
    conditions: Sequence[str],
    centres: np.ndarray,
    bin_width: float,
    **attrs: Any,
) -> xr.Dataset:
    """Label the spike counts of a spiking model as population rates.

    Parameters
    ----------
    counts : numpy.ndarray, shape (condition, trial, time, unit)
        Number of spikes of each population in each bin.
    sizes : dict of str to int
        Number of neurons of each population, in unit order.
    conditions : sequence of str
        Label of each condition.
    centres : numpy.ndarray, shape (time,)
        Bin centres in seconds.
    bin_width : float
        Bin width in seconds.
    **attrs : object
        Attributes of the recording, such as ``dt`` and ``engine``.

    Returns
    -------
    xarray.Dataset
        ``rate`` in Hz per neuron ``(condition, trial, time, unit)`` and ``n_neurons``.
    """
    n = np.array(list(sizes.values()))
    data: dict[str, Any] = {"rate": (RESPONSE_DIMS, counts / (n * bin_width), {"units": "Hz"})}
    data["n_neurons"] = ("unit", n)
    coords = {"condition": list(conditions), "time": centres, "unit": list(sizes)}
    return xr.Dataset(data, coords=coords | {"trial": np.arange(counts.shape[1])}, attrs=attrs)


def bin_spikes(
    spikes: dict[str, np.ndarray], labels: np.ndarray, shape: tuple[int, ...], bin_width: float
) -> np.ndarray:
    """Count spikes in bins.

    Parameters
    ----------
    spikes : dict of str to numpy.ndarray, shape (spike,)
        ``condition`` and ``trial`` of each spike as whole numbers, ``time`` in seconds.
    labels : numpy.ndarray of int, shape (spike,)
        Column in which each spike is counted; spikes below 0 are not counted.
    shape : tuple of int
        Number of conditions, trials, bins and columns.
    bin_width : float
        Bin width in seconds.

    Returns
    -------
    numpy.ndarray of int, shape (condition, trial, time, column)
        Number of spikes in each bin.
    """
    # The small shift assigns a spike on a bin edge to the bin that starts there, despite rounding.
    time_bin = np.floor(spikes["time"] / bin_width + 1e-6).astype(np.int64)
    inside = (time_bin < shape[2]) & (labels >= 0)
    columns = (spikes["condition"], spikes["trial"], time_bin, labels)
    flat = np.ravel_multi_index(tuple(c[inside] for c in columns), shape)
    return np.bincount(flat, minlength=int(np.prod(shape))).reshape(shape)


def label_activations(
    activation: np.ndarray,
    units: Sequence[str],
    conditions: Sequence[str],
    centres: np.ndarray,
    **attrs: Any,
) -> xr.Dataset:
    """Label the activations of a rate model.

    Parameters
    ----------
    activation : numpy.ndarray, shape (condition, trial, time, unit)
        Mean activation in each bin; a single trial if the model has nothing random.
    units : sequence of str
        Name of each unit.
    conditions : sequence of str
        Label of each condition.
    centres : numpy.ndarray, shape (time,)
        Bin centres in seconds.
    **attrs : object
        Attributes of the recording.

    Returns
    -------
    xarray.Dataset
        ``activation`` (condition, trial, time, unit).
    """
    coords = {
        "condition": list(conditions),
        "trial": np.arange(activation.shape[1]),
        "time": centres,
        "unit": list(units),
    }
    return xr.Dataset({"activation": (RESPONSE_DIMS, activation)}, coords=coords, attrs=attrs)


def response_of(recording: xr.Dataset) -> xr.DataArray:
    """Return the responses of a model: its ``rate`` in Hz or its ``activation``."""
    return recording["rate"] if "rate" in recording else recording["activation"]


def check_recording(
    recording: Any, obj: str, units: Sequence[str], stimulus: xr.DataArray
) -> xr.Dataset:
    """Check that the recording of a model meets the schema, and return it.

    Parameters
    ----------
    recording : xarray.Dataset
        Return value of the model's ``run``.
    obj : str
        Name of the model in errors.
    units : sequence of str
        Names of the model's units, in order.
    stimulus : xarray.DataArray
        Stimulus of the run, with its condition labels.

    Returns
    -------
    xarray.Dataset
        The same recording.

    Raises
    ------
    SimulationError
        If a variable or dimension is missing, labels differ, or a response is not finite.
    """
    remedy = "Return what bioann.recordings.recording.label_activations or label_spikes makes."
    variables = recording.data_vars if isinstance(recording, xr.Dataset) else ()
    if not {"rate", "activation"} & set(variables):
        actual = repr(type(recording).__name__)
        raise SimulationError(obj, "a Dataset with 'rate' or 'activation'", actual, remedy)
    response = response_of(recording)
    if response.dims != RESPONSE_DIMS:
        raise SimulationError(obj, f"dimensions {RESPONSE_DIMS}", f"{response.dims}", remedy)
    for dim, expected in (("unit", list(units)), ("condition", list(stimulus.condition.values))):
        labels = [str(v) for v in response[dim].values]
        expected_labels = [str(v) for v in expected]
        if labels != expected_labels:
            raise SimulationError(f"{obj}, {dim}", f"{expected_labels}", f"{labels}", remedy)
    is_bad = ~np.isfinite(response.values)
    if is_bad.any():
        c, trial, t, u = np.argwhere(is_bad)[0]
        raise SimulationError(
            f"{obj}, unit {str(response.unit.values[u])!r}",
            "finite responses",
            f"{response.values[c, trial, t, u]} in condition "
            f"{str(response.condition.values[c])!r}, trial {trial}, "
            f"at {response.time.values[t]:.4g} s",
            "Look for runaway excitation, or a time step that is too long.",
        )
    return recording


def assemble_run(
    stimulus: xr.DataArray, recordings: dict[str, xr.Dataset], **attrs: Any
) -> xr.DataTree:
    """Assemble the recording of a run: ``/stimulus`` and a node for each model.

    Parameters
    ----------
    stimulus : xarray.DataArray
        The shared stimulus. Its time axis is renamed ``stimulus_time``, because that of the
        responses is ``time``.
    recordings : dict of str to xarray.Dataset
        Recording of each model, by node: ``bio``, ``ann``, ``ceiling``, ...
    **attrs : object
        Provenance of the run.

    Returns
    -------
    xarray.DataTree
        The recording, with the provenance as attributes.
    """
    stimulus_node = stimulus.rename(time="stimulus_time").to_dataset(name="stimulus")
    nodes = {"stimulus": stimulus_node, **recordings}
    recording = xr.DataTree.from_dict({f"/{name}": data for name, data in nodes.items()})
    recording.attrs.update(attrs)
    return recording
