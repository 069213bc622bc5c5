"""A pair may vary a parameter: both models run at each value, beside the run itself."""

import dataclasses
import json

import numpy as np
import pytest
from brian2 import mV, nS

import bioann as ba
from bioann.base.errors import DescriptionError, DimensionError, UnknownNameError
from bioann.correspondence import read_responses
from bioann.parameters import vary
from bioann.runs.extend import extend_run

BIAS = "unit out, bias"
WEIGHT = "afferent in -> out, weight"


@pytest.fixture(scope="module")
def varied_pair(tiny_pair):
    variation = vary(WEIGHT, [2, 4] * nS, linked={BIAS: [0.2, 0.4]}, label="drive")
    return dataclasses.replace(tiny_pair, vary=variation)


@pytest.fixture(scope="module")
def quick_pair(tiny_pair):
    """Two rate networks, which run in no time."""
    bio = ba.RateNetwork(("cell",), channels=("in",), W_in=[[1.0]])
    same = ba.Correspondence((ba.Match("cell", "out", name="out"),))
    pair = dataclasses.replace(tiny_pair, bio=bio, correspondence=same)
    return dataclasses.replace(pair, vary=vary("unit cell, bias", [0, 0.5], linked={BIAS: [0, 1]}))


@pytest.fixture(scope="module")
def run(varied_pair):
    return varied_pair.run(trials=3, seed=1, engine="numpy")


@pytest.mark.slow
def test_the_grid_at_the_values_of_the_pair_is_its_run(run, varied_pair):
    grid = run["parameter_grid"].to_dataset()
    inside = slice(*run.attrs["window"])
    for side, node in (("bio", run["bio"]), ("ann", run["ann"])):
        responses = read_responses(node.to_dataset(), varied_pair.correspondence, side)
        steady = responses.sel(time=inside).mean("time")
        recorded = grid[side].isel(point=0)
        first_trials = steady.isel(trial=slice(0, 2))  # as many as the variation has
        expected = steady.mean("trial") if side == "ann" else first_trials
        np.testing.assert_array_equal(recorded.values, expected.values)


def test_the_grid_has_values_units_and_what_changes_with_it(run):
    grid = run["parameter_grid"]
    assert grid["value"].values.tolist() == [2.0, 4.0]
    assert (grid.attrs["address"], grid.attrs["unit"], grid.attrs["own_value"]) == (
        WEIGHT,
        "nS",
        2.0,
    )
    (linked,) = json.loads(grid.attrs["linked"])
    assert (linked["address"], linked["values"]) == (BIAS, [0.2, 0.4])
    assert (np.diff(grid["bio"].mean(("condition", "trial", "match"))) > 0).all()
    np.testing.assert_allclose(grid["ann"].isel(match=0), [[0.2, 0.7], [0.4, 0.9]], atol=1e-12)


def test_the_other_recordings_do_not_depend_on_the_grid(quick_pair):
    run, without = (quick_pair.run(trials=1, seed=1, vary=vary) for vary in (True, False))
    assert set(run.children) - set(without.children) == {"parameter_grid"}
    for name in without.children:
        assert run[name].to_dataset().equals(without[name].to_dataset())
    assert run.attrs["pair_hash"] == without.attrs["pair_hash"]


def test_the_pair_that_varies_nothing_is_the_same_experiment(run, tiny_pair):
    assert ba.compare(run, pair=tiny_pair).run.pair is tiny_pair


def test_a_file_keeps_the_grid(run, tmp_path):
    ba.save_recording(run.recording, tmp_path / "r.nc")
    grid = ba.open_recording(tmp_path / "r.nc")["parameter_grid"].to_dataset()
    recorded = run["parameter_grid"].to_dataset()
    assert grid.equals(recorded)


def test_an_extended_run_keeps_the_grid(quick_pair):
    run = quick_pair.run(trials=1, seed=1)
    longer = extend_run(run, 2)["parameter_grid"].to_dataset()
    assert longer.equals(run["parameter_grid"].to_dataset())


def test_a_run_without_controls_has_no_grid_unless_it_asks_for_one(quick_pair):
    assert "parameter_grid" not in quick_pair.run(trials=1, seed=1, controls=False).children
    run = quick_pair.run(trials=1, seed=1, controls=False, vary=True)
    assert "parameter_grid" in run.children


def test_points_are_evenly_spaced_from_the_first_to_the_last_value():
    variation = vary(WEIGHT, (0 * nS, 1 * nS), points=5, linked={BIAS: (0.0, 2.0)})
    np.testing.assert_allclose([v / nS for v in variation.values], [0, 0.25, 0.5, 0.75, 1])
    assert variation.linked[BIAS] == (0.0, 0.5, 1.0, 1.5, 2.0)


def test_a_variation_prints_as_code():
    variation = vary(BIAS, [0.1, 0.2], linked={WEIGHT: [1, 2] * nS}, label="b", trials=3)
    names = {"Variation": ba.parameters.Variation, "siemens": nS / 1e-9}
    assert eval(repr(variation), names) == variation


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: vary(WEIGHT, 1 * nS), "values: wanted several values, got 1. * nsiemens. Write"),
        (lambda: vary(WEIGHT, [1] * nS), "values: wanted 2 to 25 values, got 1. Both models run"),
        (lambda: vary(BIAS, range(26)), "values: wanted 2 to 25 values, got 26."),
        (
            lambda: vary(BIAS, [0, 1, 2], points=4),
            "values: wanted the first and the last value, because points are given, got 3 values.",
        ),
        (lambda: vary(BIAS, [0, 1], points=1), "points: wanted a whole number >= 2, got 1."),
        (lambda: vary(BIAS, [0, 1], trials=0), "trials: wanted a whole number >= 1, got 0."),
        (
            lambda: vary(BIAS, [0, 1], linked={WEIGHT: [1, 2, 3] * nS}),
            f"linked '{WEIGHT}': wanted 2 values, one for each of the parameter, got 3.",
        ),
    ],
)
def test_a_wrong_grid_is_an_error(make, message):
    with pytest.raises(DescriptionError) as caught:
        make()
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("variation", "error", "message"),
    [
        (vary("unit out, bais", [0, 1]), UnknownNameError, f"Did you mean '{BIAS}'"),
        (vary(WEIGHT, [0, 1]), DimensionError, "Write it as 3 * nS."),
        (vary(WEIGHT, [1, -1] * nS), DescriptionError, "Sign belongs to the transmitter"),
        (
            vary("population out, cell, V_r", [-60, -40] * mV),
            DescriptionError,
            "A cell that resets above threshold never stops firing.",
        ),
        ("the weight", DescriptionError, "Pair 'tiny', vary: wanted a Variation, got 'the weight'"),
    ],
)
def test_a_pair_refuses_what_its_models_do_not_allow(variation, error, message, tiny_pair):
    with pytest.raises(error) as caught:
        dataclasses.replace(tiny_pair, vary=variation)
    assert message in str(caught.value)


def test_an_address_in_both_models_is_an_error(tiny_pair):
    pair = dataclasses.replace(tiny_pair, bio=tiny_pair.ann)
    with pytest.raises(DescriptionError, match="in each of them"):
        dataclasses.replace(pair, vary=vary(BIAS, [0, 1]))
