"""The pages of the report of a comparison or study: HTML and PDF from one document."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from bioann.claims.judged_run import JudgedRun
from bioann.reporting.contents import Additions
from bioann.reporting.document import Document
from bioann.reporting.figure_files import link_figure_files
from bioann.reporting.html import render_html
from bioann.reporting.pdf import render_pdf
from bioann.reporting.robustness_section import add_robustness
from bioann.reporting.sections import make_document
from bioann.reporting.study_document import make_study_document
from bioann.studies.result import StudyResult


@functools.singledispatch
def make_report_document(comparison: Any) -> Document:
    """Write the report of a comparison; of a study by `make_study_document`."""
    return make_document(comparison)


make_report_document.register(StudyResult)(make_study_document)


def complete_page(page: Document, additions: Additions) -> Document:
    """Return a report with what it has beside its own content."""
    page = add_robustness(page, additions.robustness) if additions.robustness else page
    page = dataclasses.replace(page, sections=(*page.sections, *additions.sections))
    return link_figure_files(page, additions.folder, additions.files) if additions.files else page


def render_pages(
    comparison: JudgedRun, endings: Collection[str], additions: Additions
) -> dict[str, bytes]:
    """Render the pages of a report; typst releases the interpreter and runs in a thread.

    Parameters
    ----------
    comparison : Comparison or StudyResult
        Scored and with verdicts.
    endings : collection of {'.html', '.pdf'}
        File endings that select the formats.
    additions : Additions
        What the report has beside its own content.

    Returns
    -------
    dict of str to bytes
        The whole file by its ending.
    """
    page = complete_page(make_report_document(comparison), additions)
    pages: dict[str, bytes] = {}
    with ThreadPoolExecutor(1) as pool:
        pdf = pool.submit(render_pdf, page) if ".pdf" in endings else None
        if ".html" in endings:
            pages[".html"] = render_html(page).encode()
        if pdf is not None:
            pages[".pdf"] = pdf.result()
    return pages
