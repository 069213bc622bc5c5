r"""A census of signs: how many weights are negative, where, and who breaks Dale's principle.

A weight of exactly zero is no connection: shares are of the weights that are not zero.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy.sparse.linalg import svds

from bioann.ann.signs.weight_matrices import WeightMatrix, weight_matrices_of

#: Matrices with more rows and columns than this tell their largest singular value only.
MOST_SPECTRUM = 2048
#: Bins of a distribution of weights, of equal width over its range.
BINS = 60


@dataclasses.dataclass(frozen=True)
class Census:
    r"""What a census found, as tidy tables.

    Attributes
    ----------
    layers : pandas.DataFrame
        One row per array of weights. ``negative`` is the share below zero; ``balance`` is
        :math:`(E - I)/(E + I)` of the summed positive weights `E` and the summed magnitudes `I` of
        the negative ones; ``mixed`` is the share of sources with outgoing weights of both signs in
        this array; ``norm`` the largest singular value, ``rank`` the participation ratio
        :math:`(\sum s^2)^2 / \sum s^4` of the singular values; ``radius`` the largest magnitude
        of an eigenvalue, for recurrent arrays alone.
    units : pandas.DataFrame
        One row per presynaptic unit (or map), over all arrays that it projects through:
        ``positive`` and ``negative`` count its weights, ``minority`` is the share of its rarer
        sign, ``violates`` says whether it has both: no neuron that keeps Dale's principle does.
    spectra : pandas.DataFrame
        Singular values, and eigenvalues (``real``, ``imag``) of recurrent arrays, largest first.
    distributions : pandas.DataFrame
        Histograms: ``low`` and ``high`` edge, ``count`` of weights that are not zero.
    """

    layers: pd.DataFrame
    units: pd.DataFrame
    spectra: pd.DataFrame
    distributions: pd.DataFrame


def sign_census(network: Any) -> pd.DataFrame:
    """Tell the signs of a network's weights, layer by layer.

    Parameters
    ----------
    network : RateNetwork or LayeredNetwork
        The network.

    Returns
    -------
    pandas.DataFrame
        The table `Census.layers`.
    """
    return census_of(weight_matrices_of(network)).layers


def census_of(weights: Sequence[WeightMatrix]) -> Census:
    """Count signs, sources of mixed sign, sums and spectra.

    Parameters
    ----------
    weights : sequence of Weights
        From `bioann.ann.signs.weight_matrices.weight_matrices_of`, or from a file.

    Returns
    -------
    Census
        Its tables.
    """
    spectra = pd.concat([_spectra(w) for w in weights], ignore_index=True)
    return Census(
        pd.DataFrame([_row(w) for w in weights]).merge(_summary(spectra), on=["layer", "weights"]),
        _units(weights),
        spectra,
        pd.concat([_distribution(w) for w in weights], ignore_index=True),
    )


def _row(w: WeightMatrix) -> dict[str, Any]:
    """Describe one array of weights, but for its spectrum."""
    some = w.values[w.values != 0]
    positive, negative = some[some > 0].sum(), -some[some < 0].sum()
    low, median, high = np.quantile(some, [0.05, 0.5, 0.95])
    positives, negatives = _outgoing(w)
    return {
        "layer": w.layer,
        "weights": w.name,
        "targets": w.values.shape[0],
        "sources": w.values.shape[1],
        "n": some.size,
        "zero": 1 - some.size / w.values.size,
        "negative": float((some < 0).mean()),
        "mean": some.mean(),
        "sd": some.std(),
        "q05": low,
        "median": median,
        "q95": high,
        "excitation": positive,
        "inhibition": negative,
        "balance": (positive - negative) / (positive + negative),
        "mixed": float(((positives > 0) & (negatives > 0)).mean()),
    }


def _outgoing(w: WeightMatrix) -> tuple[np.ndarray, np.ndarray]:
    """Count the positive and the negative weights of every source."""
    across = tuple(axis for axis in range(w.values.ndim) if axis != 1)
    return (w.values > 0).sum(axis=across), (w.values < 0).sum(axis=across)


def _units(weights: Sequence[WeightMatrix]) -> pd.DataFrame:
    """Add up what leaves each source, over all arrays that it projects through."""
    parts = []
    for w in weights:
        positive, negative = _outgoing(w)
        columns = {"unit": np.arange(len(positive)), "positive": positive, "negative": negative}
        parts.append(pd.DataFrame(columns).assign(sources=w.sources))
    every = pd.concat(parts, ignore_index=True)
    units = every.groupby(["sources", "unit"], sort=False, as_index=False).sum()
    fewer = units[["positive", "negative"]].min(axis=1)
    total = units["positive"] + units["negative"]
    units["minority"] = fewer / total.where(total > 0)
    units["violates"] = fewer > 0
    return units


def _spectra(w: WeightMatrix) -> pd.DataFrame:
    """Give the singular values of an array, and its eigenvalues if it is recurrent."""
    whole = min(w.matrix.shape) <= MOST_SPECTRUM
    if whole:
        singular = np.linalg.svd(w.matrix, compute_uv=False)
    else:
        singular = svds(w.matrix, 1, return_singular_vectors=False, random_state=0)
    parts = [_values("singular", singular.astype(complex))]
    if w.recurrent and whole:
        eigenvalues = np.linalg.eigvals(w.matrix)
        order = np.lexsort([eigenvalues.imag, -np.abs(eigenvalues)])
        parts.append(_values("eigenvalue", eigenvalues[order]))
    table = pd.concat(parts, ignore_index=True)
    return table.assign(layer=w.layer, weights=w.name, whole=whole)


def _values(kind: str, values: np.ndarray) -> pd.DataFrame:
    columns = {"kind": kind, "index": np.arange(len(values)), "real": values.real}
    return pd.DataFrame({**columns, "imag": values.imag})


def _summary(spectra: pd.DataFrame) -> pd.DataFrame:
    """Give norm, effective rank and spectral radius of every array."""
    rows = []
    for (layer, name), part in spectra.groupby(["layer", "weights"], sort=False):
        singular = part.loc[part["kind"] == "singular", "real"].to_numpy()
        eigen = part[part["kind"] == "eigenvalue"]
        whole = bool(part["whole"].all())
        rows.append(
            {
                "layer": layer,
                "weights": name,
                "norm": singular.max(),
                "rank": (singular**2).sum() ** 2 / (singular**4).sum() if whole else np.nan,
                "radius": np.hypot(eigen["real"], eigen["imag"]).max() if len(eigen) else np.nan,
            }
        )
    return pd.DataFrame(rows)


def _distribution(w: WeightMatrix) -> pd.DataFrame:
    """Count the weights of an array in bins of equal width, one edge at zero."""
    some = w.values[w.values != 0]
    width = (max(some.max(), 0.0) - min(some.min(), 0.0)) / BINS
    place = np.floor(some / width).astype(int)
    bins = np.arange(place.min(), place.max() + 1)
    counts = np.bincount(place - bins[0], minlength=len(bins))
    columns = {"low": bins * width, "high": (bins + 1) * width, "count": counts}
    return pd.DataFrame({"layer": w.layer, "weights": w.name, **columns})
