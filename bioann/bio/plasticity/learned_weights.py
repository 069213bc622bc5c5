"""What learning leaves behind: weights of plastic projections, from one run into another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr

from bioann.base.errors import SimulationError
from bioann.bio.builder.context import SynapseTable
from bioann.bio.builder.synapses import PlannedProjection
from bioann.bio.description import NetworkDescription
from bioann.bio.input_spikes.draw import Lanes

_UNITS = {"nS": "S", "pA": "A", "mV": "V"}


#: By projection, its final weights and what else its rule remembers, shape ``(lane, synapse)``.
FinalWeights = Mapping[str, Mapping[str, np.ndarray]]


def compute_final_weights(
    projections: Sequence[PlannedProjection],
    states: Mapping[str, Mapping[str, np.ndarray]],
    lanes: Lanes,
    stimulus: xr.DataArray,
) -> FinalWeights:
    """Bring what synapses had learned at their last spikes up to the end of the run.

    Parameters
    ----------
    projections : sequence of PlannedProjection
        Of the network.
    states : mapping of str to mapping of str to numpy.ndarray, shape (lane * synapse,)
        The variables of synapses by name, as the run left them.
    lanes : Lanes
        That were run.
    stimulus : xarray.DataArray
        What they were shown.
    """
    weights = {}
    for planned in projections:
        rule, size = planned.projection.long_term_rule, len(planned.table.post)
        if rule is None:
            continue
        if not size:
            names = ("strength", *rule.hidden_variables)
            weights[planned.projection.name] = {name: np.zeros((lanes.n, 0)) for name in names}
            continue
        reward = None
        for channel in rule.channels:
            last = stimulus.sel(channel=channel).values[:, -1]
            reward = np.repeat(last, lanes.trials * size)
        end = stimulus.sizes["time"] * float(stimulus.attrs["dt"])
        final_state = rule.advance_to_end(dict(states[planned.synapses.name]), end, reward)
        weights[planned.projection.name] = {
            n: v.reshape(lanes.n, size) for n, v in final_state.items()
        }
    return weights


def label_weights(
    projections: Sequence[PlannedProjection], lanes: Lanes, finals: Sequence[FinalWeights]
) -> dict[str, xr.DataArray]:
    """Give the final weights of every projection that learns.

    Parameters
    ----------
    projections : sequence of PlannedProjection
        Of the network.
    lanes : Lanes
        All lanes.
    finals : sequence of Finals
        Of one part of the lanes after the other.

    Returns
    -------
    dict of str to xarray.DataArray
        ``weight_<projection>`` in SI, dimensions ``(condition, trial, synapse_<projection>)``,
        with the coordinates ``pre_<projection>`` and ``post_<projection>`` (neurons within their
        populations); and in the same form what a rule remembers beside it, ``hidden_<projection>``.
    """
    arrays: dict[str, xr.DataArray] = {}
    for planned in projections:
        if planned.projection.long_term_rule is not None:
            name = planned.projection.name
            values = {v: np.concatenate([f[name][v] for f in finals]) for v in finals[0][name]}
            arrays |= _label_projection_weights(planned, lanes, values)
    return arrays


def _label_projection_weights(
    planned: PlannedProjection, lanes: Lanes, values_by_variable: dict[str, np.ndarray]
) -> dict[str, xr.DataArray]:
    projection = planned.projection
    name, unit = projection.name, getattr(projection.receptor, "weight_unit", "nS")
    dim = f"synapse_{name}"
    coords = {
        f"pre_{name}": (dim, planned.table.pre),
        f"post_{name}": (dim, planned.table.post),
    }
    arrays = {}
    for variable, values in values_by_variable.items():
        prefix = "weight" if variable == "strength" else variable
        arrays[f"{prefix}_{name}"] = xr.DataArray(
            (values * projection.weight).reshape(len(lanes.conditions), lanes.trials, -1),
            dims=("condition", "trial", dim),
            coords=coords,
            attrs={"units": _UNITS[unit]},
        )
    return arrays


def read_initial_weights(
    network: NetworkDescription, weights: xr.Dataset, conditions: tuple[str, ...], trials: int
) -> Mapping[str, SynapseTable]:
    """Read the weights of an earlier recording, to start another run from.

    Parameters
    ----------
    network : NetworkDescription
        The network that is to run.
    weights : xarray.Dataset
        A recording, or a part of one. A single condition or trial serves all of the run's;
        otherwise conditions are found by label, and trials by their place.
    conditions : tuple of str
        Of the run.
    trials : int
        Of the run.

    Returns
    -------
    mapping of str to SynapseTable
        One per projection whose ``weight_<name>`` is there; others are drawn as ever.

    Raises
    ------
    SimulationError
        If there is none, or a lane, neuron or magnitude does not fit.
    """
    tables = {}
    for projection in network.projections:
        name = projection.name
        if f"weight_{name}" not in weights:
            continue
        weight = weights[f"weight_{name}"]
        pre, post = (weight[f"{end}_{name}"].values for end in ("pre", "post"))
        _check_neuron_indices(network, name, pre, post)
        hidden = {
            str(v)[: -len(name) - 1]: _weights_per_lane(weights[v], conditions, trials)
            for v in weights.data_vars
            if str(v).endswith(f"_{name}") and v != weight.name
        }
        tables[name] = SynapseTable(
            pre, post, _weights_per_lane(weight, conditions, trials), hidden
        )
    if not tables:
        raise SimulationError(
            "SpikingNetwork.run, weights",
            "a recording with weight_<projection>",
            f"one with {', '.join(map(str, weights.data_vars))}",
            "Pass what run() of a network with long-term plasticity returned.",
        )
    return tables


def _check_neuron_indices(
    network: NetworkDescription, name: str, pre: np.ndarray, post: np.ndarray
) -> None:
    projection = next(p for p in network.projections if p.name == name)
    for indices, population in ((pre, projection.source), (post, projection.target)):
        if len(indices) and indices.max() >= network.sizes[population]:
            raise SimulationError(
                f"SpikingNetwork.run, weights of {name!r}",
                f"neurons below {network.sizes[population]} of {population!r}",
                f"neuron {indices.max()}",
                "Pass weights that a network of the same sizes left.",
            )


def _weights_per_lane(
    weights: xr.DataArray, conditions: tuple[str, ...], trials: int
) -> np.ndarray:
    """Give the weights of every lane, shape ``(lane, synapse)``."""
    where = f"SpikingNetwork.run, {weights.name}"
    if not np.isfinite(weights.values).all() or (weights.values < 0).any():
        raise SimulationError(
            where,
            "finite magnitudes >= 0",
            f"{float(weights.min()):g}",
            "Sign is the transmitter's.",
        )
    selection = weights
    if selection.sizes["condition"] > 1:
        missing = [c for c in conditions if c not in selection.condition.values]
        if missing:
            remedy = "Choose one with .isel(condition=[0]) to start all conditions from it."
            raise SimulationError(where, f"condition {missing[0]!r}", "others", remedy)
        selection = selection.sel(condition=list(conditions))
    if 1 < selection.sizes["trial"] < trials:
        remedy = "Choose one with .isel(trial=[0]) to start all trials from it."
        raise SimulationError(where, f"{trials} trials", f"{selection.sizes['trial']}", remedy)
    if selection.sizes["trial"] > 1:
        selection = selection.isel(trial=slice(trials))
    values = np.broadcast_to(selection.values, (len(conditions), trials, selection.shape[-1]))
    return values.reshape(len(conditions) * trials, -1).copy()
