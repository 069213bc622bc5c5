"""The responses of several runs beside each other, so that a metric is computed for all at once.

Runs whose pairs have the same matches, models and stimulus are put beside each other along the
dimension ``match``, whose labels get the number of the run: ``"3 left"``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr

from bioann.bio.engines.lane_recording import LaneRecording
from bioann.comparison.align_responses import RATE_NODES, align_nodes, read_node
from bioann.comparison.responses import Responses
from bioann.correspondence import Correspondence
from bioann.recordings.neuron_index import split_name
from bioann.runs.execute_together import RunOutputs, label_recording


def stack_responses(runs: Sequence[RunOutputs]) -> Responses:
    """Return the responses of runs of one layout (`describe_layout`) beside each other.

    Parameters
    ----------
    runs : sequence of RunOutputs
        At least one run.
    """
    first = runs[0]
    stimulus = first.plan.stimulus.rename(time="stimulus_time").rename("stimulus")
    template = align_nodes(first.label_nodes(), stimulus, first.plan.pair.correspondence)
    names = [str(name) for name in template.match.values]
    data: dict[str, Any] = {}
    for name, array in template.items():
        if "match" not in array.dims:
            data[str(name)] = array.variable
            continue
        columns = [_read_values(run, str(name), array, runs[0]) for run in runs]
        axis = array.get_axis_num("match")
        data[str(name)] = (array.dims, np.concatenate(columns, axis=axis), array.attrs)
    coordinates = {n: c.variable for n, c in template.coords.items() if "match" not in c.dims}
    labels = [f"{k} {name}" for k in range(len(runs)) for name in names]
    dataset = xr.Dataset(data, {**coordinates, "match": labels})
    exact = find_exact_models(first)
    return Responses(dataset, first.plan.window, exact)


def select_run(stacked: Responses, k: int, names: Sequence[str]) -> Responses:
    """Return the responses of one run, with the names of its matches."""
    columns = slice(k * len(names), (k + 1) * len(names))
    dataset = stacked.dataset.isel(match=columns).assign_coords(match=list(names))
    return Responses(dataset, stacked.window, stacked.exact_models)


def find_exact_models(run: RunOutputs) -> frozenset[str]:
    """Return the names of recordings in which nothing is random."""
    nodes = run.nodes.items()
    return frozenset(
        name for name, n in nodes if not isinstance(n, LaneRecording) and n.attrs.get("random") == 0
    )


def _read_values(
    run: RunOutputs, name: str, template: xr.DataArray, first: RunOutputs
) -> np.ndarray:
    """Return one variable of a run, of the shape that it has in the first run."""
    correspondence = run.plan.pair.correspondence
    if name == "scale_hz":
        return np.array(list(correspondence.scales_in_hertz().values()))
    node = run.nodes[name]
    is_same = node is first.nodes[name] and correspondence is first.plan.pair.correspondence
    if is_same:
        return np.asarray(template.values)
    if isinstance(node, LaneRecording) and not _names_neurons(correspondence):
        return _read_lanes(node, correspondence)
    values = read_node(label_recording(node), correspondence, name)
    if values.shape != template.shape:  # a model without noise has one trial
        values = values.reindex(trial=template.trial)
    return np.asarray(values.transpose(*template.dims).values)


def _names_neurons(correspondence: Correspondence) -> bool:
    """Return whether a match has single neurons of a population."""
    names = (name for match in correspondence.matches for name in match.weights_of("bio"))
    return any(split_name(name)[1] is not None for name in names)


def _read_lanes(recording: LaneRecording, correspondence: Correspondence) -> np.ndarray:
    """Return responses (condition, trial, time, match); see `bioann.correspondence`."""
    rates, columns = recording.rates, {name: k for k, name in enumerate(recording.sizes)}
    responses = []
    for match in correspondence.matches:
        weights = match.weights_of("bio").items()
        total = np.sum([weight * rates[..., columns[name]] for name, weight in weights], axis=0)
        responses.append(total / match.scale)
    return np.stack(responses, axis=-1)


def describe_layout(run: RunOutputs, digests: dict[int, str]) -> Any:
    """Return a value that is equal for runs whose responses can be put beside each other.

    Parameters
    ----------
    run : RunOutputs
        The run.
    digests : dict of int to str
        Digests of stimuli that were made already, by the id of the stimulus.
    """
    pair: Any = run.plan.pair
    stimulus = run.plan.stimulus
    if id(stimulus) not in digests:
        digests[id(stimulus)] = _digest_stimulus(stimulus)
    matches = tuple(
        (m.name, tuple(m.weights_of("bio").items()), tuple(m.weights_of("ann").items()))
        for m in pair.correspondence.matches
    )
    nodes = tuple((name, _describe_node(node, name)) for name, node in run.nodes.items())
    options = (run.plan.window, find_exact_models(run), pair.readout, run.plan.options.trials)
    return digests[id(stimulus)], matches, nodes, options


def _digest_stimulus(stimulus: xr.DataArray) -> str:
    digest = hashlib.sha256(np.ascontiguousarray(stimulus.values).tobytes())
    for name, coordinate in stimulus.coords.items():
        digest.update(repr((name, coordinate.dims, coordinate.values.tolist())).encode())
    return digest.hexdigest()


def _describe_node(node: LaneRecording | xr.Dataset, name: str) -> Any:
    """Return kind, labels and shape of a recording; rate models differ in shuffles at most."""
    if isinstance(node, LaneRecording):
        return "lanes", tuple(node.sizes), node.lanes.conditions, node.lanes.trials, node.width
    variable = "rate" if "rate" in node else "activation"
    sizes = tuple((dim, n) for dim, n in node[variable].sizes.items())
    wirings = tuple(node["wiring"].values.tolist()) if "wiring" in node.coords else ()
    units = () if name in RATE_NODES else tuple(node.unit.values.tolist())
    return variable, sizes, wirings, units
