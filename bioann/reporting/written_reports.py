"""Where this process wrote the reports of comparisons, for the links of a notebook."""

from __future__ import annotations

import os
import weakref
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import quote

from bioann.reporting.document import Link

#: Endings that a browser opens.
_LINKED_ENDINGS = (".html", ".pdf")
_PATHS: weakref.WeakKeyDictionary[Any, tuple[Path, ...]] = weakref.WeakKeyDictionary()


def remember_report(comparison: Any, paths: Iterable[str | Path]) -> None:
    """Remember the files of a report as long as its comparison exists.

    Parameters
    ----------
    comparison : Comparison or other result
        What the report is about.
    paths : iterable of str or pathlib.Path
        The files that were written.
    """
    _PATHS[comparison] = tuple(Path(path).absolute() for path in paths)


def link_reports(comparison: Any) -> tuple[Link, ...]:
    """Return links to the report of a comparison, as far as this process wrote it.

    Parameters
    ----------
    comparison : Comparison or other result
        What the report is about.

    Returns
    -------
    tuple of Link
        Links to HTML and PDF, relative to the working directory, which is that of the notebook;
        files that are gone are left out.
    """
    paths = [path for path in _PATHS.get(comparison, ()) if path.suffix in _LINKED_ENDINGS]
    return tuple(
        Link(f"Report ({path.suffix[1:].upper()})", quote(_make_relative(path)))
        for path in paths
        if path.exists()
    )


def _make_relative(path: Path) -> str:
    try:
        return Path(os.path.relpath(path)).as_posix()
    except ValueError:  # on another drive of Windows
        return path.as_posix()
