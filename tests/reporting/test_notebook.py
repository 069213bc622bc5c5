"""What a notebook shows: the answer first, every text escaped, no fixed white."""

import dataclasses
import re
from importlib import resources

import numpy as np
import pandas as pd
import pytest
from brian2 import nS
from markupsafe import escape

import bioann as ba
from bioann.ann.signs.census import census_of
from bioann.ann.signs.weight_matrices import weight_matrices_of
from bioann.base.decision import Decision
from bioann.base.errors import DescriptionError
from bioann.comparison.run_history import PairHistory, RunHistory
from bioann.comparison.stored_comparison import store_comparison
from bioann.reporting import notebook
from bioann.reporting.sections import compose_summary
from bioann.translate.explain.explanation import Explanation, SpikingDecisions

HOSTILE = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def hostile_pair(tiny_pair):
    """The tiny pair with markup wherever a user writes text."""
    claim = ba.Claim("T<1>", HOSTILE, HOSTILE, ba.Score(ba.metrics.SIGN_AGREEMENT) >= 1)
    return dataclasses.replace(
        tiny_pair,
        question=f"Is {HOSTILE}?",
        source=HOSTILE,
        claims=(claim,),
        ann=ba.RateNetwork((HOSTILE,), channels=("in",), W_in=[[1.0]]),
        correspondence=ba.Correspondence((ba.Match("out", HOSTILE),)),
    )


def make_explanation(name, translation):
    """Return what `bioann.explain` would, of four samples of two classes."""
    numbers = {"neurons": 5, "neurons for Dale's principle": 2, "synapses": 9}
    decisions = tuple(Decision(name, number, "", "counted") for name, number in numbers.items())
    choices = np.array([[0, 0, 1, 1], [0, 1, 0, 1]])
    spiking = SpikingDecisions(
        1, dataclasses.replace(translation, decisions=decisions), np.array([0.1, 0.2]), choices, 9.0
    )
    census = census_of(weight_matrices_of(ba.RateNetwork(("a",), channels=("b",), W_in=[[1.0]])))
    return Explanation(
        name, (1, 2), 2, 2, np.arange(4), choices[0], choices[1], 4, 0, (spiking,), 0,
        pd.DataFrame(columns=["sample", "label", "rate", "spiking", "diagnosis"]),
        pd.DataFrame(columns=["layer", "units", "cause", "evidence", "do", "miss"]),
        census, (HOSTILE,), {"seed": "1", "presentation": "200 ms"},
    )  # fmt: skip


@pytest.fixture(scope="module")
def views(hostile_pair):
    """The HTML of every kind of object."""
    run = hostile_pair.run(trials=2, seed=1, engine="numpy", controls=False)
    translation = ba.to_ann(hostile_pair.bio)
    decisions = (dataclasses.replace(translation.decisions[0], why=HOSTILE),)
    comparison = ba.compare(run)
    stored = store_comparison(comparison, HOSTILE)
    return {
        "explanation": make_explanation(HOSTILE, translation)._repr_html_(),
        "diff": ba.batch.diff_runs(comparison, comparison)._repr_html_(),
        "history": RunHistory(HOSTILE, (PairHistory("tiny", (stored,)),))._repr_html_(),
        "comparison": comparison._repr_html_(),
        "pair": hostile_pair._repr_html_(),
        "run": run._repr_html_(),
        "translation": dataclasses.replace(translation, decisions=decisions)._repr_html_(),
        "census": census_of(weight_matrices_of(hostile_pair.ann))._repr_html_(),
    }


@pytest.mark.parametrize("kind", notebook.VIEWS)
def test_no_name_becomes_markup(kind, views):
    assert "<script" not in views[kind]
    assert not re.search(r"\son\w+=", views[kind])
    if kind != "census":
        assert "&lt;script&gt;" in views[kind]


def test_a_comparison_shows_answer_verdict_and_figure(tiny_comparison):
    html = tiny_comparison._repr_html_()
    for text in (
        "Does a test run?",
        "T1: More in, more out.",
        "2 trials, seed 1",
        "<svg",
        "95 % CI",
    ):
        assert text in html


@pytest.mark.slow
def test_a_comparison_without_claims_answers_as_its_report_does(tiny_pair):
    run = dataclasses.replace(tiny_pair, claims=()).run(trials=2, seed=1, engine="numpy")
    comparison = ba.compare(run)
    html = comparison._repr_html_()
    (answer,) = re.findall(r'<p class="answer">(.*?)</p>', html, flags=re.DOTALL)
    assert answer == str(escape(compose_summary(comparison)))
    assert "<svg" in html


def test_a_pair_shows_circuits_claims_and_what_it_varies(tiny_pair):
    variation = ba.vary("afferent in -> out, weight", [1, 2] * nS)
    html = dataclasses.replace(tiny_pair, vary=variation)._repr_html_()
    for text in ("out (3 neurons)", "2 conditions, channels in", "More in, more out.", "<svg"):
        assert text in html
    assert "afferent in -&gt; out, weight" in html


def test_a_run_shows_the_mean_response_of_every_unit(tiny_comparison):
    run = tiny_comparison.run
    html = run._repr_html_()
    mean = float(run["bio"]["rate"].mean())
    assert f"{mean:#.3g}".removesuffix(".") + " Hz" in html
    assert "<details><summary>Recording" in html


def test_drawings_of_two_outputs_share_no_id(tiny_comparison, tiny_pair):
    ids = [
        set(re.findall(r'\sid="([^"]+)"', obj._repr_html_()))
        for obj in (tiny_comparison, tiny_pair)
    ]
    assert all(ids)
    assert not ids[0] & ids[1]


def test_a_figure_that_fails_is_a_warning_and_the_rest_is_shown():
    def fail():
        raise DescriptionError("figure", "ink", "none", "Buy some.")

    figures, (notice,) = notebook.draw_safely(fail, lambda: None)
    assert figures == ()
    assert notice.text == "A figure was not drawn: figure: wanted ink, got none. Buy some."


def test_colours_follow_the_theme():
    css = (resources.files("bioann.reporting") / "templates" / "notebook.css").read_text()
    assert not re.search(r"background(-color)?:\s*(#fff|white)", css)
    for theme in ("prefers-color-scheme: dark", 'data-jp-theme-light="false"', "vscode-dark"):
        assert theme in css
    selectors = re.findall(r"^([^{}@/\n]+)\{", css, re.MULTILINE)
    assert selectors
    assert all(".bioann-view" in selector for selector in selectors), (
        "the rest of the page is not ours"
    )


@pytest.mark.slow
def test_a_comparison_links_the_report_that_was_written_of_it(
    tiny_comparison, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    comparison = dataclasses.replace(tiny_comparison)
    assert "<a href=" not in comparison._repr_html_()
    path = tmp_path / "my reports" / "tiny.html"
    ba.report(comparison, path, path.with_suffix(".csv"), effective_weights=False)
    html = comparison._repr_html_()
    assert '<a href="my%20reports/tiny.html">Report (HTML)</a>' in html
    assert html.count("<a href=") == 1
    path.unlink()
    assert "<a href=" not in comparison._repr_html_()
