"""Values of wrong types become errors that name the object, whatever their type."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from brian2 import Hz, ms, nS

import bioann as ba
from bioann.base.arguments import check_whole_number, name_argument_errors
from bioann.base.errors import BioannError, DescriptionError, SimulationError
from bioann.base.text import shorten_repr


class WithoutRepr:
    def __repr__(self):
        raise RuntimeError("no repr")


class Objects:
    """Several values, none of them of use."""

    def __iter__(self):
        yield object()


#: Values that hardly any argument takes.
BAD = {
    "None": None,
    "text": "abc",
    "negative": -1,
    "NaN": float("nan"),
    "ragged": [[1, 2], [3]],
    "nothing in a list": [None],
    "mapping": {"a": None},
    "iterable": Objects(),
    "series": pd.Series([-1.0, 2.0]),
    "no repr": WithoutRepr(),
    "complex": 1j,
    "type": int,
    "object": object(),
    "beyond floats": 10**400,
}
NETWORK = {
    "populations": (ba.Population("e", 2, "glutamate"),),
    "afferents": (ba.Afferent("x", "e", 1 * nS, fibres=2),),
}
RATES = {"units": ("e",), "channels": ("x",), "W_in": [[1.0]]}
#: Function or class, its other arguments, and the argument for which each bad value is given.
CALLS = [
    (ba.SpikingNetwork, NETWORK, "populations"),
    (ba.SpikingNetwork, NETWORK, "afferents"),
    (ba.SpikingNetwork, NETWORK, "projections"),
    (ba.Population, {"name": "e", "n": 2}, "transmitter"),
    (ba.Population, {"name": "e", "transmitter": "GABA"}, "n"),
    (ba.Population, {"name": "e", "transmitter": "GABA", "n": 2}, "background"),
    (ba.Projection, {"source": "a", "target": "b"}, "weight"),
    (ba.FixedProbability, {}, "p"),
    (ba.ExplicitMatrix, {}, "values"),
    (ba.RateNetwork, RATES, "W_in"),
    (ba.RateNetwork, RATES, "activation"),
    (ba.Match, {"ann": "b", "scale": 100 * Hz}, "bio"),
    (ba.Correspondence, {}, "matches"),
    (ba.steps, {"duration": 10 * ms}, "levels"),
    (ba.steps, {"levels": {"x": [0.0]}}, "duration"),
    (ba.stimuli.noise, {"means": {"x": [0.0]}, "std": 1, "seed": 1, "duration": 9 * ms}, "samples"),
    (ba.stimuli.noise, {"means": {"x": [0.0]}, "std": 1, "samples": 1, "duration": 9 * ms}, "seed"),
    (ba.compare, {}, "run"),
    (ba.to_ann, {}, "bio"),
    (ba.load, {}, "name"),
]
#: Bad for most arguments, but not for these.
GOOD = {
    ("populations", "text"),
    ("bio", "text"),
    ("name", "text"),
    ("activation", "text"),
    ("W_in", "NaN"),
    ("seed", "beyond floats"),
}


@pytest.mark.parametrize(
    ("function", "others", "name"), CALLS, ids=[f"{f.__name__} {n}" for f, _, n in CALLS]
)
def test_values_of_wrong_types_are_errors_that_name_the_object(function, others, name):
    wrong = {}
    for kind, value in BAD.items():
        try:
            function(**others | {name: value})
        except BioannError as error:
            if len(str(error)) > 700 or not error.obj or not error.remedy.endswith((".", "?")):
                wrong[kind] = str(error)
        except Exception as error:
            wrong[kind] = repr(error)
        else:
            if (name, kind) not in GOOD and kind != "None":
                wrong[kind] = "accepted"
    assert not wrong


def test_the_error_shows_the_call_and_keeps_the_cause():
    @name_argument_errors
    def add(a, b=1):
        return a + b

    assert add(1) == 2
    with pytest.raises(DescriptionError) as caught:
        add("x", b=list(range(1000)))
    assert caught.value.obj == "add"
    assert caught.value.got.startswith("TypeError: can only concatenate str")
    assert caught.value.remedy.startswith("Compare add('x', b=[0, 1, 2, 3, 4, 5, ...]) with its")
    assert isinstance(caught.value.__cause__, TypeError)


@pytest.mark.parametrize("error", [SimulationError("a", "b", "c", "D."), UserWarning("w")])
def test_errors_of_bioann_and_warnings_pass(error):
    @name_argument_errors
    def fail():
        raise error

    with pytest.raises(type(error)) as caught:
        fail()
    assert caught.value is error


#: A method of a description, its wrong arguments, and what the error says.
METHOD_CALLS = {
    "missing": (
        lambda: ba.cells.LIF().steady_rate(0.0),
        "LIF.steady_rate: wanted each required argument once, got missing a required argument: "
        "'conductance'. Its arguments are current, conductance, reversal_current, compartment.",
    ),
    "missing, class method": (
        lambda: ba.layers.Dense.of_size(),
        "Dense.of_size: wanted each required argument once, got missing a required argument: "
        "'n_inputs'. Its arguments are n_inputs, n_units, activation, tau.",
    ),
    "missing, call of an object": (
        lambda: ba.metrics.Contrast({"x": 1.0})(),
        "Contrast.__call__: wanted each required argument once, got missing a required argument: "
        "'response'. Its arguments are response, stimulus.",
    ),
    "unknown": (
        lambda: ba.cells.LIF().rate(conductance=[]),
        "LIF.rate: wanted the name of an argument, got 'conductance'. Did you mean 'conductances'?",
    ),
    "wrong type": (
        lambda: ba.receptors.AMPA().time_course("abc"),
        "AMPA.time_course: wanted arguments of the documented types, got ValueError: could not "
        "convert string to float: 'abc'. Compare AMPA.time_course('abc') with its documentation;",
    ),
    "unknown population": (
        lambda: ba.SpikingNetwork(**NETWORK).get_population("f"),
        "SpikingNetwork: wanted the name of a population, got 'f'. Choose one of: 'e'.",
    ),
    "missing, no description": (
        lambda: ba.theory.PoissonInput(rate=1 * Hz),
        "PoissonInput: wanted each required argument once, got missing a required argument: "
        "'weight'. Its arguments are rate, weight, tau, reversal.",
    ),
    "abstract class": (
        lambda: ba.layers.Layer(),
        "Layer: wanted a subclass that defines forward and output_shape, got the abstract class "
        "itself. Use one of its subclasses, or write one.",
    ),
    "abstract metric": (
        lambda: ba.metrics.ParametricMetric(1),
        "ParametricMetric: wanted a subclass that defines __call__, got the abstract class "
        "itself. Use one of its subclasses, or write one.",
    ),
}


@pytest.mark.parametrize("case", METHOD_CALLS)
def test_a_method_of_a_description_names_what_is_wrong_with_its_arguments(case):
    call, message = METHOD_CALLS[case]
    with pytest.raises(DescriptionError) as caught:
        call()
    assert str(caught.value).startswith(message)


def test_a_method_that_a_user_wrote_stays_as_it_is():
    @dataclasses.dataclass(frozen=True, repr=False, eq=False)
    class Half(ba.metrics.ParametricMetric):
        def __call__(self, response, stimulus):
            return response / 2

    assert Half.__call__.__code__.co_name == "__call__"
    with pytest.raises(TypeError, match="'str' and 'int'"):
        Half()("abc", None)


@pytest.mark.parametrize("value", [True, 1.0, "1", None, 0, -1, np.float64(2), [1]])
def test_a_whole_number_is_none_of_these(value):
    with pytest.raises(SimulationError, match=r"^trials: wanted a whole number >= 1, got "):
        check_whole_number(value, "trials", error=SimulationError)


def test_whole_numbers_of_numpy_are_whole_numbers():
    assert type(check_whole_number(np.int64(3), "trials")) is int


def test_a_value_is_described_in_one_short_line():
    for value in (np.zeros((99, 99)), "x" * 999, {k: k for k in range(99)}, 10**5000):
        text = shorten_repr(value)
        assert len(text) < 120
        assert "\n" not in text
    assert "WithoutRepr" in shorten_repr(WithoutRepr())
