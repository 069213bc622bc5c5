"""Intervals of a study: of Student's t over seeds, wider where seeds share their samples."""

import numpy as np
import pytest
import xarray as xr
from scipy import stats

import bioann as ba
from bioann.base.errors import BioannError
from bioann.base.randomness import make_rng
from bioann.metrics.crossed_estimate import CrossedEstimate
from bioann.studies.estimate import score_study

from .conftest import MEAN


def make_data(values):
    """Data of a study: values of shape (seed, level, image)."""
    coords = {"seed": range(values.shape[0]), "level": ["low", "high"]}
    return xr.Dataset(
        {"value": (("seed", "level", "image"), values)},
        coords | {"image": range(values.shape[2])},
    )


def score(study, data, function, **options):
    """The row of one measure at the low level."""
    measure = ba.measure(function, "it", **options)
    changed = ba.Study(
        study.name,
        study.compute,
        study.returns,
        study.coordinates,
        seeds=study.seeds,
        settings=study.settings,
        shared=study.shared,
        measures=(measure,),
    )
    return score_study(changed, data).iloc[0]


def test_without_shared_samples_the_interval_is_that_of_student(make_study):
    half = make_rng(1).normal(size=(3, 2, 40))
    values = np.concatenate([half, -half])  # no skewness, for which intervals allow
    row = score(make_study(shared=()), make_data(values), lambda data: data.value.mean("image"))
    means = values[:, 0].mean(axis=1)
    reach = stats.t.ppf(0.975, 5) * means.std(ddof=1) / np.sqrt(6)
    assert row.value == pytest.approx(0.0, abs=1e-12)
    assert (row.low, row.high) == pytest.approx((-reach, reach))
    assert (row.n, row.sampled) == (6, "seeds")


def test_a_function_of_all_seeds_is_called_again_without_each(make_study):
    values = make_rng(1).normal(size=(6, 2, 40))
    study, data = make_study(shared=()), make_data(values)
    kept = score(study, data, lambda data: data.value.mean("image"))
    averaged = score(study, data, lambda data: data.value.mean(("seed", "image")))
    assert averaged[["value", "low", "high"]].tolist() == pytest.approx(
        kept[["value", "low", "high"]].tolist()
    )


@pytest.mark.parametrize("function", [lambda d: d.value, lambda d: d.value.mean("image")])
def test_the_same_images_for_all_seeds_are_not_counted_once_for_each(make_study, function):
    # All of the variance is between images: 1000 seeds would not make it smaller.
    images = make_rng(2).normal(size=40)
    values = np.broadcast_to(images, (6, 2, 40)) + 1e-6 * make_rng(3).normal(size=(6, 2, 40))
    row = score(make_study(), make_data(values), function)
    reach = stats.t.ppf(0.975, 39) * images.std(ddof=1) / np.sqrt(40)
    assert row.high - row.value == pytest.approx(reach, rel=1e-3)


def test_variances_of_seeds_and_images_add_up():
    estimate = CrossedEstimate(1.0, 6, "seeds", seed_error=0.3, sample_errors=((0.4, 40),))
    freedom = 0.25**2 / (0.09**2 / 5 + 0.16**2 / 39)
    assert estimate.interval()[1] - 1 == pytest.approx(stats.t.ppf(0.975, freedom) * 0.5)
    many = estimate.with_n(60_000)
    assert many.interval()[1] - 1 == pytest.approx(stats.t.ppf(0.975, 39) * 0.4, rel=1e-3)
    # Without samples it is the interval of Student.
    alone = CrossedEstimate(1.0, 6, "seeds", seed_error=0.3)
    assert alone.interval()[1] - 1 == pytest.approx(stats.t.ppf(0.975, 5) * 0.3)


def test_crossed_intervals_hold_the_truth_as_often_as_they_claim(make_study):
    # Seeds and images of equal share: 95 % of intervals around a mean of 0, and not many more.
    rng, held, n = make_rng(4, "coverage"), 0, 1500
    for _ in range(n):
        seed_means = rng.normal(0, 0.3, 6) + rng.normal(0, 0.02, 6)
        image_means = rng.normal(0, 0.8, 40)
        errors = seed_means.std(ddof=1) / 6**0.5, image_means.std(ddof=1) / 40**0.5
        value = seed_means.mean() + image_means.mean()
        estimate = CrossedEstimate(value, 6, "seeds", (-9, 9), errors[0], ((errors[1], 40),))
        low, high = estimate.interval()
        held += low <= 0 <= high
    assert held / n == pytest.approx(0.95, abs=3 * (0.95 * 0.05 / n) ** 0.5)


def test_a_closed_form_is_exact_beside_random_measures(make_study):
    row = score(make_study(), make_data(np.ones((6, 2, 40))), lambda: 0.25)
    assert (row.value, row.sampled, row.n) == (0.25, "exact", 0)


def test_a_share_that_is_1_for_all_seeds_has_an_interval(make_study):
    data = make_data(np.ones((6, 2, 40)))
    study = make_study(shared=())
    row = score(study, data, lambda d: d.value.mean("image"), is_share=True, limits=(0.0, 1.0))
    # Clopper and Pearson (1934): all of n succeed.
    assert row.low == pytest.approx(0.025 ** (1 / 6))
    assert row.high == 1


def test_scores_stand_at_the_labels_that_the_values_keep(make_study):
    study = make_study()
    scores = score_study(study, make_data(make_rng(1).normal(size=(6, 2, 40))))
    assert list(scores.detail) == ["low", "high"]
    assert MEAN.at(level="high").find_row(scores).detail == "high"


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda d: d.value.rename(level="other"), "wanted values over dimensions of the study"),
        (lambda d: "much", "wanted numbers, got str"),
        (lambda d: d.value.mean("image").values, "got the dimension dim_0 and dim_1"),
        (lambda d: d.value.drop_vars("level"), "wanted values with the labels of the study"),
        (lambda d: d.nothing, "AttributeError"),
    ],
)
def test_a_measure_that_returns_something_else_is_named(make_study, function, message):
    with pytest.raises(BioannError, match="Study 'noise', measure 'it'") as caught:
        score(make_study(), make_data(np.ones((6, 2, 40))), function)
    assert message in str(caught.value)
