import numpy as np
import pytest
import xarray as xr
from brian2 import Hz, ms
from hypothesis import given, strategies as st

from bioann.base.errors import CorrespondenceError, DescriptionError, UnknownNameError
from bioann.comparison.align_responses import align_responses
from bioann.correspondence import Correspondence, Match, read_responses
from bioann.recordings.recording import assemble_run, label_activations
from bioann.stimuli.waveforms import steps

CENTRES = np.arange(5) * 0.01 + 0.005
RNG = np.random.default_rng(1)


def make_dataset(units, trials=3, kind="activation", values=None):
    if values is None:
        values = RNG.random((2, trials, 5, len(units)))
    return label_activations(values, units, ["x=0", "x=1"], CENTRES).rename(activation=kind)


def test_a_match_is_called_after_its_unit():
    assert Match("left", "l").name == "l"
    assert Match("left", {"up": 1, "down": -1}).name == "up down"
    assert Match("left", "l", name="choice").name == "choice"


def test_the_scale_is_100_hz_unless_stated():
    assert Match("a", "b").scale == 100
    assert Correspondence((Match("a", "b", scale=70 * Hz),)).scales_in_hertz() == {"b": 70.0}


@pytest.mark.parametrize("side", [{}, {"a": 0}, {"a": np.nan}, {"a": np.inf}])
def test_weights_are_numbers_other_than_zero(side):
    with pytest.raises(CorrespondenceError, match="Match, bio"):
        Match(side, "b")
    with pytest.raises(CorrespondenceError, match="Match, ann"):
        Match("b", side)


def test_a_scale_is_a_rate_above_zero():
    with pytest.raises(DescriptionError, match=r"Match 'b'|Match, scale|scale"):
        Match("a", "b", scale=0 * Hz)


def test_a_correspondence_has_matches_with_names_of_their_own():
    for bad in ((), (Match("a", "x"), Match("b", "x"))):
        with pytest.raises(CorrespondenceError, match="at least one Match"):
            Correspondence(bad)


def test_names_on_both_sides_match_each_other():
    same = Correspondence.of_names("left", "right", scale=60 * Hz, bio_only=("pool",))
    assert [(m.bio, m.ann, m.scale) for m in same.matches] == [
        ("left", "left", 60),
        ("right", "right", 60),
    ]
    same.check_complete(("left", "pool", "right"), ("left", "right"))
    assert Correspondence.of_names("a").scales_in_hertz() == {"a": 100}


def test_several_units_correspond_to_one_population():
    units = {"static": "cell", "leaky": "cell", "edge": "E[10:20]"}
    same = Correspondence.of_units(units, scale=60 * Hz, ann_only=("hidden",))
    assert same.matches == tuple(Match(name, unit, 60 * Hz) for unit, name in units.items())
    assert [match.name for match in same.matches] == list(units)
    assert same.ann_only == ("hidden",)
    assert same.bio_only == ()


class TestCompleteness:
    """Whatever has no partner is declared so, or it is an error."""

    SAME = Correspondence((Match("a", "x"),), bio_only=("pool",), ann_only="y")

    def test_matched_or_declared(self):
        self.SAME.check_complete(("a", "pool"), ("x", "y"))

    def test_left_over(self):
        with pytest.raises(
            CorrespondenceError, match=r"a Match or an entry .* for every population.*\['b'\]"
        ):
            self.SAME.check_complete(("a", "b", "pool"), ("x", "y"))
        with pytest.raises(CorrespondenceError, match=r"entry in ann_only for every unit.*\['z'\]"):
            self.SAME.check_complete(("a", "pool"), ("x", "y", "z"))

    def test_not_there(self):
        with pytest.raises(UnknownNameError, match="name of a population, got 'pool'"):
            self.SAME.check_complete(("a",), ("x", "y"))
        with pytest.raises(UnknownNameError, match="name of a unit, got 'x'"):
            self.SAME.check_complete(("a", "pool"), ("y",))

    def test_both(self):
        both = Correspondence((Match("a", "x"),), bio_only=("a",))
        with pytest.raises(CorrespondenceError, match=r"not both, got both for \['a'\]"):
            both.check_complete(("a",), ("x",))


def test_rates_are_read_in_units_of_the_scale_and_activations_as_they_are():
    matches = Correspondence((Match("a", "u"), Match("b", "v", scale=50 * Hz)))
    rates = make_dataset(["a", "b"], kind="rate")
    np.testing.assert_allclose(
        read_responses(rates, matches, "bio").sel(match="v"), rates.rate.sel(unit="b") / 50
    )
    np.testing.assert_allclose(
        read_responses(rates, matches, "bio").sel(match="u"), rates.rate.sel(unit="a") / 100
    )
    units = make_dataset(["u", "v"])
    np.testing.assert_array_equal(read_responses(units, matches, "ann"), units.activation)


@given(st.floats(-5, 5).filter(bool), st.floats(-5, 5).filter(bool))
def test_a_side_is_the_weighted_sum_of_its_names(p, q):
    same = Correspondence((Match({"on": p, "off": q}, {"u": q, "v": p}, scale=40 * Hz, name="m"),))
    rates, units = make_dataset(["on", "off"], kind="rate"), make_dataset(["u", "v"])
    on, off = rates.rate.values[..., 0], rates.rate.values[..., 1]
    u, v = units.activation.values[..., 0], units.activation.values[..., 1]
    np.testing.assert_allclose(
        read_responses(rates, same, "bio").values[..., 0], (p * on + q * off) / 40
    )
    np.testing.assert_allclose(read_responses(units, same, "ann").values[..., 0], q * u + p * v)


def test_an_opponent_pair_reads_a_signed_number_back():
    signed = np.linspace(-1, 1, 30).reshape(2, 3, 5, 1)
    split = np.concatenate([np.maximum(signed, 0), np.maximum(-signed, 0)], axis=-1)
    rates = make_dataset(["on", "off"], kind="rate", values=100 * split)
    same = Correspondence((Match({"on": +1, "off": -1}, "x"),))
    np.testing.assert_allclose(read_responses(rates, same, "bio").values, signed, atol=1e-15)


def test_both_halves_and_their_controls_stand_on_one_axis():
    stimulus = steps({"x": [0, 1]}, duration=50 * ms)
    recordings = {
        "bio": make_dataset(["a"], kind="rate"),
        "ceiling": make_dataset(["a"], kind="rate"),
        "ann": make_dataset(["u"], trials=1),
        "chance": xr.concat([make_dataset(["u"], trials=1)] * 4, dim="shuffle"),
    }
    correspondence = Correspondence((Match("a", "u", scale=20 * Hz),))
    dataset = align_responses(assemble_run(stimulus, recordings), correspondence)
    assert dataset.bio.dims == dataset.ceiling.dims == ("condition", "trial", "time", "match")
    assert dataset.ann.dims == ("condition", "time", "match")
    assert set(dataset.chance.dims) == {"shuffle", "condition", "time", "match"}
    assert dataset.stimulus.dims == ("condition", "stimulus_time", "channel")
    assert dataset.scale_hz.values.tolist() == [20]
    assert list(dataset.match.values) == ["u"]
    assert dataset.sizes["condition"] == 2
    np.testing.assert_allclose(dataset.bio.values, recordings["bio"].rate.values / 20)
    np.testing.assert_allclose(dataset.ann.values, recordings["ann"].activation.values[:, 0])
    bare_dataset = align_responses(
        assemble_run(stimulus, {k: recordings[k] for k in ("bio", "ann")}), correspondence
    )
    assert "ceiling" not in bare_dataset
    assert "chance" not in bare_dataset


def test_an_artificial_half_with_trials_is_averaged():
    recordings = {"bio": make_dataset(["a"], kind="rate"), "ann": make_dataset(["u"], trials=3)}
    dataset = align_responses(
        assemble_run(steps({"x": [0, 1]}, duration=50 * ms), recordings),
        Correspondence((Match("a", "u"),)),
    )
    np.testing.assert_allclose(dataset.ann, recordings["ann"].activation.mean("trial"))
