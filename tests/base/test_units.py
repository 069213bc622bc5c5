import copy
import dataclasses
import functools
import pickle

import brian2
import numpy as np
import pytest
import xarray as xr
from brian2 import Hz, farad, hertz, mA, ms, mV, nS, pA, second, siemens, uS, volt
from hypothesis import given, strategies as st

from bioann.base.as_code import hash_description, to_code
from bioann.base.description import Description
from bioann.base.errors import DescriptionError, DimensionError
from bioann.base.units import (
    SI,
    brian_quantity,
    format_quantity,
    in_unit,
    quantity,
    to_si,
)

BASES = {"nS": siemens, "pA": brian2.amp, "mV": volt, "ms": second, "pF": farad, "Hz": hertz}
finite = st.floats(allow_nan=False, allow_infinity=False)
units = st.sampled_from(sorted(BASES))


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Gate(Description):
    """A description as small as they come."""

    name: str
    g: SI = quantity("nS", 3, above=0, symbol="g", meaning="conductance")
    delay: SI = quantity("ms", 1, at_least=0)


@given(st.floats(-1e6, 1e6), units)
def test_one_quantity_is_one_float_however_it_is_written(number, unit):
    assert to_si(number * BASES[unit], unit, "x") == number


def test_units_are_scaled():
    assert to_si(3 * nS, "nS", "x") == pytest.approx(3e-9, rel=1e-15)
    assert to_si(0.003 * uS, "nS", "x") == pytest.approx(3e-9, rel=1e-15)
    assert to_si(1e-6 * mA, "pA", "x") == pytest.approx(1e-9, rel=1e-15)
    assert to_si(np.float32(2) * Hz, "Hz", "x") == 2.0


@pytest.mark.parametrize("value", [3 * mV, 3, 3.0, np.float64(3), "3 nS", None, True, 0 * mV])
def test_a_wrong_dimension_or_none_is_an_error(value):
    with pytest.raises(DimensionError, match=r"Gate, g: wanted a conductance in nS.*3 \* nS"):
        to_si(value, "nS", "Gate, g")


def test_a_bare_zero_needs_no_unit():
    assert to_si(0, "nS", "x") == 0.0


@pytest.mark.parametrize("value", [[1, 2] * nS, np.nan * nS, np.inf * nS, [] * nS])
def test_a_quantity_is_one_finite_number(value):
    with pytest.raises(DescriptionError, match="x: wanted"):
        to_si(value, "nS", "x")


@given(finite, units)
def test_a_shown_quantity_is_the_same_float_again(value, unit):
    number, name = format_quantity(value, unit).split(" * ")
    assert to_si(float(number) * getattr(brian2, name), unit, "x") == value


def test_a_shown_quantity_is_short_where_it_can_be():
    assert format_quantity(to_si(3 * nS, "nS", "x"), "nS") == "3.0 * nS"
    assert format_quantity(to_si(-65 * mV, "mV", "x"), "mV") == "-65.0 * mV"


@given(st.integers(-(10**6), 10**6), units)
def test_a_magnitude_is_the_number_that_was_written(number, unit):
    assert in_unit(to_si(number * getattr(brian2, unit), unit, "x"), unit) == number


def test_a_float_gets_its_dimension_back():
    assert brian_quantity(float(3 * nS), "nS") == 3 * nS
    with pytest.raises(brian2.DimensionMismatchError):
        brian_quantity(3e-9, "nS") + 1 * mV


def test_fields_are_kept_as_si_floats():
    gate = Gate("a", 2 * nS, 5 * ms)
    assert (gate.g, gate.delay) == (2e-9, 5e-3)
    assert isinstance(gate.g, float)
    assert not isinstance(gate.g, brian2.Quantity)


def test_bounds_are_checked_where_they_stand():
    assert Gate("a", delay=0 * ms).delay == 0
    with pytest.raises(DescriptionError, match=r"Gate 'a', delay: wanted a value at least 0 ms"):
        Gate("a", delay=-1 * ms)
    with pytest.raises(DescriptionError, match=r"Gate 'a', g: wanted a value above 0 nS.*0.0 \*"):
        Gate("a", 0 * nS)


def test_replacing_a_field_keeps_the_others_without_asking_for_units_again():
    gate = dataclasses.replace(Gate("a", 2 * nS), name="b")
    assert gate == Gate("b", 2 * nS)
    with pytest.raises(DimensionError):  # a float from a field of another unit
        dataclasses.replace(gate, delay=gate.g)


def test_descriptions_compare_by_value():
    assert Gate("a") == Gate("a", 3 * nS, 1 * ms)
    assert hash(Gate("a")) == hash(Gate("a", 3 * nS))
    assert Gate("a") != Gate("a", 3.0000000000001 * nS)
    assert Gate("a") != "Gate(name='a', g=3.0 * nS, delay=1.0 * ms)"


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
def test_descriptions_survive_copies_and_processes(duplicate):
    gate = duplicate(Gate("a", 2 * nS))
    assert gate == Gate("a", 2 * nS)
    assert dataclasses.replace(gate, name="b") == Gate("b", 2 * nS)


def test_descriptions_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        Gate("a").g = 1e-9


def test_code_of_plain_values():
    assert to_code((1,)) == "(1,)"
    assert to_code({"on": (1.0, None)}) == "{'on': (1.0, None)}"
    assert to_code(np.array([[1.0, -0.5]])) == "[[1.0, -0.5]]"
    assert to_code(np.linspace) == "numpy.linspace"
    given = functools.partial(np.linspace, 0.0, num=3)  # whose own repr has an address in memory
    assert to_code(given) == "functools.partial(numpy.linspace, 0.0, num=3)"
    assert to_code(Gate("a").title) == f"{Gate('a')!r}.title"  # a method is one of its object


def test_a_fingerprint_depends_on_every_number_and_on_nothing_else():
    assert hash_description(Gate("a")) == hash_description(Gate("a", 3 * nS))
    # The digest itself: it must not change from one process to the next.
    assert hash_description(Gate("a")) == "5a05899cdc30b2d4"
    different = [Gate("a"), Gate("b"), Gate("a", 3.1 * nS), Gate("a", delay=0 * ms)]
    assert len({hash_description(g) for g in different}) == 4


def test_a_fingerprint_sees_the_content_of_labelled_arrays():
    one = xr.DataArray(np.zeros((2, 3)), dims=("a", "b"))
    other = one.copy()
    other[1, 2] = 1e-9
    assert hash_description(one) == hash_description(one.copy())
    assert hash_description(one) != hash_description(other)
    assert hash_description(one) != hash_description(one.T)


@given(st.floats(-1e3, 1e3))
def test_currents_of_any_sign_are_taken(number):
    assert to_si(number * pA, "pA", "x") == number * float(pA)


@pytest.mark.parametrize("value", [np.nan, 1j, "1", None, True, np.ma.masked, [1.0]])
def test_a_plain_number_is_real(value):
    @dataclasses.dataclass(frozen=True, repr=False, eq=False)
    class Rule(Description):
        factor: float = 1.0
        limit: float | None = None
        best: float = np.nan

    assert Rule(2, None).best != Rule(np.float32(2), 3.0, np.inf).limit
    for field in ("factor", "limit", "best"):
        if (field, value) == ("limit", None) or (field == "best" and value is np.nan):
            continue
        with pytest.raises(DescriptionError, match=f"Rule, {field}: wanted a real number"):
            Rule(**{field: value})
