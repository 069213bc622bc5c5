import numpy as np
import pytest
import xarray as xr

from bioann.metrics.psychometric import (
    PsychometricDifference,
    psychometric_curve,
    psychometric_metric,
)
from bioann.metrics.signs import mark_winners


def competing_responses(left, contrast):
    """Two readings that compete; right is always 0.5."""
    left = np.asarray(left, float)
    values = np.stack([left, np.full_like(left, 0.5)], axis=-1)
    dims = ("condition", "match") if left.ndim == 1 else ("condition", "trial", "match")
    return xr.DataArray(
        values,
        dims=dims,
        coords={"match": ["left", "right"], "contrast": ("condition", contrast)},
    )


def test_a_psychometric_curve_is_the_share_of_wins_at_each_level():
    wins = mark_winners(
        competing_responses([[1, 0], [1, 1], [0, 0], [0.5, 1]], [0.1, 0.1, -0.1, 0.0])
    ).mean("trial")
    curve = psychometric_curve(wins, "left", "contrast")
    assert curve.contrast.values.tolist() == [-0.1, 0.0, 0.1]
    np.testing.assert_allclose(curve, [0, 0.75, 0.75])
    np.testing.assert_allclose(psychometric_curve(wins, "right", "contrast"), 1 - curve)


def test_the_difference_is_a_root_mean_square_over_levels():
    level = [-0.1, 0.0, 0.1, 0.1]
    bio = mark_winners(competing_responses([[0, 0], [0, 1], [1, 1], [1, 1]], level)).mean(
        "trial"
    )  # 0, .5, 1
    ann = mark_winners(competing_responses([0, 1, 1, 0], level))  # 0, 1, .5
    difference = PsychometricDifference("left", "contrast")
    assert float(difference(bio, ann, None)) == pytest.approx(np.sqrt((0 + 0.25 + 0.25) / 3))
    assert float(difference(bio, bio, None)) == 0
    assert float(difference(ann, bio, None)) == float(difference(bio, ann, None))


def test_resamples_ride_along():
    level = [-0.1, 0.0, 0.1]
    several = [
        mark_winners(competing_responses(x, level)) for x in ([0, 1, 1], [0, 0, 1], [1, 1, 1])
    ]
    difference = PsychometricDifference("left", "contrast")
    together = difference(xr.concat(several[:2], dim="resample"), several[2], None)
    alone = [float(difference(x, several[2], None)) for x in several[:2]]
    np.testing.assert_allclose(together, alone)


def test_the_metric_prepares_single_trials():
    metric = psychometric_metric("left", "contrast")
    assert metric.prepare is mark_winners
    assert (metric.per, metric.best, metric.limits) == ("pair", 0, (0, 1))
