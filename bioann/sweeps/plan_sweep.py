"""Check everything that a sweep needs before its first point, and open its folder."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import xarray as xr

from bioann.base.errors import DescriptionError
from bioann.base.files import check_writable
from bioann.base.randomness import make_rng
from bioann.bio.engines import list_candidates
from bioann.recordings.recording import check_trials
from bioann.sweeps.designs import Design, make_design
from bioann.sweeps.pair_source import PairSource, make_pair_source
from bioann.sweeps.point_result import PointTask, RunSettings
from bioann.sweeps.results import collect_results, make_attrs
from bioann.sweeps.run_points import Point
from bioann.sweeps.store import LAYOUT, SweepFolder, open_folder


@dataclasses.dataclass(frozen=True)
class PlannedSweep:
    """A sweep whose input is checked, and whose folder is open.

    Parameters
    ----------
    task : PointTask
        What is swept, for workers.
    design : Design
        The points, with the full addresses of the parameters.
    manifest : dict
        What the folder says that it sweeps.
    """

    task: PointTask
    design: Design
    manifest: dict[str, Any]

    @property
    def folder(self) -> SweepFolder:
        """The folder of the sweep."""
        return self.task.folder

    def iterate_pending(self, stored: set[str]) -> Iterator[Point]:
        """Yield the points that are not stored, in the order of the design."""
        for k in range(self.design.n_points):
            values = self.design.get_point(k)
            if self.folder.name_point(values) not in stored:
                yield k, values

    def count_stored(self, stored: set[str]) -> int:
        """Return how many points of the design are stored."""
        if not stored:
            return 0
        return self.design.n_points - sum(1 for _ in self.iterate_pending(stored))

    def collect(self) -> xr.Dataset:
        """Return the results of all points that have finished."""
        return collect_results(self.design, self.folder, make_attrs(self.manifest))

    def forget_failed(self) -> int:
        """Remove the results of points that failed, and return their number."""
        count = 0
        for k in range(self.design.n_points):
            values = self.design.get_point(k)
            result = self.folder.read_point(values)
            if result is not None and result["error"]:
                self.folder.remove_point(values)
                count += 1
        return count


def plan_sweep(pair_of: Any, space: Any, settings: RunSettings, out: str | Path) -> PlannedSweep:
    """Check everything that a sweep needs, and open its folder.

    Parameters
    ----------
    pair_of, space : object
        As for `sweep`.
    settings : RunSettings
        Options of the runs.
    out : str or pathlib.Path
        Folder of the sweep.

    Raises
    ------
    BioannError
        As from `sweep`, before any point is run.
    """
    if settings.trials is not None:
        check_trials(settings.trials)
    make_rng(settings.seed)
    list_candidates(settings.engine)
    source, design = make_pair_source(pair_of), make_design(space)
    axes = tuple(source.resolve_axis(axis) for axis in design.axes)
    design = dataclasses.replace(design, axes=axes)
    check_addresses(design, source)
    subject = source.identify()
    manifest = {
        "layout": LAYOUT,
        "subject": subject,
        "options": settings.identify(),
        "design": design.describe(),
    }
    check_writable(out)
    first = PointTask(source, axes, settings, SweepFolder(str(out), ""), subject["pair_hash"])
    check_one_point(first, design)
    folder = open_folder(out, manifest)
    task = dataclasses.replace(first, folder=folder)
    return PlannedSweep(task, design, manifest)


def check_addresses(design: Design, source: PairSource) -> None:
    """Raise `DescriptionError` if two axes are the same parameter."""
    addresses = design.addresses
    repeated = {a for a in addresses if addresses.count(a) > 1}
    if repeated:
        got, remedy = f"{min(repeated)!r} twice", "Leave one of them out."
        raise DescriptionError(f"sweep of {source.title}", "each parameter once", got, remedy)


def check_one_point(task: PointTask, design: Design) -> None:
    """Raise the error of the first point if neither it nor the last one is a valid pair.

    A point inside a space may be impossible, which is a row of the results; if both ends are, the
    space as a whole is wrong, or the pair has no stimulus.
    """
    errors = []
    for k in (0, design.n_points - 1):
        try:
            pair = task.make_pair(design.get_point(k))
        except Exception as error:
            errors.append(error)
        else:
            if pair.stimulus is None:
                remedy = "Give it one: stimulus=bioann.steps(...)."
                raise DescriptionError(pair.title(), "a pair with a stimulus", "none", remedy)
    if len(errors) == 2:
        raise errors[0]
