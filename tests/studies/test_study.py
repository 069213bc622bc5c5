"""What is wrong with a study is said where it is written, or by its first data."""

import dataclasses

import numpy as np
import pytest

import bioann as ba
from bioann.base.errors import BioannError, StudyError
from bioann.studies.returned_data import check_returned_data

from .conftest import MEAN, Settings, draw_noise


@dataclasses.dataclass
class Thawed:
    images: int = 40


def claim(rule):
    return {"claims": (ba.Claim("N1", "It is.", "the tests", rule),)}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"seeds": 4}, "Study 'noise', seeds: wanted at least 5 and at most 1000 seeds, or 0 if"),
        ({"seeds": 5.0}, "got 5.0. Compute fewer conditions rather than fewer seeds"),
        ({"name": "a b"}, "Study, name: wanted letters, digits and _, a letter first"),
        ({"settings": Thawed()}, "Study 'noise', settings: wanted a frozen dataclass"),
        ({"compute": lambda seed: None}, "compute: wanted a function compute(seed, settings)"),
        ({"returns": {}}, "Study 'noise', returns: wanted variables, got none."),
        ({"returns": {"seed": ("level", "image")}}, "wanted the variables of one seed"),
        ({"returns": {"value": ("level", "picture")}}, "a dimension with labels, got 'picture'."),
        ({"returns": {"value": ("level",)}}, "the name of a dimension, got 'image'"),
        ({"shared": ("picture",)}, "shared: wanted the name of a dimension, got 'picture'."),
        ({"timings": ("valu",)}, "timings: wanted the name of a variable, got 'valu'."),
        ({"units": {"valu": "V"}}, "the name of a variable, got 'valu'. Did you mean 'value'?"),
        ({"coordinates": {"level": ("low", "low"), "image": (1,)}}, "wanted labels that differ"),
        (claim(MEAN.of("bio") >= 1), "wanted a measure of the data of the study, got a measure of"),
        (claim(MEAN.at(levl="low") >= 1), "a dimension, got 'levl'. Did you mean 'level'?"),
        (claim(MEAN.at(level="lower") >= 1), "a label of 'level', got 'lower'. Did you mean 'low'"),
        (claim(MEAN.at(image=3) >= 1), "the name of a dimension, got 'image'"),
        ({"claims": ("it is",)}, "Study 'noise', claims: wanted claims, got 'it is'."),
        (
            {"measures": (ba.measure(lambda d: d.value, "m", estimator="resampled"),)},
            "measure 'm': wanted the name of an estimator, got 'resampled'.",
        ),
        (
            {"measures": (ba.measure(lambda d: d.value, "mean"),)},
            "measure 'mean': wanted one measure of that name, got two that differ.",
        ),
        (
            claim(
                ba.rules.Equivalent(
                    ba.measure(lambda d: d.value, "m", best=0.0, unit="activation").at(level="low")
                )
            ),
            "wanted a margin of the rule, got none, and a study has none of its own.",
        ),
        ({"figures": (1,)}, "wanted figures, or any figure(comparison) -> Drawing"),
    ],
)
def test_a_study_that_cannot_be_is_refused_where_it_is_written(make_study, changes, message):
    with pytest.raises(BioannError) as caught:
        make_study(**changes)
    assert message in str(caught.value)


def test_shared_samples_need_seeds(make_study):
    def compute(settings):
        return draw_noise(1, settings)

    with pytest.raises(BioannError, match="wanted samples that several seeds share"):
        make_study(compute=compute, seeds=0)


def test_a_label_of_a_score_is_text_or_a_number():
    with pytest.raises(BioannError, match="measure 'mean', at, level: wanted a label"):
        MEAN.at(level=("low", "high"))


DATA = draw_noise(1, Settings())


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (DATA.value, "Study 'noise', compute: wanted an xarray.Dataset, got"),
        (DATA.rename(value="valu"), "wanted the variables that are declared: value, got valu."),
        (DATA.mean("level"), "variable 'value': wanted the dimensions ('level', 'image'), got "),
        (DATA.isel(level=[1, 0]), "wanted the labels ('low', 'high') of 'level', got ('high', 'l"),
        (DATA.drop_vars("level"), "of 'level', got 2 values without labels."),
        (DATA.isel(image=slice(5)), "wanted the labels (0, 1, 2, 3, 4, 5, ...) of 'image'"),
        (DATA.astype(str), "wanted numbers or truth values, got the type"),
    ],
)
def test_a_function_that_returns_other_data_than_declared_is_named(make_study, data, message):
    with pytest.raises(StudyError) as caught:
        check_returned_data(make_study(), data)
    assert message in str(caught.value)


def test_data_may_come_in_any_order_of_dimensions(make_study):
    checked = check_returned_data(make_study(units={"value": "mV"}), DATA.transpose())
    assert checked.value.dims == ("level", "image")
    assert checked.value.attrs["units"] == "mV"
    np.testing.assert_array_equal(checked.value, DATA.value)


def test_truth_values_are_counted_as_0_and_1(make_study):
    checked = check_returned_data(make_study(), DATA > 0)
    assert float(checked.value.mean()) == float((DATA.value > 0).mean())


@pytest.mark.parametrize("kind", [bool, "uint8", "uint32"])
def test_a_difference_of_counts_or_truth_values_may_be_negative(make_study, kind):
    checked = check_returned_data(make_study(), (DATA > 0).astype(kind))
    low, high = (checked.value.sel(level=level) for level in ("low", "high"))
    is_lower = (DATA.value[0] <= 0) & (DATA.value[1] > 0)
    assert int((100 * (low - high)).min()) == (-100 if is_lower.any() else 0)
    assert is_lower.any()


def test_an_exception_in_the_function_names_the_study(make_study):
    def fail(seed, settings):
        return 1 / 0

    with pytest.raises(BioannError, match=r"Study 'noise', compute: .* ZeroDivisionError"):
        ba.run_study(make_study(compute=fail))


def test_too_few_seeds_on_the_command_line_are_refused(make_study):
    with pytest.raises(BioannError, match="run_study, seeds: wanted at least 5"):
        ba.run_study(make_study(), seeds=3)


def test_a_claim_about_a_computing_time_is_refused(make_study):
    """Its verdict would differ between runs of the same seed; without a claim it is a score."""
    study = make_study(timings=("value",))
    with pytest.raises(BioannError, match=r"measure 'mean'.*no attribute 'value'"):
        ba.run_study(study, cached=False)
    unjudged = make_study(timings=("value",), claims=(), measures=(MEAN,))
    assert len(ba.run_study(unjudged, cached=False).scores) == 2
