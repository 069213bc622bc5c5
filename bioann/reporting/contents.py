"""The contents of the files of a report: what draws them is loaded only if a page is drawn.

Matplotlib and typst take as long to load as the shortest runs; a report that is kept from an
earlier run (`bioann.reporting.page_cache`) needs neither.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection, Iterable
from pathlib import Path

from bioann.base.cores import count_cores
from bioann.base.errors import unknown_name_error
from bioann.base.forked_tasks import SharedTasks
from bioann.base.views import render_report_pages
from bioann.claims.judged_run import JudgedRun
from bioann.comparison.as_csv import to_csv
from bioann.comparison.as_json import to_json
from bioann.recordings.storage import recording_bytes
from bioann.reporting.document import Section
from bioann.reporting.page_cache import PAGE_ENDINGS, make_page_key, read_pages, write_pages
from bioann.robustness.robustness import Robustness

ENDINGS = (".html", ".pdf", ".json", ".csv", ".nc")


def figure_folder(report: Path) -> Path:
    """Return the folder for the figures of a report: beside it, with ``_figures`` at its name."""
    return report.with_name(f"{report.stem}_figures")


@dataclasses.dataclass(frozen=True)
class Additions:
    """What a report has beside its own content.

    Parameters
    ----------
    files : tuple of str, optional
        Names of the files of figures.
    folder : str, optional
        Folder of these files, relative to the report.
    sections : tuple of Section, optional
        Sections that a user adds, after those of the report.
    robustness : Robustness or None, optional
        In how many variants each verdict stays.
    """

    files: tuple[str, ...] = ()
    folder: str = ""
    sections: tuple[Section, ...] = ()
    robustness: Robustness | None = None


def render_contents(
    comparison: JudgedRun, endings: Iterable[str], additions: Additions = Additions()
) -> dict[str, bytes]:
    """Render the contents of files.

    The pages of a comparison are kept for later runs that give the same (`page_cache`).

    Parameters
    ----------
    comparison : Comparison or StudyResult
        Scored and with verdicts.
    endings : iterable of {'.html', '.pdf', '.json', '.csv', '.nc'}
        File endings that select the formats.
    additions : Additions, optional
        Sections of the user, and files of figures to link to; none by default.

    Returns
    -------
    dict of str to bytes
        The whole file by its ending.
    """
    unique_endings = dict.fromkeys(endings)
    for ending in unique_endings:
        if ending not in ENDINGS:
            raise unknown_name_error("report", "file ending", ending, ENDINGS)
    pages = [ending for ending in unique_endings if ending in PAGE_ENDINGS]
    has_own_sections = bool(additions.sections)
    key = make_page_key(comparison, additions) if pages and not has_own_sections else ""
    cached = read_pages(key, pages)
    contents = render_new_contents(comparison, set(unique_endings) - set(cached), additions)
    write_pages(key, {ending: contents[ending] for ending in pages if ending in contents})
    return {ending: (cached | contents)[ending] for ending in unique_endings}


def render_new_contents(
    comparison: JudgedRun, endings: Collection[str], additions: Additions
) -> dict[str, bytes]:
    """Render the contents of files without the pages that are kept; see `render_contents`.

    The netCDF file and half of the figures are made in a copy of this process where that is
    possible (`bioann.base.forked_tasks`), if there are pages to draw meanwhile.
    """
    pages = [ending for ending in PAGE_ENDINGS if ending in endings]
    netcdf = [lambda: recording_bytes(comparison.recording)] if ".nc" in endings else []
    renderers: dict[str, Callable[[], bytes]] = {
        ".json": lambda: to_json(comparison).encode(),
        ".csv": lambda: to_csv(comparison).encode(),
    }
    with SharedTasks(netcdf, count_cores() if pages else 1) as shared:
        contents = render_report_pages(comparison, pages, additions) if pages else {}
        contents |= {name: render() for name, render in renderers.items() if name in endings}
        if netcdf:
            contents[".nc"] = shared.finish()[0]
    return contents
