"""The documents that claims come from: who claims what, their titles, and how they are cited."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

from bioann.base.description import Description
from bioann.base.text import check_texts
from bioann.claims.claim import Claim
from bioann.claims.rules.rule import Rule

#: Source of the claims that this project makes itself.
OWN_SOURCE = "ours"
#: Titles of the documents that most claims come from, by the name with which claims cite them.
TITLES = {
    "AI Stack Exchange 2018": "How to implement inhibition / negative input in artificial "
    "networks?",
    "AI Stack Exchange 2019": "What effect does a negative output of a neuron have on neighbouring "
    "neurons?",
    "AI Stack Exchange 2023": "How does a sigmoid neuron output 1 with 0 as input?",
    "Cross Validated 2015": "Negative weights in deep convolutional networks with ReLU?",
    "'Can Weights Be Negative?'": "Neural Network: Can Weights Be Negative?",
}


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Source(Description):
    """A document that makes several claims, named once.

    Parameters
    ----------
    name : str
        How claims cite it, such as ``"Wang 1999"``.
    detail : str, optional
        Where in the document the claims stand, or what they follow.

    Examples
    --------
    >>> import bioann as ba
    >>> from bioann.claims.sources import Source
    >>> error = ba.Score(ba.metrics.RMSE)
    >>> claim = Source("Wang 1999").claim("1", "The models agree.", error <= 0.05)
    >>> claim.source
    'Wang 1999'
    """

    name: str
    detail: str = ""

    def check(self) -> None:
        """Raise `DescriptionError` unless the name is in words."""
        check_texts("Source", name=self.name)

    @property
    def citation(self) -> str:
        """The document with its title where that is known, for the source of a pair."""
        return cite_source(self.name)

    def claim(self, id: str, sentence: str, *rules: Rule, **answers: Any) -> Claim:
        """Return a claim of this document.

        Parameters
        ----------
        id, sentence, *rules
            As for `bioann.Claim`.
        **answers : str or Score
            ``supported``, ``refuted``, ``depends``, ``undecided`` and ``answer_score`` of
            `bioann.Claim`.

        Returns
        -------
        Claim
            With the name as its source.
        """
        return Claim(id, sentence, self.name, *rules, source_detail=self.detail, **answers)


#: What this project claims itself, and the forums from which most claims come.
OURS = Source(OWN_SOURCE)
FORUM_2018, FORUM_2019, FORUM_2023 = (
    Source(f"AI Stack Exchange {year}") for year in (2018, 2019, 2023)
)
CROSS_VALIDATED, ARTICLE = Source("Cross Validated 2015"), Source("'Can Weights Be Negative?'")


def cite_source(source: str) -> str:
    """Return a source with the title of the document where that is known.

    Parameters
    ----------
    source : str
        The document, as a claim cites it.

    Examples
    --------
    >>> cite_source("AI Stack Exchange 2023")
    "'How does a sigmoid neuron output 1 with 0 as input?' (AI Stack Exchange 2023)"
    """
    title = TITLES.get(source)
    if title is None:
        return source
    is_named_by_title = source.strip("'") in title
    return f"'{title}' ({'web article' if is_named_by_title else source})"


def describe_sources(claims: Sequence[Claim]) -> str:
    """Return the sources of several claims as one line, each once.

    Parameters
    ----------
    claims : sequence of Claim
        The claims of a pair.

    Returns
    -------
    str
        In the order of the claims; `OWN_SOURCE` only where no claim comes from elsewhere. Empty
        without claims.
    """
    sources = dict.fromkeys(source for claim in claims for source in claim.sources)
    others = [source for source in sources if source != OWN_SOURCE]
    return "; ".join(map(cite_source, others or sources))
