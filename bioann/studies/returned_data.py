"""The data that the function of a study returns for one seed, held against its declaration."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

from bioann.base.errors import StudyError
from bioann.base.text import join_names, shorten_repr
from bioann.studies.study import Study


def check_returned_data(study: Study, data: Any) -> xr.Dataset:
    """Return the data of one seed as the study declares them: order of dimensions, labels, units.

    Parameters
    ----------
    study : Study
        The study whose function returned the data.
    data : object
        What the function of the study returned, expected to be a dataset.

    Returns
    -------
    xarray.Dataset
        The declared variables with their dimensions in order and the labels of the study.

    Raises
    ------
    StudyError
        If it is no dataset, or has other variables, dimensions, labels or values than declared.
    """
    obj = f"{study.title()}, compute"
    if not isinstance(data, xr.Dataset):
        remedy = 'Return xarray.Dataset({"accuracy": (("regime",), values)}, {"regime": names}).'
        raise StudyError(obj, "an xarray.Dataset", shorten_repr(data), remedy)
    variables = {str(name) for name in data.data_vars}
    if variables != set(study.returns):
        raise StudyError(
            obj,
            f"the variables that are declared: {join_names(sorted(study.returns))}",
            join_names(sorted(variables)) or "none",
            "Return what Study(returns=...) declares, or declare what is returned.",
        )
    arrays = {
        name: _check_variable(study, data[name], f"{obj}, variable {name!r}")
        for name in study.returns
    }
    labels = {name: np.asarray(tuple(values)) for name, values in study.coordinates.items()}
    dataset = xr.Dataset(arrays, labels)
    for name, unit in study.units.items():
        dataset[name].attrs["units"] = unit
    return dataset


def _check_variable(
    study: Study, values: xr.DataArray, obj: str
) -> tuple[tuple[str, ...], np.ndarray]:
    """Return dimensions and values of a variable in the order in which they are declared."""
    dims = tuple(study.returns[str(values.name)])
    if set(values.dims) != set(dims):
        raise StudyError(
            obj,
            f"the dimensions {dims!r}",
            repr(tuple(map(str, values.dims))),
            "Return what Study(returns=...) declares, or declare what is returned.",
        )
    for dim in dims:
        expected = tuple(study.coordinates[dim])
        got = tuple(values[dim].values.tolist())
        if got != expected:
            raise StudyError(
                obj,
                f"the labels {shorten_repr(expected)} of {dim!r}",
                shorten_repr(got) if dim in values.coords else f"{len(got)} values without labels",
                "Return the labels that Study(coordinates=...) declares, in that order.",
            )
    if values.dtype.kind not in "biuf":
        remedy = "Return numbers or truth values; labels belong to the coordinates."
        raise StudyError(obj, "numbers or truth values", f"the type {values.dtype}", remedy)
    array = values.transpose(*dims).values
    # Truth values and unsigned numbers wrap around in a difference: 0 - 1 would be 255.
    return dims, array.astype(np.int64) if array.dtype.kind in "bu" else array
