"""Models, ranges and options that an identification cannot use are errors that say what to do."""

import numpy as np
import pytest
from brian2 import Hz, ms, pA

import bioann as ba
from bioann.base.errors import BioannError, DescriptionError, SimulationError, UnknownNameError

MODEL = ba.FunctionModel(lambda stimulus, rng: stimulus.values, ("out",), ("x",))
Options = ba.translate.IdentificationOptions


@pytest.mark.parametrize(
    ("options", "error", "text"),
    [
        ({}, DescriptionError, "got function. Pass method='measured'"),
        ({"method": "measure"}, UnknownNameError, "Did you mean 'measured'?"),
        ({"method": "identify"}, UnknownNameError, "'identification'"),
        ({"span": {"z": (0, 1)}}, UnknownNameError, "to_ann, span: wanted the name of a channel"),
        ({"span": {"x": (1, 0)}}, DescriptionError, "to_ann, span of 'x': wanted the lowest and"),
        ({"span": {"x": ()}}, DescriptionError, "to_ann, span: wanted a mapping"),
        ({"span": {"x": (0, np.nan)}}, DescriptionError, "span of 'x': wanted the lowest and"),
        (
            {"span": {"x": (0 * pA, 1 * pA)}},
            DescriptionError,
            "to_ann, span: wanted a mapping from text",
        ),
        ({"span": {"x": (1, 1)}}, DescriptionError, "wanted a channel whose level varies"),
        ({"identification": Options(stimuli=5)}, DescriptionError, "wanted at least 6, because 1"),
        ({"resolution": "neuron"}, DescriptionError, "resolution of an identification: wanted"),
        ({"divisive": True}, DescriptionError, "divisive of an identification: wanted False"),
        ({"scale": 0 * Hz}, DescriptionError, "scale of an identification: wanted a rate above 0"),
        ({"engine": "nump"}, BioannError, "engine: wanted the name"),
    ],
)
def test_options_that_cannot_be_used_are_named(options, error, text):
    method = {} if options == {} else {"method": "measured"}
    with pytest.raises(error) as caught:
        ba.to_ann(MODEL, **(method | options))
    assert text in str(caught.value)


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"stimuli": 0}, "IdentificationOptions, stimuli: wanted a whole number >= 1"),
        ({"held_out": 3}, "IdentificationOptions, held_out: wanted a whole number >= 4"),
        ({"trials": 2.5}, "IdentificationOptions, trials"),
        ({"window": 0 * ms}, "IdentificationOptions, window"),
        ({"settle": 5}, "IdentificationOptions, settle"),
        ({"constraint": "dale"}, "IdentificationOptions, constraint"),
        ({"stimulus": 5}, "IdentificationOptions"),
    ],
)
def test_fields_of_options_are_checked(fields, text):
    with pytest.raises(DescriptionError) as caught:
        Options(**fields)
    assert text in str(caught.value)


def test_options_of_an_identification_are_an_error_for_a_described_network():
    network = ba.SpikingNetwork((ba.Population("cell", 2, "glutamate"),))
    with pytest.raises(DescriptionError, match="method='identification'"):
        ba.to_ann(network, identification=Options())
    with pytest.raises(DescriptionError, match="a model without any"):
        ba.to_ann(network, method="identification")


def test_what_is_no_model_is_an_error():
    with pytest.raises(DescriptionError, match=r"run\(\.\.\.\), units and channels"):
        ba.to_ann(3)


def test_a_stimulus_on_which_a_model_fails_is_named():
    def respond(stimulus, rng):
        if (stimulus.values > 0.9).any():
            raise ValueError("too bright")
        return stimulus.values

    model = ba.FunctionModel(respond, ("out",), ("x",))
    with pytest.raises(SimulationError) as caught:
        ba.to_ann(model, method="measured")
    message = str(caught.value)
    assert message.startswith("to_ann, stimulus x = 1: ")
    assert "too bright" in message
    assert "Pass span=" in message
    assert ba.to_ann(model, method="measured", span={"x": (0, 0.9)}).flags == ()


def test_a_model_that_fails_on_every_stimulus_keeps_its_error():
    def respond(stimulus, rng):
        raise ValueError("no file")

    with pytest.raises(BioannError) as caught:
        ba.to_ann(ba.FunctionModel(respond, ("out",), ("x",)), method="measured")
    assert "no file" in str(caught.value)
    assert "span" not in str(caught.value)


def test_responses_that_are_not_finite_name_the_stimulus():
    model = ba.FunctionModel(
        lambda stimulus, rng: np.log(np.maximum(stimulus.values, 0)), ("out",), ("x",)
    )
    with (
        pytest.raises(SimulationError, match="in condition 'stimulus 0: x = 0'"),
        np.errstate(divide="ignore"),
    ):
        ba.to_ann(model, method="measured", span={"x": (0, 1)})


class Doubling:
    """A model of a user's own, with the least that a model needs."""

    units, channels = ("out",), ("x",)

    def run(self, stimulus, *, trials, seed, engine="auto", dt=None, bin_width=10 * ms):
        """Return twice the channel."""
        copy = ba.FunctionModel(lambda s, rng: 2 * s.values, self.units, self.channels)
        return copy.run(stimulus, trials=trials, seed=seed, bin_width=bin_width)


def test_a_class_of_the_users_own_is_identified():
    translation = ba.to_ann(Doubling(), method="measured")
    assert translation.network.W_in[0] == pytest.approx([2.0], abs=1e-6)


def test_a_class_that_returns_something_else_is_an_error():
    class Wrong(Doubling):
        def run(self, stimulus, **options):
            return stimulus

    with pytest.raises(SimulationError, match="a Dataset with 'rate' or 'activation'"):
        ba.to_ann(Wrong(), method="measured")


def test_the_stimuli_are_those_of_the_seed():
    first, again, other = (ba.to_ann(MODEL, method="measured", seed=s) for s in (1, 1, 2))
    assert repr(first.validity) == repr(again.validity)
    assert (first.validity[0].points != other.validity[0].points).any()
