"""The report of a sweep: where the models agree, which claims hold, what matters, the extremes."""

from __future__ import annotations

import dataclasses
from collections import Counter
from typing import Any

import numpy as np
import xarray as xr

from bioann.base.text import format_count, format_number
from bioann.reporting.document import (
    Badge,
    Block,
    Document,
    Link,
    Notice,
    Section,
    Table,
)
from bioann.reporting.figure_blocks import to_figure_block
from bioann.sweeps.figures import (
    draw_outcome_maps,
    draw_score_maps,
    draw_slices,
    list_parameters,
)
from bioann.sweeps.sensitivity import estimate_sensitivity

#: Matches and claims whose maps are drawn, and failed points that are listed, at most.
MAX_MAPS, MAX_FAILED = 6, 20
TONES = {"supported": "good", "equivalent": "good", "refuted": "bad", "different": "bad"}


@dataclasses.dataclass(frozen=True)
class ExtremePoint:
    """The point at which the models agree best or worst.

    Parameters
    ----------
    name : str
        ``"best"`` or ``"worst"``.
    parameters : dict of str to float
        Value of each parameter in its display unit.
    difference : float
        The largest RMSE of any match, over its margin if there is one.
    has_margin : bool
        Whether it is relative to the margin.
    """

    name: str
    parameters: dict[str, float]
    difference: float
    has_margin: bool

    @property
    def text(self) -> str:
        """Parameters of the point in words."""
        return "; ".join(f"{name} = {value:.4g}" for name, value in self.parameters.items())


def compute_difference(dataset: xr.Dataset) -> tuple[xr.DataArray, bool]:
    """Return the largest RMSE of any match at each point, over its margin if it has one."""
    has_margin = bool(np.isfinite(dataset["margin"]).any())
    values = dataset["rmse"] / dataset["margin"] if has_margin else dataset["rmse"]
    return values.max("match"), has_margin


def find_extremes(dataset: xr.Dataset) -> tuple[ExtremePoint, ...]:
    """Return the best and the worst point; none if no point has finished."""
    if "rmse" not in dataset:
        return ()
    values, has_margin = compute_difference(dataset)
    names = list_parameters(dataset)
    flat = values if "point" in values.dims else values.stack(point=values.dims)
    finite = flat.values[np.isfinite(flat.values)]
    if not finite.size:
        return ()
    extremes = []
    for name, k in (("best", np.nanargmin(flat)), ("worst", np.nanargmax(flat))):
        point = flat.isel(point=int(k))
        parameters = {n: float(point[n]) for n in names}
        extremes.append(ExtremePoint(name, parameters, float(point), has_margin))
    return tuple(extremes)


def make_sweep_document(dataset: xr.Dataset, links: dict[str, str] | None = None) -> Document:
    """Write the report of a sweep.

    Parameters
    ----------
    dataset : xarray.Dataset
        Its results.
    links : dict of str to str, optional
        Relative path of the full report of the ``best`` and of the ``worst`` point.

    Returns
    -------
    Document
        For `bioann.reporting.html` and `bioann.reporting.pdf`.
    """
    names = list_parameters(dataset)
    sections = [
        _make_agreement_section(dataset),
        _make_claim_section(dataset),
        _make_sensitivity_section(dataset, names),
        _make_extremes_section(dataset, links or {}),
        _make_failed_section(dataset, names),
    ]
    present = tuple(section for section in sections if section is not None)
    parameters = "; ".join(names)
    return Document(
        title=f"{dataset.attrs['pair']}: sweep of {parameters}",
        question=f"Where do the models agree, and which claims hold, over {parameters}?",
        summary=summarise_sweep(dataset),
        verdicts=tuple(_make_badges(dataset)),
        sections=present or (Section("Points", (Notice("warning", "No point has finished."),)),),
        footer=f"bioann sweep, seed {dataset.attrs['seed']}, {dataset.attrs['design']}",
    )


def summarise_sweep(dataset: xr.Dataset) -> str:
    """Return in how many points the models are equivalent, and each claim is supported."""
    counts = Counter(map(str, dataset["status"].values.ravel()))
    n_done = counts["done"]
    sentences = [f"{n_done} of {format_count(dataset['status'].size, 'point')} finished."]
    if counts["failed"]:
        sentences.append(f"{format_count(counts['failed'], 'point')} could not be run.")
    for kind, variable, outcome in (
        ("match", "equivalence", "equivalent"),
        ("claim", "outcome", "supported"),
    ):
        if variable not in dataset:
            continue
        for label in dataset[kind].values:
            values = dataset[variable].sel({kind: label}).values
            if not (values == "no margin").any():
                share = int((values == outcome).sum())
                sentences.append(f"{kind.capitalize()} {label}: {outcome} at {share} of {n_done}.")
    return " ".join(sentences)


def _make_badges(dataset: xr.Dataset) -> list[Badge]:
    """Return for each claim its most frequent verdict, with the share of the points."""
    badges = []
    for label in dataset["claim"].values if "claim" in dataset.coords else ():
        values = [v for v in dataset["outcome"].sel(claim=label).values.ravel() if v]
        if values:
            (outcome, n), *_ = Counter(map(str, values)).most_common()
            detail = f"{label}: at {n} of {format_count(len(values), 'point')}"
            badges.append(Badge(outcome, TONES.get(outcome, "note"), detail))
    return badges


def _has_maps(dataset: xr.Dataset) -> bool:
    """Return whether there are two parameters with several values on a grid."""
    names = list_parameters(dataset)
    sizes = [dataset.sizes.get(name, 0) for name in names]
    return "point" not in dataset.dims and sum(size > 1 for size in sizes) >= 2


def _make_agreement_section(dataset: xr.Dataset) -> Section | None:
    if "rmse" not in dataset:
        return None
    labels = [str(m) for m in dataset["match"].values[:MAX_MAPS]]
    blocks: list[Block] = []
    for k, label in enumerate(labels):
        of_match = dataset.sel(match=label)
        numbers = (of_match["rmse"], of_match["rmse_low"], of_match["rmse_high"])
        drawing = draw_slices(dataset, f"RMSE of {label}", numbers, _find_margin(of_match))
        blocks.append(to_figure_block(drawing, f"slices-{k}"))
    if _has_maps(dataset):
        maps = [
            (f"RMSE of {m}", dataset["rmse"].sel(match=m), _find_margin(dataset.sel(match=m)))
            for m in labels
        ]
        blocks.insert(0, to_figure_block(draw_score_maps(dataset, maps), "rmse-maps"))
    return Section("Agreement", (*blocks, *_note_unlisted(dataset["match"].size, "matches")))


def _note_unlisted(n: int, noun: str) -> tuple[Notice, ...]:
    """Return a note if there are more than are drawn."""
    if n <= MAX_MAPS:
        return ()
    return (
        Notice("note", f"The first {MAX_MAPS} of {n} {noun} are drawn; all are in results.nc."),
    )


def _find_margin(of_match: xr.Dataset) -> float | None:
    """Return the margin of a match, if it has one and the same at all points."""
    margins = np.unique(of_match["margin"].values[np.isfinite(of_match["margin"].values)])
    return float(margins[0]) if len(margins) == 1 else None


def _make_claim_section(dataset: xr.Dataset) -> Section | None:
    if "claim" not in dataset.coords:
        return None
    labels = [str(c) for c in dataset["claim"].values]
    blocks: list[Block] = []
    if _has_maps(dataset):
        maps = [(c, dataset["outcome"].sel(claim=c)) for c in labels[:MAX_MAPS]]
        blocks.append(to_figure_block(draw_outcome_maps(dataset, maps), "claim-maps"))
    outcomes = ("supported", "refuted", "depends", "undecided")
    rows = []
    for label in labels:
        counts = Counter(map(str, dataset["outcome"].sel(claim=label).values.ravel()))
        rows.append((label, *(str(counts[o]) for o in outcomes)))
    blocks.append(Table("Points with each verdict", ("claim", *outcomes), tuple(rows)))
    return Section("Claims", (*blocks, *_note_unlisted(len(labels), "claims")))


def _make_sensitivity_section(dataset: xr.Dataset, names: list[str]) -> Section | None:
    if "rmse" not in dataset or dataset["status"].size < 4:
        return None
    rows: list[tuple[str, ...]] = []
    targets: list[tuple[str, Any]] = [
        (f"RMSE of {m}", dataset["rmse"].sel(match=m)) for m in dataset["match"].values[:MAX_MAPS]
    ]
    for label in dataset["claim"].values[:MAX_MAPS] if "claim" in dataset.coords else ():
        targets.append((f"number of claim {label}", dataset["claim_value"].sel(claim=label)))
    for title, values in targets:
        table = estimate_sensitivity(values, names)
        rows += [
            (title, row.parameter, _format_share(row.first), _format_share(row.total))
            for row in table.itertuples()
        ]
    note = (
        "First order: share of the variance over the points that the parameter explains by itself. "
        "Total order: with its interactions; a full grid without failed points allows it. Both "
        "include the noise of the scores, and hold for the ranges of this sweep."
    )
    columns = ("score", "parameter", "first order", "total order")
    return Section("Sensitivity", (Table("Sensitivity indices", columns, tuple(rows), note),))


def _format_share(value: float) -> str:
    return format_number(value) if np.isfinite(value) else "n/a"


def _make_extremes_section(dataset: xr.Dataset, links: dict[str, str]) -> Section | None:
    extremes = find_extremes(dataset)
    if not extremes:
        return None
    unit = "largest RMSE over its margin" if extremes[0].has_margin else "largest RMSE"
    rows = tuple(
        (
            point.name,
            point.text,
            format_number(point.difference),
            Link("report", links[point.name]) if point.name in links else "",
        )
        for point in extremes
    )
    table = Table("Best and worst agreement", ("point", "parameters", unit, "full report"), rows)
    return Section("Best and worst point", (table,))


def _make_failed_section(dataset: xr.Dataset, names: list[str]) -> Section | None:
    is_failed = dataset["status"] == "failed"
    if not bool(is_failed.any()):
        return None
    flat = dataset[["status", "error"]]
    flat = flat if "point" in flat.dims else flat.stack(point=names)
    failed = flat.isel(point=np.flatnonzero(flat["status"].values == "failed"))
    rows = [
        (
            ", ".join(f"{n} = {float(failed[n][k]):.4g}" for n in names),
            str(failed["error"].values[k]),
        )
        for k in range(min(failed.sizes["point"], MAX_FAILED))
    ]
    n = failed.sizes["point"]
    note = f"{n - MAX_FAILED} more are in results.csv." if n > MAX_FAILED else ""
    return Section("Points that failed", (Table("Errors", ("point", "error"), tuple(rows), note),))
