r"""Census of the signs of weights: negative weights, violations of Dale's principle, spectra.

Weights of exactly zero count as absent connections: all fractions are of the non-zero weights.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy.sparse.linalg import svds

from bioann.ann.signs.weight_matrices import WeightMatrix, weight_matrices_of
from bioann.base.arguments import name_argument_errors
from bioann.base.views import render_for_notebook

#: The whole spectrum is computed for matrices with at most this many rows or columns, whichever is
#: smaller; for larger ones only the largest singular value.
LARGEST_FULL_SPECTRUM = 2048
#: Number of bins of equal width in a distribution of weights.
N_BINS = 60


@dataclasses.dataclass(frozen=True)
class Census:
    r"""Tables of a census of signs.

    Attributes
    ----------
    layers : pandas.DataFrame
        One row per weight matrix. ``negative`` is the fraction of negative weights; ``balance`` is
        :math:`(E - I)/(E + I)` with the summed positive weights `E` and the summed magnitudes `I`
        of the negative ones; ``mixed`` is the fraction of sources with outgoing weights of both
        signs in this matrix; ``norm`` is the largest singular value, ``rank`` the participation
        ratio :math:`(\sum s^2)^2 / \sum s^4` of the singular values, ``radius`` the spectral radius
        (recurrent matrices only).
    units : pandas.DataFrame
        One row per presynaptic unit (or feature map), over all its outgoing matrices: ``positive``
        and ``negative`` are numbers of weights, ``minority`` is the fraction of weights of the
        rarer sign, ``violates`` is true if both signs occur, against Dale's principle.
    spectra : pandas.DataFrame
        Singular values, and eigenvalues (``real``, ``imag``) of recurrent matrices, largest first.
    distributions : pandas.DataFrame
        Histograms of the non-zero weights: ``low`` and ``high`` edge of each bin, and ``count``.
    """

    layers: pd.DataFrame
    units: pd.DataFrame
    spectra: pd.DataFrame
    distributions: pd.DataFrame

    def _repr_html_(self) -> str:
        return render_for_notebook("census", self)


@name_argument_errors
def sign_census(network: Any) -> pd.DataFrame:
    """Summarise the signs of a network's weights, layer by layer.

    Parameters
    ----------
    network : RateNetwork or LayeredNetwork
        The network whose weights are summarised.

    Returns
    -------
    pandas.DataFrame
        The table `Census.layers`.
    """
    return census_of(weight_matrices_of(network)).layers


@name_argument_errors
def census_of(weights: Sequence[WeightMatrix]) -> Census:
    """Compute a census of signs.

    Parameters
    ----------
    weights : sequence of WeightMatrix
        Weights from `bioann.ann.signs.weight_matrices.weight_matrices_of` or `weights_from_file`.

    Returns
    -------
    Census
        Tables of sign counts, sums, spectra and distributions.
    """
    spectra = pd.concat([_compute_spectrum(w) for w in weights], ignore_index=True)
    return Census(
        pd.DataFrame([_summarise_signs(w) for w in weights]).merge(
            _summarise_spectra(spectra), on=["layer", "weights"]
        ),
        _count_signs_by_unit(weights),
        spectra,
        pd.concat([_compute_histogram(w) for w in weights], ignore_index=True),
    )


def _summarise_signs(w: WeightMatrix) -> dict[str, Any]:
    """Compute the statistics of one weight matrix, without its spectrum."""
    nonzero = w.values[w.values != 0]
    excitation, inhibition = nonzero[nonzero > 0].sum(), -nonzero[nonzero < 0].sum()
    q05, median, q95 = np.quantile(nonzero, [0.05, 0.5, 0.95])
    positives, negatives = _count_outgoing_signs(w)
    return {
        "layer": w.layer,
        "weights": w.name,
        "targets": w.values.shape[0],
        "sources": w.values.shape[1],
        "n": nonzero.size,
        "zero": 1 - nonzero.size / w.values.size,
        "negative": float((nonzero < 0).mean()),
        "mean": nonzero.mean(),
        "sd": nonzero.std(),
        "q05": q05,
        "median": median,
        "q95": q95,
        "excitation": excitation,
        "inhibition": inhibition,
        "balance": (excitation - inhibition) / (excitation + inhibition),
        "mixed": float(((positives > 0) & (negatives > 0)).mean()),
    }


def _count_outgoing_signs(w: WeightMatrix) -> tuple[np.ndarray, np.ndarray]:
    """Count the positive and the negative weights of every source."""
    other_axes = tuple(axis for axis in range(w.values.ndim) if axis != 1)
    return (w.values > 0).sum(axis=other_axes), (w.values < 0).sum(axis=other_axes)


def _count_signs_by_unit(weights: Sequence[WeightMatrix]) -> pd.DataFrame:
    """Count the signs of each source over all its outgoing matrices."""
    tables = []
    for w in weights:
        positive, negative = _count_outgoing_signs(w)
        columns = {"unit": np.arange(len(positive)), "positive": positive, "negative": negative}
        tables.append(pd.DataFrame(columns).assign(sources=w.sources))
    counts = pd.concat(tables, ignore_index=True)
    units = counts.groupby(["sources", "unit"], sort=False, as_index=False).sum()
    minority_count = units[["positive", "negative"]].min(axis=1)
    total = units["positive"] + units["negative"]
    units["minority"] = minority_count / total.where(total > 0)
    units["violates"] = minority_count > 0
    return units


def _compute_spectrum(w: WeightMatrix) -> pd.DataFrame:
    """Compute the singular values of a matrix, and its eigenvalues if it is recurrent."""
    is_complete = min(w.matrix.shape) <= LARGEST_FULL_SPECTRUM
    if is_complete:
        singular_values = np.linalg.svd(w.matrix, compute_uv=False)
    else:
        singular_values = svds(w.matrix, 1, return_singular_vectors=False, random_state=0)
    tables = [_tabulate_spectrum("singular", singular_values.astype(complex))]
    if w.recurrent and is_complete:
        eigenvalues = np.linalg.eigvals(w.matrix)
        order = np.lexsort([eigenvalues.imag, -np.abs(eigenvalues)])
        tables.append(_tabulate_spectrum("eigenvalue", eigenvalues[order]))
    table = pd.concat(tables, ignore_index=True)
    return table.assign(layer=w.layer, weights=w.name, whole=is_complete)


def _tabulate_spectrum(kind: str, values: np.ndarray) -> pd.DataFrame:
    columns = {"kind": kind, "index": np.arange(len(values)), "real": values.real}
    return pd.DataFrame({**columns, "imag": values.imag})


def _summarise_spectra(spectra: pd.DataFrame) -> pd.DataFrame:
    """Compute norm, effective rank and spectral radius of every matrix."""
    rows = []
    for (layer, name), spectrum in spectra.groupby(["layer", "weights"], sort=False):
        singular_values = spectrum.loc[spectrum["kind"] == "singular", "real"].to_numpy()
        eigenvalues = spectrum[spectrum["kind"] == "eigenvalue"]
        is_complete = bool(spectrum["whole"].all())
        rows.append(
            {
                "layer": layer,
                "weights": name,
                "norm": singular_values.max(),
                "rank": (singular_values**2).sum() ** 2 / (singular_values**4).sum()
                if is_complete
                else np.nan,
                "radius": np.hypot(eigenvalues["real"], eigenvalues["imag"]).max()
                if len(eigenvalues)
                else np.nan,
            }
        )
    return pd.DataFrame(rows)


def _compute_histogram(w: WeightMatrix) -> pd.DataFrame:
    """Compute the histogram of a matrix in bins of equal width with an edge at zero."""
    nonzero = w.values[w.values != 0]
    width = (max(nonzero.max(), 0.0) - min(nonzero.min(), 0.0)) / N_BINS
    bin_index = np.floor(nonzero / width).astype(int)
    bins = np.arange(bin_index.min(), bin_index.max() + 1)
    counts = np.bincount(bin_index - bins[0], minlength=len(bins))
    columns = {"low": bins * width, "high": (bins + 1) * width, "count": counts}
    return pd.DataFrame({"layer": w.layer, "weights": w.name, **columns})
