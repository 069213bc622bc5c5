"""One forward definition: NumPy and JAX answer alike, and gradients are those of the answer."""

import numpy as np
import pytest
from brian2 import ms

from bioann.ann.activations.activation import ACTIVATIONS_BY_NAME
from bioann.ann.layered import LayeredNetwork
from bioann.ann.layers.convolution import Conv2d
from bioann.ann.layers.dense import Dense
from bioann.ann.layers.dropout import Dropout
from bioann.ann.layers.excitatory_inhibitory import ExcitatoryInhibitory
from bioann.ann.layers.flatten import Flatten
from bioann.ann.layers.lstm import LSTM
from bioann.ann.layers.pooling import AveragePool, MaxPool
from bioann.ann.layers.radial_basis import RadialBasis
from bioann.ann.layers.recurrent import Recurrent
from bioann.ann.layers.self_organising_map import SelfOrganisingMap
from bioann.ann.layers.softmax import Softmax
from bioann.ann.layers.sub_lstm import SubLSTM
from bioann.ann.training.jax_optax import use_precision
from bioann.base.randomness import make_rng

jax = pytest.importorskip("jax")


def drawn(*shape):
    return 0.5 * make_rng(1, "forward", shape).normal(size=shape)


def positive(*shape):
    return np.abs(drawn(*shape)) + 0.1


NETWORKS = {
    "dense": LayeredNetwork(Dense(drawn(3, 4), drawn(3), "softplus")),
    "leaky dense": LayeredNetwork(Dense(drawn(3, 4), drawn(3), "tanh", 5 * ms)),
    "images": LayeredNetwork(
        (
            Conv2d(drawn(2, 1, 3, 3), drawn(2), "tanh", stride=(1, 2), padding=1),
            MaxPool(2, stride=1),
            AveragePool((2, 1)),
            Flatten(),
            Dropout(),
            Dense(drawn(3, 8), 0.1, "sigmoid"),
            Softmax(),
        ),
        shape=(1, 5, 6),
    ),
    "recurrent": LayeredNetwork(Recurrent(drawn(3, 4), drawn(3, 3), drawn(3))),
    "leaky recurrent": LayeredNetwork(Recurrent(drawn(3, 4), drawn(3, 3), tau=5 * ms)),
    "LSTM": LayeredNetwork(LSTM(drawn(12, 4), drawn(12, 3), drawn(12))),
    "subtractive LSTM": LayeredNetwork(SubLSTM(drawn(12, 4), drawn(12, 3), drawn(12))),
    "radial basis": LayeredNetwork(RadialBasis(drawn(3, 4), positive(3))),
    "excitatory and inhibitory": LayeredNetwork(
        ExcitatoryInhibitory(
            positive(5, 4), positive(2, 4), positive(5, 2), drawn(2), positive(5), drawn(5), "tanh"
        )
    ),
}
MAP = LayeredNetwork(SelfOrganisingMap(drawn(2, 3, 4)))


def shown(network):
    return np.abs(drawn(2, 4, *network.shape))


@pytest.mark.parametrize("network", [*NETWORKS.values(), MAP], ids=[*NETWORKS, "map"])
def test_numpy_and_jax_answer_alike(network):
    x = shown(network)
    plain = network.forward(network.parameters, x, dt=1e-3)
    with use_precision("double"):
        traced = jax.jit(lambda p, x: network.forward(p, x, jax.numpy, 1e-3))(network.parameters, x)
        for one, other in zip(plain, traced, strict=True):
            np.testing.assert_allclose(other, one, rtol=1e-12, atol=1e-14)
    in_single = jax.jit(lambda p, x: network.forward(p, x, jax.numpy, 1e-3))(network.parameters, x)
    # 32 bits carry 6e-8; sums of up to 30 terms and four steps in time.
    np.testing.assert_allclose(in_single[-1], plain[-1], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", ACTIVATIONS_BY_NAME)
def test_activations_are_the_same_in_both(name):
    x = np.linspace(-30, 30, 61)
    with use_precision("double"):
        found = ACTIVATIONS_BY_NAME[name]()(jax.numpy.asarray(x))
        np.testing.assert_allclose(found, ACTIVATIONS_BY_NAME[name]()(x), rtol=1e-12, atol=1e-300)


@pytest.mark.parametrize("network", NETWORKS.values(), ids=NETWORKS)
def test_gradients_agree_with_finite_differences(network):
    x = shown(network)

    def cost(parameters, xp=np):
        answer = network.forward(parameters, x, xp, 1e-3)[-1]
        return (answer * xp.cos(xp.arange(answer.size).reshape(answer.shape))).sum()

    with use_precision("double"):
        slopes = jax.jit(jax.grad(lambda p: cost(p, jax.numpy)))(network.parameters)
    rng, h = make_rng(1, "directions"), 1e-6
    for k, p in enumerate(network.parameters):
        for name, array in p.items():
            direction = rng.normal(size=array.shape)
            moved = []
            for sign in (+1, -1):
                parameters = [dict(q) for q in network.parameters]
                parameters[k][name] = array + sign * h * direction
                moved.append(cost(parameters))
            want = (moved[0] - moved[1]) / (2 * h)
            found = float((np.asarray(slopes[k][name]) * direction).sum())
            # Central differences: h^2 of truncation, 1e-16 / h of rounding.
            assert found == pytest.approx(want, rel=1e-6, abs=1e-7), (k, name)


def test_precision_is_the_own_affair_of_a_block():
    with use_precision("double"):
        assert jax.numpy.asarray(np.ones(1)).dtype == np.float64
    with use_precision("single"):
        assert jax.numpy.asarray(np.ones(1)).dtype == np.float32
    assert jax.numpy.asarray(np.ones(1)).dtype == np.float32
