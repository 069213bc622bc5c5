"""Rendered reports, kept in the user's cache folder from one run to the next.

A page follows from a comparison, from the code that draws and typesets it and from the versions of
the libraries that do. Where a run gives what an earlier one gave, nothing is drawn or typeset. A
report whose figures a user's code draws is not kept, because that code may read anything.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import os
import secrets
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
from platformdirs import user_cache_path

from bioann.base.content.content import list_content
from bioann.base.content.libraries import find_version
from bioann.comparison.comparison import Comparison
from bioann.recordings.array_digests import digest_array, digest_arrays
from bioann.runs.pair_record import is_code

#: Formats that are kept: the others take no time.
PAGE_ENDINGS = (".html", ".pdf")
#: Bytes that pages may take, compressed, before the least recently used ones are removed.
MAX_BYTES = 128 * 2**20
#: Packages whose versions a page depends on, besides those that the pair uses.
VERSIONED_PACKAGES = (
    *("python", "bioann", "brian2", "numpy", "scipy", "pandas", "xarray", "matplotlib", "seaborn"),
    *("typst", "jinja2", "markupsafe"),
)
_ROOT = Path(__file__).parent.parent


def make_page_key(comparison: Any, additions: object = None) -> str:
    """Return a hash of everything that the pages of a report follow from.

    Parameters
    ----------
    comparison : Comparison or another result
        What the report is about.
    additions : object, optional
        What the report has besides; its ``repr`` tells it apart from others.

    Returns
    -------
    str
        32 hexadecimal digits, equal for equal comparisons in all processes; empty if the pages may
        depend on something else: for other results than comparisons, for figures that a user's code
        draws, and for objects of the pair whose content cannot be read.
    """
    if not isinstance(comparison, Comparison):
        return ""
    content = list_content(comparison.pair)
    figures = (text for path, text in content.values.items() if path.startswith("figures"))
    if content.unhashed or any(map(is_code, figures)):
        return ""
    packages = dict.fromkeys((*VERSIONED_PACKAGES, *content.libraries))
    texts = [
        *(f"{path}: {text}" for path, text in sorted(content.values.items())),
        *(f"{name} {find_version(name)}" for name in packages),
        *_list_results(comparison),
        repr(additions),
        describe_sources(),
    ]
    return hashlib.blake2b("\0".join(texts).encode(), digest_size=16).hexdigest()


def _list_results(comparison: Comparison) -> list[str]:
    """Return texts of all that a comparison consists of but its pair."""
    recording = comparison.recording
    tables = (
        *(comparison.evidence.scores, comparison.equivalence, comparison.signs),
        *(comparison.audit, comparison.effective_weights, comparison.looks),
    )
    return [
        repr(recording.attrs),
        digest_arrays(recording),
        *(f"{name} {node.attrs!r}" for name, node in recording.children.items()),
        *(f"{n} {digest_array(v)}" for n, v in comparison.responses.variables.items()),
        *("" if table is None else _describe_table(table) for table in tables),
        repr([(v.claim.id, v.outcome, v.because) for v in comparison.claims]),
        repr((comparison.evidence.level, comparison.evidence.p_factor)),
        repr((dict(comparison.evidence.margins), comparison.flags, comparison.window)),
    ]


def _describe_table(table: pd.DataFrame) -> str:
    """Return a text with every value of a table in full, estimates with their fields included."""
    return repr(table.to_dict("list"))


@functools.cache
def describe_sources() -> str:
    """Return size and time of change of every file of bioann, templates included, as one text."""
    return "\n".join(sorted(_iterate_sources(str(_ROOT))))


def _iterate_sources(folder: str) -> Iterable[str]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir():
                if entry.name != "__pycache__":
                    yield from _iterate_sources(entry.path)
                continue
            status = entry.stat()
            yield f"{entry.path[len(str(_ROOT)) :]} {status.st_size} {status.st_mtime_ns}"


def pages_folder() -> Path:
    """Return the folder of rendered reports."""
    return user_cache_path("bioann") / "reports"


def read_pages(key: str, endings: Iterable[str]) -> dict[str, bytes]:
    """Return the pages of a key that are kept, and mark them as used.

    Parameters
    ----------
    key : str
        Key of `make_page_key`.
    endings : iterable of str
        File endings, some of `PAGE_ENDINGS`.

    Returns
    -------
    dict of str to bytes
        Content by ending; damaged and missing pages are left out, all of them without a key.
    """
    pages: dict[str, bytes] = {}
    for ending in endings if key else ():
        path = _find_page(key, ending)
        with contextlib.suppress(OSError, zlib.error):  # its checksum tells a damaged file
            pages[ending] = zlib.decompress(path.read_bytes())
            os.utime(path)
    return pages


def write_pages(key: str, pages: Mapping[str, bytes]) -> None:
    """Keep pages for later runs, each complete or not at all; nothing if they cannot be written.

    Parameters
    ----------
    key : str
        Key of `make_page_key`; without one nothing is kept.
    pages : mapping of str to bytes
        Content by ending.
    """
    for ending, content in pages.items() if key else ():
        path = _find_page(key, ending)
        temporary = path.with_name(f".{secrets.token_hex(8)}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            temporary.write_bytes(zlib.compress(content, 1))
            temporary.replace(path)
        except OSError:  # a report does not fail because it cannot be kept
            with contextlib.suppress(OSError):
                temporary.unlink()
    if key and pages:
        _evict_pages()


def _find_page(key: str, ending: str) -> Path:
    return pages_folder() / f"{key}{ending}.z"


def list_pages() -> list[tuple[Path, int]]:
    """List the pages that are kept, with their sizes in bytes, the most recently used one first."""
    statistics = []
    for path in pages_folder().glob("*.z"):
        with contextlib.suppress(FileNotFoundError):  # another process may have removed it
            status = path.stat()
            statistics.append((status.st_mtime, path, status.st_size))
    return [(path, size) for _, path, size in sorted(statistics, reverse=True)]


def _evict_pages() -> None:
    """Remove the least recently used pages above `MAX_BYTES`."""
    free_bytes = MAX_BYTES
    for path, size in list_pages():
        free_bytes -= size
        if free_bytes < 0:
            path.unlink(missing_ok=True)


def clear_pages() -> int:
    """Remove all pages, and return their number."""
    pages = list_pages()
    for path, _ in pages:
        path.unlink(missing_ok=True)
    return len(pages)
