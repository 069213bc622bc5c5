"""In how many pairs the two models agree: responses within the margins, by group of the atlas."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import pandas as pd

from bioann.batch.atlas_entries import ATLAS, AtlasEntry
from bioann.claims.claim import Claim, judge_claim
from bioann.claims.rules.rule import Evidence
from bioann.claims.rules.score import Score
from bioann.claims.score_table import NO_REFERENCE, make_score_row
from bioann.comparison.verdict_table import list_verdict_parts
from bioann.metrics.binomial import binomial_interval
from bioann.metrics.estimate import CONFIDENCE_LEVEL, JackknifeEstimate
from bioann.metrics.metric import Metric
from bioann.reporting.claim_section import OUTCOME_TONES
from bioann.reporting.document import Badge, IndexRow, Link
from bioann.studies.result import StudyResult

#: Groups of pairs, by the first letter of the label of their first claim.
GROUPS = {"A": "one neuron", "B": "circuits", "C": "change over time"}
#: Share of pairs up to which "nothing in common" would be right: one in twenty by chance.
MAX_SHARE = 0.05


def _require_estimate() -> float:
    raise NotImplementedError("The share is counted from the pairs of the atlas.")


SHARE = Metric(
    "share of pairs with an equivalent response", _require_estimate, models=(), limits=(0.0, 1.0)
)
CLAIM = Claim(
    "E24",
    "Apart from the convergence of inputs, artificial networks have nothing in common with brains.",
    "AI Stack Exchange 2018",
    Score(SHARE) <= MAX_SHARE,
)
COLUMNS = (
    "group",
    "pairs",
    "pairs_in_common",
    "share",
    "low",
    "high",
    "responses",
    "equivalent",
    "different",
    "undecided",
)


@functools.singledispatch
def list_equivalences(comparison: Any) -> pd.DataFrame:
    """Return the responses of a pair with the verdicts of their test of equivalence."""
    return comparison.equivalence[["match", "verdict"]]


@list_equivalences.register(StudyResult)
def _list_no_equivalences(result: StudyResult) -> pd.DataFrame:
    return pd.DataFrame(columns=["match", "verdict"])


def count_shared_responses(entries: Sequence[AtlasEntry]) -> pd.DataFrame:
    """Count the responses in which the models of a pair are equivalent, by group of the atlas.

    Parameters
    ----------
    entries : sequence of AtlasEntry
        Results of the pairs; entries without a test of equivalence, such as studies, do not count.

    Returns
    -------
    pandas.DataFrame
        One row per group and one for all, with `COLUMNS`: pairs that state a margin; those with at
        least one response in which the models are equivalent, as number and as share with its exact
        95 % interval; and the responses by verdict. The pairs were chosen for their questions: the
        interval is about pairs like these, not about circuits in general.
    """
    tables = {}
    for entry in entries:
        judged = entry.equivalence[entry.equivalence.verdict != "no margin"]
        if len(judged):
            label = entry.rows[0].label[:1]
            tables[entry.pair] = judged.assign(pair=entry.pair, group=GROUPS.get(label, "others"))
    if not tables:
        return pd.DataFrame(columns=list(COLUMNS))
    responses = pd.concat(tables.values(), ignore_index=True)
    order = [*GROUPS.values(), "others"]
    groups = [(name, responses[responses.group == name]) for name in order]
    rows = [_count_group(name, table) for name, table in groups if len(table)]
    return pd.DataFrame([*rows, _count_group("all", responses)], columns=list(COLUMNS))


def _count_group(name: str, responses: pd.DataFrame) -> tuple[object, ...]:
    is_equivalent = responses.verdict == "equivalent"
    has_common = is_equivalent.groupby(responses.pair).any()
    n, share = len(has_common), float(has_common.mean())
    counts = [int((responses.verdict == v).sum()) for v in ("equivalent", "different", "undecided")]
    interval = binomial_interval(share, n, CONFIDENCE_LEVEL)
    return name, n, int(has_common.sum()), share, *interval, len(responses), *counts


def make_common_entry(counts: pd.DataFrame) -> AtlasEntry:
    """Judge the claim that the two kinds of network have nothing in common.

    Parameters
    ----------
    counts : pandas.DataFrame
        Counts of all pairs, from `count_shared_responses`.

    Returns
    -------
    AtlasEntry
        The row of the claim; its pages are the summary of the atlas.
    """
    row = counts[counts.group == "all"].iloc[0]
    share, n = float(row.share), int(row.pairs)
    estimate = JackknifeEstimate(
        share,
        n,
        "pairs",
        (0.0, 1.0),
        centre=share,
        standard_error=0.0,  # the interval is the exact one of a share of pairs
        n_outcomes=n,
    )
    scores = [make_score_row(("", SHARE.name, ""), (estimate, NO_REFERENCE, NO_REFERENCE), SHARE)]
    evidence = Evidence(pd.DataFrame(scores))
    verdict = judge_claim(CLAIM, evidence)
    index_row = IndexRow(
        ATLAS,
        "What do the two models of all pairs have in common?",
        CLAIM.sentence,
        Badge(verdict.outcome, OUTCOME_TONES[verdict.outcome]),
        f"{verdict.because} (n = {n} pairs)",
        (Link("PDF", "atlas.pdf"),),
        CLAIM.id,
        CLAIM.sources,
    )
    numbers = list_verdict_parts(ATLAS, (verdict,), evidence, trials=0)
    return AtlasEntry(ATLAS, (index_row,), None, numbers)
