"""Branches, copies and fixed scalings: run, converted to rate units, written and trained."""

import numpy as np
import pytest
from brian2 import ms

import bioann as ba
from bioann.ann.layers.convolution import expand_groups
from bioann.ann.signs.weight_matrices import weight_matrices_of
from bioann.base.errors import DescriptionError

from .interop.oracle import evaluate_graph

RNG = np.random.default_rng(8)
L = ba.layers


def draw(*shape):
    return RNG.normal(size=shape)


W1, W2, W3 = draw(5, 4), draw(4, 5), draw(2, 4)


def make_residual():
    """A residual network: relu(x + W2 tanh(W1 x)), then a readout."""
    branch = (L.Dense(W1, 0.1, "tanh"), L.Dense(W2, 0.2, "linear"))
    layers = (L.Branches((branch, ())), L.Pointwise("relu"), L.Dense(W3, 0.3, "linear"))
    return ba.LayeredNetwork(layers, 4)


def test_a_residual_network_by_hand():
    x = draw(6, 4)
    hidden = np.maximum(x + np.tanh(x @ W1.T + 0.1) @ W2.T + 0.2, 0)
    np.testing.assert_allclose(make_residual().predict(x), hidden @ W3.T + 0.3)


def run(network, x):
    """Return the activation for constant inputs, one condition each."""
    stimulus = ba.steps(
        {name: x[:, k] for k, name in enumerate(network.channels)}, duration=10 * ms
    )
    recording = network.run(stimulus, trials=1, seed=1, bin_width=10 * ms)
    return recording.activation.sel(unit=list(network.outputs)).values[:, 0, -1]


LINEAR_BRANCHES = {
    "residual": make_residual(),
    "nested": ba.LayeredNetwork(
        (
            L.Branches(((L.Branches(((L.Dense(W1[:4]),), ())), L.Rescale(draw(4), 0.5)), ())),
            L.Dense(W3),
        ),
        4,
    ),
    "ends in a sum": ba.LayeredNetwork(
        (L.Branches(((L.Dense(W1[:4]),), (L.Dense(W2[:, :4]),))),), 4
    ),
    "concatenated": ba.LayeredNetwork(
        (
            L.Branches(((L.Dense(W1),), (), (L.Rescale(2.0, 1.0),)), "concatenation"),
            L.Dense(draw(2, 13)),
        ),
        4,
    ),
    "copied": ba.LayeredNetwork(
        (L.Rearrange([[3, -1], [1, 1]], 4, 0.7), L.Flatten(), L.Dense(draw(2, 4)), L.Rescale(-2.0)),
    ),
}  # fmt: skip


@pytest.mark.parametrize("network", LINEAR_BRANCHES.values(), ids=LINEAR_BRANCHES)
def test_the_rate_units_answer_as_the_layers(network):
    x = np.abs(draw(3, 4))
    rates = network.to_rate_network()
    rate_stimulus = ba.steps({n: x[:, k] for k, n in enumerate(rates.channels)}, duration=10 * ms)
    recording = rates.run(rate_stimulus, trials=1, seed=1, bin_width=10 * ms)
    outputs = recording.activation.sel(unit=list(network.outputs)).values[:, 0, -1]
    np.testing.assert_allclose(outputs, network.predict(x), atol=1e-12)
    np.testing.assert_allclose(run(network, x), network.predict(x), atol=1e-12)


@pytest.mark.parametrize("combination", ["product", "maximum", "minimum"])
def test_what_is_no_weighted_sum_is_refused_by_name(combination):
    network = ba.LayeredNetwork((L.Branches(((L.Dense(W1[:4]),), ()), combination),), 4)
    x = draw(3, 4)
    function = {"product": np.multiply, "maximum": np.maximum, "minimum": np.minimum}[combination]
    np.testing.assert_allclose(network.predict(x), function(np.maximum(x @ W1[:4].T, 0), x))
    with pytest.raises(DescriptionError, match=f"layer1: .*got their {combination}"):
        network.to_rate_network()
    with pytest.raises(DescriptionError, match=f"got their {combination}"):
        ba.to_bio(network)


@pytest.mark.parametrize("phi", [ba.activations.Absolute(), ba.activations.Quantize(0.1)])
def test_activations_without_a_translation_are_refused_by_name(phi):
    network = ba.LayeredNetwork((L.Dense(W3, 0.0, phi),))
    with pytest.raises(DescriptionError, match=f"rises steadily, got {type(phi).__name__}"):
        ba.to_bio(network)


def test_weights_inside_branches_count_with_their_own_sources():
    matrices = weight_matrices_of(make_residual())
    assert [(w.layer, w.name, w.sources) for w in matrices] == [
        ("layer1", "0.0.W", "input"),
        ("layer1", "0.1.W", "layer1.0.0"),
        ("layer3", "W", "layer2"),
    ]
    shuffled, *_ = make_residual().shuffle_signs(1, seed=1)
    for true, other in zip(matrices, weight_matrices_of(shuffled), strict=True):
        np.testing.assert_array_equal(abs(true.values), abs(other.values))
    assert any(
        (a.values != b.values).any()
        for a, b in zip(matrices, weight_matrices_of(shuffled), strict=True)
    )


def network_of_branch(*layers):
    return ba.LayeredNetwork((L.Branches((layers, ())),))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: L.Branches(((L.Dense(W1),),)), "at least two tuples of layers, got 1"),
        (lambda: L.Branches(((), ()), "mean"), "Branches, combination: wanted one of sum"),
        (lambda: network_of_branch(L.Dense(W1)), r"same shape, got .*\(5,\)"),
        (lambda: network_of_branch(L.Dense(W1), L.Dense(W1)), "branch 0, layer 1"),
        (lambda: L.Rearrange([0, 4], 4), "from -1 to 3, .*got 0 to 4"),
        (lambda: L.Rearrange([0.5], 4), "Rearrange, index"),
        (lambda: L.Rearrange([0], 4, np.inf), "Rearrange, fill"),
        (lambda: L.Rescale(np.nan), "Rescale, scale: wanted finite"),
        (lambda: ba.LayeredNetwork((L.Rescale([1, 2]),), 3), "broadcast to the input"),
        (lambda: L.Conv2d(draw(3, 1, 2, 2), groups=2), "a divisor of the 3 output channels"),
        (lambda: L.MaxPool(2, padding=2), "at least one pixel of the image in every patch"),
        (lambda: ba.activations.Clip(1, 0), "Clip, low"),
        (lambda: ba.activations.Elu(-1), "Elu, depth"),
        (lambda: ba.activations.Quantize(0), "Quantize, step"),
        (lambda: L.GRU(draw(4, 2), draw(4, 1)), "three rows for each unit"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_named(make, message):
    with pytest.raises(DescriptionError, match=message):
        make()


def test_groups_are_zero_weights_between_channels():
    kernel, x = draw(4, 2, 3, 3), draw(2, 1, 4, 6, 6)
    options = {"stride": (2, 1), "padding": ((1, 0), (2, 1)), "dilation": (1, 2)}
    grouped = L.Conv2d(kernel, 0.1, "tanh", groups=2, **options)
    full = L.Conv2d(expand_groups(kernel, 2), 0.1, "tanh", **options)
    np.testing.assert_allclose(
        grouped.forward(grouped.parameters, x), full.forward(full.parameters, x), atol=1e-12
    )
    ((_, values, _),) = grouped.list_matrices()
    np.testing.assert_array_equal(values, full.kernel)


IMAGES = ba.LayeredNetwork(
    (
        L.Rearrange(np.arange(72).reshape(6, 6, 2).transpose(2, 0, 1), (6, 6, 2)),
        L.Conv2d(draw(4, 1, 3, 2), 0.1, "relu", (1, 2), ((1, 0), (0, 1)), (1, 2), groups=2),
        L.MaxPool(2, 1, 1, (2, 1)),
        L.AveragePool((3, 2), 2, ((1, 0), (0, 1))),
        L.Rescale(draw(4, 1, 1), 0.2),
        L.Branches(((L.Pointwise(ba.activations.Elu(0.5)),), ()), "product"),
        L.Flatten(),
        L.LogSoftmax(),
    ),
    (6, 6, 2),
)


def test_images_are_written_to_onnx_and_read_again(tmp_path):
    onnx_path = tmp_path / "images.onnx"
    ba.to_onnx(IMAGES, onnx_path)
    x = draw(3, 6, 6, 2)
    np.testing.assert_allclose(evaluate_graph(onnx_path, x, "input"), IMAGES.predict(x), atol=1e-5)
    np.testing.assert_allclose(ba.from_onnx(onnx_path).predict(x), IMAGES.predict(x), atol=1e-5)


@pytest.mark.slow
def test_jax_computes_the_same_and_branches_learn():
    jax = pytest.importorskip("jax")
    x = draw(3, 1, 6, 6, 2)
    reference = IMAGES.forward(IMAGES.parameters, x)[-1]
    outputs = IMAGES.forward(IMAGES.parameters, jax.numpy.asarray(x), jax.numpy)[-1]
    np.testing.assert_allclose(outputs, reference, atol=1e-4)
    network = make_residual()

    def loss(parameters):
        return (
            network.forward(parameters, x[:, :, 0, 0, :1] * np.ones(4), jax.numpy)[-1] ** 2
        ).sum()

    gradients = jax.grad(loss)([dict(p) for p in network.parameters])
    assert set(gradients[0]) == {"0.0.W", "0.0.bias", "0.1.W", "0.1.bias"}
    assert all(np.abs(g).max() > 0 for g in gradients[0].values())


def test_initial_weights_of_branches_are_drawn_each_for_itself():
    network = ba.init.initialise_weights(make_residual(), ba.init.He(), seed=1)
    first, second = (network.parameters[0][f"0.{k}.W"] for k in (0, 1))
    assert first.std() > 0
    assert (first != second.T).any()
    assert not network.parameters[0]["0.0.bias"].any()
