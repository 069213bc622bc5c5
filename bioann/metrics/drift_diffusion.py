"""Whether choices and decision times have one drift-diffusion model."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import xarray as xr

from bioann.metrics.decision_time import DecisionTime, chronometric_curve
from bioann.metrics.parametric import ParametricMetric

#: Sensitivities from which the search starts, times the largest coordinate: from choices by chance
#: to a step.
SENSITIVITY_GRID = np.geomspace(0.02, 50.0, 60)
#: Steps of Newton's method from the best of them; each doubles the correct digits.
_N_STEPS = 4


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class DriftDiffusion(ParametricMetric):
    r"""Share of the variance of decision times that the drift diffusion of the choices explains.

    Evidence with the drift :math:`k c` and noise of variance 1 per unit of time accumulates until
    it reaches one of the bounds :math:`\pm A`, which gives (Palmer, Huk and Shadlen 2005)

    .. math:: P(c) = \frac{1}{1 + e^{-2 \kappa c}}, \quad
              T(c) = t_0 + A^2 \frac{\tanh \kappa c}{\kappa c}, \quad \kappa = k A

    The sensitivity :math:`\kappa` is that of greatest likelihood of the choices alone. It then
    predicts the course of the times but for the scale :math:`A^2` and the delay :math:`t_0`: the
    metric is the square of their correlation with :math:`\tanh(\kappa c) / \kappa c`, 0 if that is
    negative, where the times of both signs of :math:`c` are averaged.

    Parameters
    ----------
    decision : DecisionTime
        How choices and times are read from two responses.
    coordinate : str
        The numeric coordinate :math:`c` of the stimulus, such as the contrast: above 0 where the
        evidence is for the first response.
    """

    decision: DecisionTime
    coordinate: str

    def measure_options(self) -> dict[str, Any]:
        """Return the options of `bioann.measure`."""
        return {
            "per": "pair",
            "over": "time",
            "prepare": self.find_decisions,
            "best": 1.0,
            "limits": (0.0, 1.0),
            "note": "needs decision times that differ",
        }

    def find_decisions(self, responses: xr.DataArray) -> xr.DataArray:
        """Find time and choice of every trial.

        Parameters
        ----------
        responses : xarray.DataArray
            Time courses, with the dimensions ``time``, ``match`` and any others.

        Returns
        -------
        xarray.DataArray
            With ``quantity`` (``"time"`` in ms, ``"choice"``) in place of ``time`` and ``match``.
        """
        quantities = self.decision.find_times(responses), self.decision.find_choices(responses)
        names = xr.DataArray(["time", "choice"], dims="quantity")
        return xr.concat(quantities, names.rename("quantity"))

    def predict_curves(
        self, responses: xr.DataArray, levels: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        r"""Predict choices and times from the choices, with :math:`A^2` and :math:`t_0` fitted.

        Parameters
        ----------
        responses : xarray.DataArray
            Time courses, with the dimensions ``condition``, ``time``, ``match`` and maybe
            ``trial``, over which decisions are averaged.
        levels : numpy.ndarray, shape (level,)
            Values of the coordinate.

        Returns
        -------
        choices, times : numpy.ndarray, shape (level,)
            Probability of the first choice, and mean decision time in ms.
        """
        decisions = self.find_decisions(responses)
        decisions = decisions.mean("trial") if "trial" in decisions.dims else decisions
        curves = chronometric_curve(decisions, self.coordinate)
        choices, times = (curves.sel(quantity=name, drop=True) for name in ("choice", "time"))
        sensitivity = float(fit_sensitivity(choices, self.coordinate))

        def shape_times(c: np.ndarray) -> np.ndarray:
            x = np.maximum(np.abs(sensitivity * c), 1e-9)
            return np.asarray(np.tanh(x) / x)

        measured = shape_times(times[self.coordinate].values)
        scale, delay = np.polyfit(measured, times.values, 1)
        probability = 1 / (1 + np.exp(-2 * sensitivity * levels))
        return probability, delay + scale * shape_times(levels)

    def __call__(self, response: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
        """Return the squared correlation; NaN where all times are equal."""
        curves = chronometric_curve(response, self.coordinate)
        levels = curves[self.coordinate]
        sensitivity = fit_sensitivity(curves.sel(quantity="choice", drop=True), self.coordinate)
        x = sensitivity * abs(levels)
        prediction = xr.apply_ufunc(np.tanh, x) / x.where(x > 0, 1.0) + (x == 0)
        size = (levels.dims[0], abs(levels).values)
        times = curves.sel(quantity="time", drop=True)
        prediction, times = (
            curve.assign_coords(size=size).groupby("size").mean() for curve in (prediction, times)
        )
        deviations = [curve - curve.mean("size") for curve in (prediction, times)]
        covariance = xr.dot(*deviations, dim="size")
        variances = [(deviation**2).sum("size", skipna=False) for deviation in deviations]
        product = variances[0] * variances[1]
        return covariance.clip(0.0) ** 2 / product.where(variances[1] > 1e-12)


def fit_sensitivity(choices: xr.DataArray, coordinate: str) -> xr.DataArray:
    r"""Return the :math:`\kappa` of greatest likelihood of a psychometric curve.

    Parameters
    ----------
    choices : xarray.DataArray
        Probability of the first choice, along `coordinate`.
    coordinate : str
        The numeric coordinate :math:`c` of :math:`P(c) = 1 / (1 + e^{-2 \kappa c})`.

    Returns
    -------
    xarray.DataArray
        Per unit of the coordinate, without it; within `SENSITIVITY_GRID`.
    """
    levels = np.asarray(choices[coordinate].values, dtype=float)
    grid = SENSITIVITY_GRID / abs(levels).max()

    def maximise_likelihood(first: np.ndarray) -> np.ndarray:
        # ln P and ln (1 - P) at each sensitivity, which do not overflow.
        log_first, log_second = (-np.logaddexp(0, -2 * s * grid[:, None] * levels) for s in (1, -1))
        best = grid[(first @ log_first.T + (1 - first) @ log_second.T).argmax(axis=-1)]
        for _ in range(_N_STEPS):
            probability = 1 / (1 + np.exp(-2 * best[..., None] * levels))
            slope = (2 * levels * (first - probability)).sum(axis=-1)
            curvature = (4 * levels**2 * probability * (1 - probability)).sum(axis=-1)
            # Of a step the curvature vanishes: it stays at the end of the grid.
            best = (best + slope / curvature.clip(1e-9)).clip(grid[0], grid[-1])
        return np.asarray(best)

    result: xr.DataArray = xr.apply_ufunc(
        maximise_likelihood, choices, input_core_dims=[[coordinate]]
    )
    return result
