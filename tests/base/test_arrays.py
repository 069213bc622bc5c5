"""What NumPy would drop without a word is an error: masks, imaginary parts, units, text."""

from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from brian2 import Hz, ms, mV, nS, pA

import bioann as ba
from bioann.base.arrays import to_floats
from bioann.base.errors import BioannError, DescriptionError, StimulusError
from bioann.base.units import to_si

MASKED = np.ma.masked_array([1.0, 1e20], [False, True])


@pytest.mark.parametrize(
    "value",
    [
        [1, 2], (1.0, 2), np.arange(2, dtype="i1"), np.float16([1, 2]), [True, False], 3, 2.5,
        [[1], [2]], pd.Series([1, 2]),
        pd.DataFrame({"a": [1], "b": [2.5]}), np.array([1, 2.5], object),
        [Fraction(1, 2)], np.ma.masked_array([1.0, 2.0], [False, False]), [np.nan, np.inf],
        np.array([1, 2]) * (Hz / Hz), [],
    ],
)  # fmt: skip
def test_real_numbers_become_floats_of_their_own(value):
    floats = to_floats(value, "values")
    assert floats.dtype == float
    np.testing.assert_array_equal(floats, np.asarray(value, dtype=float))
    assert not np.shares_memory(floats, np.asarray(value))


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (MASKED, r"got 1 masked value\(s\). Fill them"),
        ([MASKED, MASKED], "masked"),
        ([[1.0, 2.0], (MASKED, MASKED)], "masked"),
        (np.ma.masked, "masked"),
        ([1.0, np.ma.masked], "masked"),
        ([1 + 2j], "got complex numbers. Pass the real part"),
        (np.ones(2, complex), "complex"),
        ([1, 2] * nS, "got numbers with a unit"),
        ([1 * mV, 2 * mV], "with a unit"),
        (["1.5"], r"got text, such as .*'1\.5'"),
        ("0.5", "text"),
        ([1, None], "objects that are no numbers"),
        ({"a": 1}, "objects that are no numbers"),
        ([[1], [1, 2]], "got a list that is no array"),
        (np.array(["2020-01-01"], "M8[D]"), "type datetime64"),
    ],
)
def test_anything_else_is_named(value, message):
    with pytest.raises(DescriptionError, match="the values: wanted real numbers, got ") as error:
        to_floats(value, "the values")
    assert error.match(message)


NO_NUMBERS = (np.ma.masked_array([[1.0]], True), [[1j]], [["1"]], [[1 * nS]])


@pytest.mark.parametrize("values", NO_NUMBERS, ids=["masked", "complex", "text", "unit"])
@pytest.mark.parametrize(
    "build",
    [
        lambda x: ba.RateNetwork(("a",), W=x),
        lambda x: ba.RateNetwork(("a",), W_in=x),
        lambda x: ba.RateNetwork(("a",), bias=x[0]),
        lambda x: ba.RateNetwork(("a",), bias=x[0][0]),
        lambda x: ba.layers.Dense(x),
        lambda x: ba.layers.Dense([[1.0]], x[0]),
        lambda x: ba.ExplicitMatrix(x),
        lambda x: ba.ElectrodeArray(("c",), "p", 5 * pA, x),
        lambda x: ba.activations.Tabulated(x[0], [1.0]),
        lambda x: ba.steps({"c": x[0]}, duration=5 * ms),
    ],
)
def test_no_door_lets_them_in(build, values):
    with pytest.raises(BioannError, match=r"real number|a unit"):
        build(values)


def test_a_quantity_is_real_and_not_masked():
    for value in ((1 + 1j) * nS, np.ma.masked_array(1.0, True), np.complex128(0)):
        with pytest.raises(DescriptionError, match="wanted a"):
            to_si(value, "nS", "weight")


def test_a_stimulus_from_elsewhere_is_real():
    stimulus = ba.steps({"c": [0.5]}, duration=5 * ms)
    with pytest.raises(StimulusError, match="stimulus values: wanted real numbers, got complex"):
        ba.RateNetwork(("c",)).run(stimulus * (1 + 1j), trials=1, seed=1)
