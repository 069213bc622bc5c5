"""A value of another type than its annotation is an error that names the argument."""

import dataclasses
import inspect
import sys
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from brian2 import ms, nS

import bioann as ba
from bioann.base.annotations import list_allowed_types
from bioann.base.arguments import name_argument_errors
from bioann.base.description import Description
from bioann.base.errors import BioannError, DescriptionError, UnknownNameError
from bioann.base.type_checks import as_tuple


class WithoutRepr:
    def __repr__(self):
        raise ValueError("no repr")


#: Values that no field of a cell, receptor, plasticity rule, activation, modulator or sign
#: constraint takes.
BAD = (object(), [1, [2, 3]], 1j, [None], {"a": None}, b"abc", int)
SPACES = (ba.activations, ba.cells, ba.modulation, ba.plasticity, ba.receptors, ba.signs, ba.init)


def list_complete_classes():
    """Return the public descriptions that can be constructed without arguments."""
    objects = [getattr(space, name) for space in SPACES for name in dir(space)]
    classes = {one for one in objects if isinstance(one, type) and issubclass(one, Description)}
    return [
        one
        for one in sorted(classes - {Description}, key=str)
        if not inspect.isabstract(one)
        and not any(p.default is p.empty for p in inspect.signature(one).parameters.values())
    ]


@pytest.mark.parametrize("one", list_complete_classes(), ids=lambda one: one.__name__)
def test_every_field_refuses_what_it_cannot_be_and_is_named(one):
    for field in dataclasses.fields(one):
        for value in BAD:
            with pytest.raises(BioannError) as error:
                one(**{field.name: value})
            assert one.__name__ in error.value.obj or one().title() in error.value.obj
            assert field.name in str(error.value)
            assert "documented types" not in error.value.expected
            assert error.value.remedy.endswith((".", "?"))


@name_argument_errors
def example(
    names: Sequence[str],
    levels: Mapping[str, float],
    rate: float = 1.0,
    bound: float = np.inf,
    n: int | None = None,
    shape: Callable[[float], float] | None = None,
    limits: tuple[float, float] = (0.0, 1.0),
    response: xr.DataArray | None = None,
    strict: bool = True,
    anything: "NotImported" = None,  # noqa: F821
):
    return sum(response) if response is not None else names


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"names": "abc"}, "names: wanted a sequence of text, got 'abc'. Try names=('abc',)."),
        ({"names": ["a", None]}, "names: wanted a sequence of text, got ['a', None]. Change"),
        ({"names": {"a", "b"}}, "names: wanted a sequence of text, got"),
        ({"levels": {"a": None}}, "levels: wanted a mapping from text to real number, got"),
        ({"rate": np.nan}, "rate: wanted a real number, got nan"),
        ({"rate": np.inf}, "rate: wanted a finite number, got inf"),
        ({"rate": True}, "rate: wanted a real number, got True"),
        ({"rate": 10**400}, "rate: wanted a real number, got 1000"),
        ({"n": 2.0}, "n: wanted a whole number or None, got 2.0"),
        ({"shape": 3}, "shape: wanted a function or None, got 3"),
        ({"limits": (0.0,)}, "limits: wanted a sequence of 2 real number, got (0.0,)"),
        ({"strict": 1}, "strict: wanted True or False, got 1"),
        ({"response": 3}, "response: wanted a DataArray or None, got 3"),
        ({"rat": 3}, "wanted the name of an argument, got 'rat'. Did you mean 'rate'?"),
    ],
    ids=lambda value: value.split(":")[0] if isinstance(value, str) else "",
)
def test_an_argument_is_compared_with_its_annotation(options, message):
    with pytest.raises(DescriptionError) as error:
        example(**{"names": ("a",), "levels": {}} | options)
    assert str(error.value).startswith("example")
    assert message in str(error.value)


def test_what_is_meant_by_an_annotation_passes():
    assert example(np.array(["a", "b"]), {"a": np.float32(1), "b": True}, 3, np.inf) is not None
    assert example(["a"], {}, n=np.int64(3), limits=[0, 1], anything=object()) == ["a"]
    assert list_allowed_types(example).keys() == {
        *("names", "levels", "rate", "bound", "n", "shape", "limits", "response", "strict")
    }


@pytest.mark.parametrize(
    "names",
    [np.array([["a"]]), xr.DataArray([1.0]), pd.DataFrame({"a": ["b"]}), xr.Dataset()],
    ids=lambda value: type(value).__name__,
)
def test_a_table_is_no_sequence_of_names(names):
    with pytest.raises(DescriptionError, match=r"^example, names: wanted a sequence of text"):
        example(names, {})


@pytest.mark.parametrize("names", [pd.Series(["a"]), pd.Index(["a"]), xr.DataArray(["a"])])
def test_a_labelled_array_of_names_is_a_sequence_of_names(names):
    assert example(names, {}) is not None


def test_missing_arguments_are_named():
    with pytest.raises(DescriptionError, match=r"missing a required argument: 'levels'"):
        example(["a"])


@pytest.mark.parametrize("value", ["a", ["a"], np.array(["a"]), iter(["a"])])
def test_a_field_that_is_annotated_as_a_tuple_is_one(value):
    field = as_tuple(value, list_allowed_types(ba.Correspondence)["bio_only"])
    assert field == ("a",)
    assert type(field[0]) is str


@pytest.mark.parametrize(
    ("build", "field"),
    [
        (lambda: ba.RateNetwork(units=[None]), "RateNetwork, units"),
        (lambda: ba.Match("a", "b", name=3), "Match, name"),
        (lambda: ba.metrics.Contrast({"x": None}), "Contrast, at"),
        (lambda: ba.metrics.MeanBetween(0.2, 0.1), "MeanBetween"),
        (lambda: ba.metrics.RelayDelay(None, 40.0, 41.0, 150.0), "RelayDelay, network"),
        (lambda: ba.translate.fit_activations([0, 1, 2], [0, 1, 2], resamples=-1), "resamples"),
        (lambda: ba.signs.WeightMatrix("l", "W", [[1], [2, 3]], "a"), "values"),
        (lambda: ba.Translation("net", ba.Correspondence.of_names("a"), ()), "Translation"),
        (lambda: ba.metrics.Latency("x", 1.0, onset=0.1, settle=-0.1), "Latency, settle"),
        (lambda: ba.metrics.Metric("m", max, over="windows"), "'m', over"),
        (lambda: ba.layers.MaxPool(size=10**400), "MaxPool, size"),
        (lambda: ba.layers.Rescale(3 * ms), "Rescale, scale"),
        (lambda: ba.layers.GRU(np.zeros((6, 2)), np.zeros((6, 2)), reset_after="no"), "reset"),
        (lambda: ba.tasks.rings(noise=-1.0, seed=1), "rings, noise"),
        (lambda: ba.Record(voltage={"a": [None]}), "Record, voltage"),
        (lambda: ba.quantity("mS"), "quantity"),
        (lambda: ba.Projection(WithoutRepr(), "b", 1 * nS), "Projection"),
        (lambda: ba.theory.PoissonInput([1, [2, 3]], 1 * nS, 5 * ms, 0), "PoissonInput, rate"),
        (lambda: ba.check_pair(sys.exit), "check_pair, pair"),
        (lambda: ba.check_pair(lambda: 3), "check_pair, pair"),
        (lambda: ba.steps({"x": [1.0]}, duration=1 * nS), "duration"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_nothing_is_accepted_in_silence(build, field):
    with pytest.raises(BioannError) as error:
        build()
    assert field in error.value.obj


def test_a_class_names_the_arguments_that_it_lacks_or_does_not_know():
    with pytest.raises(UnknownNameError, match="Population: wanted the name of an argument, got "):
        ba.Population("e", 5, "glutamate", weight=1 * nS)
    with pytest.raises(DescriptionError, match=r"missing a required argument: 'n'\. Its arguments"):
        ba.Population("e")
    assert list(inspect.signature(ba.Population).parameters)[:3] == ["name", "n", "transmitter"]
