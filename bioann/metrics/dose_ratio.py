"""Dose ratios of an antagonist, and the slope of the Schild plot."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import xarray as xr

from bioann.base.arrays import to_floats
from bioann.base.errors import DescriptionError
from bioann.metrics.curve_shift import ResponseCurve
from bioann.metrics.parametric import ParametricMetric


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class DoseRatio(ParametricMetric):
    r"""Factor between the doses with which two dose-response curves reach equal responses.

    The geometric mean of :math:`A / A_0(f(A))` over the doses :math:`A` of the curve;
    :math:`A_0(f)` is the dose that gives the response :math:`f` in the reference, interpolated
    along the logarithm of the dose. Only responses between those to the second and to the last but
    one dose of the reference count: the ends of a sigmoid curve do not determine a dose. An
    antagonist that competes for the receptor gives :math:`1 + [B] / K_B`, whatever follows the
    receptor (Gaddum 1937).

    Parameters
    ----------
    curve, reference : ResponseCurve
        Dose-response curves with and without the antagonist, which rise with the dose.
    along : str
        Channel of the dose; conditions without a dose are left out.
    """

    curve: ResponseCurve
    reference: ResponseCurve
    along: str

    def measure_options(self) -> dict[str, Any]:
        """Return the options of `bioann.measure`."""
        return {"per": "pair", "note": "needs responses that the reference reaches as well"}

    def __call__(self, response: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
        """Return the ratio; NaN where no response to a dose lies within the reference."""
        doses, f = self._select_doses(self.curve, response, stimulus)
        reference_doses, f0 = self._select_doses(self.reference, response, stimulus)

        def find_ratio(f: np.ndarray, f0: np.ndarray) -> float:
            if len(f0) < 4:
                return np.nan
            # Noise must not make the reference fall where it only cannot rise.
            rising = np.maximum.accumulate(f0)
            inside = (f > rising[1]) & (f < rising[-2])
            if not inside.any():
                return np.nan
            log_dose = np.interp(f[inside], rising, np.log(reference_doses))
            return float(np.exp((np.log(doses[inside]) - log_dose).mean()))

        return xr.apply_ufunc(
            find_ratio,
            f.rename(condition="point"),
            f0.rename(condition="reference"),
            input_core_dims=[["point"], ["reference"]],
            vectorize=True,
        )

    def _select_doses(
        self, curve: ResponseCurve, response: xr.DataArray, stimulus: xr.DataArray
    ) -> tuple[np.ndarray, xr.DataArray]:
        """Return the doses above 0 and the response to each, along ``condition``."""
        doses, responses = curve.select_from(response, stimulus, self.along)
        return doses[doses > 0], responses.isel(condition=np.flatnonzero(doses > 0))


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class SchildSlope(ParametricMetric):
    r"""Slope of :math:`\log(r - 1)` against :math:`\log [B]`, by least squares.

    :math:`r` is the dose ratio at the concentration :math:`[B]` of the antagonist. The slope is 1
    if one molecule of the antagonist competes with one of the agonist (Arunlakshana and Schild
    1959).

    Parameters
    ----------
    ratios : tuple of DoseRatio
        Dose ratio at each concentration, at least two.
    concentrations : tuple of float
        Concentrations of the antagonist, above 0, in any unit.
    """

    ratios: tuple[DoseRatio, ...]
    concentrations: tuple[float, ...]

    def check(self) -> None:
        """Raise `DescriptionError` unless each ratio has a concentration, and these differ."""
        values = to_floats(self.concentrations, "SchildSlope, concentrations")
        if len(values) != len(self.ratios) or len(set(values)) < 2 or not (values > 0).all():
            raise DescriptionError(
                "SchildSlope, concentrations",
                f"one above 0 for each of {len(self.ratios)} dose ratios, at least two that differ",
                f"{self.concentrations}",
                "Measure the dose ratio at two or more concentrations of the antagonist.",
            )

    def measure_options(self) -> dict[str, Any]:
        """Return the options of `bioann.measure`."""
        return {"per": "pair", "note": "needs dose ratios above 1"}

    def __call__(self, response: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
        """Return the slope; NaN where a dose ratio is not above 1."""
        x = np.log(self.concentrations)
        weights = (x - x.mean()) / ((x - x.mean()) ** 2).sum()
        slope = xr.zeros_like(self.ratios[0](response, stimulus))
        for weight, ratio in zip(weights, self.ratios, strict=True):
            excess = ratio(response, stimulus) - 1
            slope = slope + weight * xr.apply_ufunc(np.log, excess.where(excess > 0))
        return slope
