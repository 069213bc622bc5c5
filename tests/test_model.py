import numpy as np
import pytest
import xarray as xr
from brian2 import ms

from bioann import model
from bioann.ann.function_model import FunctionModel
from bioann.base.errors import BioannError, DescriptionError, SimulationError, UnknownNameError
from bioann.model import CONNECTION_COLUMNS
from bioann.stimuli.waveforms import ramps, steps

STIMULUS = ramps({"x": [1, 2]}, duration=100 * ms)


def double(stimulus, rng):
    return 2 * stimulus.sel(channel=["x"]).values


def noisy(stimulus, rng):
    return double(stimulus, rng) + rng.normal(size=(*stimulus.shape[:2], 1))


def make_model(function, **options):
    return FunctionModel(function, **({"units": ("y",), "channels": ("x",)} | options))


def test_a_function_answers_with_bin_means():
    run = make_model(double).run(STIMULUS, trials=5, seed=1)
    # The mean of 2 * level * k / 100 over steps k = 10 b ... 10 b + 9.
    expected = np.outer([2, 4], (10 * np.arange(10) + 4.5) / 100)
    np.testing.assert_allclose(run.activation.values[:, 0, :, 0], expected)
    assert run.sizes["trial"] == 1  # nothing is random


def test_bins_are_as_wide_as_asked():
    run = make_model(double).run(STIMULUS, trials=1, seed=1, bin_width=30 * ms)
    np.testing.assert_allclose(run.time, [0.015, 0.045, 0.075])


def test_random_trials_differ_and_repeat():
    runs = [make_model(noisy, random=True).run(STIMULUS, trials=3, seed=s) for s in (1, 1, 2)]
    assert runs[0].sizes["trial"] == 3
    xr.testing.assert_identical(runs[0], runs[1])
    assert (runs[0].activation != runs[2].activation).all()
    assert (runs[0].activation.isel(trial=0) != runs[0].activation.isel(trial=1)).all()


def test_the_first_trials_do_not_depend_on_how_many_follow():
    few, many = (make_model(noisy, random=True).run(STIMULUS, trials=n, seed=1) for n in (2, 4))
    xr.testing.assert_identical(many.isel(trial=[0, 1]), few)


def test_a_lane_does_not_depend_on_the_other_conditions():
    random = make_model(noisy, random=True)
    alone = random.run(STIMULUS.isel(condition=[1]), trials=3, seed=1)
    xr.testing.assert_identical(random.run(STIMULUS, trials=3, seed=1).isel(condition=[1]), alone)


def test_a_function_that_writes_into_its_argument_harms_nobody():
    def vandal(stimulus, rng):
        stimulus[:] = -1
        return stimulus.values

    before = STIMULUS.copy(deep=True)
    make_model(vandal).run(STIMULUS, trials=1, seed=1)
    xr.testing.assert_identical(STIMULUS, before)


def test_an_answer_of_another_shape_is_an_error():
    with pytest.raises(SimulationError, match=r"wanted shape .* = \(2, 100, 1\), got shape \(2,\)"):
        make_model(lambda s, rng: np.zeros(2)).run(STIMULUS, trials=1, seed=1)


def test_the_channels_have_to_be_there():
    with pytest.raises(UnknownNameError, match="channel, got 'x'"):
        make_model(double).run(steps({"z": [1]}, duration=100 * ms), trials=1, seed=1)


@pytest.mark.parametrize("trials", [0, -2, 1.5])
def test_trials_are_checked(trials):
    for random in (True, False):
        with pytest.raises(BioannError, match="trials"):
            make_model(double, random=random).run(STIMULUS, trials=trials, seed=1)


def test_a_function_and_a_name_are_needed():
    with pytest.raises(DescriptionError, match="FunctionModel"):
        make_model("double")
    with pytest.raises(DescriptionError, match="FunctionModel"):
        FunctionModel(double, units=(), channels=("x",))


def test_one_name_may_be_written_without_a_tuple():
    assert FunctionModel(double, units="left", channels="x") == make_model(double, units=("left",))


def test_something_that_cannot_run_is_no_model():
    with pytest.raises(DescriptionError, match=r"Pair 'p', bio: wanted a model.*int without run"):
        model.check_model(3, "Pair 'p', bio")
    model.check_model(make_model(double), "x")


def test_a_model_need_not_look_inside():
    class Bare:
        units, channels = ("y",), ("x",)

    assert model.kind_of(Bare()) == "Bare"
    assert list(model.connections_of(Bare()).columns) == list(CONNECTION_COLUMNS)
    assert model.connections_of(Bare()).empty
    assert model.explain_model(Bare()) == ()
    assert model.flags_of(Bare(), xr.Dataset()) == ()
    assert model.shuffle_signs(Bare(), 3, seed=1) == ()


def test_a_function_says_its_name():
    assert model.kind_of(make_model(double)) == "function"
    assert model.explain_model(make_model(double))[0].caption == "Function double"
    assert make_model(double) == make_model(double)
    assert make_model(double) != make_model(noisy)
