"""The sign of every connection in both models, and its measured effective weight."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from bioann import model
from bioann.base.arguments import name_argument_errors
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
    """Match each synapse with the weight that corresponds to it, and compare their signs.

    Parameters
    ----------
    pair : Pair
        Both models must list their connections.

    Returns
    -------
    pandas.DataFrame
        One row per connection of either model, with `SIGN_COLUMNS`. A sign is +1, -1 or 0 (no
        driving force at the target's threshold); `agreement` is ``"agree"``, ``"differ"``,
        ``"no weight of its own"`` or ``"no direct synapse"``. The expected sign is reversed where a
        population corresponds to minus a unit, or an OFF afferent carries the negative part of a
        channel.
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
    """Map each population to the units that it corresponds to, each with a sign."""
    units_by_population: dict[str, list[tuple[str, float]]] = {}
    for match in correspondence.matches:
        for population, p in match.weights_of("bio").items():
            for unit, u in match.weights_of("ann").items():
                units_by_population.setdefault(population, []).append((unit, float(np.sign(p * u))))
    return units_by_population


def _rate_model_sources(
    source: str, kind: str, units_by_population: dict[str, list[tuple[str, float]]]
) -> list[tuple[str, float]]:
    """Return the sources in the rate model with their signs; a channel corresponds to itself."""
    return [(source, 1.0)] if kind == "channel" else units_by_population.get(source, [])


#: Rate in Hz at activation 1 of populations without a match.
DEFAULT_SCALE = 100.0
#: Columns of the effective weights: those of the sign table, and the measurements.
EFFECTIVE_WEIGHT_COLUMNS = (
    "source", "source_kind", "target", "synapse", "conductance", "reversal_mV", "drive_mV",
    "bio_sign", "weight", "predicted", "effective", "effective_low", "effective_high",
    "agreement", "flags",
)  # fmt: skip


def effective_weight_table(pair: Pair, run: xr.DataTree) -> pd.DataFrame:
    """Match the measured effective weight of every connection with its weight.

    Parameters
    ----------
    pair : Pair
        Both models must list their connections.
    run : xarray.DataTree
        Recording of the pair, with ``/effective_weights``.

    Returns
    -------
    pandas.DataFrame
        One row per connection of either model, with `EFFECTIVE_WEIGHT_COLUMNS`. `effective` is in
        activation of the target per activation of the source, with its 95 % CI; `predicted` is the
        same quantity of the rate model, the weight times the gain of its target
        (`bioann.translate.effective_weights.unit_gain`). `agreement` compares the sign of the
        weight with the measured one: ``"agree"``, ``"differ"``, or ``"undecided"`` where the CI
        includes zero; connections that were not measured keep the value of `sign_table`.
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
    """Return the mean gain of the units that each target corresponds to."""
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


@name_argument_errors
def measure_effective_weights(
    pair: Pair, stimulus: xr.DataArray | None = None, *, seed: int, engine: str = "auto"
) -> pd.DataFrame:
    """Run a pair and measure the effective weight of every connection.

    Parameters
    ----------
    pair : Pair
        Its spiking model must be a `SpikingNetwork`.
    stimulus : xarray.DataArray, optional
        Sets the operating points; default: the stimulus of the pair.
    seed : int
        Seed of all random numbers.
    engine : str, optional
        Engine of the runs.

    Returns
    -------
    pandas.DataFrame
        See `effective_weight_table`.

    Raises
    ------
    DescriptionError
        If the spiking model is another kind of model, into which no input can be injected.

    Examples
    --------
    >>> import bioann as ba
    >>> table = ba.measure_effective_weights(ba.load("inverter"), seed=1)  # doctest: +SKIP
    >>> table[["source", "target", "weight", "effective", "agreement"]]  # doctest: +SKIP
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
