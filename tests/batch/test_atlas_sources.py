"""The atlas by source: sentences in order, each with verdict, number and scale."""

import dataclasses
import re

import numpy as np
import pandas as pd
import pytest

import bioann as ba
from bioann.batch.atlas_sources import MAX_SENTENCES, OTHERS, group_by_source, split_into_slides
from bioann.claims.rules.rule import Evidence, Judgement
from bioann.reporting.claim_scale import (
    describe_claim_scale,
    draw_claim_scale,
    label_marks,
    make_claim_scale,
)
from bioann.reporting.document import Badge, IndexRow, Link
from bioann.reporting.html import render_atlas, render_slides

GOOD, BAD = Badge("supported", "good"), Badge("refuted", "bad")
EVIDENCE = Evidence(pd.DataFrame(), {"": 0.2})
SCORE = ba.Score(ba.metrics.RMSE)


def make_row(label, source, verdict=GOOD, claim="So it is.", pair="pair"):
    sources = source if isinstance(source, tuple) else (source,) * bool(source)
    links = (Link("HTML", f"{pair}.html"),)
    return IndexRow(pair, "Is it?", claim, verdict, "gain: 0.5", links, label, sources)


ROWS = [
    make_row("A10", "ours"),
    make_row("A2b", "Paper", BAD),
    IndexRow("broken", "q", "No claim was judged.", Badge("failed", "bad"), "an error", ()),
    make_row("A2a", "Paper"),
    make_row("B1", ""),
    make_row("A1", "Forum"),
]


def test_sentences_stand_by_source_in_the_order_of_their_labels():
    rows = [*ROWS, *(make_row(f"C{k}", "Paper") for k in range(1, 4))]
    groups = group_by_source(rows)
    assert [(g.source, [r.label for r in g.rows]) for g in groups] == [
        ("Paper", ["A2a", "A2b", "C1", "C2", "C3"]),
        (OTHERS, ["A1", "B1"]),  # documents of few claims share a heading
        ("ours", ["A10"]),
        ("Pairs that did not run", [""]),
    ]
    assert groups[0].counts == "4 supported and 1 refuted"
    assert groups[-1].counts == "1 failed"


def test_a_sentence_of_two_documents_stands_under_both_and_names_the_other():
    forums = ("AI Stack Exchange 2018", "AI Stack Exchange 2019")
    rows = [make_row("A1", forums), make_row("A2", ("ours", "after Dale (1935)"))]
    groups = group_by_source(rows)
    assert [g.source for g in groups] == [*forums, "ours"]
    assert [g.name_other_sources(g.rows[0]) for g in groups] == [
        forums[1],
        forums[0],
        "after Dale (1935)",
    ]
    assert groups[1].title.startswith("What effect does a negative output")
    assert groups[0].rows[0].source == "; ".join(forums)


def test_a_claim_stands_under_its_document_and_names_the_place_in_it():
    article = "'Can Weights Be Negative?'"
    row = dataclasses.replace(make_row("D8", article), source_detail="Table 8")
    (group,) = group_by_source([row])
    assert group.source == article
    assert group.name_other_sources(row) == "Table 8"
    assert row.source == f"{article}, Table 8"


@pytest.mark.parametrize("n", [1, 4, 5, 9])
def test_slides_hold_a_few_sentences_each_and_all_together(n):
    rows = [make_row(f"A{k}", "Paper") for k in range(n)]
    slides = split_into_slides(group_by_source(rows))
    assert [row for slide in slides for row in slide.rows] == rows
    sizes = [len(slide.rows) for slide in slides]
    assert max(sizes) <= MAX_SENTENCES
    assert (slides[0].position == "") == (len(slides) == 1)


@pytest.mark.parametrize("page", ["index", "slides"])
def test_pages_have_every_sentence_escape_names_and_run_no_script(page):
    rows = [*ROWS, make_row("C1", "<script>x</script>", claim='"<b>" & more')]
    groups = group_by_source(rows)
    if page == "index":
        html = render_atlas("Atlas", groups, "All of it.", (Link("slides", "slides.html"),))
        assert "pair.html" in html
    else:
        html = render_slides("Atlas", groups, split_into_slides(groups))
        for mark in ("✓", "✗"):  # not by colour alone
            assert mark in html
    assert "<script" not in html
    assert "<b>" not in html
    assert html.count("So it is.") >= 5
    targets = set(re.findall(r'href="#([^"]+)"', html))
    assert targets <= set(re.findall(r'id="([^"]+)"', html))


@pytest.mark.parametrize(
    ("rule", "value", "region", "marks"),
    [
        (SCORE <= 0.5, 0.1, (-np.inf, 0.5), (0.5,)),
        (SCORE.between(0.1, 0.5), 0.7, (0.1, 0.5), (0.1, 0.5)),
        (ba.rules.Boundary(SCORE, 0, 2, "below"), 0.7, (0, 0.7), (0, 2)),
        (ba.rules.Boundary(SCORE, 0, 2, "above"), 3.0, (2, 2), (0, 2)),
        (ba.rules.Equivalent(SCORE), 0.3, (0, 0.2), (0, 0.2)),
    ],
)
def test_a_scale_shows_where_the_claim_holds(rule, value, region, marks):
    judgement = Judgement("undecided", value=value, low=value - 0.05, high=value + 0.05)
    scale = make_claim_scale(rule, judgement, EVIDENCE)
    assert (scale.holds_from, scale.holds_to) == pytest.approx(region)
    assert scale.marks == pytest.approx(marks)
    start, stop = scale.axis
    assert start < min(value - 0.05, *marks)
    assert stop > max(value + 0.05, *marks)


def test_a_number_is_in_the_shaded_part_if_the_rule_holds_for_it():
    for rule in (SCORE <= 0.5, SCORE >= 0.5, ba.rules.Equivalent(SCORE)):
        for value in (0.1, 0.3, 0.7):
            judgement = Judgement("x", value=value, low=value, high=value)
            scale = make_claim_scale(rule, judgement, EVIDENCE)
            is_inside = scale.holds_from <= value <= scale.holds_to
            assert is_inside == (rule.decide(value, value, EVIDENCE) == "supported")
            drawing = draw_claim_scale(scale)
            x = float(re.search(r'cx="([\d.]+)"', drawing)[1])
            left, width = map(
                float, re.search(r'x="([\d.]+)" y="2" width="([\d.]+)"', drawing).groups()
            )
            assert is_inside == (left <= x <= left + width)


def test_a_number_without_interval_or_value_is_drawn_without_it():
    exact = make_claim_scale(SCORE >= 0.5, Judgement("supported", value=0.9), EVIDENCE)
    assert 'class="interval"' not in draw_claim_scale(exact)
    assert describe_claim_scale(exact) == "Value 0.900; the claim holds from 0.500 on."
    assert make_claim_scale(SCORE >= 0.5, Judgement("undecided"), EVIDENCE) is None
    same = dataclasses.replace(exact, value=0.5)
    assert "nan" not in draw_claim_scale(same)


def test_two_bounds_that_stand_close_have_one_label():
    near, apart = [(20.0, "-1"), (60.0, "1")], [(20.0, "-1"), (190.0, "1")]
    assert label_marks(near) == [(40.0, "-1 to 1")]
    assert label_marks(apart) == apart
    assert label_marks(near[:1]) == near[:1]
