"""A rate can fall to zero only: what a baseline carries of a negative output."""

import numpy as np
import pytest
import xarray as xr

from bioann.analyses import baseline_rate as study
from bioann.models import negative_output


@pytest.fixture(scope="module")
def data():
    return study.measure_baselines(1, study.Settings(trials=2, n_neurons=5))


@pytest.mark.slow
def test_a_negative_output_takes_no_more_than_there_is(data):
    assert (data.down >= -data.baseline - 1e-9).all()
    assert (data.up > 0).all()
    assert (study.compute_share(data) <= data.baseline / data.up + 1e-9).all()


@pytest.mark.slow
def test_a_higher_current_raises_the_baseline_and_keeps_more(data):
    assert (np.diff(data.baseline) > 0).all()
    share = study.compute_share(data)
    assert share[0] < share[-1]


def test_a_rate_that_falls_as_much_as_it_rises_carries_all():
    effects = xr.Dataset({"up": ("current", [10.0, 8.0]), "down": ("current", [-10.0, -2.0])})
    assert list(study.compute_share(effects)) == [1.0, 0.25]


def test_the_last_cells_are_those_of_the_pair():
    cells = study.build_baseline_cells(study.Settings())
    pair = negative_output.pair().bio
    injections = (cells.injections[-1], next(i for i in pair.injections if i.target == "tonic"))
    assert len({float(injection.current) for injection in injections}) == 1
    for channel in ("plus", "minus"):
        (ours,) = (a for a in cells.afferents if (a.channel, a.target) == (channel, "tonic_220"))
        (theirs,) = (a for a in pair.afferents if (a.channel, a.target) == (channel, "tonic"))
        fields = ("weight", "transmitter", "fibres", "rate", "coding", "baseline")
        assert [getattr(ours, f) for f in fields] == [getattr(theirs, f) for f in fields]
