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
