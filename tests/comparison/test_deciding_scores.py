"""Which scores decide, and the table of all scores as text."""

import dataclasses
import io

import pandas as pd

import bioann as ba
from bioann.comparison.as_csv import to_csv
from bioann.comparison.deciding_scores import name_decisions, select_deciding_scores


def test_scores_of_claims_and_of_the_margin_decide(tiny_comparison):
    claims = tuple(
        ba.Claim(name, "A sentence.", "ours", score >= 0)
        for name in ("T1", "T2")
        for score in (ba.Score(ba.metrics.BIAS),)
    )
    # A recording without attributes is not checked for the margin of its pair.
    recording = tiny_comparison.run.recording.copy()
    del recording.attrs["pair_content"]
    pair = dataclasses.replace(
        tiny_comparison.pair, claims=claims, margin=ba.Margin(0.1, "a reason")
    )
    comparison = ba.compare(ba.Run(pair, recording))
    deciding = select_deciding_scores(comparison)
    assert dict(zip(deciding.metric, deciding.decides, strict=True)) == {
        "bias": "T1, T2",
        "RMSE": "margin",
    }
    assert (name_decisions(comparison) != "").sum() == len(deciding)


def test_without_claims_and_margin_all_agreement_is_listed(tiny_comparison):
    pair = dataclasses.replace(tiny_comparison.pair, claims=(), margin=None)
    comparison = ba.compare(ba.Run(pair, tiny_comparison.run.recording))
    metrics = set(select_deciding_scores(comparison).metric)
    assert {"RMSE", "bias", "gain"} <= metrics


def test_the_csv_has_every_score_with_its_references(tiny_comparison):
    table = pd.read_csv(io.StringIO(to_csv(tiny_comparison)), keep_default_na=False, na_values=[""])
    scores = tiny_comparison.scores
    assert list(table.columns) == [*scores.columns, "decides"]
    assert len(table) == len(scores)
    for column in ("value", "low", "ceiling", "chance"):
        pd.testing.assert_series_equal(table[column], scores[column], rtol=1e-5, check_dtype=False)
