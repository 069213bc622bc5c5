"""The benchmarks run at toy size, and both of their sides do the same thing.

No time is asserted here: what counts is that the code is right and the arithmetic holds.
"""

import json
import math

import numpy as np
import pytest

from bioann.reporting.html import render_html
from tests.benchmarks import document, figures, simulators_env, whole_jobs, with_bioann
from tests.benchmarks.__main__ import _replace_non_finite
from tests.benchmarks.measure import (
    BenchFigure,
    BenchSize,
    compare_medians,
    fit_exponent,
    format_local_exponents,
    leave_one_out,
    measure_processor_time,
)

TOY = BenchSize(rounds=1, toy=True)


@pytest.mark.parametrize("p", [0.5, 1.0, 1.4])
@pytest.mark.parametrize("fixed", [0.0, 0.3])
def test_the_exponent_past_a_fixed_cost_is_found(p, fixed):
    n = np.array([10, 30, 100, 300, 1000])
    exponent, fixed_cost, fitted = fit_exponent(n, fixed + 0.02 * n**p)
    assert exponent == pytest.approx(p, abs=0.01)
    assert fixed_cost == pytest.approx(fixed, abs=0.02)
    np.testing.assert_allclose(fitted, fixed + 0.02 * n**p, rtol=0.01)


def test_a_size_of_next_to_nothing_tells_a_fixed_cost_from_an_exponent():
    n, rng = np.array([2.0, 4, 8, 16, 32]), np.random.default_rng(1)
    errors = {"fitted": [], "measured": []}
    for _ in range(100):
        for kind, sizes in (("fitted", n), ("measured", np.array([0.04, *n]))):
            # Each time is wrong by 2%, the exponent is 1.
            times = (0.02 + 0.03 * sizes) * (1 + 0.02 * rng.normal(size=len(sizes)))
            errors[kind].append(abs(fit_exponent(sizes, times)[0] - 1))
    assert np.median(errors["measured"]) < 0.01
    assert np.median(errors["measured"]) < np.median(errors["fitted"]) / 2


def test_an_exponent_that_hangs_on_one_size_has_a_wide_interval():
    n = np.array([10, 30, 100, 300, 1000])
    even, uneven = 0.02 * n, 0.02 * n * np.array([1, 1, 1, 1, 1.5])
    spread = [[fit_exponent(*subset)[0] for subset in leave_one_out(n, t)] for t in (even, uneven)]
    assert len(spread[0]) == 5
    np.testing.assert_allclose(spread[0], 1, atol=0.01)
    assert min(spread[1]) == pytest.approx(1, abs=0.01)
    assert max(spread[1]) > 1.1
    assert format_local_exponents(n[:3], even[:3]) == "1.00, 1.00"


def test_a_short_call_is_repeated():
    calls = []
    measure_processor_time(lambda: calls.append(sum(range(100_000))), min_seconds=0.05)
    assert len(calls) > 3


def test_a_figure_is_the_ratio_of_medians_with_its_spread():
    figure = compare_medians([10, 30, 20], [1, 2, 4], at_least=10)
    assert figure == {"value": 10, "low": 5, "high": 15, "met": True}
    assert not compare_medians([10, 30, 20], [1, 2, 4], at_least=10.1)["met"]
    assert not compare_medians([1.2], [1.0], at_most=1.05)["met"]


@pytest.mark.slow
def test_both_sides_of_the_circuit_fire_alike():
    (figure,) = figures.time_warm_conditions(TOY)
    assert len(figure.ours) == len(figure.theirs) == 1
    ours, theirs = figure.extra["rate_hz_ours"], figure.extra["rate_hz_theirs"]
    # Four conditions of 0.2 s: some 20 spikes in all, of other random numbers on the two sides.
    assert ours == pytest.approx(theirs, abs=4 * math.sqrt(max(theirs, 1) / 0.8))
    assert figure.value == pytest.approx(np.median(figure.theirs) / np.median(figure.ours))


@pytest.mark.slow
def test_the_benchmark_network_runs_in_a_process_of_its_own():
    (figure,) = figures.time_coba_network(TOY)
    assert figure.value is None
    assert figure.extra["rate"] > 1
    # NumPy and Brian2 alone take more; what a process began with, that of its parent, is not it.
    assert 50 < figure.extra["together_mb"] < 1000


@pytest.mark.slow
def test_bare_products_and_cost_over_sizes_are_measured_and_reported(tmp_path):
    bench_figures = [*figures.time_rate_network(TOY), *figures.measure_scaling(TOY)]
    assert [f.what.split(",")[0] for f in bench_figures[1:]] == [
        "cost over lanes", "cost over neurons", "cost over synapses",
        "cost over seconds of duration",
    ]  # fmt: skip
    bench_figures.append(BenchFigure("nothing", "nothing", ">= 2", note="skipped: not here"))
    page = render_html(document.build_bench_document(bench_figures, "here"))
    assert page.count("not measured") == 1
    assert "could not be measured" in page
    assert all(f.goal.replace("<", "&lt;").replace(">", "&gt;") in page for f in bench_figures)
    json.dumps(_replace_non_finite([vars(f) for f in bench_figures]), allow_nan=False)


@pytest.mark.slow
def test_networks_by_hand_do_the_same_on_both_sides():
    (lanes,) = figures.time_brian_lanes(TOY)
    assert lanes.note == "one after the other"
    ours, theirs = lanes.extra["rate_hz_ours"], lanes.extra["rate_hz_theirs"]
    # Two conditions of 0.1 s, of other random numbers on the two sides.
    assert ours == pytest.approx(theirs, abs=4 * math.sqrt(max(theirs, 5) / 0.2))
    pytest.importorskip("jax")
    for figure in figures.time_small_rate_network(TOY):
        # Single precision over 30 steps, of rates around 1.
        assert figure.extra["largest_difference"] < 1e-5


@pytest.mark.slow
def test_rows_of_large_networks_are_measured_or_say_why_not(monkeypatch, tmp_path):
    monkeypatch.setattr(simulators_env, "PYTHON", tmp_path / "python")
    rows = list(figures.FIGURES["simulators"](TOY))
    assert [row.goal for row in rows] == [">= 15 x", ">= 4 x"]
    assert all(row.value is None and "is not installed in" in row.note for row in rows)
    (cores,) = figures.FIGURES["cores"](TOY)
    assert cores.extra["rate_hz_ours"] == cores.extra["rate_hz_theirs"] > 1
    (growth,) = figures.FIGURES["growth"](TOY)
    assert growth.extra["sizes"] == [100, 200, 400, 800]
    assert growth.low <= growth.value <= growth.high


@pytest.mark.slow
@pytest.mark.parametrize("simulator", simulators_env.PACKAGES)
def test_other_simulators_fire_as_the_benchmark_network_does(simulator):
    if message := simulators_env.describe_missing(simulator, install=False):
        pytest.skip(message)
    theirs = simulators_env.run_coba(simulator, 2000, 0.1, 1)
    kick = with_bioann.make_kick(0.1)
    run = with_bioann.build_coba(2000).run(kick, trials=1, seed=1, engine="numpy")
    share = run.n_neurons / run.n_neurons.sum()
    rate = float((run.rate.mean(["condition", "trial", "time"]) * share).sum())
    assert theirs["seconds"] > 0
    # Integrators differ, and so do draws of one simulator, by some 10 %. Without inhibition, the
    # rate would be several times as high.
    assert theirs["rate"] == pytest.approx(rate, rel=0.35)


def test_levels_and_stimulus_stand_for_the_same_rates():
    rates = with_bioann.make_rate_levels(9)
    stimulus = with_bioann.make_circuit_stimulus(rates, 0.1)
    assert stimulus.sizes == {"condition": 9, "time": 100, "channel": 2}
    np.testing.assert_allclose(stimulus.values[:, 0] * 100, rates)


@pytest.mark.slow
def test_whole_jobs_are_timed_beside_their_other_sides():
    run, both, compared = whole_jobs.time_pair_run(TOY)
    assert run.value == pytest.approx(run.theirs[0] / run.ours[0])
    assert both.theirs != run.theirs
    assert compared.value == pytest.approx(compared.ours[0] / compared.theirs[0])
    (help_figure,) = whole_jobs.time_command_line(TOY)
    assert help_figure.value == pytest.approx(min(help_figure.ours) - min(help_figure.theirs))
    (atlas,) = whole_jobs.time_atlas(TOY)
    assert atlas.value == pytest.approx(atlas.theirs[0] / atlas.ours[0])
