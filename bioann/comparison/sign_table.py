"""The sign of every connection in both models, side by side, and what it was measured to do."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from bioann import model
from bioann.base.errors import DescriptionError
from bioann.correspondence import Correspondence
from bioann.pair import Pair

SIGN_COLUMNS = (
    "source",
    "source_kind",
    "target",
    "synapse",
    "bio_sign",
    "weight",
    "ann_sign",
    "agreement",
)


def sign_table(pair: Pair) -> pd.DataFrame:
    """Put each synapse beside the weight that it is read as.

    Parameters
    ----------
    pair : Pair
        Both models have to list their connections.

    Returns
    -------
    pandas.DataFrame
        One row per connection of either model, with `SIGN_COLUMNS`. A sign is +1, -1 or 0 (none at
        the target's threshold); `agreement` is ``"agree"``, ``"differ"``, or says what has no
        partner. Where a population stands for minus a unit, or an OFF afferent carries the
        negative part of a channel, the expected sign is turned.
    """
    bio, ann = model.connections_of(pair.bio), model.connections_of(pair.ann)
    units_by_population = _units_by_population(pair.correspondence)
    weights = {
        (row.source, row.source_kind, row.target): row.sign * row.strength
        for row in ann.itertuples()
    }
    rows, matched_keys = [], set()
    for row in bio.itertuples():
        matched_weights = []
        channel_sign = getattr(row, "drive", 1)  # models of others may not tell
        for source, source_sign in _rate_model_sources(
            row.source, row.source_kind, units_by_population
        ):
            for target, target_sign in units_by_population.get(row.target, []):
                key = (source, row.source_kind, target)
                if key in weights:
                    matched_keys.add(key)
                    matched_weights.append(weights[key] * source_sign * target_sign * channel_sign)
        weight = float(np.sum(matched_weights)) if matched_weights else np.nan
        ann_sign = float(np.sign(weight))
        agreement = "no weight of its own" if not matched_weights else ""
        if matched_weights:
            agreement = "agree" if ann_sign == row.sign else "differ"
        endpoints = (row.source, row.source_kind, row.target)
        rows.append((*endpoints, row.mechanism, row.sign, weight, ann_sign, agreement))
    for key, weight in weights.items():
        if key not in matched_keys:
            rows.append((*key, "", np.nan, weight, np.sign(weight), "no direct synapse"))
    return pd.DataFrame(rows, columns=list(SIGN_COLUMNS))


def _units_by_population(correspondence: Correspondence) -> dict[str, list[tuple[str, float]]]:
    """Give, for each population, the units it stands for and with which sign."""
    units_by_population: dict[str, list[tuple[str, float]]] = {}
    for match in correspondence.matches:
        for population, p in match.weights_of("bio").items():
            for unit, u in match.weights_of("ann").items():
                units_by_population.setdefault(population, []).append((unit, float(np.sign(p * u))))
    return units_by_population


def _rate_model_sources(
    source: str, kind: str, units_by_population: dict[str, list[tuple[str, float]]]
) -> list[tuple[str, float]]:
    """Give what a source is in the rate model; a stimulus channel is itself."""
    return [(source, 1.0)] if kind == "channel" else units_by_population.get(source, [])


#: Hz that stand for activation 1 where no match says so.
DEFAULT_SCALE = 100.0
#: Columns of the effective weights: a row of the sign table, and what was measured of it.
EFFECTIVE_WEIGHT_COLUMNS = (
    "source", "source_kind", "target", "synapse", "conductance", "reversal_mV", "drive_mV",
    "bio_sign", "weight", "predicted", "effective", "effective_low", "effective_high",
    "agreement", "flags",
)  # fmt: skip


def effective_weight_table(pair: Pair, run: xr.DataTree) -> pd.DataFrame:
    """Put what was measured of every connection beside the weight that it is read as.

    Parameters
    ----------
    pair : Pair
        The pair.
    run : xarray.DataTree
        Its recording, with ``/effective_weights``.

    Returns
    -------
    pandas.DataFrame
        One row per connection of either model, with `EFFECTIVE_WEIGHT_COLUMNS`. `effective` is in
        activation of the target per activation of the source, with its 95% interval; `predicted` is
        the same of the rate network, the weight times the gain of its target
        (`bioann.translate.effective_weights.unit_gain`). `agreement` compares the sign of the
        weight with the measured one: ``"agree"``, ``"differ"``, ``"undecided"`` where the interval
        holds zero; what was not measured keeps what the sign table says.
    """
    table = sign_table(pair)
    node = run["effective_weights"].to_dataset()
    measured = node.drop_dims("ann_unit", errors="ignore").to_dataframe().reset_index(drop=True)
    scale = {
        population: float(match.scale)
        for match in pair.correspondence.matches
        for population in match.weights_of("bio")
    }
    for name in ("reversal_mV", "drive_mV", "effective", "effective_low", "effective_high"):
        table[name] = measured[name].reindex(table.index)
    table["flags"] = measured["flags"].reindex(table.index).fillna("")
    for k, row in table.loc[: len(measured) - 1].iterrows():
        target = scale.get(row.target, DEFAULT_SCALE)
        source = scale.get(row.source, target) if row.source_kind == "unit" else 1.0
        for name in ("effective", "effective_low", "effective_high"):
            table.loc[k, name] = row[name] * source / target
        if row.agreement in ("agree", "differ") and np.isfinite(row.effective_low):
            is_decided = row.effective_low > 0 or row.effective_high < 0
            has_same_sign = np.sign(row.effective) == np.sign(row.weight)
            table.loc[k, "agreement"] = (
                ("agree" if has_same_sign else "differ") if is_decided else "undecided"
            )
    labels = model.connections_of(pair.bio)["label"]
    table["conductance"] = labels.reindex(table.index).fillna("")
    table["predicted"] = table.weight * _target_gains(pair, node, table)
    return table[list(EFFECTIVE_WEIGHT_COLUMNS)]


def _target_gains(pair: Pair, node: xr.Dataset, table: pd.DataFrame) -> pd.Series:
    """Give the gain of the unit, or the mean of the units, that each target is read as."""
    if "gain" not in node:
        return pd.Series(np.nan, table.index)
    units_by_population = _units_by_population(pair.correspondence)
    gains = {}
    for target in dict.fromkeys(table.target):
        units = [u for u, _ in units_by_population.get(target, [])]
        known_units = [u for u in units or [target] if u in node.ann_unit.values]
        gains[target] = (
            float(node["gain"].sel(ann_unit=known_units).mean()) if known_units else np.nan
        )
    return table.target.map(gains)


def measure_effective_weights(
    pair: Pair, stimulus: xr.DataArray | None = None, *, seed: int, engine: str = "auto"
) -> pd.DataFrame:
    """Run a pair, and measure what every connection does.

    Parameters
    ----------
    pair : Pair
        Its spiking model is a spiking network.
    stimulus : xarray.DataArray, optional
        The pair's own unless given; decides the operating points.
    seed : int
        Decides everything random.
    engine : str, optional
        What executes the runs.

    Returns
    -------
    pandas.DataFrame
        See `effective_weight_table`.

    Raises
    ------
    DescriptionError
        If the spiking model is another kind of model, into which nothing can be put.
    """
    run = pair.run(
        stimulus, trials=1, seed=seed, engine=engine, controls=False, effective_weights=True
    )
    if "effective_weights" not in run.children:
        raise DescriptionError(
            f"{pair.title()}, bio, effective_weights",
            "a SpikingNetwork",
            model.kind_of(pair.bio),
            "Describe it as a SpikingNetwork, or read its signs from comparison.signs.",
        )
    return effective_weight_table(pair, run.recording)
