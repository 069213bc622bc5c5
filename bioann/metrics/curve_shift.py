"""How one response curve lies against another: moved along the input, or made flatter."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import xarray as xr

from bioann.base.arguments import name_argument_errors
from bioann.base.description import Description
from bioann.base.errors import unknown_name_error
from bioann.metrics.parametric import ParametricMetric
from bioann.metrics.selection import LevelSelection, conditions_at


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class ResponseCurve(Description):
    """A response curve inside a run: one match, over the conditions in which channels are fixed.

    Parameters
    ----------
    match : str
        Name of the match whose responses are the curve.
    where : mapping of str to float, or to tuple of float, optional
        Levels at which the other channels are held, or two between which they lie.
    """

    match: str
    where: LevelSelection = dataclasses.field(default_factory=dict)

    def select_from(
        self, responses: xr.DataArray, stimulus: xr.DataArray, along: str
    ) -> tuple[np.ndarray, xr.DataArray]:
        """Return the points of the curve, in the order of the input.

        Parameters
        ----------
        responses : xarray.DataArray
            With the dimensions ``condition`` and ``match`` and any others.
        stimulus : xarray.DataArray, dimensions (condition, channel)
            Level of every channel.
        along : str
            The channel that is the input.

        Returns
        -------
        levels : numpy.ndarray, shape (point,)
            Levels of the input, ascending.
        responses : xarray.DataArray
            The response to each, along ``condition``.
        """
        mask = conditions_at(stimulus, self.where)
        x = stimulus.sel(channel=along).values
        order = np.flatnonzero(mask)[np.argsort(x[mask], kind="stable")]
        curve = responses.sel(match=self.match, drop=True).isel(condition=order)
        return x[order], curve.drop_vars("condition", errors="ignore")


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class CurveShift(ParametricMetric):
    r"""Gain or offset of a response curve against a reference, at equal responses.

    For each point :math:`(x, f)` of the curve with a response in the band, the reference gives the
    input :math:`x_0` at which it has the same response. The line :math:`x_0 = \text{gain} \cdot x +
    \text{const}` through these points is exact for curves of any shape that differ by a shift or
    a scaling of their input. A subtraction has gain 1; the offset is the mean of
    :math:`x - x_0`.

    Parameters
    ----------
    curve, reference : ResponseCurve
        The curve that is measured, and the one that it is measured against.
    along : str
        The channel that drives both.
    low, high : float
        Band of responses, in activation.
    parameter : {'gain', 'offset'}, optional
        Whether the gain or the offset is returned.
    scale : float, optional
        The offset is given in these units: the size of `along` at activation 1.
    """

    curve: ResponseCurve
    reference: ResponseCurve
    along: str
    low: float
    high: float
    parameter: str = "gain"
    scale: float = 1.0

    @classmethod
    @name_argument_errors
    def of_match(
        cls,
        match: str,
        where: LevelSelection,
        reference: LevelSelection,
        along: str,
        low: float,
        high: float,
        parameter: str = "gain",
    ) -> CurveShift:
        """Return the shift of the curve of one match by a change of other channels.

        Parameters
        ----------
        match : str
            Name of the match whose responses are both curves.
        where, reference : mapping of str to float, or to tuple of float
            Levels at which the other channels are held in the curve that is measured, and in the
            one that it is measured against.
        along, low, high, parameter
            As for `CurveShift`.

        Examples
        --------
        >>> from bioann.metrics import CurveShift
        >>> shift = CurveShift.of_match("cell", {"drug": 1.0}, {"drug": 0.0}, "x", 0.1, 0.9)
        >>> shift.curve.where, shift.reference.match
        ({'drug': 1.0}, 'cell')
        """
        curve, unchanged = ResponseCurve(match, where), ResponseCurve(match, reference)
        return cls(curve, unchanged, along, low, high, parameter)

    def check(self) -> None:
        """Raise `UnknownNameError` for an unknown parameter of the fit."""
        if self.parameter not in ("gain", "offset"):
            names = ("gain", "offset")
            raise unknown_name_error("CurveShift, parameter", "parameter", self.parameter, names)

    def measure_options(self) -> dict[str, Any]:
        """Return the options of `bioann.measure`."""
        return {"per": "pair"}

    def __call__(self, response: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
        """Return the gain or the offset; NaN with fewer than three points in the band."""
        x, f = self.curve.select_from(response, stimulus, self.along)
        x0, f0 = self.reference.select_from(response, stimulus, self.along)

        def fit_shift(f: np.ndarray, f0: np.ndarray) -> float:
            if len(f) < 3 or not len(f0):
                return np.nan
            # Noise must not make the reference fall where it only cannot rise.
            rising_reference = np.maximum.accumulate(f0)
            low, high = max(self.low, rising_reference[0]), min(self.high, rising_reference[-1])
            inside = (f >= low) & (f <= high)
            if inside.sum() < 3:
                return np.nan
            reference_input = np.interp(f[inside], rising_reference, x0)
            if self.parameter == "offset":
                return float((x[inside] - reference_input).mean() * self.scale)
            centred_input = x[inside] - x[inside].mean()
            return float(centred_input @ reference_input / (centred_input @ centred_input))

        return xr.apply_ufunc(
            fit_shift,
            f.rename(condition="point"),
            f0.rename(condition="reference"),
            input_core_dims=[["point"], ["reference"]],
            vectorize=True,
        )
