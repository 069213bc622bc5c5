"""A rate can fall to zero only: what a baseline carries of a negative output."""

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

import bioann as ba
from bioann.analyses.negative_output import (
    SCORE_COLUMNS,
    SCORES,
    find_needed_baseline,
    main,
    measure_baselines,
)
from bioann.analyses.negative_output_report import build_negative_output_report
from bioann.metrics.signs import WINNER_AGREEMENT
from bioann.reporting.html import render_html


@pytest.fixture(scope="module")
def rows():
    return measure_baselines(np.array([60.0, 150.0, 220.0]), 1, trials=2, n_neurons=5)


@pytest.mark.slow
def test_a_negative_output_takes_no_more_than_there_is(rows):
    assert (rows.down >= -rows.rest - 1e-9).all()
    assert (rows.up > 0).all()


@pytest.mark.slow
def test_a_higher_baseline_keeps_more(rows):
    assert (np.diff(rows.rest) > 0).all()
    assert rows.kept.iloc[0] < rows.kept.iloc[-1]
    assert rows.kept.iloc[-1] > 0.7


def test_the_baseline_that_is_needed_is_found_between_levels():
    table = pd.DataFrame({"seed": [0] * 3, "rest": [0.0, 20.0, 40.0], "kept": [0.0, 0.8, 1.0]})
    assert find_needed_baseline(table, 0.9) == (30.0, 30.0, 30.0)


@pytest.mark.slow
def test_the_report_tells_every_score(rows):
    score_rows = [(s.pair, s.code, s.quantity, 1.0, 0.9, 1.1, "", 1) for s in SCORES]
    scores = pd.DataFrame(score_rows, columns=list(SCORE_COLUMNS))
    page = render_html(build_negative_output_report(rows, scores, (30.0, 20.0, 40.0), seeds=1))
    assert all(text in page for score in SCORES for text in (score.code, score.quantity))


def test_every_score_of_the_report_exists():
    for reported in SCORES:
        metrics = (*ba.load(reported.pair).all_metrics, WINNER_AGREEMENT)
        assert reported.score.metric in metrics


def test_help_has_an_example():
    output = CliRunner().invoke(main, ["--help"]).output
    assert "python analyses/negative_output.py" in output
