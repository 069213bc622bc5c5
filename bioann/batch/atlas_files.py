"""Write the files of the atlas: index, slides, PDF and the table of verdicts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bioann.base.files import write_atomically
from bioann.batch.atlas_document import (
    describe_shared_responses,
    make_atlas_document,
    make_counts_figure,
)
from bioann.batch.atlas_entries import (
    AtlasEntry,
    concatenate_verdicts,
    mark_doubtful_rows,
    summarise_verdicts,
)
from bioann.batch.atlas_sources import group_by_source, split_into_slides
from bioann.batch.shared_responses import count_shared_responses, make_common_entry
from bioann.comparison.verdict_table import format_verdicts
from bioann.pair_files.find import list_pairs
from bioann.reporting.document import Link
from bioann.reporting.html import render_atlas, render_slides
from bioann.reporting.pdf import render_pdf

#: Files of the atlas itself.
FILES = ("index.html", "slides.html", "atlas.pdf", "verdicts.csv")
TITLE = "Atlas: claims about signs, and their verdicts"


def add_common_entry(entries: Sequence[AtlasEntry]) -> list[AtlasEntry]:
    """Append the claim about all pairs together, if all that ship ran.

    Parameters
    ----------
    entries : sequence of AtlasEntry
        Results of pairs and studies.

    Returns
    -------
    list of AtlasEntry
        The entries, and that of the claim if there is no pair without a result.
    """
    names = {entry.pair for entry in entries if not entry.error}
    counts = count_shared_responses(entries)
    if set(list_pairs()) <= names and len(counts):
        return [*entries, make_common_entry(counts)]
    return list(entries)


def write_atlas(entries: Sequence[AtlasEntry], folder: Path) -> tuple[Path, ...]:
    """Write ``index.html``, ``slides.html``, ``atlas.pdf`` and ``verdicts.csv``, or none of them.

    Parameters
    ----------
    entries : sequence of AtlasEntry
        Results of all pairs, from `collect_entries`.
    folder : pathlib.Path
        Folder that contains the reports of the pairs.

    Returns
    -------
    tuple of pathlib.Path
        The four files, in this order.

    Raises
    ------
    OutputError
        If a file cannot be written.
    """
    rows = mark_doubtful_rows(entries)
    pair_pages = [e.pages for e in entries if e.pages is not None]
    paths = tuple(folder / name for name in FILES)
    summary = summarise_verdicts(entries)
    links = (
        Link("slides for a projector", "slides.html"),
        Link("PDF: abstract, methods, results by source, pages of each pair", "atlas.pdf"),
        Link("all verdicts and scores (CSV)", "verdicts.csv"),
    )
    groups = group_by_source(rows)
    shared = count_shared_responses(entries)
    abstract = f"{summary} {describe_shared_responses(shared)}".strip()
    page = render_atlas(TITLE, groups, abstract, links, make_counts_figure(groups))
    slides = render_slides("Claims about signs", groups, split_into_slides(groups))
    book = render_pdf(make_atlas_document(groups, pair_pages, abstract, shared))
    numbers = format_verdicts(concatenate_verdicts(entries))
    contents = (page.encode(), slides.encode(), book, numbers.encode())
    with write_atomically(*paths) as temporary:
        for path, data in zip(temporary, contents, strict=True):
            path.write_bytes(data)
    return paths
