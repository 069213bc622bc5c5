"""What paths and the intervals of the slopes decide about the sign of an input."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from brian2 import Hz, ms, nS

import bioann as ba
from bioann.claims.rules.rule import Evidence
from bioann.claims.score_table import make_score_row
from bioann.comparison.input_signs import (
    INPUT_SIGN_COLUMNS,
    NO_PATH,
    NO_SIGN,
    drop_input_slopes,
    resolve_signs,
    tabulate_input_signs,
)
from bioann.metrics.estimate import Estimate, JackknifeEstimate
from bioann.metrics.signs import SIGN_METRICS
from bioann.reporting.document import Badge
from bioann.reporting.input_sign_table import make_input_sign_table
from bioann.reporting.tables import MAX_TABLE_ROWS


def make_pair(bio_channels="x", ann_channels="x"):
    """Make a pair of one match, in which only some of the channels x and y are connected."""
    afferents = tuple(ba.Afferent(name, "u", 1 * nS) for name in bio_channels)
    weights = [[float(name in ann_channels) for name in "xy"]]
    return ba.Pair(
        "p",
        ba.SpikingNetwork((ba.Population("u", 2, "glutamate"),), afferents),
        ba.RateNetwork("u", W_in=weights, channels=("x", "y")),
        ba.Correspondence((ba.Match("u", "u"),)),
        stimulus=ba.steps({"x": [0, 1, 0], "y": [0, 0, 1]}, duration=300 * ms),
    )


def estimate_slope(value, error=0.0, n=10):
    """Return an estimate with a standard error, or an exact one."""
    return (
        JackknifeEstimate(value, n, "trials", standard_error=error, centre=value)
        if error
        else (Estimate(value))
    )


def make_rows(spiking, rate, channel="x", agreement=1.0):
    """Make the rows of one channel from the estimates of both slopes."""
    return [
        make_score_row(
            ("u", metric.name, channel), (estimate, Estimate(1.0), Estimate(0.5)), metric
        )
        for metric, estimate in zip(SIGN_METRICS, (spiking, rate, Estimate(agreement)), strict=True)
    ]


def resolve(spiking, rate, channel="x", pair=None):
    rows = resolve_signs(make_rows(spiking, rate, channel), pair or make_pair())
    return pd.DataFrame(rows)


#: An interval of these is 2.3 standard errors to either side.
@pytest.mark.parametrize(
    ("spiking", "rate", "label", "resolved"),
    [
        (estimate_slope(0.2, 0.05), 0.3, "agree", (1, 1, 1)),
        (estimate_slope(-0.2, 0.05), -0.3, "agree", (1, 1, 1)),
        (estimate_slope(-0.2, 0.05), 0.3, "differ", (0, 0, 0)),
        (estimate_slope(0.2, 0.1), 0.3, "undecided", (1, 0, 1)),
        (estimate_slope(-0.2, 0.1), 0.3, "undecided", (0, 0, 1)),
        (estimate_slope(0.2), 0.3, "agree", (1, 1, 1)),  # nothing is random
        (Estimate(0.2, 1, "trials"), 0.3, "undecided", (1, np.nan, np.nan)),  # one trial
        # One model responds, the other is flat; and that is seen, or not.
        (estimate_slope(1e-5, 1e-4), 0.3, "differ", (0, 0, 0)),
        (estimate_slope(0.2, 0.05), 0.0, "differ", (0, 0, 0)),
        (estimate_slope(0.2, 0.1), 0.0, "undecided", (0, 0, 1)),
        # Neither responds: there is no sign, and that is not evidence of agreement.
        (estimate_slope(1e-5, 1e-4), 5e-4, "no sign", (np.nan,) * 3),
        (estimate_slope(5e-4, 0.1), 0.0, "undecided", (np.nan,) * 3),
    ],
)
def test_a_sign_is_decided_by_the_interval_of_its_slope(spiking, rate, label, resolved):
    scores = resolve(spiking, Estimate(rate))
    (row,) = tabulate_input_signs(scores).itertuples()
    assert row.agreement == label
    np.testing.assert_array_equal(scores.loc[2, ["value", "low", "high"]].astype(float), resolved)
    assert scores.note[2] == (NO_SIGN if np.isnan(resolved[0]) else "")
    np.testing.assert_array_equal(scores.estimate[2].interval(), resolved[1:])


def test_where_a_channel_does_not_vary_alone_the_rows_stay_as_they_are():
    before = make_rows(Estimate(np.nan), Estimate(np.nan), agreement=np.nan)
    after = pd.DataFrame(resolve_signs([dict(row) for row in before], make_pair()))
    pd.testing.assert_frame_equal(after, pd.DataFrame(before))
    assert tabulate_input_signs(after).agreement.tolist() == ["not applicable"]


def test_a_claim_on_an_undecided_sign_counts_the_trials_that_would_decide_it():
    """2.3 standard errors of 10 trials are 0.23 and have to fall below 0.2."""
    claim = ba.Score(ba.metrics.SIGN_AGREEMENT, detail="x") >= 1
    undecided = claim.judge(Evidence(resolve(estimate_slope(0.2, 0.1), Estimate(0.3))))
    assert undecided.outcome == "undecided"
    assert 15 < undecided.n_needed < 30
    decided = claim.judge(Evidence(resolve(estimate_slope(0.2, 0.05), Estimate(0.3))))
    assert decided.outcome == "supported"
    # Of t = 4 with 9 degrees of freedom.
    assert decided.p_value == pytest.approx(0.0031, abs=2e-4)


SPURIOUS = estimate_slope(0.2, 0.05)  # a slope that is all noise


@pytest.mark.parametrize(
    ("bio_channels", "ann_channels", "slopes", "label"),
    [
        ("x", "x", [np.nan, np.nan], "not applicable"),
        ("xy", "x", [0.2, 0.0], "differ"),  # the unit does not respond
        ("x", "xy", [0.0, 0.3], "differ"),  # the population cannot, whatever was measured
        ("xy", "xy", [0.2, 0.3], "agree"),
    ],
)
def test_a_slope_without_a_path_is_zero_and_without_any_path_there_is_none(
    bio_channels, ann_channels, slopes, label
):
    rate = Estimate(0.3 if "y" in ann_channels else 0.0)
    scores = resolve(SPURIOUS, rate, "y", make_pair(bio_channels, ann_channels))
    np.testing.assert_array_equal(scores.value[:2], slopes)
    (row,) = tabulate_input_signs(scores).itertuples()
    assert row.agreement == label
    assert (scores.note == NO_PATH).all() == (label == "not applicable")
    if label == "not applicable":
        assert scores[["value", "low", "high", "ceiling", "chance"]].isna().all(axis=None)
        assert np.isnan([e.value for e in scores.estimate]).all()


def test_other_scores_stay_as_they_are():
    other = make_rows(Estimate(0.1), Estimate(0.2))
    for row, name in zip(other, ("RMSE", "bias", "gain"), strict=True):
        row["metric"] = name
    rows = other + make_rows(SPURIOUS, Estimate(0.3), "y")
    resolved = pd.DataFrame(resolve_signs([dict(row) for row in rows], make_pair()))
    pd.testing.assert_frame_equal(resolved[:3], pd.DataFrame(rows)[:3])
    assert drop_input_slopes(resolved).metric.tolist() == ["RMSE", "bias", "gain", "sign agreement"]


@pytest.mark.slow
def test_a_shunt_beside_a_drive_is_compared_at_equal_drive():
    """GABA was tested at strong drive only, so that rates rise with it, and yet it inhibits.

    The channel `idle` has no afferent and no weight.
    """
    bio = ba.SpikingNetwork(
        (ba.Population("cell", 20, "glutamate"),),
        (
            ba.Afferent("drive", "cell", 2 * nS, fibres=60, rate=20 * Hz),
            ba.Afferent("gaba", "cell", 2 * nS, "GABA", fibres=20, rate=10 * Hz),
        ),
    )
    ann = ba.RateNetwork("cell", W_in=[[2, -0.3, 0]], channels=("drive", "gaba", "idle"), bias=-0.3)
    levels = {
        "drive": [0, 0, 0.1, 0.8, 1.0, 0.8, 1.0],
        "gaba": [0, 0, 0, 0, 0, 1, 1],
        "idle": [0, 1, 0, 0, 0, 0, 0],
    }
    pair = ba.Pair(
        "confounded",
        bio,
        ann,
        ba.Correspondence((ba.Match("cell", "cell"),)),
        stimulus=ba.steps(levels, duration=400 * ms),
    )
    comparison = ba.compare(pair.run(trials=4, seed=1))
    response = comparison.responses.bio.mean(["trial", "time"]).values[:, 0]
    assert np.corrcoef(levels["gaba"], response)[0, 1] > 0.3
    table = tabulate_input_signs(comparison.scores).set_index("channel")
    assert table.agreement.to_dict() == {
        "drive": "agree",
        "gaba": "agree",
        "idle": "not applicable",
    }
    assert table.spiking_high["gaba"] < 0
    assert table.rate["gaba"] == pytest.approx(-0.3, abs=1e-6)
    assert table.note["idle"] == NO_PATH
    (block,) = make_input_sign_table(comparison)
    assert [row[0] for row in block.rows] == ["stimulus drive on cell", "stimulus gaba on cell"]
    assert block.rows[1][2:] == ("\N{MINUS SIGN}0.300", Badge("agree", "good"))
    assert f"Not listed: 1 ({NO_PATH})." in block.note


def replace_scores(comparison, rows):
    evidence = dataclasses.replace(comparison.evidence, scores=pd.DataFrame(rows))
    return dataclasses.replace(comparison, evidence=evidence)


def test_a_long_table_of_input_signs_lists_what_differs_first(tiny_comparison):
    rates = dict.fromkeys((f"c{k}" for k in range(MAX_TABLE_ROWS + 5)), 0.3) | {"odd": -0.3}
    rows = [
        row for name, rate in rates.items() for row in make_rows(SPURIOUS, Estimate(rate), name)
    ]
    (block,) = make_input_sign_table(replace_scores(tiny_comparison, rows))
    assert len(block.rows) == MAX_TABLE_ROWS
    assert block.rows[0][0] == "stimulus odd on u"
    assert block.rows[0][-1].text == "differ"
    assert f"{MAX_TABLE_ROWS} of {MAX_TABLE_ROWS + 6} inputs are listed." in block.note


def test_without_input_slopes_there_is_no_table(tiny_comparison):
    scores = drop_input_slopes(tiny_comparison.evidence.scores)
    assert make_input_sign_table(replace_scores(tiny_comparison, scores)) == ()
    assert tuple(tabulate_input_signs(scores).columns) == INPUT_SIGN_COLUMNS
