"""Signs, sizes and spectra of a network's weights in the course of its training."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr

#: Quantiles of the distribution of weights that are recorded.
QUANTILES = (0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0)


def spectral_norm_and_radius(weights: np.ndarray) -> tuple[float, float]:
    """Compute the largest singular value, and the spectral radius of a square array (else NaN)."""
    matrix = weights.reshape(len(weights), -1)
    square = matrix.shape[0] == matrix.shape[1] and weights.ndim == 2
    radius = float(np.abs(np.linalg.eigvals(matrix)).max()) if square else np.nan
    small = matrix if matrix.shape[0] <= matrix.shape[1] else matrix.T
    largest = np.linalg.eigvalsh(small @ small.T)[-1]  # much faster than all singular values
    return float(np.sqrt(max(largest, 0.0))), radius


def sign_balance(weights: np.ndarray) -> float:
    r"""Compute :math:`(E - I) / (E + I)` from summed excitatory and inhibitory magnitudes.

    1 if no weight is negative, -1 if none is positive, NaN if all are zero.
    """
    total = np.abs(weights).sum()
    return float(weights.sum() / total) if total else np.nan


def summarise_weights(arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Compute the statistics of signed weights at one time, each of shape ``(weight, ...)``."""
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


@dataclasses.dataclass
class SignHistory:
    """Statistics of the signed weights of all seeds over the steps of a training.

    Attributes
    ----------
    names : tuple of str
        ``layer.field`` of each array of signed weights.
    steps : list of int
        Number of optimiser steps before each record.
    records : list of dict of str to numpy.ndarray, shape (seed, weight[, quantile])
        Statistics as in `summarise_weights`, and ``crossings``.
    """

    names: tuple[str, ...]
    steps: list[int] = dataclasses.field(default_factory=list)
    records: list[dict[str, np.ndarray]] = dataclasses.field(default_factory=list)

    @classmethod
    def from_arrays(cls, names: tuple[str, ...], arrays: Mapping[str, np.ndarray]) -> SignHistory:
        """Return the history that `to_arrays` wrote."""
        steps = arrays["step"].tolist()
        series = {name: values for name, values in arrays.items() if name != "step"}
        return cls(names, steps, [{k: v[i] for k, v in series.items()} for i in range(len(steps))])

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Return all statistics over time, shape ``(step, ...)``, for a checkpoint."""
        series = {name: np.stack([r[name] for r in self.records]) for name in self.records[0]}
        return {"step": np.array(self.steps), **series}

    def record(
        self, step: int, weights: Sequence[Mapping[str, np.ndarray]], crossings: np.ndarray
    ) -> None:
        """Append the statistics of the weights at one step.

        Parameters
        ----------
        step : int
            Number of optimiser steps so far.
        weights : sequence of mapping of str to numpy.ndarray
            Signed weights of each seed by name.
        crossings : numpy.ndarray of int, shape (seed, weight)
            Number of weights that changed sign since the last record.
        """
        summaries = [summarise_weights(arrays) for arrays in weights]
        record = {name: np.stack([s[name] for s in summaries]) for name in summaries[0]}
        self.records.append(record | {"crossings": crossings})
        self.steps.append(step)

    def to_dataset(self) -> xr.Dataset:
        """Return the labelled history.

        Returns
        -------
        xarray.Dataset
            ``share_negative`` (fraction of the non-zero weights), ``crossings`` (sign changes since
            the last record), ``balance`` (see `sign_balance`), ``spectral_norm``,
            ``spectral_radius`` (step, seed, weight) and ``quantiles`` (step, seed, weight,
            quantile).
        """
        series = self.to_arrays()
        coords = {
            "step": series.pop("step").tolist(),
            "weight": list(self.names),
            "quantile": list(QUANTILES),
        }
        dims = ("step", "seed", "weight", "quantile")
        data = {name: (dims[: values.ndim], values) for name, values in series.items()}
        return xr.Dataset(data, coords=coords)
