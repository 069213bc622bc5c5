"""Flags of effective weights: a sign or a size that the rate model does not have."""

from __future__ import annotations

import numpy as np
import pandas as pd

from bioann.base.text import format_interval, join_names

#: What the regimes of `bioann.translate.effective_weights.sign_flags` mean for the comparison.
REGIMES = {
    "depolarising GABA": "GABA depolarises the target at rest",
    "paradoxical": "the circuit reverses the sign of the synapse (paradoxical)",
    "against its synapse": "the effect has the sign opposite to that of the synapse",
}
#: Factor between the measured and the predicted effect from which they count as different in size.
SIZE_FACTOR = 2.0


def compute_size_ratios(table: pd.DataFrame) -> pd.DataFrame:
    """Compute the measured effect of each connection over the predicted one.

    Parameters
    ----------
    table : pandas.DataFrame
        Effective weights from `bioann.comparison.sign_table.effective_weight_table`.

    Returns
    -------
    pandas.DataFrame
        The columns ratio, low and high (its 95 % CI), and differs: whether the whole CI is above
        `SIZE_FACTOR` or below its inverse, with the same sign, or excludes 0 where the rate model
        predicts 0. Without a prediction, and for a predicted 0, the ratio is NaN.
    """
    predicted = table.predicted.astype(float).where(table.predicted != 0)
    interval = table[["effective_low", "effective_high"]].div(predicted, axis=0)
    low, high = interval.min(axis=1, skipna=False), interval.max(axis=1, skipna=False)
    has_effect = (table.effective_low > 0) | (table.effective_high < 0)
    differs = (low > SIZE_FACTOR) | ((low > 0) & (high < 1 / SIZE_FACTOR))
    differs |= (table.predicted == 0) & has_effect
    ratio = table.effective / predicted
    return pd.DataFrame({"ratio": ratio, "low": low, "high": high, "differs": differs})


def flag_effective_weights(table: pd.DataFrame) -> tuple[str, ...]:
    """Return one sentence for each regime and one for all differences in size.

    Parameters
    ----------
    table : pandas.DataFrame
        Effective weights from `bioann.comparison.sign_table.effective_weight_table`.

    Returns
    -------
    tuple of str
        Sentences for the limits of a report; empty if nothing is flagged.
    """
    names = table.source + " to " + table.target
    names = names.mask(table.source_kind == "channel", "stimulus " + names)
    is_repeated = names.duplicated(keep=False)
    names = names.where(~is_repeated, names + " (" + table.synapse + ")")
    flags = []
    for regime, meaning in REGIMES.items():
        has_regime = np.array([regime in row.split("; ") for row in table["flags"]], dtype=bool)
        if has_regime.any():
            flags.append(f"Effective weights: {meaning}, for {join_names(names[has_regime])}.")
    ratios = compute_size_ratios(table)
    n_predicted = (table.effective.notna() & table.predicted.notna()).sum()
    if ratios.differs.any():
        sizes = [
            f"{names[k]} {_describe_size(table.loc[k], row)}"
            for k, row in ratios[ratios.differs].iterrows()
        ]
        flags.append(
            f"Effective weights: {ratios.differs.sum()} of {n_predicted} measured effects "
            f"differ in size from the predicted one by more than a factor of {SIZE_FACTOR:g}: "
            f"{join_names(sizes)}."
        )
    return tuple(flags)


def _describe_size(effect: pd.Series, ratio: pd.Series) -> str:
    """Write a measured effect as a multiple of the predicted one, or itself where that is 0."""
    if effect.predicted == 0:
        interval = (effect.effective, effect.effective_low, effect.effective_high)
        return f"{format_interval(*interval)} instead of 0"
    return f"{format_interval(ratio.ratio, ratio.low, ratio.high)} times"
