"""What the signs of a network's weights do while it is trained."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr

#: Of the distribution of weights.
QUANTILES = (0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0)


def spectral_norm_and_radius(weights: np.ndarray) -> tuple[float, float]:
    """Give the largest singular value, and the spectral radius of a square array (else NaN)."""
    matrix = weights.reshape(len(weights), -1)
    square = matrix.shape[0] == matrix.shape[1] and weights.ndim == 2
    radius = float(np.abs(np.linalg.eigvals(matrix)).max()) if square else np.nan
    small = matrix if matrix.shape[0] <= matrix.shape[1] else matrix.T
    largest = np.linalg.eigvalsh(small @ small.T)[-1]  # much cheaper than all singular values
    return float(np.sqrt(max(largest, 0.0))), radius


def sign_balance(weights: np.ndarray) -> float:
    r"""Give :math:`(E - I) / (E + I)` for the sums of positive weights and of negative magnitudes.

    1 without negative weights, -1 without positive ones, NaN without weights.
    """
    total = np.abs(weights).sum()
    return float(weights.sum() / total) if total else np.nan


def summarise_weights(arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Describe the signed weights of one moment, shape ``(weight,)`` each."""
    rows = []
    for array in arrays.values():
        w = np.asarray(array, dtype=float)
        nonzero = w[w != 0]
        share = (w < 0).sum() / len(nonzero) if len(nonzero) else np.nan
        rows.append(
            (share, sign_balance(w), *spectral_norm_and_radius(w), *np.quantile(w, QUANTILES))
        )
    columns = np.array(rows, dtype=float).reshape(len(arrays), -1).T
    names = ("share_negative", "balance", "spectral_norm", "spectral_radius")
    summary = dict(zip(names, columns, strict=False))
    return summary | {"quantiles": columns[len(names) :].T}


def label_summaries(
    moments: Sequence[Mapping[str, np.ndarray]], names: Sequence[str], steps: Sequence[int]
) -> xr.Dataset:
    """Label what `summarise_weights` told of all seeds over time.

    Parameters
    ----------
    moments : sequence of mapping of str to numpy.ndarray, shape (seed, weight[, quantile])
        In order of time, with ``crossings`` beside what `summarise_weights` gives.
    names : sequence of str
        ``layer.field`` of each array of signed weights.
    steps : sequence of int
        Steps that had been made.

    Returns
    -------
    xarray.Dataset
        ``share_negative`` of the weights that are not zero, ``crossings`` of zero since the last
        moment, ``balance`` as in `sign_balance`, ``spectral_norm``, ``spectral_radius`` (step,
        seed, weight) and ``quantiles`` (step, seed, weight, quantile).
    """
    dims = ("step", "seed", "weight")
    data = {
        name: (
            (*dims, "quantile")[: 3 + (name == "quantiles")],
            np.stack([m[name] for m in moments]),
        )
        for name in moments[0]
    }
    coords = {"step": list(steps), "weight": list(names), "quantile": list(QUANTILES)}
    return xr.Dataset(data, coords=coords)
