"""The results of a sweep as one labelled dataset and one table."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from bioann.base.errors import DescriptionError
from bioann.base.files import write_atomically
from bioann.sweeps.axes import ParameterAxis
from bioann.sweeps.designs import Design, FullGrid, LatinHypercube, PointList, SobolSequence
from bioann.sweeps.point_result import CLAIM_COLUMNS, EQUIVALENCE_COLUMNS, SCORE_COLUMNS
from bioann.sweeps.store import SweepError, SweepFolder, hash_manifest, read_manifest

DESIGNS = {cls.__name__: cls for cls in (FullGrid, LatinHypercube, SobolSequence)}
#: Numbers of a score, of a match and of a claim at every point.
SCORE_NUMBERS = ("value", "low", "high", "ceiling", "chance")
MATCH_NUMBERS = ("rmse", "low", "high", "margin")
CLAIM_NUMBERS = ("value", "low", "high")


@dataclasses.dataclass
class PointColumns:
    """Numbers and texts of one kind of row at every point, which grow as rows appear.

    Parameters
    ----------
    n_points : int
        Number of points.
    numbers : tuple of str
        Names of the numbers.
    text : str
        Name of the text; empty for none.
    """

    n_points: int
    numbers: tuple[str, ...]
    text: str = ""

    def __post_init__(self) -> None:
        """Start without rows."""
        self.rows: dict[tuple[str, ...], dict[str, Any]] = {}

    def set_values(self, key: tuple[str, ...], k: int, values: dict[str, Any]) -> None:
        """Set the values of the row with a key at point `k`."""
        if key not in self.rows:
            columns: dict[str, Any] = {n: np.full(self.n_points, np.nan) for n in self.numbers}
            if self.text:
                columns[self.text] = np.full(self.n_points, "", dtype="U12")
            self.rows[key] = columns
        for name in (*self.numbers, *filter(None, (self.text,))):
            if values[name] is not None:
                self.rows[key][name][k] = values[name]

    def stack(self, name: str) -> np.ndarray:
        """Return a column of all rows, shape (row, point)."""
        return np.stack([columns[name] for columns in self.rows.values()])


def collect_results(design: Design, folder: SweepFolder, attrs: dict[str, Any]) -> xr.Dataset:
    """Collect the results of all points that have finished.

    Parameters
    ----------
    design : Design
        The points.
    folder : SweepFolder
        The folder with their results.
    attrs : dict
        Attributes of the dataset.

    Returns
    -------
    xarray.Dataset
        Of a grid one dimension for each parameter, with its values in the display unit; otherwise
        the dimension ``point``, along which the parameters are coordinates. Variables: ``value``,
        ``low``, ``high``, ``ceiling`` and ``chance`` (score, ...); ``rmse``, ``rmse_low``,
        ``rmse_high``, ``margin`` and ``equivalence`` (match, ...); ``outcome``, ``claim_value``,
        ``claim_low`` and ``claim_high`` (claim, ...); and ``status`` (...): ``"done"``,
        ``"failed"`` or ``"pending"``, with the ``error`` of points that failed.
    """
    n = design.n_points
    scores = PointColumns(n, SCORE_NUMBERS)
    matches = PointColumns(n, MATCH_NUMBERS, "verdict")
    claims = PointColumns(n, CLAIM_NUMBERS, "verdict")
    status, errors = np.full(n, "pending", dtype="U7"), np.full(n, "", dtype=object)
    for k in range(n):
        result = folder.read_point(design.get_point(k))
        if result is None:
            continue
        status[k], errors[k] = "failed" if result["error"] else "done", result["error"]
        for values in iterate_rows(SCORE_COLUMNS, result["scores"]):
            key = tuple(values[name] for name in ("match", "metric", "detail", "unit"))
            scores.set_values(key, k, values)
        for values in iterate_rows(EQUIVALENCE_COLUMNS, result["equivalence"]):
            matches.set_values((values["match"],), k, values)
        for values in iterate_rows(CLAIM_COLUMNS, result["claims"]):
            claims.set_values((values["id"],), k, values)
    variables: dict[str, Any] = {}
    coordinates: dict[str, Any] = {}
    _add_scores(variables, coordinates, scores)
    _add_matches(variables, coordinates, matches)
    _add_claims(variables, coordinates, claims)
    variables |= {"status": ("point", status), "error": ("point", errors.astype(str))}
    flat = xr.Dataset(variables, coordinates, attrs)
    return label_points(flat, design)


def iterate_rows(columns: Sequence[str], rows: Sequence[Any]) -> Iterator[dict[str, Any]]:
    """Yield the rows of a table as mappings."""
    for row in rows:
        yield dict(zip(columns, row, strict=True))


def _add_scores(variables: Any, coordinates: Any, scores: PointColumns) -> None:
    if not scores.rows:
        return
    for name in SCORE_NUMBERS:
        variables[name] = (("score", "point"), scores.stack(name))
    labels = [" ".join(filter(None, (key[1], key[0], key[2]))) for key in scores.rows]
    coordinates["score"] = labels
    for k, name in enumerate(("match", "metric", "detail", "unit")):
        texts = [key[k] for key in scores.rows]
        coordinates[f"score_{name}"] = ("score", texts)


def _add_matches(variables: Any, coordinates: Any, matches: PointColumns) -> None:
    if not matches.rows:
        return
    names = {"rmse": "rmse", "low": "rmse_low", "high": "rmse_high", "margin": "margin"}
    for column, name in {**names, "verdict": "equivalence"}.items():
        variables[name] = (("match", "point"), matches.stack(column))
    coordinates["match"] = [key[0] for key in matches.rows]


def _add_claims(variables: Any, coordinates: Any, claims: PointColumns) -> None:
    if not claims.rows:
        return
    names = {"value": "claim_value", "low": "claim_low", "high": "claim_high"}
    for column, name in {**names, "verdict": "outcome"}.items():
        variables[name] = (("claim", "point"), claims.stack(column))
    coordinates["claim"] = [key[0] for key in claims.rows]


def label_points(flat: xr.Dataset, design: Design) -> xr.Dataset:
    """Return a dataset with the parameters in place of the number of the point."""
    names = [name_dimension(axis) for axis in design.axes]
    if isinstance(design, FullGrid):
        levels = [[axis.in_display_unit(v) for v in axis.values] for axis in design.axes]
        index = pd.MultiIndex.from_product(levels, names=names)
        coordinates = xr.Coordinates.from_pandas_multiindex(index, "point")
        dataset = flat.assign_coords(coordinates).unstack("point")
    else:
        points = np.array([design.get_point(k) for k in range(design.n_points)])
        columns = {
            name: ("point", [axis.in_display_unit(float(v)) for v in points[:, k]])
            for k, (name, axis) in enumerate(zip(names, design.axes, strict=True))
        }
        dataset = flat.assign_coords(columns)
    for name, axis in zip(names, design.axes, strict=True):
        dataset[name].attrs.update(units=axis.unit, address=axis.address)
    return dataset


def name_dimension(axis: ParameterAxis) -> str:
    """Return the name of a parameter in datasets: its address, without the slash of netCDF."""
    return axis.address.replace("/", "|")


def write_results(dataset: xr.Dataset, folder: str | Path) -> tuple[Path, Path]:
    """Write the results as netCDF and as CSV, one row for each point and score.

    Parameters
    ----------
    dataset : xarray.Dataset
        From `collect_results`.
    folder : str or pathlib.Path
        The folder of the sweep.

    Returns
    -------
    tuple of pathlib.Path
        ``results.nc`` and ``results.csv``.
    """
    paths = (Path(folder) / "results.nc", Path(folder) / "results.csv")
    with write_atomically(*paths) as (netcdf, csv):
        # Only names without spaces can be marked as coordinates of a netCDF file.
        others = [str(n) for n in dataset.coords if " " in str(n) and n not in dataset.dims]
        dataset.reset_coords(others).to_netcdf(netcdf, engine="h5netcdf")
        tabulate_results(dataset).to_csv(csv, index=False)
    return paths


def tabulate_results(dataset: xr.Dataset) -> pd.DataFrame:
    """Return a table with one row for each point: parameters, scores, verdicts and errors."""
    parameters = [str(n) for n in dataset.coords if "address" in dataset[n].attrs]
    columns = {}
    flat = (
        dataset if "point" in dataset.dims else dataset.stack(point=parameters, create_index=False)
    )
    for name in parameters:
        columns[_join_unit(name, flat[name].attrs["units"])] = flat[name].values
    columns["status"] = flat["status"].values
    for kind, variables in (
        ("score", ("value", "low", "high", "ceiling", "chance")),
        ("match", ("equivalence",)),
        ("claim", ("outcome",)),
    ):
        for label in flat[kind].values if kind in flat.coords else ():
            row = flat.sel({kind: label})
            for variable in variables:
                suffix = "" if variable == "value" else f", {variable}"
                values = row[variable].transpose("point").values
                columns[f"{kind} {label}{suffix}"] = values
    columns["error"] = flat["error"].values
    return pd.DataFrame(columns)


def _join_unit(name: str, unit: str) -> str:
    return f"{name} ({unit})" if unit else name


def read_sweep(folder: str | Path) -> xr.Dataset:
    """Read the results of a sweep that has finished, that goes on, or that was stopped.

    Parameters
    ----------
    folder : str or pathlib.Path
        The folder of the sweep.

    Returns
    -------
    xarray.Dataset
        As `bioann.sweep` returns it; points that have not finished are ``"pending"``.

    Raises
    ------
    SweepError
        If it is no folder of a sweep, or a file in it is damaged.
    """
    manifest = read_manifest(folder)
    design = restore_design(manifest["design"], folder)
    sweep_folder = SweepFolder(str(Path(folder).resolve()), hash_manifest(manifest))
    return collect_results(design, sweep_folder, make_attrs(manifest))


def make_attrs(manifest: dict[str, Any]) -> dict[str, Any]:
    """Return the attributes of the results: what was swept, and with which options."""
    options = {k: v for k, v in manifest["options"].items() if v is not None}
    options = {k: int(v) if isinstance(v, bool) else v for k, v in options.items()}
    return {**manifest["subject"], **options, "design": manifest["design"]["kind"]}


def restore_design(description: dict[str, Any], folder: str | Path) -> Design:
    """Return the design that a folder describes."""
    try:
        axes = tuple(
            ParameterAxis(**{**axis, "values": tuple(axis["values"])})
            for axis in description["axes"]
        )
        if description["kind"] == PointList.__name__:
            return PointList(axes, tuple(map(tuple, description["points"])))
        others = {k: v for k, v in description.items() if k not in ("kind", "axes")}
        design: Design = DESIGNS[description["kind"]](axes, **others)
    except (KeyError, TypeError, DescriptionError) as error:
        got = f"{type(error).__name__}: {error}"
        remedy = "Run the sweep again into another folder."
        raise SweepError(f"folder {folder}", "the design of a sweep", got, remedy) from error
    return design
