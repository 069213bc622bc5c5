"""Two runs of a pair side by side: laws of changes, their causes, and what cannot be compared."""

import copy
import json

import numpy as np
import pandas as pd
import pytest

import bioann as ba
from bioann.base.errors import OutputError, PairError
from bioann.comparison.as_json import to_json
from bioann.comparison.comparison_diff import diff_comparisons
from bioann.comparison.number_changes import (
    ADDED,
    CHANGED,
    NO_INTERVAL,
    REMOVED,
    SAME,
    TURNED,
    UNDEFINED,
    WITHIN_ERROR,
    compare_numbers,
)
from bioann.comparison.run_history import PairHistory
from bioann.comparison.stored_comparison import parse_comparison, store_comparison
from bioann.runs.provenance import identify_pair


@pytest.fixture
def document(tiny_comparison):
    return json.loads(to_json(tiny_comparison, date="2026-01-01T10:00:00+00:00"))


def parse(document, name="a.json"):
    return parse_comparison(json.dumps(document), name)


def diff(first, second):
    return diff_comparisons(parse(first), parse(second, "b.json"))


def make_numbers(**rows):
    table = [(name, "Hz", *numbers) for name, numbers in rows.items()]
    return pd.DataFrame(table, columns=["name", "unit", "value", "low", "high"])


class TestNumbers:
    def test_half_widths_of_independent_numbers_add_in_squares(self):
        first, second = make_numbers(x=(1, 0.7, 1.3)), make_numbers(x=(2, 1.6, 2.4))
        row = compare_numbers(first, second, ["name"]).iloc[0]
        assert row.difference == 1
        assert (row.difference_low, row.difference_high) == pytest.approx((0.5, 1.5))
        assert row.change == CHANGED

    def test_an_interval_that_is_not_symmetric_counts_on_the_side_that_faces_the_other(self):
        first, second = make_numbers(x=(1, 0, 1.1)), make_numbers(x=(2, 1.9, 4))
        assert compare_numbers(first, second, ["name"]).change[0] == CHANGED
        first, second = make_numbers(x=(1, 0.9, 2)), make_numbers(x=(2, 0, 2.1))
        assert compare_numbers(first, second, ["name"]).change[0] == WITHIN_ERROR

    def test_each_kind_of_change(self):
        nan = np.nan
        first = make_numbers(
            same=(1, 0, 2),
            bare=(1, nan, nan),
            exact=(1, 1, 1),
            gone=(1, 0, 2),
            void=(nan, nan, nan),
            half=(1, 0, 2),
        )
        second = make_numbers(
            same=(1, 0, 2),
            bare=(2, nan, nan),
            exact=(2, 2, 2),
            void=(nan, nan, nan),
            half=(nan, nan, nan),
            new=(1, 0, 2),
        )
        table = compare_numbers(first, second, ["name"]).set_index("name")
        expected = {
            "same": SAME,
            "bare": NO_INTERVAL,
            "exact": CHANGED,
            "gone": REMOVED,
            "void": SAME,
            "half": UNDEFINED,
            "new": ADDED,
        }
        assert table.change.to_dict() == expected

    def test_one_in_twenty_differs_by_chance(self):
        rng = np.random.default_rng(0)
        a, b = rng.normal(size=(2, 2000))
        tables = [
            pd.DataFrame(
                {"name": range(2000), "unit": "", "value": x, "low": x - 1.96, "high": x + 1.96}
            )
            for x in (a, b)
        ]
        share = (compare_numbers(*tables, ["name"]).change == CHANGED).mean()
        assert share == pytest.approx(0.05, abs=0.015)


class TestRuns:
    def test_a_run_does_not_differ_from_itself(self, document, tiny_comparison):
        result = diff_comparisons(parse(document), store_comparison(tiny_comparison, "now"))
        assert result.turned == ()
        assert result.causes == ()
        assert set(result.scores.change) == {SAME}
        assert list(result.scores.metric) == list(tiny_comparison.scores.metric)

    def test_a_verdict_that_turns_is_named_with_both_outcomes(self, document):
        other = copy.deepcopy(document)
        other["claims"][0]["outcome"] = "refuted"
        other["equivalence"][0]["verdict"] = "different"
        other["claims"].append(document["claims"][0] | {"id": "T2"})
        result = diff(document, other)
        first, second = document["claims"][0]["outcome"], document["equivalence"][0]["verdict"]
        assert result.turned == (
            f"T1: {first} → refuted",
            f"equivalence of out: {second} → different",
        )
        assert result.claims.set_index("id").change.to_dict() == {"T1": TURNED, "T2": ADDED}

    def test_seed_versions_and_rules_are_causes(self, document):
        other = copy.deepcopy(document)
        other["provenance"]["seed"] = 9
        other["provenance"]["versions"]["brian2"] = "3.0"
        other["claims"][0]["rule"] = "sign agreement is at least 0.50"
        kinds = {(c.kind, c.item): (c.first, c.second) for c in diff(document, other).causes}
        assert kinds["setting", "seed"] == ("1", "9")
        assert kinds["version", "brian2"][1] == "3.0"
        assert kinds["rule of a claim", "T1"][1] == "sign agreement is at least 0.50"

    def test_a_changed_parameter_is_named_with_its_path_and_both_values(self, document, pair_file):
        other = copy.deepcopy(document)
        changed_pair = ba.load(pair_file(("2 * nS", "4 * nS")))
        attrs = identify_pair(changed_pair)
        other["provenance"] |= {k: attrs[k] for k in ("pair_hash", "pair_content")}
        causes = [str(cause) for cause in diff(document, other).causes]
        assert "parameter bio.afferents[0].weight: 2 nS → 4 nS" in causes
        assert causes[0].startswith("hash of description and code")

    def test_another_pair_is_an_error(self, document):
        with pytest.raises(PairError, match="got pairs 'tiny' and 'other'"):
            diff(document, document | {"pair": "other"})

    def test_scores_of_which_none_is_the_same_are_an_error(self, document):
        scores = [row | {"metric": f"new {row['metric']}"} for row in document["scores"]]
        with pytest.raises(PairError, match="none of them the same"):
            diff(document, document | {"scores": scores})
        one_added = [*document["scores"], scores[0]]
        assert (diff(document, document | {"scores": one_added}).scores.change == ADDED).sum() == 1


class TestFiles:
    @pytest.mark.parametrize(
        ("change", "message"),
        [
            ({"layout": None}, r"an older layout, without a number\. Run the pair anew with"),
            ({"layout": 1}, r"which this version writes, got layout 1\. Run the pair anew with"),
            ({"layout": 99}, r"wanted layout 2, .*, got layout 99\. Install the version"),
            ({"provenance": []}, "provenance"),
            ({"pair": 3}, "the name of a pair"),
            ({"scores": "none"}, "a list of rows, got str"),
            ({"scores": [{"match": "out"}]}, "a column 'metric', got a row without it"),
            ({"equivalence": None}, "a list of rows, got NoneType"),
        ],
    )
    def test_another_layout_or_damage_is_named(self, document, change, message):
        with pytest.raises(OutputError, match=message):
            parse(document | change)

    def test_text_in_place_of_a_number_is_named(self, document):
        document["scores"][0]["value"] = "large"
        with pytest.raises(OutputError, match="numbers or null"):
            parse(document)

    @pytest.mark.parametrize("text", ["", "{", "[1, 2", "\x00", "[" * 100_000])
    def test_what_is_no_json_is_damaged(self, text):
        with pytest.raises(OutputError, match="a damaged one"):
            parse_comparison(text, "a.json")

    def test_other_json_is_not_a_run(self):
        with pytest.raises(OutputError, match="other JSON"):
            parse_comparison('{"file": "net.npz"}', "a.json")


def test_a_history_counts_every_turn_and_survives_other_metrics(document):
    second, third = copy.deepcopy(document), copy.deepcopy(document)
    second["claims"][0]["outcome"] = "refuted"
    third["scores"] = [row | {"metric": f"new {row['metric']}"} for row in document["scores"]]
    history = PairHistory("tiny", tuple(map(parse, (document, second, third))))
    outcome = document["claims"][0]["outcome"]
    assert history.turned == (f"run 2, T1: {outcome} → refuted",)
    assert history.diffs[1] is None
    assert history.list_changed_scores(5) == []


def test_the_largest_change_comes_first(document):
    for row in document["scores"]:  # two trials have no intervals
        if row["value"] is not None:
            row |= {"low": row["value"] - 0.1, "high": row["value"] + 0.1}
    second = copy.deepcopy(document)
    rows = [row for row in second["scores"] if row["value"] is not None]
    for row, shift in zip(rows[:2], (10.0, 1000.0), strict=True):
        for name in ("value", "low", "high"):
            row[name] += shift
    history = PairHistory("tiny", (parse(document), parse(second)))
    keys = history.list_changed_scores(5)
    assert keys == [(row["match"], row["metric"], row["detail"]) for row in (rows[1], rows[0])]
    assert history.list_changed_scores(1) == keys[:1]
