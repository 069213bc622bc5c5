"""The effect of an input is the response with it minus the response without it."""

import numpy as np
import pytest
import xarray as xr
from brian2 import ms

import bioann as ba
from bioann.metrics.input_effects import (
    EffectTurningLevel,
    LowestEffect,
    SignChangePoint,
    effect_along,
    effect_of_level,
    effects_of_channels,
)
from bioann.metrics.latency import Latency
from bioann.metrics.sign_products import CorrectSignProducts


def test_the_effect_of_one_input_at_each_level_of_another():
    stimulus = ba.steps(
        ba.stimuli.cross_levels({"drive": [0, 1, 2], "push": [0, 1]}), duration=10 * ms
    )
    drive, push = stimulus["drive"], stimulus["push"]
    response = (drive**2 + push * (0.5 - drive)).expand_dims(match=["E"])
    found = effect_along(response, "push", "drive").sel(match="E")
    np.testing.assert_allclose(found, [0.5, -0.5, -1.5])
    np.testing.assert_allclose(found.drive, [0, 1, 2])
    assert effect_along(response, "push", "drive").dims == ("match", "drive")
    turning_level = EffectTurningLevel("push", "drive")
    assert turning_level(response, stimulus).item() == pytest.approx(0.5)
    assert float(turning_level(drive + push, stimulus)) == 2  # the effect never turns
    assert LowestEffect("push", "drive")(response, stimulus).item() == pytest.approx(-1.5)


def test_an_effect_is_unknown_where_a_response_is_missing():
    stimulus = ba.steps(
        ba.stimuli.cross_levels({"drive": [0, 1, 2], "push": [0, 1]}), duration=10 * ms
    )
    response = stimulus["drive"] + stimulus["push"]
    without_last = effect_along(response[:-1], "push", "drive")
    np.testing.assert_allclose(without_last, [1, 1, np.nan])
    off = np.flatnonzero(response.push == 0)
    assert effect_along(response[off], "push", "drive").isnull().all()


def test_the_effect_of_each_channel_by_itself_at_a_level_of_another():
    rows = [(d, *x) for d in (1, 2) for x in ((0, 0), (1, 0), (0, 1), (0.5, 0))]
    levels = dict(zip(("drive", "low", "high"), np.array(rows, float).T, strict=True))
    shown = ba.steps(levels, duration=10 * ms).mean("time")
    drive, low, high = (shown.sel(channel=c, drop=True) for c in ("drive", "low", "high"))
    response = drive - 3 * low * drive + 2 * high
    for d in (1, 2):
        found = effects_of_channels(response, shown, ["low", "high"], {"drive": d})
        np.testing.assert_allclose(found, [-3 * d, 2])
        assert list(found.channel) == ["low", "high"]
    part = np.flatnonzero(shown.sel(channel="high") == 0)
    found = effects_of_channels(response[part], shown[part], ["low", "high"], {"drive": 1})
    np.testing.assert_allclose(found, [-3, np.nan])
    assert isinstance(found, xr.DataArray)


SIGNED = xr.DataArray(
    [[0.0, 0.0], [0.75, 0.0], [-0.75, 0.0], [0.0, 0.75], [0.0, -0.75]],
    dims=("condition", "channel"),
    coords={"channel": ["plus", "minus"]},
)
WEIGHTS = {"plus": 1, "minus": -1}


def test_the_effect_of_a_level_is_against_nothing_at_all():
    response = xr.DataArray([0.5, 0.9, 0.2, 0.1, 0.5], dims="condition")
    found = [effect_of_level(response, SIGNED, c, o) for c in WEIGHTS for o in (0.75, -0.75, 0.3)]
    np.testing.assert_allclose(found, [0.4, -0.3, np.nan, -0.4, 0.0, np.nan])


def test_products_are_right_by_sign_and_size():
    signed = SIGNED.sel(channel="plus", drop=True) - SIGNED.sel(channel="minus", drop=True)
    halves = {"tanh": 4, "rectified": 2, "weak": 0, "without a sign": 2, "upside down": 0}
    responses = (np.tanh(signed), signed.clip(min=0), 0.1 * signed, abs(signed), -signed)
    for (_, wanted), response in zip(halves.items(), responses, strict=True):
        assert CorrectSignProducts(WEIGHTS, 0.75, min_effect=0.2)(response, SIGNED) == wanted


def test_the_latency_is_that_of_a_delayed_exponential_whatever_the_bins():
    for width in (0.001, 0.005, 0.01):
        fine = np.arange(0.00005, 0.6, 0.0001)
        course = -np.where(fine > 0.205, 1 - np.exp(-(fine - 0.205) / 0.012), 0)
        time = np.arange(width / 2, 0.6, width)
        binned = course.reshape(len(time), -1).mean(axis=1)
        response = xr.DataArray([0 * binned, binned], dims=("condition", "time"))
        response = response.assign_coords(time=time)
        found = Latency("plus", -0.75, onset=0.2)(response, SIGNED.isel(condition=[0, 2]))
        # A step 5 ms late with a time constant of 12 ms; 0.1 s leaves out e^-8 of its tail.
        assert float(found) == pytest.approx(17, abs=0.1)


def test_an_effect_of_the_wrong_sign_has_no_latency():
    response = xr.ones_like(xr.DataArray(np.zeros((2, 60)), dims=("condition", "time")))
    response[0] = 0
    response = response.assign_coords(time=0.005 + np.arange(60) / 100)
    assert Latency("plus", -0.75, onset=0.2)(response, SIGNED.isel(condition=[0, 2])).isnull()


def test_effects_turn_where_the_line_through_them_is_zero():
    rows = [(1.0, *x) for x in ((0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1))]
    levels = dict(zip(("drive", "a", "b", "c"), np.array(rows, float).T, strict=True))
    shown = ba.steps(levels, duration=10 * ms).mean("time")
    reversal = {"a": -58.0, "b": -54.0, "c": -50.0}
    effects = sum(0.1 * (e + 55.5) * shown.sel(channel=c, drop=True) for c, e in reversal.items())
    turn = SignChangePoint(reversal, {"drive": 1.0})
    assert float(turn(0.7 + effects, shown)) == pytest.approx(-55.5)
    assert np.isnan(SignChangePoint(reversal, {"drive": 2.0})(effects, shown))
