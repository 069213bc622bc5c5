"""Tables of the weights and biases of a rate network, with the columns of `bioann.model`."""

from __future__ import annotations

import numpy as np
import pandas as pd

from bioann.ann.description import RateDescription
from bioann.model import CONNECTION_COLUMNS


def make_weight_table(network: RateDescription) -> pd.DataFrame:
    """Return the weights of a network that are not zero, one per row."""
    assert network.channels is not None
    rows = [
        _describe_weight(names[j], kind, network.units[i], float(weights[i, j]), "weight")
        for kind, names, weights in (
            ("channel", network.channels, network.W_in),
            ("unit", network.units, network.W),
        )
        for i, j in np.argwhere(weights)
    ]
    return pd.DataFrame(rows, columns=list(CONNECTION_COLUMNS))


def make_bias_table(network: RateDescription) -> pd.DataFrame:
    """Return the biases of a network that are not zero, one per row."""
    rows = [
        _describe_weight("bias", "constant", unit, float(bias), "bias")
        for unit, bias in zip(network.units, np.asarray(network.bias), strict=True)
        if bias
    ]
    return pd.DataFrame(rows, columns=list(CONNECTION_COLUMNS))


def _describe_weight(
    source: str, kind: str, target: str, weight: float, mechanism: str
) -> tuple[object, ...]:
    label = f"{weight:+.3g}".replace("-", "\N{MINUS SIGN}")
    return (source, kind, target, int(np.sign(weight)), abs(weight), "", label, mechanism, 1)
