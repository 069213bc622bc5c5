"""The margin of a pair: a stated number, in Hz or in activation, with its reason."""

import dataclasses

import numpy as np
import pytest
from brian2 import Hz, kHz, ms

import bioann as ba
from bioann.base.errors import BioannError, DescriptionError, UnknownNameError
from bioann.claims.margin import DEFAULT_SHARE, Margin
from bioann.comparison.spread import measure_spread


def test_a_rate_is_an_activation_by_the_scale_of_its_match():
    assert Margin(5 * Hz, "so").in_activation("y", 100.0) == pytest.approx(0.05)
    assert Margin(0.005 * kHz, "so").in_activation("y", 100.0) == pytest.approx(0.05)
    assert Margin(0.05, "so").in_activation("y", 100.0) == 0.05


def test_matches_may_have_margins_of_their_own():
    margin = Margin({"a": 5 * Hz, "b": 0.2}, "so")
    assert margin.in_activation("a", 50.0) == pytest.approx(0.1)
    assert margin.in_activation("b", 50.0) == 0.2
    with pytest.raises(UnknownNameError, match=r"Margin, size: .*name of a match, got 'c'"):
        margin.in_activation("c", 50.0)


@pytest.mark.parametrize("size", [0, 0 * Hz, -1.0, -5 * Hz, np.nan, np.inf, "5 Hz", None, True])
def test_a_size_is_a_number_above_zero(size):
    with pytest.raises(
        DescriptionError,
        match=r"Margin, size: wanted a rate or an activation above 0, got .*Margin\(5 \* Hz",
    ):
        Margin(size, "so")
    with pytest.raises(DescriptionError, match=r"Margin, size of 'b': wanted a rate or an activ"):
        Margin({"a": 1.0, "b": size}, "so")


def test_a_rate_is_finite():
    with pytest.raises(BioannError, match=r"Margin, size: wanted a finite number, got nan"):
        Margin(np.nan * Hz, "so")


def test_a_size_in_another_unit_is_refused():
    with pytest.raises(BioannError, match=r"Margin, size"):
        Margin(5 * ms, "so")


@pytest.mark.parametrize("why", ["", None, 3])
def test_a_margin_needs_a_reason(why):
    with pytest.raises(BioannError, match=r"Margin: wanted its why in words"):
        Margin(5 * Hz, why)


def test_a_share_of_the_spread_is_frozen_as_a_number():
    margin = Margin.of_spread(12 * Hz)
    assert margin.in_activation("y", 1.0) == DEFAULT_SHARE * 12
    assert margin.share == DEFAULT_SHARE
    assert margin.why == "0.5 of the spread between trials of a pilot run"
    margin = Margin.of_spread({"a": 8 * Hz, "b": 4 * Hz}, 0.25, "a quarter will not be noticed")
    assert [margin.in_activation(name, 2.0) for name in "ab"] == [1.0, 0.5]
    assert margin.why == "a quarter will not be noticed"
    for spread, share in ((0 * Hz, 0.5), (8 * Hz, 0.0), (8 * Hz, -1.0)):
        with pytest.raises(DescriptionError, match="above 0"):
            Margin.of_spread(spread, share)


def test_a_pair_takes_a_margin_for_each_of_its_matches(tiny_pair):
    for margin in (Margin(5 * Hz, "so"), Margin({"out": 0.1}, "so")):
        assert dataclasses.replace(tiny_pair, margin=margin).margin == margin
    with pytest.raises(UnknownNameError, match=r"name of a match, got 'out'"):
        dataclasses.replace(tiny_pair, margin=Margin({"in": 0.1}, "so"))


@pytest.mark.parametrize("margin", [5 * Hz, 0.1, "5 Hz"])
def test_a_pair_takes_no_bare_number_for_a_margin(tiny_pair, margin):
    with pytest.raises(DescriptionError, match=r"Pair 'tiny', margin: wanted a Margin, got"):
        dataclasses.replace(tiny_pair, margin=margin)


def test_a_pilot_run_measures_the_spread_that_was_planted():
    """An activation with a standard deviation of 0.04 between trials, constant in each."""

    def respond(stimulus, rng):
        shape = (stimulus.sizes["condition"], 1, 1)
        return 0.4 + 0.04 * rng.normal(size=shape) * np.ones((1, stimulus.sizes["time"], 1))

    bio = ba.FunctionModel(respond, ("y",), ("x",), random=True)
    ann = ba.RateNetwork("y", W_in=[[1]], channels="x", activation="linear")
    same = ba.Correspondence((ba.Match("y", "y"),))
    stimulus = ba.steps({"x": np.linspace(0, 1, 9)}, duration=300 * ms)
    pair = ba.Pair("spread", bio, ann, same, stimulus=stimulus)
    scale = pair.correspondence.scales_in_hertz()["y"]
    spread = float(measure_spread(pair, trials=20)["y"] / Hz) / scale
    # The variance of 9 x 19 differences is known to sqrt(2 / 171), the deviation to half of that.
    assert spread == pytest.approx(0.04, rel=3.3 * np.sqrt(1 / (2 * 171)))
    assert measure_spread(pair, trials=20) == measure_spread(pair, trials=20)
