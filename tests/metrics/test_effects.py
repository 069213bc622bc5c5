"""The effect of an input is the response with it minus the response without it."""

import numpy as np
import xarray as xr
from brian2 import ms

import bioann as ba
from bioann.metrics.effects import effect_along, effect_of_each


def test_the_effect_of_one_input_at_each_level_of_another():
    stimulus = ba.steps(ba.grid({"drive": [0, 1, 2], "push": [0, 1]}), duration=10 * ms)
    drive, push = stimulus["drive"], stimulus["push"]
    response = (drive**2 + push * (0.5 - drive)).expand_dims(match=["E"])
    found = effect_along(response, "push", "drive").sel(match="E")
    np.testing.assert_allclose(found, [0.5, -0.5, -1.5])
    np.testing.assert_allclose(found.drive, [0, 1, 2])
    assert effect_along(response, "push", "drive").dims == ("match", "drive")


def test_an_effect_is_unknown_where_a_response_is_missing():
    stimulus = ba.steps(ba.grid({"drive": [0, 1, 2], "push": [0, 1]}), duration=10 * ms)
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
        found = effect_of_each(response, shown, ["low", "high"], {"drive": d})
        np.testing.assert_allclose(found, [-3 * d, 2])
        assert list(found.channel) == ["low", "high"]
    part = np.flatnonzero(shown.sel(channel="high") == 0)
    found = effect_of_each(response[part], shown[part], ["low", "high"], {"drive": 1})
    np.testing.assert_allclose(found, [-3, np.nan])
    assert isinstance(found, xr.DataArray)
