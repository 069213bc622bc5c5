"""Settings of a page, and the stimulus that they scale."""

import re

import numpy as np
import pytest
import xarray as xr
from brian2 import ms, nS
from hypothesis import given, strategies as st

import bioann as ba
from bioann.base.as_code import hash_description
from bioann.base.errors import BioannError
from bioann.bio.engines.choice import CANDIDATES
from bioann.explorer.changed_pair_file import write_changed_pair
from bioann.explorer.experiment import make_experiment, scale_stimulus
from bioann.explorer.messages import ENGINE_NAMES
from bioann.sweeps.change_pair import change_pair

INVERTER = ba.load("inverter")
WEIGHT = "projection interneurons -> output, weight"
STIMULUS = ba.steps({"a": [0.0, 0.5, 1.0], "b": [1.0, 0.5, 0.0]}, duration=20 * ms)


def test_settings_change_the_pair_as_a_sweep_does():
    experiment = make_experiment(INVERTER, {WEIGHT: "1200 psiemens", "trials": "4", "seed": "7"}, 2)
    assert hash_description(experiment.pair) == hash_description(
        change_pair(INVERTER, {WEIGHT: 1.2 * nS})
    )
    assert (experiment.trials, experiment.seed) == (4, 7)
    untouched = make_experiment(INVERTER, {}, 2)
    assert hash_description(untouched.pair.bio) == hash_description(INVERTER.bio)
    assert (untouched.trials, untouched.seed) == (2, 1)


@pytest.mark.parametrize(
    ("address", "text", "message"),
    [
        (
            "projection interneurons -> output, wieght",
            "1 nS",
            r"name of a parameter, got .*wieght'. Did you mean '" + WEIGHT,
        ),
        (WEIGHT, "1 mV", "wanted values in nS, got '1 mV'. In this pair it is 0.6 nS."),
        (WEIGHT, "1", "wanted values in nS, got '1'. In this pair it is 0.6 nS."),
        (WEIGHT, "1 lightyear", "wanted the name of a unit, got '1 lightyear'"),
        (WEIGHT, "nan", "wanted a number like 0.6 nS, got 'nan'"),
        (WEIGHT, "inf nS", "wanted a number like 0.6 nS, got 'inf nS'"),
        (WEIGHT, "", "wanted a number like 0.6 nS, got ''"),
        (WEIGHT, "1e999 nS", "wanted at least one finite value"),
        (WEIGHT, "1e30 nS", r"wanted at most 33 nS, got 1e\+30 nS. In this pair it is 0.6 nS."),
        (WEIGHT, "0.1..2 nS", "wanted a number like 0.6 nS, got '0.1..2 nS'"),
        (WEIGHT, "1, 2 nS", "wanted one number, got '1, 2 nS'"),
        (WEIGHT, "-1 nS", "wanted a conductance >= 0, got -1 nS. Sign belongs to the transmitter"),
        ("population output, n", "2.5", "whole number"),
        ("population output, cell, V_r", "-45 mV", "a potential below V_th"),
        ("stimulus input, gain", "2 nS", "wanted a number without a unit, got '2 nS'"),
        ("stimulus input, offset", "-1", "wanted no negative rate"),
        ("trials", "0", "wanted at least 1, got 0"),
        ("trials", "1000000", "wanted at most 20, got 1"),
        ("control stronger, " + WEIGHT, "1 nS", "name of a parameter"),
    ],
)
def test_nonsense_gets_a_sentence(address, text, message):
    def run_experiment():
        pair = make_experiment(INVERTER, {address: text}, 2).pair
        pair.run(trials=1, seed=1, engine="numpy", controls=False)

    with pytest.raises(BioannError, match=message) as raised:
        run_experiment()
    assert re.fullmatch(r"(?s).+: wanted .+, got .+\. .+[.?]", str(raised.value))


@given(st.floats(0.1, 2), st.floats(-1, 1), st.floats(0.1, 2), st.floats(-1, 1))
def test_gains_and_offsets_compose_like_straight_lines(gain, offset, second_gain, second_offset):
    def scale(stimulus, g, o):
        return scale_stimulus(stimulus, {"stimulus a, gain": g, "stimulus a, offset": o})

    twice = scale(scale(STIMULUS, gain, offset), second_gain, second_offset)
    once = scale(STIMULUS, gain * second_gain, second_gain * offset + second_offset)
    np.testing.assert_allclose(twice, once, atol=1e-12)
    np.testing.assert_allclose(twice.coords["a"], once.coords["a"], atol=1e-12)
    np.testing.assert_array_equal(twice.sel(channel="b").values, STIMULUS.sel(channel="b").values)


def test_labels_of_conditions_follow_and_stay_unique():
    half = scale_stimulus(STIMULUS, {"stimulus a, gain": 0.5})
    assert list(half.condition.values) == ["a=0, b=1", "a=0.25, b=0.5", "a=0.5, b=0"]
    alone = ba.steps({"a": [0.0, 0.5]}, duration=20 * ms)
    silent = scale_stimulus(alone, {"stimulus a, gain": 0.0})
    assert list(silent.condition.values) == ["a=0 (1)", "a=0 (2)"]
    named = alone.assign_coords(condition=["low", "high"])
    kept_names = scale_stimulus(named, {"stimulus a, gain": 0.5})
    assert list(kept_names.condition.values) == ["low", "high"]


@pytest.mark.parametrize("is_file", [False, True])
def test_a_written_pair_file_is_the_experiment(tmp_path, pair_file, is_file):
    origin = str(pair_file()) if is_file else "inverter"
    base = ba.load(origin)
    address = "afferent in -> out, weight" if is_file else WEIGHT
    channel = "in" if is_file else "input"
    settings = {address: "1.37 nS", f"stimulus {channel}, gain": "0.9"}
    experiment = make_experiment(base, settings, 2)
    paths = [write_changed_pair(experiment, origin, tmp_path / "new") for _ in range(2)]
    assert [p.name for p in paths] == [f"{base.name}_changed.py", f"{base.name}_changed_2.py"]
    written = ba.load(paths[1])
    assert written.name == f"{base.name}_changed_2"
    assert hash_description(written.bio) == hash_description(experiment.pair.bio)
    assert hash_description(written.bio) != hash_description(base.bio)
    xr.testing.assert_identical(written.stimulus, experiment.pair.stimulus)


def test_the_server_knows_all_engines():
    assert set(ENGINE_NAMES) == set(CANDIDATES)
