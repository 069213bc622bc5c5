"""Write a comparison to files: HTML, PDF, JSON, netCDF, by the ending of each path."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bioann.comparison import Comparison, with_ledger
from bioann.errors import unknown
from bioann.files import writing
from bioann.reporting.html import render_html
from bioann.reporting.pdf import render_pdf
from bioann.reporting.sections import make_document
from bioann.store import recording_bytes, to_json

ENDINGS = (".html", ".pdf", ".json", ".nc")


def report(comparison: Comparison, *paths: str | Path, ledger: bool = True) -> None:
    """Write the report of a comparison; all files appear together, or none does.

    What every connection does is measured for it (see `bioann.ledger`), if the run did not do so:
    about as long as a run with few trials.

    Parameters
    ----------
    comparison : Comparison
        From `bioann.compare`.
    *paths : str or pathlib.Path
        Where to; the ending says what: ``.html`` and ``.pdf`` the report, ``.json`` scores, claims
        and provenance, ``.nc`` the recording.
    ledger : bool, optional
        Whether to measure the ledger of a comparison that has none.

    Raises
    ------
    UnknownNameError
        If an ending is none of these.
    OutputError
        If a file cannot be written.
    """
    endings = {Path(path).suffix for path in paths}
    if ledger and endings & {".html", ".pdf", ".json"}:
        comparison = with_ledger(comparison)
    made = [content(comparison, Path(path).suffix) for path in paths]
    with writing(*paths) as temporary:
        for path, data in zip(temporary, made, strict=True):
            path.write_bytes(data)


def content(comparison: Comparison, ending: str, **extra: Any) -> bytes:
    """Make the content of one file.

    Parameters
    ----------
    comparison : Comparison
        What to tell.
    ending : {'.html', '.pdf', '.json', '.nc'}
        In which form.
    **extra
        What else the JSON says (wall time, date); the other forms hold nothing that changes
        between two runs with one seed.

    Returns
    -------
    bytes
        The whole file.
    """
    if ending == ".html":
        return render_html(make_document(comparison)).encode()
    if ending == ".pdf":
        return render_pdf(make_document(comparison))
    if ending == ".json":
        return to_json(comparison, **extra).encode()
    if ending == ".nc":
        return recording_bytes(comparison.run)
    raise unknown("report", "file ending", ending, ENDINGS)
