"""A rate network written as neurons: the same function, and no synapse of the wrong sign."""

from dataclasses import astuple

import numpy as np
import pytest
from brian2 import Hz, ms, mV
from hypothesis import given, settings, strategies as st

import bioann as ba
from bioann.ann.activations.activation import (
    LeakyRelu,
    Linear,
    Relu,
    Sigmoid,
    Softplus,
    Tanh,
)
from bioann.ann.layers.dense import Dense
from bioann.base.errors import BioannError, DescriptionError, StimulusError, UnknownNameError
from bioann.correspondence import read_responses
from bioann.translate.to_bio.calibration import fit_transfer
from bioann.translate.to_bio.conductance_network import Transfer
from bioann.translate.to_bio.piecewise_linear import Branch, decompose_activation
from bioann.translate.to_bio.to_bio import to_bio, transfers_of
from bioann.translate.to_bio.unit_groups import UnitGroup, layer_name, spread_copies

#: A long step: intervals between spikes are timed within it.
QUICK = {"dt": 1 * ms}
CHANNELS = ("p", "q", "r")
#: One spike more or less in 0.3 s, at 50 to 100 Hz per activation, in each of four neurons on the
#: way from the stimulus to the output of `xor_network`.
SPIKES = 0.16


def recurrent_network(n, activation, seed=1, radius=0.9, **kwargs):
    """A network of random weights of both signs, scaled to a spectral radius."""
    rng = np.random.default_rng(seed)
    W = rng.normal(size=(n, n))
    W *= radius / np.abs(np.linalg.eigvals(W)).max()
    return ba.RateNetwork(
        units=tuple(f"u{i}" for i in range(n)),
        W=W,
        W_in=rng.normal(size=(n, 3)) / np.sqrt(3),
        bias=rng.normal(0, 0.1, n),
        channels=CHANNELS,
        activation=activation,
        **kwargs,
    )


def xor_network():
    """Two ReLU units and a linear one: |p - q|, the textbook case for a negative weight."""
    return ba.RateNetwork(
        units=("h[0]", "h[1]", "out"),
        W=[[0, 0, 0], [0, 0, 0], [1, 1, 0]],
        W_in=[[1, -1], [-1, 1], [0, 0]],
        channels=("p", "q"),
        activation=("relu", "relu", "linear"),
    )


def mean_activations(translation, ann, stimulus, seed=9):
    """Mean activations of both models over the later part, each (condition, unit)."""
    bio = translation.network.run(stimulus, trials=1, seed=seed)
    responses = read_responses(bio, translation.correspondence, "bio").sel(time=slice(0.2, None))
    exact = ann.run(stimulus, trials=1, seed=1).activation.sel(time=slice(0.2, None))
    return responses.mean(["time", "trial"]).values, exact.mean(["time", "trial"]).values


def draw_new_stimuli(ann, low=-1.0, conditions=20, seed=5):
    """Stimuli that no calibration has seen."""
    values = np.random.default_rng(seed).uniform(low, 1, (len(ann.channels), conditions))
    levels = dict(zip(ann.channels, values, strict=True))
    return ba.steps(levels, duration=500 * ms, coords={"k": np.arange(float(conditions))})


class TestBranches:
    """Activations are sums of rectified lines."""

    @given(st.floats(-20, 20), st.floats(0, 0.9))
    def test_lines_with_a_bend_at_zero_are_exact(self, x, slope):
        for phi in (Relu(), Linear(), LeakyRelu(slope)):
            total = sum(b(np.array(x)) for b in decompose_activation(phi, -20, 20))
            assert total == pytest.approx(float(phi(np.array(x))), abs=1e-12)

    @pytest.mark.parametrize(
        ("phi", "low", "high"), [(Tanh(), -3, 3), (Sigmoid(), -6, 6), (Softplus(), -5, 3)]
    )
    def test_a_curve_is_followed_to_a_hundredth_of_its_height(self, phi, low, high):
        x = np.linspace(low, high, 501)
        errors = np.abs(sum(b(x) for b in decompose_activation(phi, low, high)) - phi(x))
        assert errors.max() < np.ptp(phi(x)) / 100

    def test_tanh_is_an_opponent_pair(self):
        on, off = decompose_activation(Tanh(), -2, 2)
        assert (on.sign, off.sign) == (1, -1)
        np.testing.assert_allclose(on.coefficients, -np.array(off.coefficients), atol=1e-9)

    def test_a_jump_is_refused(self):
        with pytest.raises(DescriptionError, match="an activation without a jump"):
            decompose_activation(ba.activations.Threshold(), -1, 1)

    @pytest.mark.parametrize("low", [-2.0, -0.5, 0.5])
    def test_a_curve_that_starts_above_zero_is_followed_from_below(self, low):
        x = np.linspace(low, 3, 501)
        (branch,) = decompose_activation(Sigmoid(), low, 3)
        assert branch.thresholds[0] < low
        assert np.abs(branch(x) - Sigmoid()(x)).max() < 1 / 40


@given(st.integers(1, 3), st.floats(-2, 2), st.floats(-2, 2))
def test_the_neurons_of_a_bank_add_up_to_the_activation(copies, a, b):
    branch = Branch(-1, (0.0, 0.5), (-1.0, 0.4))
    bank = UnitGroup("x", np.array([0, 1]), branch, copies, False, 0.04, 50.0)
    fires = np.maximum(bank.target_activations(np.array([a, b])), 0.0)
    total = np.zeros(2)
    np.add.at(total, bank.member_of_neuron, fires * bank.readout_weights)
    np.testing.assert_allclose(total, branch(np.array([a, b])), atol=1e-12)
    for unit in (0, 1):
        firsts = [first for first, _ in bank.lines_of(unit)]
        assert all((bank.member_of_neuron[f : f + copies] == unit).all() for f in firsts)


def test_layers_are_told_by_the_names_of_units():
    assert layer_name("hidden[12]") == "hidden"
    assert layer_name("conv 1[3]") == "conv_1"
    assert layer_name("1[3]") == "layer_1"
    assert layer_name("left") == "units"


@settings(max_examples=20)
@given(st.floats(0.5, 2.0), st.floats(-0.3, 0.3), st.integers(0, 1000))
def test_calibration_inverts_a_bent_line(gain, onset, seed):
    rng = np.random.default_rng(seed)
    y = rng.uniform(-1, 1, (200, 10))
    start = Transfer(1.2, 0.1)
    z = start.gain * y + start.offset
    fit = fit_transfer(start, y, 50 * gain * np.maximum(z - onset, 0), rate_per_activation=50)
    assert fit.rms_error < 0.01
    assert fit.transfer.gain == pytest.approx(1 / gain, rel=0.02)
    assert fit.transfer.offset == pytest.approx(onset, abs=0.02)


def test_copies_that_begin_one_after_the_other_are_straighter_than_one():
    y = np.random.default_rng(0).uniform(-1, 1, (600, 1))
    errors = []
    for copies in (1, 4):
        target, start = np.repeat(y, copies, axis=1), Transfer()
        for _ in range(2):
            z = start.relative_current(target, spread_copies(copies))
            # 100 Hz per activation, and a membrane of 10 per second, whose rate begins with a jump.
            rate = np.where(z > 0, 10 / np.log1p(0.1 / np.maximum(z, 1e-9)), 0.0)
            fit = fit_transfer(start, target, rate, rate_per_activation=100, n_copies=copies)
            start = fit.transfer
        errors.append(fit.rms_error)
    assert errors[1] < 0.6 * errors[0]  # 0.21 Hz against 0.39 Hz with the exact curve


@pytest.mark.parametrize("copies", [1, 4])
def test_rounding_errors_of_another_processor_do_not_move_a_calibration(copies):
    """Neurons at one current differ in rate by noise, and in current by rounding alone."""
    rng = np.random.default_rng(0)
    y = np.repeat(rng.choice(np.linspace(-1, 1, 9), (64, 32 // copies)), copies, axis=1)
    rate = 100 * np.maximum(y + rng.normal(0, 0.02, y.shape), 0)

    def fit(targets):
        return astuple(fit_transfer(Transfer(), targets, rate, 100, copies).transfer)

    for _ in range(5):
        rounded = y * (1 + 1e-14 * rng.standard_normal(y.shape))
        assert fit(rounded) == pytest.approx(fit(y), rel=1e-6)


def test_what_lies_below_all_stimuli_is_silence():
    y = np.linspace(0.2, 1, 60)[:, None]
    start = Transfer()
    for _ in range(3):
        z = start.relative_current(y, np.zeros(1))
        fit = fit_transfer(start, y, 100 * np.where(z > 0, z + 0.1, 0.0), rate_per_activation=100)
        start = fit.transfer
    assert fit.transfer.offset == pytest.approx(-0.1, abs=0.01)
    assert fit.transfer.gain == pytest.approx(1, abs=0.02)


@pytest.mark.slow
class TestDale:
    """Signs are in the transmitters; every conductance is a magnitude."""

    @pytest.fixture(scope="class")
    @staticmethod
    def twins():
        return to_bio(xor_network(), **QUICK)

    @pytest.fixture(scope="class")
    @staticmethod
    def interneurons():
        return to_bio(xor_network(), dale="interneurons", **QUICK)

    def test_conductances_are_magnitudes_of_weights(self, twins):
        ann, network = xor_network(), twins.network
        for p in network.projections:
            assert (p.connectivity.values >= 0).all()
        for transmitter in ("glutamate", "GABA"):
            p = next(
                p
                for p in network.projections
                if p.source == f"input_on_{transmitter}" and p.target == "h_glutamate"
            )
            signed = np.maximum(ann.W_in[:2] * (1 if transmitter == "glutamate" else -1), 0)
            expected = signed[:, signed.any(axis=0)]
            np.testing.assert_allclose(
                p.connectivity.values / p.connectivity.values.max(), expected
            )

    def test_a_partner_is_made_only_where_a_negative_weight_asks_for_it(self, twins):
        sizes = twins.network.sizes
        assert sizes["input_on_GABA"] == 2
        assert sizes["h_GABA"] == 2  # for the OFF neuron of the output
        assert "units_on_GABA" not in sizes
        assert sizes["units_on_glutamate"] == sizes["units_off_glutamate"] == 1

    @pytest.mark.parametrize(
        "dale", ["twins", pytest.param("interneurons", marks=pytest.mark.slow)]
    )
    def test_the_difference_keeps_its_size_both_ways(self, dale, request):
        translation = request.getfixturevalue(dale)
        stimulus = ba.steps(
            {"p": [0, 0.8, 0, 0.8, 0.3], "q": [0, 0, 0.8, 0.8, 0.7]}, duration=500 * ms
        )
        bio, ann = mean_activations(translation, xor_network(), stimulus)
        np.testing.assert_allclose(bio, ann, atol=SPIKES)

    def test_the_cost_is_told(self, twins, interneurons):
        costs = [t.decision_table().set_index("what").value for t in (twins, interneurons)]
        for cost, translation in zip(costs, (twins, interneurons), strict=True):
            assert cost["neurons"] == sum(translation.network.sizes.values())
            assert cost["neurons for Dale's principle"] == 6  # p and q, ON and OFF, and h
        assert costs[0]["delay added by Dale's principle"] == 0
        assert costs[1]["delay added by Dale's principle"] == pytest.approx(41)
        # 2 x 4 input weights reach h and its twin, and 2 x 2 the opponent output; an interneuron
        # gets none of these but one from its partner.
        assert costs[0]["synapses"] == 20
        assert costs[1]["synapses"] == 18

    def test_everything_is_matched_or_declared(self, twins):
        twins.correspondence.check_complete(
            twins.network.units, xor_network().units, twins.network.sizes
        )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("activation", "n"), [("relu", 20), pytest.param("tanh", 8, marks=pytest.mark.slow)]
)
def test_a_random_recurrent_network_of_both_signs_keeps_its_function(activation, n):
    ann = recurrent_network(n, activation, tau=20 * ms)
    translation = to_bio(ann, inputs="current", **QUICK)
    assert not any(name.startswith("input") for name in translation.network.sizes)
    bio, exact = mean_activations(translation, ann, draw_new_stimuli(ann))
    assert np.corrcoef(bio.ravel(), exact.ravel())[0, 1] >= 0.97
    assert np.polyfit(exact.ravel(), bio.ravel(), 1)[0] == pytest.approx(1, abs=0.1)
    assert not translation.flags


@pytest.mark.slow
def test_a_time_constant_is_that_of_the_synapses():
    ann = ba.RateNetwork(units=("a[0]", "b[0]"), W=[[0, 0], [1, 0]], tau=(10 * ms, None))
    network, _ = to_bio(ann, rounds=1, **QUICK)
    taus = {p.source: p.receptor.tau for p in network.projections}
    assert taus["a_glutamate"] == pytest.approx(0.01)
    assert taus["input_on_glutamate"] == pytest.approx(0.04)


@pytest.mark.slow
def test_sigmoid_and_leaky_units():
    ann = ba.RateNetwork(
        units=("s[0]", "l[0]"),
        W=[[0, 0], [1, 0]],
        W_in=[[6.0], [-0.5]],
        channels=("p",),
        activation=("sigmoid", LeakyRelu(0.3)),
    )
    bio, exact = mean_activations(
        to_bio(ann, inputs="current", **QUICK), ann, draw_new_stimuli(ann)
    )
    np.testing.assert_allclose(bio, exact, atol=SPIKES)


@pytest.mark.slow
def test_copies_share_the_work():
    ann = xor_network()
    translation = to_bio(ann, neurons_per_unit=3, rounds=1, **QUICK)
    assert translation.network.sizes["h_glutamate"] == 6
    assert translation.correspondence.matches[1].bio == {"h_glutamate[3:6]": 1.0}
    bio, exact = mean_activations(translation, ann, draw_new_stimuli(ann))
    np.testing.assert_allclose(bio, exact, atol=SPIKES)


def test_units_that_the_calibration_does_not_reach_are_named():
    ann = ba.RateNetwork(
        ("low[0]", "high[0]"), W_in=[[1.0], [1.0]], bias=[-5.0, 0.0], channels=("p",)
    )
    (flag,) = to_bio(ann, inputs="current", rounds=1, **QUICK).flags
    assert flag.values["units"] == ["low[0]"]
    assert str(flag).startswith("Units ['low[0]'] are at zero in all of the calibration")


@pytest.mark.slow
def test_channels_that_carry_rates_are_never_negative():
    ann = xor_network()
    translation = to_bio(ann, inputs="rate", rounds=1, **QUICK)
    assert "input_glutamate" in translation.network.sizes
    with pytest.raises(StimulusError, match="no negative rate"):
        translation.network.run(draw_new_stimuli(ann), trials=1, seed=1)


@pytest.mark.slow
def test_the_same_seed_translates_alike_and_a_layered_network_is_written_out():
    rng = np.random.default_rng(3)
    layered = ba.LayeredNetwork(
        (
            Dense(rng.normal(size=(3, 2)), np.zeros(3), "relu"),
            Dense(rng.normal(size=(2, 3)), np.zeros(2)),
        ),
        channels=("p", "q"),
    )
    one, other = (to_bio(layered, rounds=1, inputs="current", **QUICK) for _ in range(2))
    assert one.network == other.network
    assert "layer1_glutamate" in one.network.sizes
    again = to_bio(layered, inputs="current", transfers=transfers_of(one), **QUICK)
    assert again.network == one.network
    with pytest.raises(UnknownNameError, match="to_bio, transfers: wanted the name of a pop"):
        to_bio(layered, inputs="current", transfers={"layer1": (1.0, 0.0)})


@pytest.mark.parametrize(
    ("change", "kind", "text"),
    [
        ({"dale": "none"}, UnknownNameError, "to_bio: wanted the name of a dale"),
        ({"inputs": "pixels"}, UnknownNameError, "the name of an inputs"),
        ({"neurons_per_unit": 0}, DescriptionError, "neurons_per_unit: wanted a whole number"),
        ({"rounds": 1.5}, DescriptionError, "rounds: wanted a whole number"),
        ({"inhibitory": -50 * mV}, DescriptionError, "an inhibitory one below rest"),
        ({"top": 5000 * Hz, "cell": ba.cells.LIF()}, DescriptionError, "a rate that LIF can reach"),
    ],
)
def test_what_cannot_be_is_refused(change, kind, text):
    with pytest.raises(kind, match=text):
        to_bio(xor_network(), **change)


def test_only_networks_are_translated():
    with pytest.raises(BioannError, match="a RateNetwork, or a layered network"):
        to_bio(3)
