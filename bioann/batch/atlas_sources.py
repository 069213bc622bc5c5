"""The claims of the atlas by the document that states them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from bioann.base.text import join_names
from bioann.claims.claim import OUTCOMES
from bioann.claims.sources import OWN_SOURCE, TITLES
from bioann.comparison.verdict_table import atlas_order
from bioann.reporting.document import IndexRow

#: Sentences at most on one screen for a projector.
MAX_SENTENCES = 4
#: Claims of a document that has a heading of its own, at least; others share one.
MIN_CLAIMS = 5
#: Headings of the others, and of claims whose pair failed before they were judged.
OTHERS, FAILED = "Published results and other sources", "Pairs that did not run"


@dataclass(frozen=True)
class SourceGroup:
    """The claims of one source document, in the order of their labels.

    Parameters
    ----------
    source : str
        The document, as its claims cite it; or a heading for several documents.
    rows : tuple of IndexRow
        One row per claim.
    """

    source: str
    rows: tuple[IndexRow, ...]

    @property
    def title(self) -> str:
        """The question that the document asks; empty if it is not known."""
        return TITLES.get(self.source, "")

    @property
    def outcomes(self) -> Counter[str]:
        """The number of claims with each verdict."""
        return Counter(row.verdict.text for row in self.rows)

    @property
    def counts(self) -> str:
        """The number of claims with each verdict, in words."""
        outcomes = self.outcomes
        order = dict.fromkeys((*OUTCOMES, *outcomes))
        return join_names([f"{outcomes[name]} {name}" for name in order if outcomes[name]])

    def name_other_sources(self, row: IndexRow) -> str:
        """Return who else makes the claim of a row, and where in its source it stands, in words."""
        others = "; ".join(name for name in row.sources if name != self.source)
        return ", ".join(filter(None, (others, row.source_detail)))


@dataclass(frozen=True)
class Slide:
    """A few claims of one source that fit on a screen.

    Parameters
    ----------
    source : str
        The document, as its claims cite it.
    position : str
        Position among the slides of the source, such as ``"2 of 3"``; empty if all are here.
    rows : tuple of IndexRow
        Rows of the claims that the slide shows.
    """

    source: str
    position: str
    rows: tuple[IndexRow, ...]


def split_into_slides(groups: Sequence[SourceGroup]) -> list[Slide]:
    """Split the claims of each source into screens of at most `MAX_SENTENCES`, evenly filled."""
    slides = []
    for group in groups:
        n_slides = -(-len(group.rows) // MAX_SENTENCES)
        size = -(-len(group.rows) // n_slides)
        for k in range(n_slides):
            position = f"{k + 1} of {n_slides}" if n_slides > 1 else ""
            slides.append(Slide(group.source, position, group.rows[k * size : (k + 1) * size]))
    return slides


def group_by_source(rows: Sequence[IndexRow]) -> list[SourceGroup]:
    """Group the claims of all pairs by the document that states them.

    Parameters
    ----------
    rows : sequence of IndexRow
        The claims of all pairs. Rows without a label are pairs that failed or claim nothing.

    Returns
    -------
    list of SourceGroup
        Documents in the order of the labels of their first claims, then those that make few claims
        under one heading, the claims of this project, and pairs that did not run. A claim of two
        documents stands under both. Where in its document a sentence stands is not recorded.
    """
    counts = Counter(source for row in rows for source in row.sources)
    groups: dict[str, list[IndexRow]] = {}
    for row in sorted(rows, key=lambda row: (atlas_order(row.label or "~"), row.label)):
        for heading in _choose_headings(row, counts):
            groups.setdefault(heading, []).append(row)
    last = [name for name in (OTHERS, OWN_SOURCE, FAILED) if name in groups]
    order = [*(name for name in groups if name not in last), *last]
    return [SourceGroup(name, tuple(groups[name])) for name in order]


def _choose_headings(row: IndexRow, counts: Counter[str]) -> list[str]:
    """Return the headings under which a claim stands."""
    if not row.label:
        return [FAILED]
    if OWN_SOURCE in row.sources:
        return [OWN_SOURCE]
    headings = [name for name in row.sources if name in TITLES or counts[name] >= MIN_CLAIMS]
    return headings or [OTHERS]
