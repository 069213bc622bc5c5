"""Write a comparison to files: HTML, PDF, JSON, CSV, netCDF, by the ending of each path."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bioann.base.arguments import name_argument_errors
from bioann.base.errors import unknown_name_error
from bioann.base.files import write_atomically
from bioann.comparison.as_csv import to_csv
from bioann.comparison.as_json import to_json
from bioann.comparison.comparison import Comparison, with_effective_weights
from bioann.recordings.storage import recording_bytes
from bioann.reporting.explanation_document import make_explanation_document
from bioann.reporting.html import render_html
from bioann.reporting.pdf import render_pdf
from bioann.reporting.sections import make_document
from bioann.translate.explain.explanation import Explanation, explanation_to_json

ENDINGS = (".html", ".pdf", ".json", ".csv", ".nc")


@name_argument_errors
def report(
    comparison: Comparison | Explanation, *paths: str | Path, effective_weights: bool = True
) -> None:
    """Write the report of a comparison; all files appear together, or none does.

    The effective weight of every connection is measured first (see
    `bioann.measure_effective_weights`) unless the comparison has it; that takes about as long as a
    run with few trials.

    Parameters
    ----------
    comparison : Comparison or Explanation
        The result of `bioann.compare`, or of `bioann.explain`.
    *paths : str or pathlib.Path
        Files to write; the ending selects the content: ``.html`` and ``.pdf`` the report, ``.json``
        scores, claims and provenance, ``.csv`` all scores, a line each, ``.nc`` the recording. An
        explanation has no ``.csv`` and no ``.nc``.
    effective_weights : bool, optional
        Whether to measure the effective weights of a comparison that has none.

    Raises
    ------
    UnknownNameError
        If an ending is none of these.
    OutputError
        If a file cannot be written.
    """
    endings = {Path(path).suffix for path in paths}
    if isinstance(comparison, Explanation):
        contents = render_explanation(comparison, endings)
    else:
        if effective_weights and endings & {".html", ".pdf", ".json"}:
            comparison = with_effective_weights(comparison)
        contents = render_contents(comparison, endings)
    with write_atomically(*paths) as temporary_paths:
        for path, temporary_path in zip(paths, temporary_paths, strict=True):
            temporary_path.write_bytes(contents[Path(path).suffix])


def render_explanation(explanation: Explanation, endings: Iterable[str]) -> dict[str, bytes]:
    """Render the contents of the files of an explanation.

    Parameters
    ----------
    explanation : Explanation
        The result of `bioann.explain`.
    endings : iterable of {'.html', '.pdf', '.json'}
        File endings that select the formats.

    Returns
    -------
    dict of str to bytes
        The whole file by its ending.
    """
    renderers: dict[str, Callable[[], bytes]] = {
        ".html": lambda: render_html(make_explanation_document(explanation)).encode(),
        ".pdf": lambda: render_pdf(make_explanation_document(explanation)),
        ".json": lambda: explanation_to_json(explanation).encode(),
    }
    unique_endings = dict.fromkeys(endings)
    for ending in unique_endings:
        if ending not in renderers:
            raise unknown_name_error("report of an explanation", "file ending", ending, renderers)
    return {ending: renderers[ending]() for ending in unique_endings}


def render_contents(comparison: Comparison, endings: Iterable[str]) -> dict[str, bytes]:
    """Render the contents of files.

    HDF5 and typst release the interpreter and run in other threads; figures are drawn in this one,
    because matplotlib is not thread-safe.

    Parameters
    ----------
    comparison : Comparison
        Scored and with verdicts.
    endings : iterable of {'.html', '.pdf', '.json', '.csv', '.nc'}
        File endings that select the formats.

    Returns
    -------
    dict of str to bytes
        The whole file by its ending.
    """
    unique_endings = dict.fromkeys(endings)
    for ending in unique_endings:
        if ending not in ENDINGS:
            raise unknown_name_error("report", "file ending", ending, ENDINGS)
    pending: dict[str, Callable[[], bytes]] = {}
    with ThreadPoolExecutor() as pool:
        if ".nc" in unique_endings:
            pending[".nc"] = pool.submit(recording_bytes, comparison.run.recording).result
        if ".pdf" in unique_endings:
            pending[".pdf"] = pool.submit(render_pdf, make_document(comparison)).result
        if ".html" in unique_endings:
            pending[".html"] = lambda: render_html(make_document(comparison)).encode()
        if ".json" in unique_endings:
            pending[".json"] = lambda: to_json(comparison).encode()
        if ".csv" in unique_endings:
            pending[".csv"] = lambda: to_csv(comparison).encode()
        return {ending: pending[ending]() for ending in unique_endings}
