"""What is written answers in onnx's own evaluator as it does here."""

import numpy as np
import pytest
from brian2 import ms

import bioann as ba
from bioann.ann.activations.activation import ACTIVATIONS_BY_NAME
from bioann.ann.layers.lstm import LSTM
from bioann.ann.layers.recurrent import Recurrent
from bioann.ann.layers.sub_lstm import SubLSTM
from bioann.ann.simulate import simulate_rates
from bioann.base.errors import (
    DescriptionError,
    ForeignFileError,
    OutputError,
    SimulationError,
)

RNG = np.random.default_rng(5)
#: Attributes of an operator are single precision in every file, LeakyRelu's slope for one.
SINGLE = 1e-7


def conv_net(activation="relu"):
    return ba.LayeredNetwork(
        (
            ba.layers.Conv2d(RNG.normal(size=(3, 2, 3, 3)), RNG.normal(size=3), activation, 1, 1),
            ba.layers.MaxPool(2),
            ba.layers.Conv2d(RNG.normal(size=(4, 3, 3, 3)), 0.1, "tanh", (1, 2)),
            ba.layers.AveragePool((2, 1)),
            ba.layers.Flatten(),
            ba.layers.Dense(RNG.normal(size=(5, 4)), 0.2, "linear"),
            ba.layers.Softmax(),
        ),
        (2, 8, 8),
    )


def test_a_convolution_network_is_the_same_there_and_back(maker):
    network = conv_net()
    x = RNG.normal(size=(7, 2, 8, 8))
    ba.to_onnx(network, maker.path, dtype="float64")
    np.testing.assert_allclose(maker.evaluate(x), network.predict(x), atol=1e-12)
    assert ba.from_onnx(maker.path) == network


def test_single_precision_costs_its_own_rounding_only(maker):
    network = conv_net()
    x = RNG.normal(size=(7, 2, 8, 8)).astype(np.float32)
    ba.to_onnx(network, maker.path)
    np.testing.assert_allclose(maker.evaluate(x), network.predict(x), atol=1e-5)


NAMED = [
    *ACTIVATIONS_BY_NAME.values(),
    lambda: ba.activations.Softplus(0.3),
    lambda: ba.activations.PowerLaw(1.7),
    ba.activations.Exponential,
    lambda: ba.activations.Clip(-0.5, None),
    lambda: ba.activations.Clip(0.1, 0.6),
    lambda: ba.activations.Elu(0.5),
    ba.activations.Softsign,
    ba.activations.Absolute,
    ba.activations.UnlimitedExponential,
    ba.activations.ErrorFunction,
    lambda: ba.activations.Power(3),
]


@pytest.mark.parametrize("make", NAMED)
def test_every_activation_that_onnx_has(maker, make):
    try:
        phi = make()
    except TypeError:
        pytest.skip("needs parameters")
    network = ba.LayeredNetwork((ba.layers.Dense(RNG.normal(size=(4, 3)), 0.1, phi),))
    x = RNG.normal(size=(9, 3))
    ba.to_onnx(network, maker.path, dtype="float64")
    np.testing.assert_allclose(maker.evaluate(x), network.predict(x), atol=SINGLE * 10)


@pytest.mark.parametrize("seed", range(3))
def test_a_static_rate_network_answers_with_all_its_units(maker, seed):
    rng = np.random.default_rng(seed)
    p = rng.permutation(6)
    network = ba.RateNetwork(
        tuple("abcdef"),
        W=np.tril(rng.normal(size=(6, 6)) * (rng.random((6, 6)) < 0.6), -1)[np.ix_(p, p)],
        W_in=rng.normal(size=(6, 3)),
        bias=rng.normal(size=6),
        activation=("relu", "tanh", "sigmoid", "threshold", "leaky_relu", "relu"),
        channels=tuple("xyz"),
    )
    x = rng.normal(size=(8, 3))
    ba.to_onnx(network, maker.path, dtype="float64")
    wanted = simulate_rates(network, x[:, None], 1e-3)[:, 0]
    np.testing.assert_allclose(maker.evaluate(x), wanted, atol=SINGLE)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"tau": 10 * ms}, "to_onnx, dt: wanted the time step of the input"),
        ({"W": [[0, 1], [1, 0]]}, r"no loops of static units, got a loop of \['a', 'b'\]"),
        (
            {"activation": ba.activations.LIFRate()},
            "RateNetwork, unit 'a': .*ONNX has, got LIFRate",
        ),
    ],
)
def test_what_onnx_has_no_word_for_is_named(maker, change, said):
    network = ba.RateNetwork(**{"units": ("a", "b"), **change})
    with pytest.raises(DescriptionError, match=said):
        ba.to_onnx(network, maker.path)
    assert not maker.path.exists()


def test_a_folder_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    network = ba.LayeredNetwork((ba.layers.Dense(np.eye(2)),))
    with pytest.raises(OutputError, match=r"a path that leads through a file|a file of that name"):
        ba.to_onnx(network, tmp_path / "file" / "network.onnx")


@pytest.mark.parametrize("phi", ["tanh", "linear"])
def test_recurrent_layers_are_the_same_there_and_back(maker, phi):
    W, U = RNG.normal(size=(15, 5)), RNG.normal(size=(15, 5))
    network = ba.LayeredNetwork(
        (
            Recurrent(RNG.normal(size=(4, 3)), RNG.normal(size=(4, 4)) / 4, 0.1, phi),
            LSTM(RNG.normal(size=(20, 4)), RNG.normal(size=(20, 5)), RNG.normal(size=20)),
            ba.layers.GRU(W, U, 0.1, 0.2, reset_after=phi == "tanh"),
            ba.layers.Dense(RNG.normal(size=(2, 5)), 0.3, "sigmoid"),
        )
    )
    ba.to_onnx(network, maker.path, dtype="float64")
    x = RNG.normal(size=(6, 11, 3))  # batch, time, unit
    written = maker.evaluate(x.swapaxes(0, 1)).swapaxes(0, 1)
    np.testing.assert_allclose(written, network.predict(x), atol=1e-12)
    assert ba.from_onnx(maker.path) == network


def positive(*shape):
    return np.abs(RNG.normal(size=shape))


IN_TIME = {
    "leaky dense": ba.layers.Dense(RNG.normal(size=(4, 3)), 0.1, "relu", 20 * ms),
    "leaky recurrent": Recurrent(RNG.normal(size=(4, 3)), RNG.normal(size=(4, 4)), 0.1, tau=5 * ms),
    "softplus recurrent": Recurrent(
        RNG.normal(size=(4, 3)), RNG.normal(size=(4, 4)) / 4, 0.1, "softplus"
    ),
    "subtractive": SubLSTM(RNG.normal(size=(16, 3)), RNG.normal(size=(16, 4)), RNG.normal(size=16)),
}


@pytest.mark.parametrize("layer", IN_TIME.values(), ids=IN_TIME)
def test_what_is_no_operator_is_stepped_along_time(maker, layer):
    network = ba.LayeredNetwork((layer, ba.layers.Dense(RNG.normal(size=(2, 4)), 0.3, "tanh")))
    x = RNG.normal(size=(6, 11, 3))  # batch, time, unit
    for dtype, close in (("float64", 1e-12), ("float32", 1e-5)):
        ba.to_onnx(network, maker.path, dt=1 * ms, dtype=dtype)
        written = maker.evaluate(x.swapaxes(0, 1).astype(dtype)).swapaxes(0, 1)
        np.testing.assert_allclose(written, network.predict(x, 1e-3), atol=close)


AT_ONCE = {
    "radial basis": ba.layers.RadialBasis(RNG.normal(size=(4, 3)), positive(4)),
    "dividing": ba.layers.ExcitatoryInhibitory(
        positive(4, 3), positive(2, 3), positive(4, 2), RNG.normal(size=2), positive(4), 0.1, "tanh"
    ),
    "subtracting": ba.layers.ExcitatoryInhibitory(
        positive(4, 3), positive(2, 3), positive(4, 2), bias=0.1, shunting=False
    ),
    "map": ba.layers.SelfOrganisingMap(RNG.normal(size=(2, 3, 3))),
}


@pytest.mark.parametrize("layer", AT_ONCE.values(), ids=AT_ONCE)
def test_other_layers_are_written_as_plain_operators(maker, layer):
    network = ba.LayeredNetwork((layer,))
    x = positive(9, 3)
    for dtype, close in (("float64", 1e-12), ("float32", 1e-5)):
        ba.to_onnx(network, maker.path, dtype=dtype)
        np.testing.assert_allclose(maker.evaluate(x.astype(dtype)), network.predict(x), atol=close)
    if isinstance(layer, ba.layers.SelfOrganisingMap):
        with pytest.raises(ForeignFileError, match=r"node '.*': wanted a chain"):
            ba.from_onnx(maker.path)
        return
    # Subtraction and division are a sum and a product of branches.
    np.testing.assert_allclose(ba.from_onnx(maker.path).predict(x), network.predict(x), rtol=1e-5)


@pytest.mark.parametrize("static", [False, True], ids=["dynamic", "with static units"])
def test_a_rate_network_with_time_constants_follows_its_input(maker, static):
    """Loops, several time constants and activations; static units before and behind them."""
    rng = np.random.default_rng(3)
    W = rng.normal(size=(6, 6)) / 2
    if static:  # the second unit feeds the fifth, both without a time constant
        W[1, [1, 4]] = W[4, 4] = 0
    network = ba.RateNetwork(
        tuple("abcdef"),
        W=W,
        W_in=rng.normal(size=(6, 2)),
        bias=rng.normal(size=6),
        tau=[t if t is None else t * ms for t in (20, None if static else 8, 5, 20)]
        + [None if static else 10 * ms, 50 * ms],
        activation=("relu", "tanh", "sigmoid", "tanh", "relu", "softplus"),
        channels=("x", "y"),
    )
    x = rng.normal(size=(4, 30, 2))
    for dtype, close in (("float64", 1e-12), ("float32", 1e-5)):
        ba.to_onnx(network, maker.path, dt=1 * ms, dtype=dtype)
        written = maker.evaluate(x.swapaxes(0, 1).astype(dtype)).swapaxes(0, 1)
        np.testing.assert_allclose(written, simulate_rates(network, x, 1e-3), atol=close)


@pytest.mark.parametrize(
    ("dt", "error", "said"),
    [
        (None, DescriptionError, "to_onnx, dt: wanted the time step of the input"),
        (-1 * ms, DescriptionError, "to_onnx, dt: wanted a time above 0"),
        (20 * ms, SimulationError, "at most 10 ms, the time constant, got 20 ms"),
    ],
)
def test_a_time_constant_needs_a_time_step(maker, dt, error, said):
    network = ba.LayeredNetwork((Recurrent(np.eye(2), np.eye(2), tau=10 * ms),))
    with pytest.raises(error, match=said):
        ba.to_onnx(network, maker.path, dt=dt)
    assert not maker.path.exists()


def test_a_layer_that_onnx_cannot_do_is_named(maker):
    pooled = (
        ba.layers.MaxPool(2),
        ba.layers.Flatten(),
        ba.layers.Dense(np.ones((2, 4)), tau=10 * ms),
    )
    with pytest.raises(DescriptionError, match=r"layer1: .* operator for, got MaxPool.* time"):
        ba.to_onnx(ba.LayeredNetwork(pooled, (1, 4, 4)), maker.path, dt=1 * ms)
