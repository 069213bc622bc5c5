"""What Dale's principle costs, counted by hand beside what the rewrites report."""

import dataclasses

import numpy as np
import pytest
import xarray as xr

from bioann.analyses import dale_cost as study
from bioann.studies.run import join_results

SETTINGS = study.Settings(n_conditions=4)


@pytest.mark.parametrize(("size", "share"), [(4, 0.25), (4, 1.0), (32, 0.5)])
@pytest.mark.parametrize("seed", range(3))
def test_the_share_of_the_units_has_weights_of_both_signs_and_the_network_is_stable(
    size, share, seed
):
    W = study.draw_mixed_network(size, share, seed, SETTINGS).W
    is_mixed = (W < 0).any(axis=0) & (W > 0).any(axis=0)
    assert is_mixed.sum() == share * size
    assert (W[:, ~is_mixed] >= 0).all()
    assert (W != 0).sum() == size * (size - 1)
    assert np.abs(np.linalg.eigvals(W)).max() == pytest.approx(SETTINGS.radius)


@pytest.mark.parametrize(("size", "share"), [(4, 0.25), (8, 0.5), (32, 1.0)])
def test_costs_are_those_that_one_counts(size, share):
    ann = study.draw_mixed_network(size, share, 1, SETTINGS)
    n_mixed = round(share * size)
    # Every unit gets weights from all others.
    for rewrite, n_synapses in (("twins", n_mixed * (size - 1)), ("interneurons", n_mixed)):
        assert study.count_additions(ann, rewrite) == (n_mixed, n_synapses)
        assert study.predict_synapses(ann, rewrite) == n_synapses


@pytest.mark.parametrize("rewrite", study.REWRITES)
def test_a_network_without_negative_weights_costs_nothing(rewrite):
    ann = study.draw_mixed_network(8, 0.5, 1, SETTINGS)
    ann = dataclasses.replace(ann, W=np.abs(ann.W))
    assert study.count_additions(ann, rewrite) == (0, 0)


def test_the_error_is_relative_to_the_response():
    exact = np.array([[3.0, 4.0]])
    assert study.compute_error(exact, exact) == 0.0
    assert study.compute_error(1.1 * exact, exact) == pytest.approx(10.0)
    assert study.compute_error(0 * exact, exact) == pytest.approx(100.0)


@pytest.mark.slow
def test_both_rewrites_keep_the_function_and_the_control_does_not():
    *errors, control = study.measure_errors(4, 0, SETTINGS)
    # Four stimuli at single neurons of 50 to 200 Hz for 0.35 s: a spike more or less is 2 to 6 %.
    assert max(errors) < 10 < control


def test_one_synapse_too_many_refutes_the_count():
    ones = {name: np.ones([len(study.COORDINATES[d]) for d in dims])
            for name, dims in study.DIMENSIONS.items()}  # fmt: skip
    ones["synapses"][0, 1, 2] = 57 / 56
    data = xr.Dataset(
        {name: (study.DIMENSIONS[name], array) for name, array in ones.items()},
        {name: list(labels) for name, labels in study.COORDINATES.items()},
    )
    result = join_results(study.study(), [data] * 5, 1)
    outcomes = {v.claim.id: v.outcome for v in result.claims}
    assert outcomes["B2i"] == "supported"
    assert outcomes["B2j"] == "refuted"
