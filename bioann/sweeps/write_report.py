"""Write the report of a sweep, and the full reports of its best and worst point."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import xarray as xr

from bioann.base.files import write_atomically
from bioann.comparison.comparison import compare
from bioann.reporting.html import render_html
from bioann.reporting.report import report
from bioann.sweeps.document import ExtremePoint, find_extremes, make_sweep_document
from bioann.sweeps.point_result import PointTask
from bioann.sweeps.results import name_dimension


def write_report(
    dataset: xr.Dataset,
    task: PointTask,
    folder: str | Path,
    report_step: Callable[[str], None] = lambda name: None,
    *,
    with_points: bool = True,
) -> Path:
    """Write ``index.html``, and ``best.html`` and ``worst.html`` to which it links.

    Parameters
    ----------
    dataset : xarray.Dataset
        Results of the sweep.
    task : PointTask
        What was swept.
    folder : str or pathlib.Path
        Folder of the sweep.
    report_step : callable, optional
        Called with ``"best"`` and ``"worst"`` before that point is run again for its report.
    with_points : bool, optional
        Whether these two points are run and reported.

    Returns
    -------
    pathlib.Path
        ``index.html``.
    """
    links = {}
    for point in find_extremes(dataset) if with_points else ():
        report_step(point.name)
        path = Path(folder) / f"{point.name}.html"
        _report_point(point, task, path)
        links[point.name] = path.name
    path = Path(folder) / "index.html"
    page = render_html(make_sweep_document(dataset, links))
    with write_atomically(path) as (temporary,):
        temporary.write_text(page, encoding="utf-8")
    return path


def _report_point(point: ExtremePoint, task: PointTask, path: Path) -> None:
    """Run the pair of a point with its references, and write its report."""
    values = []
    for axis in task.axes:
        number = point.parameters[name_dimension(axis)]
        # The value of the axis itself: that of the results is rounded in the display unit.
        values.append(
            min(axis.values, key=lambda v: abs(axis.in_display_unit(v) - number))
            if not axis.is_range
            else number * axis.si_scale
        )
    pair = task.make_pair(values)
    settings = task.settings
    run = pair.run(
        trials=pair.trials if settings.trials is None else settings.trials,
        seed=settings.seed,
        wirings=settings.wirings if pair.has_drawn_wiring else None,
        engine=settings.engine,
        vary=False,
    )
    report(compare(run), path)
