"""What Dale costs, counted by hand beside what the rewrites report."""

import numpy as np
import pytest
from click.testing import CliRunner

from bioann.analyses.dale_cost import (
    build_dale_cost_report,
    draw_mixed_network,
    main,
    measure_all_costs,
    summarise_costs,
)
from bioann.reporting.html import render_html

UNITS, SHARE = 4, 0.5


@pytest.fixture(scope="module")
def rows():
    return measure_all_costs((UNITS,), (SHARE,), 1, n_conditions=4)


def test_half_of_the_units_have_weights_of_both_signs_and_the_network_is_stable():
    w = draw_mixed_network(UNITS, SHARE, seed=3).W
    assert (w[:, 2:] >= 0).all()
    assert (w[:, :2] < 0).any()
    assert np.abs(np.linalg.eigvals(w)).max() == pytest.approx(0.4)


@pytest.mark.slow
def test_costs_are_those_that_one_counts(rows):
    cost = rows.set_index("dale")
    w = draw_mixed_network(UNITS, SHARE, seed=0).W
    weights, mixed = (w != 0).sum(), (w < 0).any(axis=0)
    twice = (w[mixed] != 0).sum()  # every weight onto a unit that has a twin is made twice
    assert (cost.neurons == mixed.sum() / UNITS).all()
    assert cost.synapses["twins"] == pytest.approx((weights + twice) / weights)
    assert cost.synapses["interneurons"] == pytest.approx((weights + mixed.sum()) / weights)
    assert cost.delay["twins"] == 0
    assert cost.delay["interneurons"] == pytest.approx(40 + 1)


@pytest.mark.slow
def test_both_rewrites_keep_the_function(rows):
    # Four stimuli at single neurons of 50 to 200 Hz for 0.35 s: a spike more or less is 2 to 6 %.
    assert (rows.error < 10).all()


@pytest.mark.slow
def test_the_report_tells_every_network(rows):
    page = render_html(build_dale_cost_report(summarise_costs(rows), n_seeds=1))
    assert "What does Dale's principle cost?" in page.replace("&#39;", "'")
    assert page.count("interneurons") > 2


def test_help_has_an_example():
    output = CliRunner().invoke(main, ["--help"]).output
    assert "python analyses/dale_cost.py" in output
