"""Sign and effective weight of each connection, by theory while sliders move."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from bioann.base.errors import BioannError
from bioann.bio.network import SpikingNetwork
from bioann.explorer.experiment import Experiment
from bioann.explorer.responses import round_numbers
from bioann.model import connections_of
from bioann.runs.run import Run
from bioann.translate.effective_weights.measure import (
    choose_operating_points,
    tabulate_effective_weights,
)
from bioann.translate.target import TargetPopulation, target_population

#: Rows of a table at most.
MAX_ROWS = 60


def describe_connections(experiment: Experiment, run: Run[Any], condition: int) -> dict[str, Any]:
    """Return the connections of both models, those of a spiking network with effective weights.

    Parameters
    ----------
    experiment : Experiment
        Pair of the run.
    run : Run
        The run, whose rates in one condition are the operating point.
    condition : int
        Index of that condition.

    Returns
    -------
    dict
        ``bio`` and ``ann``: rows with ``source``, ``target``, ``label``, ``sign``; of a spiking
        network ``drive_mV`` and ``effective``, too (`estimate_weights`). ``rows_left_out`` counts
        the connections beyond `MAX_ROWS`.
    """
    pair = experiment.pair
    tables = {"bio": connections_of(pair.bio), "ann": connections_of(pair.ann)}
    described: dict[str, Any] = {
        side: [
            {"source": r.source, "target": r.target, "label": r.label, "sign": int(r.sign)}
            for r in table.head(MAX_ROWS).itertuples()
        ]
        for side, table in tables.items()
    }
    described["rows_left_out"] = sum(max(len(table) - MAX_ROWS, 0) for table in tables.values())
    if isinstance(pair.bio, SpikingNetwork):
        window = slice(*pair.window())
        point = experiment.stimulus.isel(condition=condition).sel(time=window)
        rates = run["bio"]["rate"].isel(condition=condition).sel(time=window)
        estimates = estimate_weights(
            pair.bio, tables["bio"], point.mean("time"), rates.mean(["time", "trial"])
        )
        for row, estimate in zip(described["bio"], estimates, strict=False):
            row.update(estimate)
    return described


def estimate_weights(
    network: SpikingNetwork, table: pd.DataFrame, point: xr.DataArray, rates: xr.DataArray
) -> list[dict[str, Any]]:
    r"""Estimate the effective weight of each connection at an operating point by theory.

    A presynaptic spike moves the charge :math:`q = g \tau_s (E_{rev} - V)` at the mean potential
    :math:`V` of the target, and a postsynaptic spike costs :math:`C (V_{th} - V_r)`: the quotient
    times the synapses of the connection is the rate in Hz that each Hz of the source adds, above
    threshold and without the rest of the circuit (`TargetPopulation.rate_weight`).

    Parameters
    ----------
    network : SpikingNetwork
        The spiking model.
    table : pandas.DataFrame
        Its connections.
    point : xarray.DataArray, shape (channel,)
        Activation of each channel.
    rates : xarray.DataArray, shape (unit,)
        Rate of each population in Hz.

    Returns
    -------
    list of dict
        For each of the first `MAX_ROWS` connections ``drive_mV``, the driving force of its synapse,
        and ``effective`` in Hz per Hz of a population, or per activation of a channel. None where
        the theory does not apply.
    """
    channels = {str(c): point.sel(channel=c).values for c in point.channel.values}
    sources = {str(u): rates.sel(unit=u).values for u in rates.unit.values}
    targets: dict[str, TargetPopulation | None] = {}
    estimates = []
    for row in table.head(MAX_ROWS).itertuples():
        if row.target not in targets:
            targets[row.target] = find_target(network, row.target)
        target = targets[row.target]
        estimate: dict[str, Any] = {"drive_mV": None, "effective": None}
        if target is not None:
            v = float(np.mean(target.mean_potential(channels, sources)))
            estimate = estimate_weight(target, row, v)
        estimates.append(estimate)
    return estimates


def find_target(network: SpikingNetwork, name: str) -> TargetPopulation | None:
    """Return a population with its inputs; None if the theory has no such input or cell."""
    try:
        return target_population(network, name, seed=0)
    except BioannError:
        return None


def estimate_weight(target: TargetPopulation, row: Any, v: float) -> dict[str, Any]:
    """Estimate driving force and effective weight of the connection of a row at a potential."""
    for synapse in target.inputs.synaptic_inputs:
        if (synapse.source, synapse.kind) != (row.source, row.source_kind):
            continue
        if not row.label.startswith(synapse.receptor.name):  # two receptors of one source
            continue
        is_channel = synapse.kind == "channel"
        scale = float(getattr(synapse.pathway, "rate", 1.0)) * row.drive if is_channel else 1.0
        reversal = synapse.receptor.reversal
        return {
            "drive_mV": None if reversal is None else round_numbers((reversal - v) * 1e3),
            "effective": round_numbers(target.rate_weight(synapse, v) * scale),
        }
    return {"drive_mV": None, "effective": None}


def measure_weights(experiment: Experiment, run: Run[Any], engine: str) -> list[dict[str, Any]]:
    """Measure the effective weight of each connection by extra spikes, with its interval.

    Parameters
    ----------
    experiment : Experiment
        Pair and seed of the run.
    run : Run
        The run, which the operating points are chosen from.
    engine : str
        Engine that runs the spiking model.

    Returns
    -------
    list of dict
        ``effective``, ``low``, ``high`` (95 %) and ``flags`` of each of the first `MAX_ROWS`
        connections; empty if the spiking model is no `SpikingNetwork`.
    """
    if not isinstance(experiment.pair.bio, SpikingNetwork):
        return []
    stimulus = experiment.stimulus
    window = experiment.pair.window(stimulus)
    points = choose_operating_points(run["bio"].to_dataset(), stimulus, window)
    table = tabulate_effective_weights(
        experiment.pair.bio, points, seed=experiment.seed, engine=engine
    )
    return [
        {
            "effective": round_numbers(row.effective),
            "low": round_numbers(row.effective_low),
            "high": round_numbers(row.effective_high),
            "flags": row.flags,
        }
        for row in table.head(MAX_ROWS).itertuples()
    ]
