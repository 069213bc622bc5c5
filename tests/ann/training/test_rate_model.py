"""Rate networks in JAX, and fitting them to a recording."""

import dataclasses

import numpy as np
import pytest
import xarray as xr
from brian2 import Hz, ms, nS

import bioann as ba
from bioann.ann.activations.activation import ACTIVATIONS_BY_NAME
from bioann.ann.activations.transfer_functions import (
    LIFRate,
    PowerLaw,
    Scaled,
    Tabulated,
)
from bioann.ann.init import RandomNormal
from bioann.ann.network import RateNetwork
from bioann.ann.signs.constraints import Free, NonNegative, SignFrozen
from bioann.ann.simulate import simulate_rates
from bioann.ann.tasks.samples import make_samples
from bioann.ann.training.fit_to_recording import FIT_OPTIONS, fit_to_recording
from bioann.ann.training.jax_optax import use_precision
from bioann.ann.training.options import TrainingOptions
from bioann.ann.training.rate_model import make_rate_function
from bioann.ann.training.train import train
from bioann.base.errors import DescriptionError, UnknownNameError
from bioann.base.randomness import make_rng
from bioann.correspondence import Correspondence, Match
from bioann.recordings.recording import assemble_run
from bioann.stimuli.waveforms import steps

pytestmark = pytest.mark.slow

jax = pytest.importorskip("jax")

CURVES = (Scaled(LIFRate(0.1, 0.2), 0.5, 2.0, 0.1), PowerLaw(2.0), Tabulated((-1, 0, 2), (0, 1, 3)))


def drawn(*shape):
    return make_rng(1, "rates", shape).normal(size=shape)


MIXED = RateNetwork(
    tuple("abcdef"),
    0.4 * drawn(6, 6) * np.array([[0, 0, 0, 1, 1, 1], [1, 0, 0, 1, 1, 1], *[[1] * 6] * 4]),
    drawn(6, 2),
    drawn(6),
    tau=(None, None, 20 * ms, 5 * ms, 20 * ms, 10 * ms),
    activation=("relu", "tanh", "sigmoid", "softplus", CURVES[0], CURVES[2]),
    channels=("x", "y"),
)


def parameters(network):
    return {name: getattr(network, name) for name in ("W_in", "W", "bias")}


@pytest.mark.parametrize("every", [1, 4])
def test_jax_follows_as_numpy_does(every):
    network, x = MIXED, drawn(3, 12, 2)
    want = simulate_rates(network, x, 1e-3, steps_per_bin=every)
    with use_precision("double"):
        found = jax.jit(make_rate_function(network, 1e-3, every))(parameters(network), x)
        np.testing.assert_allclose(found, want, rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize(
    "phi", [*CURVES, *(kind() for kind in ACTIVATIONS_BY_NAME.values())], ids=repr
)
def test_curves_of_cells_are_the_same_in_both_and_so_are_their_slopes(phi):
    x = np.linspace(-2.03, 3.01, 41)
    with use_precision("double"):
        np.testing.assert_allclose(phi(jax.numpy.asarray(x)), phi(x), rtol=1e-12, atol=1e-14)
        slope = jax.vmap(jax.grad(lambda v: phi(v)))(jax.numpy.asarray(x))
    np.testing.assert_allclose(slope, (phi(x + 1e-6) - phi(x - 1e-6)) / 2e-6, atol=1e-7)


def test_a_static_loop_has_no_gradient_to_follow():
    with pytest.raises(DescriptionError, match="static units that feed each other"):
        make_rate_function(RateNetwork(("a", "b"), [[0, 1], [-1, 0]]), 1e-3)
    with pytest.raises(DescriptionError, match="a time step, got samples without dt"):
        make_rate_function(RateNetwork("a", tau=10 * ms), None)


def test_one_sigmoid_unit_learns_to_invert_with_a_negative_weight():
    network = RateNetwork("out", channels="in", W_in=[[0.1]], activation="sigmoid")
    data = make_samples([[0.0], [1.0]], [[1.0], [0.0]])
    recipe = TrainingOptions("momentum", 1.0, "mse", 300, initialisation=None)
    found = train(network, data, recipe, seeds=(1,))
    unit = found.networks[0]
    assert unit.W_in[0, 0] < -4
    np.testing.assert_allclose(unit.bias, -unit.W_in[0] / 2, rtol=0.05)  # the middle is the middle
    shares = found.signs.share_negative.sel(weight="network.W_in").isel(seed=0)
    assert (float(shares[0]), float(shares[-1])) == (0, 1)
    assert int(found.signs.crossings.sel(weight="network.W_in").sum()) == 1
    positive = dataclasses.replace(recipe, constraint=NonNegative())
    stuck = train(network, data, positive, seeds=(1,)).networks[0]
    assert stuck.W_in[0, 0] == 0  # projected onto the bound
    np.testing.assert_allclose(float(found.history.loss[-1, 0]), 0, atol=0.01)


def test_a_connection_that_is_not_there_does_not_grow():
    network = RateNetwork(("a", "b"), [[0, 0.5], [0, 0]], np.eye(2), tau=5 * ms)
    x = np.abs(drawn(6, 30, 2))
    data = make_samples(x, np.abs(drawn(6, 30, 2)), dt=1 * ms)
    recipe = TrainingOptions(rate=0.05, loss="mse", epochs=20, initialisation=RandomNormal(0.5))
    for one in train(network, data, recipe, seeds=(1, 2)).networks:
        np.testing.assert_array_equal(one.W != 0, network.W != 0)
        np.testing.assert_array_equal(one.W_in != 0, network.W_in != 0)
        assert one.W[0, 1] != 0.5


class TestFit:
    """A network that made the recording is found again."""

    TRUE = RateNetwork(
        ("e", "i"),
        [[0.4, -0.9], [0.8, 0.0]],
        [[1.2, 0.0], [0.3, 0.7]],
        tau=(20 * ms, 10 * ms),
        channels=("x", "y"),
    )
    SAME = Correspondence((Match("E", "e", scale=50 * Hz), Match("I", "i", scale=50 * Hz)))
    SHOWN = steps(
        {"x": [0.2, 0.5, 1.0, 0.0, 0.8, 0.4, 0.6], "y": [0.3, 0.9, 0.1, 0.7, 0.6, 0.0, 0.2]},
        duration=100 * ms,
        onset=10 * ms,
    )

    @pytest.fixture
    def run(self):
        """The true network as if it were biology: rates in Hz, two noiseless trials."""
        made = self.TRUE.run(self.SHOWN, trials=1, seed=1).activation
        rate = xr.concat([made, made], dim="trial").assign_coords(trial=[0, 1], unit=["E", "I"])
        bio = xr.Dataset({"rate": 50 * rate})
        return assemble_run(self.SHOWN, {"bio": bio, "ceiling": bio})

    def test_the_weights_that_made_it_are_found_with_their_signs(self, run):
        guess = dataclasses.replace(self.TRUE, W=np.sign(self.TRUE.W), W_in=self.TRUE.W_in != 0)
        recipe = TrainingOptions(
            rate=0.03,
            loss="mse",
            epochs=400,
            batch=99,
            initialisation=None,
            constraint=SignFrozen(),
        )
        fitted = fit_to_recording(guess, run, self.SAME, recipe, seeds=(1,))
        scores = fitted.scores.set_index(["network", "conditions"])
        errors = scores.xs("test", level="conditions").rmse
        assert errors["fitted"] < min(0.01, errors["initial"])
        assert errors["ceiling"] == 0
        np.testing.assert_array_equal(np.sign(fitted.network.W), np.sign(self.TRUE.W))
        np.testing.assert_allclose(fitted.network.W_in, self.TRUE.W_in, atol=0.1)
        # Without negative weights the best that could match is off by several times as much.
        positive = dataclasses.replace(recipe, constraint=NonNegative())
        without = fit_to_recording(guess, run, self.SAME, positive, seeds=(1,)).scores
        found = without[without.network == "fitted"].set_index("conditions").rmse
        assert found["test"] > 5 * scores.loc[("fitted", "test"), "rmse"].item()
        assert found["train"] > 5 * scores.loc[("fitted", "train"), "rmse"].item()

    def test_conditions_have_to_be_there_and_on_both_sides(self, run):
        with pytest.raises(UnknownNameError, match="condition, got 'x=9'"):
            fit_to_recording(self.TRUE, run, self.SAME, seeds=(1,), test=["x=9"])
        with pytest.raises(DescriptionError, match="conditions on both sides"):
            fit_to_recording(self.TRUE, run, self.SAME, seeds=(1,), test=[])
        with pytest.raises(DescriptionError, match="fit_to_recording, loss: wanted 'mse'"):
            fit_to_recording(self.TRUE, run, self.SAME, TrainingOptions(), seeds=(1,))


def test_a_spiking_recording_is_matched_by_a_free_network_and_not_without_negative_weights():
    """Excitation against inhibition of one cell: what GABA takes away, no positive weight can."""
    bio = ba.SpikingNetwork(
        (ba.Population("cell", 10, "glutamate", background=2 * nS),),
        (
            ba.Afferent("e", "cell", 0.6 * nS, fibres=20),
            ba.Afferent("i", "cell", 1 * nS, fibres=10, transmitter="GABA"),
        ),
    )
    shown = steps(
        ba.stimuli.cross_levels({"e": [0, 0.5, 1, 1.5], "i": [0, 0.5, 1]}), duration=400 * ms
    )
    guess = RateNetwork(("cell",), channels=("e", "i"), W_in=[[0.5, 0.1]], tau=10 * ms)
    same = Correspondence((Match("cell", "cell"),))
    pair = ba.Pair("fit", bio, guess, same, stimulus=shown)
    recording = pair.run(trials=2, seed=1).recording
    fits = {}
    for constraint in (Free(), NonNegative()):
        recipe = dataclasses.replace(FIT_OPTIONS, constraint=constraint)
        fitted = fit_to_recording(guess, recording, same, recipe, seeds=(1, 2), settle=0.1)
        fits[type(constraint)] = fitted
    best = {
        kind: f.scores.query("network == 'fitted' and conditions == 'test'").rmse.min()
        for kind, f in fits.items()
    }
    w_e, w_i = fits[Free].network.W_in[0]
    assert w_e > 0 > w_i
    # The best weight lies below zero, so the best one that may not ends at its bound.
    assert fits[NonNegative].network.W_in[0, 1] == pytest.approx(0, abs=1e-3)
    assert best[Free] < best[NonNegative]
