import numpy as np
import pytest

from bioann.analyses import theory_map
from bioann.analyses.theory_map_report import build_theory_map_report, describe_theory_maps
from bioann.bio.theory.presynaptic_inputs import presynaptic_inputs
from bioann.reporting.html import render_html

LIF = theory_map.CELLS["LIF"]


@pytest.fixture(scope="module")
def small_map():
    return theory_map.compute_theory_map(
        "LIF", "hyperpolarising", (0.5, 10.0), (0.0, 8.0), n_neurons=8, seed=3, engine="numpy"
    )


@pytest.mark.slow
def test_theory_is_right_for_slow_synapses_and_fails_for_fast_ones(small_map):
    assert small_map.good.tolist() == [[False, True], [False, True]]
    assert small_map.r2[1, 0] < small_map.r2[0, 0]  # a high-conductance state makes it worse
    # With eight leaks of background and the drive, the membrane is at least nine times as fast.
    assert small_map.ratio[1, 1] == pytest.approx(0.01 / 20e-3 * 9, rel=0.5)
    assert (np.diff(small_map.ratio, axis=0) > 0).all()


@pytest.mark.slow
def test_the_translation_warns_where_it_fails_and_keeps_its_bounds(small_map):
    assert (small_map.warned == ~small_map.good).all()
    assert (small_map.worst < small_map.bound).all()


def test_a_background_and_its_channel_are_the_same_bombardment():
    level, taus = 4.0, (2.0,)
    channel, background = (
        theory_map.build_cells_by_tau(LIF, -80.0, taus, 1, x) for x in (None, level)
    )
    levels = {"E": np.array([0.3]), "I": np.array([0.6]), "level": np.array([level])}
    one, other = (
        presynaptic_inputs(b, "tau_2", seed=0).poisson_inputs(levels, {})
        for b in (channel, background)
    )
    for a, b in zip(one, other, strict=True):
        for name in ("mean", "variance", "tau", "reversal"):
            np.testing.assert_allclose(getattr(a, name), getattr(b, name))


def test_the_background_alone_holds_the_cell_at_its_potential():
    excited, inhibited = theory_map.balance_background(LIF, -80.0)
    assert excited * (0 + 60) == pytest.approx(inhibited * (-60 + 80))
    assert excited + inhibited == pytest.approx(float(LIF.g_L) * 1e9)


@pytest.mark.slow
def test_the_report_counts_what_is_in_the_map(small_map):
    assert "in 2 of 4 combinations" in describe_theory_maps([small_map], 0.98)
    assert "synapses of 0.5 ms and a background of 8 leaks" in describe_theory_maps(
        [small_map], 0.98
    )
    html = render_html(build_theory_map_report([small_map], 0.98, 8))
    assert html == render_html(build_theory_map_report([small_map], 0.98, 8))
    assert "warned where theory fails" in html
