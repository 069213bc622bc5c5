"""Overlap of patterns that have features in common, when some features are inhibited."""

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, strategies as st

from bioann.metrics import mean_overlap
from bioann.models import pattern_separation as model


def overlap_of(common, distinctive, *, gain=1.0):
    factors = np.repeat([common, distinctive], [model.N_COMMON, model.N_PATTERNS])
    return float(
        mean_overlap(
            xr.DataArray(gain * factors * model.PATTERNS, dims=("condition", "match")), "match"
        )
    )


@given(st.floats(0, 1), st.floats(0.01, 100))
def test_the_overlap_follows_from_what_inhibition_leaves(share, gain):
    n = model.N_COMMON
    expected = n * share**2 / (n * share**2 + 1)
    assert overlap_of(share, 1.0, gain=gain) == pytest.approx(expected, abs=1e-12)


@given(st.floats(0.01, 0.99))
def test_it_matters_which_features_are_inhibited(share):
    without = overlap_of(1.0, 1.0)
    assert without == pytest.approx(3 / 4)
    assert overlap_of(share, 1.0) < without < overlap_of(1.0, share)
    assert overlap_of(share, share) == pytest.approx(without)


def test_the_rate_model_has_the_closed_form():
    share = (model.GAIN - model.INHIBITION) / model.GAIN
    stimulus = model.pair().stimulus
    response = model.build_rate_model().run(stimulus, trials=1, seed=1).activation
    steady = response.isel(trial=0, time=-1).sel(unit=list(model.FEATURES))
    assert float(mean_overlap(steady, "unit")) == pytest.approx(overlap_of(share, 1.0))
