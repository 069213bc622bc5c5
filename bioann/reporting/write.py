"""Write a document as HTML and PDF, with further files, into a folder."""

from __future__ import annotations

from pathlib import Path

from bioann.base.files import write_atomically
from bioann.reporting.document import Document
from bioann.reporting.html import render_html
from bioann.reporting.pdf import render_pdf


def write_document(
    document: Document, folder: str | Path, stem: str, other_files: dict[str, bytes] | None = None
) -> list[Path]:
    """Write a document as HTML and PDF with further files; all appear, or none does.

    Parameters
    ----------
    document : Document
        The content of the report.
    folder : str or pathlib.Path
        Folder; created if it does not exist.
    stem : str
        Name of the files, without an ending.
    other_files : dict of str to bytes, optional
        Contents of other files, by name.

    Returns
    -------
    list of pathlib.Path
        The written files: HTML, PDF, then the others.

    Raises
    ------
    OutputError
        If a file cannot be written.
    """
    contents = {
        f"{stem}.html": render_html(document).encode(),
        f"{stem}.pdf": render_pdf(document),
        **(other_files or {}),
    }
    paths = [Path(folder) / name for name in contents]
    with write_atomically(*paths) as temporary_paths:
        for path, data in zip(temporary_paths, contents.values(), strict=True):
            path.write_bytes(data)
    return paths
