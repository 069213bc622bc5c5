"""Rate networks that are known are recovered from their responses."""

import numpy as np
import pytest
import xarray as xr
from brian2 import ms
from hypothesis import given, settings, strategies as st

import bioann as ba
from bioann.translate.identification.fit_unit import fit_unit
from bioann.translate.identification.index_families import list_families
from bioann.translate.identification.normalised_unit import normalise_unit
from bioann.translate.to_ann.validity import is_in_range

WEIGHTS = np.array([[1.2, -0.7], [0.4, 0.9], [-0.5, 0.3]])
BIAS = np.array([-0.1, 0.2, 0.4])
UNITS, CHANNELS = ("a", "b", "c"), ("x", "y")
#: A fit without noise ends where squares cannot be told from rounding: their root.
EXACT = 1e-6
SHORT = ba.translate.IdentificationOptions(settle=100 * ms, window=50 * ms)


def test_weights_and_biases_of_a_relu_network_are_recovered():
    network = ba.RateNetwork(UNITS, None, WEIGHTS, BIAS, None, "relu", CHANNELS)
    translation = ba.to_ann(network, method="measured", identification=SHORT)
    assert translation.network.W_in == pytest.approx(WEIGHTS, abs=EXACT)
    assert translation.network.bias == pytest.approx(BIAS, abs=EXACT)
    assert not translation.network.W.any()
    assert translation.flags == ()
    assert all(v.bound < EXACT for v in translation.validity)


def test_both_names_of_the_method_are_one_for_a_model_without_description():
    network = ba.RateNetwork(UNITS, None, WEIGHTS, BIAS, None, "relu", CHANNELS)
    first, second = (
        ba.to_ann(network, method=method, identification=SHORT)
        for method in ("measured", "identification")
    )
    assert repr(first.network) == repr(second.network)


def test_weights_have_the_unit_of_their_channel(identify):
    translation = identify(
        lambda x, y: np.maximum(x / 500 - 0.3 * y, 0), span={"x": (0, 500), "y": (-2, 2)}
    )
    assert translation.network.W_in[0] == pytest.approx([1 / 500, -0.3], rel=EXACT)


@pytest.mark.parametrize(
    ("function", "family"),
    [
        (lambda s: np.maximum(s, 0) ** 2, "power law"),
        (lambda s: 1 / (1 + np.exp(-4 * s)), "sigmoid"),
        (lambda s: 0.2 * np.log1p(np.exp(s / 0.2)), "softplus"),
        (lambda s: np.exp(2 * s), "exponential"),
    ],
)
def test_a_weight_is_the_slope_of_the_response_at_half_of_its_range(identify, function, family):
    translation = identify(lambda x, y: function(1.5 * x - 0.8 * y))
    ratio = translation.network.W_in[0] / np.array([1.5, -0.8])
    assert ratio[0] == pytest.approx(ratio[1], rel=1e-5)
    assert {d.value for d in translation.decisions if d.quantity == "activation"} == {family}
    # The secant between a quarter and three quarters of the range of the responses.
    (valid,) = translation.validity
    sums = np.linspace(valid.low, valid.high, 4001)
    values = translation.network.activation[0](sums)
    levels = values[0] + (values[-1] - values[0]) * np.array([0.25, 0.75])
    first, last = np.interp(levels, values, sums)
    assert (levels[1] - levels[0]) / (last - first) == pytest.approx(1, rel=1e-3)


def test_responses_of_both_signs_have_a_table(identify):
    translation = identify(lambda x, y: np.tanh(3 * x - y - 1))
    weights = translation.network.W_in[0]
    assert weights[1] / weights[0] == pytest.approx(-1 / 3, rel=0.01)
    assert translation.validity[0].bound < 0.02


@settings(max_examples=10, deadline=None)
@given(
    st.lists(st.floats(0.2, 2), min_size=1, max_size=4),
    st.lists(st.sampled_from([-1.0, 1.0]), min_size=4, max_size=4),
    st.floats(-0.3, 0.3),
)
def test_any_relu_unit_that_responds_is_recovered(sizes, signs, bias):
    weights = np.array(sizes) * signs[: len(sizes)]
    inputs = np.random.default_rng(1).uniform(0, 1, (20 + 15 * len(weights), len(weights)))
    inputs[::2] = np.clip(1.6 * inputs[::2] - 0.3, 0, 1)
    responses = np.maximum(inputs @ weights + bias, 0)
    if (responses > 0.05).mean() < 0.5:
        return
    fit = fit_unit(inputs, responses, list_families(are_rates=True))
    zeros, ones = np.zeros(len(weights)), np.ones(len(weights))
    unit = normalise_unit(fit, inputs, zeros, ones, are_rates=True)
    assert unit.weights == pytest.approx(weights, abs=1e-5)
    assert unit.bias == pytest.approx(bias, abs=1e-5)


@pytest.mark.slow
def test_intervals_over_trials_contain_the_weights_as_often_as_they_say():
    """Of 30 intervals at 95%, 24 or fewer cover with a probability of 0.3% if they do."""
    truth, units = {"x": 0.9, "y": -0.5}, tuple(f"unit{k}" for k in range(10))

    def respond(stimulus, rng):  # all units are alike but for their noise
        response = np.maximum(stimulus.values @ [0.9, -0.5] + 0.1, 0)
        return response[..., None] + 0.3 * rng.standard_normal((*response.shape, len(units)))

    model = ba.FunctionModel(respond, units, CHANNELS, random=True)
    options = ba.translate.IdentificationOptions(
        stimuli=20, held_out=4, trials=5, settle=0 * ms, window=20 * ms
    )
    translation = ba.to_ann(model, method="measured", identification=options)
    n_covered = 0
    for unit in units:
        expected = {("weight", f"stimulus {x} -> {unit}"): w for x, w in truth.items()}
        for (quantity, component), value in (expected | {("bias", unit): 0.1}).items():
            low, high = (
                translation.decided_number(f"{limit} limit of the {quantity}", component)
                for limit in ("lower", "upper")
            )
            n_covered += low <= value <= high
    assert n_covered >= 25


def test_the_bound_holds_for_new_stimuli(identify):
    """A new stimulus exceeds it with a probability of at most 1/33: of 400, 40 would be 8 sigma."""

    def respond(x, y):
        return np.tanh(2 * x) * (1 - 0.4 * y)

    translation = identify(respond)
    rng = np.random.default_rng(5)
    levels = dict(zip("xy", rng.uniform(0, 1, (2, 400)).tolist(), strict=True))
    stimulus = ba.steps(levels, duration=20 * ms, coords={"row": np.arange(400.0)})
    predicted = translation.network.run(stimulus, trials=1, seed=0)["activation"]
    x, y = np.array(levels["x"]), np.array(levels["y"])
    errors = np.abs(predicted.isel(trial=0, time=-1, unit=0).values - respond(x, y))
    assert (errors > translation.validity[0].bound).sum() < 40


def test_a_time_constant_is_that_of_the_step_response():
    tau = 30 * ms
    network = ba.RateNetwork(
        ("slow", "static"), None, [[1.0], [1.0]], 0.1, (tau, None), "relu", "x"
    )
    translation = ba.to_ann(network, method="measured")
    slow, static = translation.network.tau
    # The steps of the stimulus are 1 ms long, and the network holds its input during a step.
    assert slow.tau == pytest.approx(30e-3, abs=1e-3)
    assert static is None


def test_the_translation_is_the_rate_model_of_a_pair_and_has_a_range(identify):
    model = ba.FunctionModel(
        lambda stimulus, rng: np.maximum(stimulus.values - 0.2, 0), ("out",), ("x",)
    )
    translation = ba.to_ann(model, method="measured", identification=SHORT)
    stimulus = ba.steps({"x": [0.0, 0.5, 1.0, 2.0]}, duration=100 * ms)
    assert isinstance(stimulus, xr.DataArray)
    pair = ba.Pair("known", model, *translation, stimulus=stimulus, settle=20 * ms)
    scores = ba.compare(pair.run(trials=1, seed=1)).scores.set_index("metric")
    assert scores.value["RMSE"] == pytest.approx(0, abs=EXACT)
    assert translation.network.explain()
    assert is_in_range(translation, stimulus).values[:, 0].tolist() == [True, True, True, False]


def test_recurrent_weights_are_in_the_effects_of_the_channels():
    """Of a linear network, the steady response is (1 - W)^-1 W_in: all paths together."""
    W, W_in = np.array([[0.2, -0.4], [0.5, 0.1]]), np.array([[1.0, 0.2], [0.3, 0.8]])
    network = ba.RateNetwork(("a", "b"), W, W_in, 0.5, 10 * ms, "linear", CHANNELS)
    translation = ba.to_ann(network, method="measured")
    expected = np.linalg.solve(np.eye(2) - W, W_in)
    assert translation.network.W_in == pytest.approx(expected, abs=1e-5)
    assert "connections between units" in [d.quantity for d in translation.decisions]
