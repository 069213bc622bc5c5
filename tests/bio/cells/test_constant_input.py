"""What is wrong with a drive is told in one line, however many values it has."""

import numpy as np
import pytest
from brian2 import mV, nS, pA

import bioann as ba

MANY = np.linspace(100, 700, 1200).reshape(30, 40)
GAP = np.where(np.arange(1200).reshape(30, 40) == 3, np.nan, MANY)


@pytest.mark.parametrize(
    ("current", "conductances", "text"),
    [
        (MANY * mV, (), "wanted a current in amp, got 100. mV (value 1 of 1200)"),
        (MANY, (), "wanted a current in amp, got 100.0 (value 1 of 1200)"),
        (GAP * pA, (), "wanted finite numbers, got nan A (value 4 of 1200)"),
        (0, [(MANY * pA, 0 * mV)], "wanted a conductance in siemens, got 100. pA (value 1 of"),
        (0, [(3 * nS, MANY * nS)], "wanted a potential in volt, got 100. nS (value 1 of 1200)"),
        (5 * mV, (), "wanted a current in amp, got 5. * mvolt"),
    ],
)
def test_of_many_values_the_first_wrong_one_is_told(current, conductances, text):
    with pytest.raises(ba.BioannError) as error:
        ba.cells.LIF().rate(current, conductances)
    assert text in str(error.value)
    assert len(str(error.value)) < 200


@pytest.mark.parametrize("conductances", [None, 3, "ab", {1: 2}, [3], (3 * nS, -80 * mV)])
def test_conductances_that_are_no_pairs_are_an_error(conductances):
    with pytest.raises(ba.BioannError) as error:
        ba.cells.LIF().rate(0, conductances)
    text = str(error.value)
    assert text.startswith("LIF, rate, conductances: wanted pairs (conductance, reversal pot")
    assert text.endswith("Write [(3 * nS, -80 * mV)].")


def test_shapes_that_do_not_broadcast_are_named():
    with pytest.raises(ba.BioannError) as error:
        ba.cells.LIF().rate([1, 2] * pA, [([1, 2, 3] * nS, 0 * mV)])
    assert str(error.value) == (
        "LIF, rate: wanted shapes that broadcast, got (2,), (), (3,) and (). Give arrays of one "
        "shape, or scalars."
    )
