"""Tables of a trained network would run over a hundred pages: they are cut, and say so."""

import dataclasses

import numpy as np
import pandas as pd

from bioann.comparison.deciding_scores import select_deciding_scores
from bioann.reporting.document import Table
from bioann.reporting.score_tables import make_deciding_table, make_score_summary
from bioann.reporting.sign_section import (
    MAX_SEPARATE_ROWS,
    make_effective_weight_table,
    make_sign_section,
)
from bioann.reporting.tables import MAX_TABLE_ROWS, N_WORST_TESTS, make_equivalence_table


def test_the_strongest_connections_are_listed(tiny_comparison):
    row = tiny_comparison.signs.iloc[[0]]
    many = pd.concat([row] * 500, ignore_index=True)
    many = many.assign(source=[f"unit {i}" for i in range(500)], weight=np.arange(500) / 500)
    long = dataclasses.replace(tiny_comparison, signs=many)
    table = next(block for block in make_sign_section(long).blocks if isinstance(block, Table))
    assert len(table.rows) == MAX_TABLE_ROWS
    assert "unit 499" in table.rows[0][0]
    assert f"{MAX_TABLE_ROWS} of 500 connections are listed" in table.note


def test_the_effective_weights_begin_with_what_was_measured(tiny_comparison):
    columns = ("source", "source_kind", "target", "synapse", "conductance", "drive_mV", "weight",
               "predicted", "effective", "effective_low", "effective_high", "agreement", "flags",
               "bio_sign")  # fmt: skip
    row = dict.fromkeys(columns, np.nan) | dict.fromkeys(("synapse", "flags", "agreement"), "")
    many = pd.DataFrame([row | {"source": f"unit {i}", "weight": i / 500} for i in range(500)])
    many.loc[7, ["effective", "bio_sign"]] = 0.1, 1.0
    many.loc[3, "bio_sign"] = -1.0
    (table,) = make_effective_weight_table(
        dataclasses.replace(tiny_comparison, effective_weights=many)
    )
    names = [first for first, *_ in table.rows]
    assert names[:4] == [f"unit {i} to nan" for i in (7, 3, 499, 498)]
    assert f"{MAX_TABLE_ROWS} of 500 connections are listed" in table.note
    assert len(names) == MAX_TABLE_ROWS


def test_weights_without_a_synapse_of_their_own_are_one_line(tiny_comparison):
    row = tiny_comparison.signs.iloc[[0]]
    indirect = pd.concat([row] * 6, ignore_index=True)
    indirect = indirect.assign(
        weight=[0.5, -0.25, 0.125, -0.5, 0.25, 1.0], agreement="no direct synapse"
    )

    def list_rows(number):
        table = pd.concat([tiny_comparison.signs, indirect[:number]], ignore_index=True)
        section = make_sign_section(dataclasses.replace(tiny_comparison, signs=table))
        return next(block for block in section.blocks if isinstance(block, Table)).rows

    n_direct = len(tiny_comparison.signs)
    assert len(list_rows(MAX_SEPARATE_ROWS)) == n_direct + MAX_SEPARATE_ROWS
    *others, last = list_rows(6)
    assert len(others) == n_direct
    assert last[0].startswith("6 connections of the rate model")
    assert last[3:] == ("\N{MINUS SIGN}0.500 to 1.00", "4 +, 2 \N{MINUS SIGN}", "no direct synapse")


def test_channels_of_which_the_table_says_the_same_are_one_line(tiny_comparison):
    row = tiny_comparison.signs.iloc[[0]].assign(source_kind="channel", target="cell")
    pixels = pd.concat([row] * 6, ignore_index=True)
    pixels = pixels.assign(source=[f"pixel_{i}" for i in range(6)], weight=np.nan)

    def list_rows(table):
        section = make_sign_section(dataclasses.replace(tiny_comparison, signs=table))
        return next(block for block in section.blocks if isinstance(block, Table)).rows

    (row_of_all,) = list_rows(pixels)
    assert row_of_all[0] == "stimulus pixel_0, ..., pixel_5 (6 channels) to cell"
    apart = pixels.assign(weight=[0.5, *[np.nan] * 5])
    assert [name for name, *_ in list_rows(apart)] == [
        "stimulus pixel_0 to cell",
        "stimulus pixel_1, ..., pixel_5 (5 channels) to cell",
    ]
    assert len(list_rows(pixels[:MAX_SEPARATE_ROWS])) == MAX_SEPARATE_ROWS


def test_channels_whose_effect_was_measured_keep_their_rows(tiny_comparison):
    row = {"source_kind": "channel", "target": "cell", "agreement": "agree", "flags": ""}
    numbers = ("drive_mV", "weight", "predicted", "effective_low", "effective_high", "bio_sign")
    row |= dict.fromkeys(numbers, 1.0) | dict.fromkeys(("synapse", "conductance"), "AMPA")
    rows = [row | {"source": f"c{i}", "effective": float(i % 2)} for i in range(10)]
    rows += [row | {"source": "own", "effective": 7.0}]
    (table,) = make_effective_weight_table(
        dataclasses.replace(tiny_comparison, effective_weights=pd.DataFrame(rows))
    )
    assert [first for first, *_ in table.rows] == [
        "stimulus c0, ..., c8 (5 channels) to cell",
        "stimulus c1, ..., c9 (5 channels) to cell",
        "stimulus own to cell",
    ]


def repeat_scores(comparison, metric, n):
    """Return a comparison with `n` scores of a metric, of values 0, 1, ..., and those scores."""
    scores = comparison.evidence.scores
    rows = pd.concat([scores[scores.metric == metric].iloc[[0]]] * n, ignore_index=True)
    rows = rows.assign(value=np.arange(n, dtype=float), match=[f"m{i}" for i in range(n)])
    evidence = dataclasses.replace(
        comparison.evidence, scores=pd.concat([scores, rows], ignore_index=True)
    )
    return dataclasses.replace(comparison, evidence=evidence), rows.assign(decides="T1")


def test_of_many_scores_of_a_metric_the_worst_five_and_their_distribution_are_listed(
    tiny_comparison,
):
    _, rows = repeat_scores(tiny_comparison, "RMSE", 20)
    (table,) = make_deciding_table(tiny_comparison, rows)
    *worst, summary = table.rows
    assert [row[0] for row in worst] == [f"RMSE (m{i})" for i in range(15, 20)]
    assert summary[0] == "RMSE, all 20: median [lowest, highest]"
    assert summary[1] == "9.50 [0.00,\N{NO-BREAK SPACE}19.0] activation"
    (table,) = make_deciding_table(tiny_comparison, rows.iloc[:5])
    assert len(table.rows) == 5


def test_scores_that_decide_nothing_are_a_row_for_each_metric(tiny_comparison):
    comparison, _ = repeat_scores(tiny_comparison, "bias", 20)
    deciding = select_deciding_scores(tiny_comparison)
    (table,) = make_score_summary(comparison, deciding)
    metrics = [row[0] for row in table.rows]
    assert len(metrics) == len(set(metrics))
    (bias,) = (row for row in table.rows if row[0] == "bias")
    n_bias = 20 + int((tiny_comparison.scores.metric == "bias").sum())
    assert bias[2] == str(n_bias)
    assert bias[5] == "19.0"


def test_of_many_equivalence_tests_those_with_the_largest_rmse_are_listed(tiny_comparison):
    tests = pd.concat([tiny_comparison.equivalence.iloc[[0]]] * 20, ignore_index=True)
    tests = tests.assign(rmse=np.arange(20.0)[::-1])
    table = make_equivalence_table(dataclasses.replace(tiny_comparison, equivalence=tests))
    assert len(table.rows) == N_WORST_TESTS
    assert "Listed: 5 of 20 responses" in table.note
    assert "median RMSE 9.50" in table.note
