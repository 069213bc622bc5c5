"""What the models of all pairs have in common: counts by group, and the claim about them."""

import pandas as pd
import pytest
from scipy import stats

from bioann.batch.atlas_document import describe_shared_responses
from bioann.batch.atlas_entries import ATLAS, AtlasEntry, summarise_verdicts
from bioann.batch.atlas_files import add_common_entry
from bioann.batch.shared_responses import count_shared_responses, make_common_entry
from bioann.pair_files.find import list_pairs
from bioann.reporting.document import Badge, IndexRow


def make_entry(pair, label, *verdicts, error=""):
    row = IndexRow(pair, "Is it?", "It is.", Badge("supported", "good"), "1.0", (), label, ("us",))
    table = pd.DataFrame({"match": [f"m{k}" for k in range(len(verdicts))], "verdict": verdicts})
    return AtlasEntry(pair, (row,), None, pd.DataFrame(), error=error, equivalence=table)


ENTRIES = [
    make_entry("one", "A1a", "equivalent", "different"),
    make_entry("two", "A2a", "different"),
    make_entry("three", "B1", "undecided", "undecided", "equivalent"),
    make_entry("none", "B2", "no margin"),
    make_entry("study", "D1"),
]


def test_pairs_are_counted_once_and_those_without_a_margin_not_at_all():
    counts = count_shared_responses(ENTRIES).set_index("group")
    assert list(counts.index) == ["one neuron", "circuits", "all"]
    assert list(counts.pairs) == [2, 1, 3]
    assert list(counts.pairs_in_common) == [1, 1, 2]
    responses = counts[["responses", "equivalent", "different", "undecided"]]
    assert responses.values.tolist() == [[3, 1, 2, 0], [3, 1, 0, 2], [6, 2, 2, 2]]
    exact = stats.binomtest(2, 3).proportion_ci(method="exact")
    assert (counts.low["all"], counts.high["all"]) == pytest.approx((exact.low, exact.high))


@pytest.mark.parametrize(
    ("n_common", "n_pairs", "outcome"),
    [(0, 80, "supported"), (1, 10, "undecided"), (10, 40, "refuted"), (40, 40, "refuted")],
)
def test_nothing_in_common_is_judged_by_the_interval_of_the_share(n_common, n_pairs, outcome):
    verdicts = ["equivalent"] * n_common + ["different"] * (n_pairs - n_common)
    entries = [make_entry(f"p{k}", f"B{k}", verdict) for k, verdict in enumerate(verdicts)]
    entry = make_common_entry(count_shared_responses(entries))
    assert list(entry.numbers.verdict) == [outcome]
    assert list(entry.numbers.n) == [n_pairs]
    assert list(entry.numbers.sampled) == ["pairs"]
    assert entry.rows[0].verdict.text == outcome
    assert f"n = {n_pairs} pairs" in entry.rows[0].number


def test_the_claim_about_all_pairs_needs_all_of_them():
    entries = [make_entry(name, "B1", "equivalent") for name in list_pairs()]
    assert [e.pair for e in add_common_entry(entries)][-1] == ATLAS
    assert ATLAS not in [e.pair for e in add_common_entry(entries[1:])]
    failed = make_entry(entries[0].pair, "", error="broken")
    assert ATLAS not in [e.pair for e in add_common_entry([failed, *entries[1:]])]
    # It is no pair: the summary counts the others only.
    assert f"in {len(entries)} pairs" in summarise_verdicts(add_common_entry(entries))


def test_the_abstract_states_counts_and_interval():
    text = describe_shared_responses(count_shared_responses(ENTRIES))
    assert text.startswith("In 2 of 3 pairs that state a margin (67 % [9,\N{NO-BREAK SPACE}99])")
    assert text.endswith("2 are equivalent, 2 different and 2 undecided.")
    assert describe_shared_responses(count_shared_responses(ENTRIES[-2:])) == ""
