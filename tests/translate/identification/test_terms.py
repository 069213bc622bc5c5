"""What a weighted sum cannot describe is named, with its strength."""

import numpy as np
import pytest

import bioann as ba


def find_strength(translation, quantity):
    (decision,) = [d for d in translation.decisions if d.quantity == quantity]
    return decision.value


@pytest.mark.slow
def test_shunting_inhibition_divides(identify, list_kinds):
    translation = identify(lambda x, y: np.maximum(x / (1 + 3 * y) - 0.1, 0))
    assert list_kinds(translation) == ["divisor"]
    assert find_strength(translation, "divisor") == pytest.approx(3, rel=1e-3)
    assert "'y' divides its sum, by 4 at the highest level" in str(translation.flags[0])


def test_a_product_of_two_channels_is_an_interaction(identify, list_kinds):
    """Of 0.8 x y the effect of x changes by 0.8 over the range of y."""
    translation = identify(lambda x, y: np.maximum(0.3 * x + 0.3 * y + 0.8 * x * y, 0))
    assert list_kinds(translation) == ["interaction"]
    assert find_strength(translation, "interaction") == pytest.approx(0.8, rel=1e-3)
    assert "the effect of 'x' on its sum changes by +0.8" in str(translation.flags[0])


def test_a_response_that_falls_and_rises_is_curved(identify, list_kinds):
    """Of x^2 from -1 to 1, in units of the range of 2, the coefficient is 4."""
    translation = identify(lambda x: x**2, 1, span={"x": (-1, 1)})
    assert list_kinds(translation) == ["curvature"]
    assert find_strength(translation, "curvature") == pytest.approx(4, rel=1e-3)


def test_noise_is_no_interaction(identify, list_kinds):
    options = ba.translate.IdentificationOptions(stimuli=30, held_out=8, trials=4)
    for seed in range(2):
        translation = identify(
            lambda x, y: np.maximum(x - 0.5 * y, 0), noise=2.0, seed=seed, identification=options
        )
        assert list_kinds(translation) == []


@pytest.mark.parametrize(
    ("function", "kinds", "weights"),
    [
        (lambda x: 0 * x, ["silent"], [0.0]),
        (lambda x: 0 * x + 3, ["constant"], [0.0]),
        (lambda x: 0 * x - 3, ["constant"], [0.0]),
        (lambda x: np.minimum(5 * x, 1), ["saturated"], [5.0]),
    ],
)
def test_flags_of_responses_to_one_channel(identify, list_kinds, function, kinds, weights):
    translation = identify(function, 1)
    assert list_kinds(translation) == kinds
    assert translation.network.W_in[0] == pytest.approx(weights, rel=1e-3)


def test_a_unit_that_only_noise_drives_has_no_weights(identify, list_kinds):
    translation = identify(lambda x: 0 * x + 1, 1, noise=1.0)
    assert list_kinds(translation) == ["constant"]
    assert translation.network.bias == pytest.approx([1.0], abs=0.02)


def test_weights_of_a_step_are_known_up_to_a_factor(identify, list_kinds):
    translation = identify(lambda x, y: 1.0 * (x - y > 0.2))
    assert "step" in list_kinds(translation)


def test_a_response_that_still_rises_is_not_steady(identify, list_kinds):
    translation = identify(lambda x: x * np.linspace(0, 1, x.shape[1]), 1)
    assert list_kinds(translation) == ["not settled"]


def test_a_channel_that_does_not_vary_is_in_the_bias(identify, list_kinds):
    translation = identify(lambda x, y: np.maximum(x - y, 0), span={"y": (0.5, 0.5)})
    assert list_kinds(translation) == ["not varied"]
    assert translation.network.W_in[0] == pytest.approx([1, 0], abs=1e-6)
    assert translation.network.bias == pytest.approx([-0.5], abs=1e-6)


def test_a_sign_constraint_that_the_responses_violate_says_which_weight(identify, list_kinds):
    options = ba.translate.IdentificationOptions(constraint=ba.signs.NonNegative())
    translation = identify(lambda x, y: np.maximum(x - y + 0.3, 0), identification=options)
    assert list_kinds(translation) == ["sign constraint", "misfit"]
    assert "unconstrained weights are -1 from 'y'" in str(translation.flags[0])
    assert (translation.network.W_in >= 0).all()


@pytest.mark.slow
def test_a_sign_constraint_that_holds_changes_nothing(identify, list_kinds):
    options = ba.translate.IdentificationOptions(constraint=ba.signs.NonNegative())
    for noise in (0.0, 0.3):
        translation = identify(
            lambda x, y: np.maximum(x - 0.2, 0) + 0 * y, noise=noise, identification=options
        )
        assert list_kinds(translation) == []
        assert translation.network.W_in[0] == pytest.approx([1, 0], abs=0.02)


def test_under_dales_principle_a_channel_has_the_sign_of_its_stronger_weights(list_kinds):
    weights = np.array([[1.0, -0.3], [0.6, 0.8]])
    network = ba.RateNetwork(("a", "b"), None, weights, 0.4, None, "relu", ("x", "y"))
    options = ba.translate.IdentificationOptions(constraint=ba.signs.DaleColumns())
    translation = ba.to_ann(network, method="measured", identification=options)
    assert translation.network.W_in[1] == pytest.approx(weights[1], abs=1e-5)
    assert translation.network.W_in[0, 1] == 0
    assert [str(f.component) for f in translation.flags if f.kind == "sign constraint"] == ["a"]
    assert list_kinds(translation)[0] == "sign constraint"
