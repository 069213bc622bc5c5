"""What learning leaves behind: weights of plastic projections, from one run into another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr

from bioann.base.errors import SimulationError
from bioann.bio.builder.context import Wiring
from bioann.bio.builder.synapses import Projected
from bioann.bio.description import NetworkDescription
from bioann.bio.input_spikes.draw import Lanes

_UNITS = {"nS": "S", "pA": "A", "mV": "V"}


#: By projection, its final weights and what else its rule remembers, shape ``(lane, synapse)``.
Finals = Mapping[str, Mapping[str, np.ndarray]]


def final(
    projections: Sequence[Projected],
    states: Mapping[str, Mapping[str, np.ndarray]],
    lanes: Lanes,
    stimulus: xr.DataArray,
) -> Finals:
    """Bring what synapses had learned at their last spikes up to the end of the run.

    Parameters
    ----------
    projections : sequence of Projected
        Of the network.
    states : mapping of str to mapping of str to numpy.ndarray, shape (lane * synapse,)
        The variables of synapses by name, as the run left them.
    lanes : Lanes
        That were run.
    stimulus : xarray.DataArray
        What they were shown.
    """
    found = {}
    for part in projections:
        rule, size = part.projection.learning, len(part.wiring.post)
        if rule is None:
            continue
        if not size:
            names = ("strength", *rule.remembered)
            found[part.projection.name] = {name: np.zeros((lanes.n, 0)) for name in names}
            continue
        reward = None
        for channel in rule.channels:
            last = stimulus.sel(channel=channel).values[:, -1]
            reward = np.repeat(last, lanes.trials * size)
        end = stimulus.sizes["time"] * float(stimulus.attrs["dt"])
        settled = rule.settled(dict(states[part.wires.name]), end, reward)
        found[part.projection.name] = {n: v.reshape(lanes.n, size) for n, v in settled.items()}
    return found


def recorded(
    projections: Sequence[Projected], lanes: Lanes, finals: Sequence[Finals]
) -> dict[str, xr.DataArray]:
    """Give the final weights of every projection that learns.

    Parameters
    ----------
    projections : sequence of Projected
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
    found: dict[str, xr.DataArray] = {}
    for part in projections:
        if part.projection.learning is not None:
            name = part.projection.name
            joined = {v: np.concatenate([f[name][v] for f in finals]) for v in finals[0][name]}
            found |= _labelled(part, lanes, joined)
    return found


def _labelled(
    part: Projected, lanes: Lanes, final: dict[str, np.ndarray]
) -> dict[str, xr.DataArray]:
    projection = part.projection
    name, unit = projection.name, getattr(projection.receptor, "weight_unit", "nS")
    dim = f"synapse_{name}"
    ends = {f"pre_{name}": (dim, part.wiring.pre), f"post_{name}": (dim, part.wiring.post)}
    arrays = {}
    for variable, values in final.items():
        called = "weight" if variable == "strength" else variable
        arrays[f"{called}_{name}"] = xr.DataArray(
            (values * projection.weight).reshape(len(lanes.conditions), lanes.trials, -1),
            dims=("condition", "trial", dim),
            coords=ends,
            attrs={"units": _UNITS[unit]},
        )
    return arrays


def taken(
    described: NetworkDescription, weights: xr.Dataset, conditions: tuple[str, ...], trials: int
) -> Mapping[str, Wiring]:
    """Read the weights of an earlier recording, to start another run from.

    Parameters
    ----------
    described : NetworkDescription
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
    mapping of str to Wiring
        One per projection whose ``weight_<name>`` is there; others are drawn as ever.

    Raises
    ------
    SimulationError
        If there is none, or a lane, neuron or magnitude does not fit.
    """
    found = {}
    for projection in described.projections:
        name = projection.name
        if f"weight_{name}" not in weights:
            continue
        given = weights[f"weight_{name}"]
        pre, post = (given[f"{end}_{name}"].values for end in ("pre", "post"))
        _check_ends(described, name, pre, post)
        hidden = {
            str(v)[: -len(name) - 1]: _lanes(weights[v], conditions, trials)
            for v in weights.data_vars
            if str(v).endswith(f"_{name}") and v != given.name
        }
        found[name] = Wiring(pre, post, _lanes(given, conditions, trials), hidden)
    if not found:
        raise SimulationError(
            "SpikingNetwork.run, weights",
            "a recording with weight_<projection>",
            f"one with {', '.join(map(str, weights.data_vars))}",
            "Pass what run() of a network with long-term plasticity returned.",
        )
    return found


def _check_ends(
    described: NetworkDescription, name: str, pre: np.ndarray, post: np.ndarray
) -> None:
    projection = next(p for p in described.projections if p.name == name)
    for end, population in ((pre, projection.source), (post, projection.target)):
        if len(end) and end.max() >= described.sizes[population]:
            raise SimulationError(
                f"SpikingNetwork.run, weights of {name!r}",
                f"neurons below {described.sizes[population]} of {population!r}",
                f"neuron {end.max()}",
                "Pass weights that a network of the same sizes left.",
            )


def _lanes(given: xr.DataArray, conditions: tuple[str, ...], trials: int) -> np.ndarray:
    """Give the weights of every lane, shape ``(lane, synapse)``."""
    where = f"SpikingNetwork.run, {given.name}"
    if not np.isfinite(given.values).all() or (given.values < 0).any():
        raise SimulationError(
            where, "finite magnitudes >= 0", f"{float(given.min()):g}", "Sign is the transmitter's."
        )
    chosen = given
    if chosen.sizes["condition"] > 1:
        missing = [c for c in conditions if c not in chosen.condition.values]
        if missing:
            do = "Choose one with .isel(condition=[0]) to start all conditions from it."
            raise SimulationError(where, f"condition {missing[0]!r}", "others", do)
        chosen = chosen.sel(condition=list(conditions))
    if 1 < chosen.sizes["trial"] < trials:
        do = "Choose one with .isel(trial=[0]) to start all trials from it."
        raise SimulationError(where, f"{trials} trials", f"{chosen.sizes['trial']}", do)
    if chosen.sizes["trial"] > 1:
        chosen = chosen.isel(trial=slice(trials))
    values = np.broadcast_to(chosen.values, (len(conditions), trials, chosen.shape[-1]))
    return values.reshape(len(conditions) * trials, -1).copy()
