"""Learned weights of plastic synapses: final weights of one run, initial weights of another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr

from bioann.base.errors import SimulationError
from bioann.bio.builder.context import SynapseTable
from bioann.bio.builder.synapses import PlannedPathway
from bioann.bio.description import NetworkDescription
from bioann.bio.fibres import FibrePathway
from bioann.bio.input_spikes.draw import Lanes
from bioann.bio.pathway import SynapticPathway
from bioann.bio.projection import Projection
from bioann.bio.receptors import weight_unit_of
from bioann.recordings.learned_synapses import SYNAPSES, select_synapses

#: SI unit of a weight, by its display unit.
SI_UNITS = {"nS": "S", "pA": "A", "mV": "V"}


#: Pathway name -> variable -> value at the end of a run, shape ``(lane, synapse)``. The
#: variables are ``strength`` and the hidden variables of the pathway's rule.
FinalWeights = Mapping[str, Mapping[str, np.ndarray]]


def compute_final_weights(
    pathways: Sequence[PlannedPathway],
    states: Mapping[str, Mapping[str, np.ndarray]],
    lanes: Lanes,
    stimulus: xr.DataArray,
) -> FinalWeights:
    """Compute the learned strengths at the end of a run.

    Parameters
    ----------
    pathways : sequence of PlannedPathway
        Projections and afferents; those without long-term plasticity are skipped.
    states : mapping of str to mapping of str to numpy.ndarray, shape (lane * synapse,)
        Synaptic variables after their last events, by name of the synapses and of the variable.
    lanes : Lanes
        Lanes that were simulated.
    stimulus : xarray.DataArray, dimensions (condition, time, channel)
        Stimulus of the run, in activation.

    Returns
    -------
    FinalWeights
        Strengths and hidden variables of each pathway that learns.
    """
    weights = {}
    for planned in pathways:
        rule, size = planned.pathway.long_term_rule, len(planned.table.post)
        if rule is None:
            continue
        if not size:
            names = ("strength", *rule.hidden_variables)
            weights[planned.pathway.name] = {name: np.zeros((lanes.n, 0)) for name in names}
            continue
        reward = None
        for channel in rule.channels:
            last = stimulus.sel(channel=channel).values[:, -1]
            reward = np.repeat(last, lanes.trials * size)
        end = stimulus.sizes["time"] * float(stimulus.attrs["dt"])
        final_state = rule.advance_to_end(dict(states[planned.synapses.name]), end, reward)
        weights[planned.pathway.name] = {
            n: v.reshape(lanes.n, size) for n, v in final_state.items()
        }
    return weights


def label_weights(
    pathways: Sequence[PlannedPathway], lanes: Lanes, finals: Sequence[FinalWeights]
) -> dict[str, xr.DataArray]:
    """Label the final weights of every pathway that learns.

    Parameters
    ----------
    pathways : sequence of PlannedPathway
        All projections of the network, and its plastic afferents.
    lanes : Lanes
        All lanes of the run.
    finals : sequence of FinalWeights
        Final weights of each batch of lanes, in order.

    Returns
    -------
    dict of str to xarray.DataArray
        ``weight_<name>`` in SI, dimensions ``(condition, trial, synapse_<name>)``, with the
        coordinates ``pre_<name>`` and ``post_<name>`` (neurons within their populations, and
        fibres of an afferent); in the same form ``<variable>_<name>`` for each hidden variable.
    """
    arrays: dict[str, xr.DataArray] = {}
    for planned in pathways:
        if planned.pathway.long_term_rule is not None:
            name = planned.pathway.name
            values = {v: np.concatenate([f[name][v] for f in finals]) for v in finals[0][name]}
            arrays |= _label_pathway_weights(planned, lanes, values)
    return arrays


def _label_pathway_weights(
    planned: PlannedPathway, lanes: Lanes, values_by_variable: dict[str, np.ndarray]
) -> dict[str, xr.DataArray]:
    pathway = planned.pathway
    name = pathway.name
    dim = f"{SYNAPSES}{name}"
    coords = {
        f"pre_{name}": (dim, planned.table.pre),
        f"post_{name}": (dim, planned.table.post),
    }
    arrays = {}
    for variable, values in values_by_variable.items():
        prefix = "weight" if variable == "strength" else variable
        arrays[f"{prefix}_{name}"] = xr.DataArray(
            (values * pathway.weight).reshape(len(lanes.conditions), lanes.trials, -1),
            dims=("condition", "trial", dim),
            coords=coords,
            attrs={"units": SI_UNITS[weight_unit_of(pathway.receptor)]},
        )
    return arrays


def read_initial_weights(
    network: NetworkDescription, weights: xr.Dataset, lanes_by_wiring: Sequence[Lanes]
) -> dict[int, dict[str, SynapseTable]]:
    """Read the initial weights of a run from an earlier recording.

    Parameters
    ----------
    network : NetworkDescription
        Network that will be simulated.
    weights : xarray.Dataset
        Recording of a network with long-term plasticity. A single condition or trial applies to
        all of the new run; otherwise conditions are matched by name, and trials by index.
    lanes_by_wiring : sequence of Lanes
        Lanes of each wiring of the new run, in the order of their first trial.

    Returns
    -------
    dict of int to dict of str to SynapseTable
        By wiring, the synapses of each pathway with a variable ``weight_<name>``; all others are
        drawn.

    Raises
    ------
    SimulationError
        If the recording has no weights, lacks a condition, trial or neuron, or has a weight that
        is negative or not finite.
    """
    n_trials, tables = sum(lanes.trials for lanes in lanes_by_wiring), {}
    n_recorded = weights.sizes["trial"]
    if 1 < n_recorded < n_trials:
        remedy = "Select one with .isel(trial=[0]) to start all trials from it."
        raise SimulationError(
            "SpikingNetwork.run, weights", f"{n_trials} trials", f"{n_recorded}", remedy
        )
    for first, lanes in enumerate(lanes_by_wiring):
        trials = range(first, n_trials, len(lanes_by_wiring)) if n_recorded > 1 else [0]
        tables[lanes.wiring] = _read_wiring(network, weights.isel(trial=list(trials)), lanes)
    return tables


def _read_wiring(
    network: NetworkDescription, weights: xr.Dataset, lanes: Lanes
) -> dict[str, SynapseTable]:
    """Return the synapses of one wiring, with the weights that it starts from."""
    tables = {}
    for pathway in (*network.projections, *network.fibres):
        name = pathway.name
        if f"weight_{name}" not in weights:
            continue
        recording = select_synapses(weights, f"{SYNAPSES}{name}")
        weight = recording[f"weight_{name}"]
        pre, post = (recording[f"{end}_{name}"].values for end in ("pre", "post"))
        _check_neuron_indices(network, pathway, pre, post)
        # By their dimension: "weight_b_a" ends as a variable of projection "a" does.
        hidden = {
            str(v).removesuffix(f"_{name}"): _weights_per_lane(recording[v], lanes)
            for v in recording.data_vars
            if set(recording[v].dims) == set(weight.dims) and v != weight.name
        }
        tables[name] = SynapseTable(pre, post, _weights_per_lane(weight, lanes), hidden)
    if not tables:
        raise SimulationError(
            "SpikingNetwork.run, weights",
            "a recording with weight_<projection>",
            f"one with {', '.join(map(str, weights.data_vars))}",
            "Pass what run() of a network with long-term plasticity returned.",
        )
    return tables


def _check_neuron_indices(
    network: NetworkDescription,
    pathway: SynapticPathway,
    pre: np.ndarray,
    post: np.ndarray,
) -> None:
    n_post = network.sizes[pathway.target]
    index_checks = [(post, n_post, "neuron", f" of {pathway.target!r}")]
    if isinstance(pathway, Projection):
        index_checks.append(
            (pre, network.sizes[pathway.source], "neuron", f" of {pathway.source!r}")
        )
    elif isinstance(pathway, FibrePathway):
        index_checks.append((pre, pathway.count_fibres(n_post), "fibre", ""))
    for indices, size, kind, owner in index_checks:
        if len(indices) and indices.max() >= size:
            raise SimulationError(
                f"SpikingNetwork.run, weights of {pathway.name!r}",
                f"{kind}s below {size}{owner}",
                f"{kind} {indices.max()}",
                "Pass weights of a network with the same population sizes.",
            )


def _weights_per_lane(weights: xr.DataArray, lanes: Lanes) -> np.ndarray:
    """Return the weights of every lane, shape ``(lane, synapse)``."""
    where = f"SpikingNetwork.run, {weights.name}"
    if not np.isfinite(weights.values).all() or (weights.values < 0).any():
        raise SimulationError(
            where,
            "finite magnitudes >= 0",
            f"{float(weights.min()):g}",
            "Sign belongs to the transmitter.",
        )
    selection = weights
    if selection.sizes["condition"] > 1:
        missing = [c for c in lanes.conditions if c not in selection.condition.values]
        if missing:
            remedy = "Select one with .isel(condition=[0]) to start all conditions from it."
            raise SimulationError(where, f"condition {missing[0]!r}", "others", remedy)
        selection = selection.sel(condition=list(lanes.conditions))
    shape = (len(lanes.conditions), lanes.trials, selection.shape[-1])
    return np.broadcast_to(selection.values, shape).reshape(lanes.n, -1).copy()
