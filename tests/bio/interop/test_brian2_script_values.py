"""Numbers, arrays and connections of a Brian2 script keep their bits and their order."""

import numpy as np
import pytest
from brian2.core.namespace import DEFAULT_UNITS

from bioann.bio.interop.brian2_script_synapses import write_indices
from bioann.bio.interop.brian2_script_values import ScriptData


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (5e-3, "second", "5*ms"),
        (-0.065, "volt", "-65*mV"),
        (3.3 * 1e-9, "siemens", "3.3*nS"),
        (2e-10, "farad", "200*pF"),
        (1 / 3, "1", repr(1 / 3)),
        (float("inf"), "1", 'float("inf")'),
        (2.0, "mmolar", "2 * mmolar"),
        (10.0, "hertz", "10*Hz"),
    ],
)
def test_numbers_are_written_in_the_usual_unit(value, unit, text):
    assert ScriptData().write_number(value, unit) == text


def test_numbers_keep_their_bits():
    rng = np.random.default_rng(1)
    values = [*rng.lognormal(-10, 10, 500), *(rng.integers(-999, 999, 500) * 1e-3), -0.0]
    for value in map(float, values):
        for unit in ("1", "volt", "second", "amp"):
            data = ScriptData()
            result = eval(data.write_number(value, unit), {u: DEFAULT_UNITS[u] for u in data.units})
            assert float(result).hex() == value.hex()


def test_connections_are_a_rule_only_in_the_order_of_the_rule():
    post, pre = np.nonzero(np.ones((2, 3)))
    assert write_indices("s", pre, post, (3, 2), ScriptData())[0] == (
        "post, pre = np.nonzero(np.ones((2, 3)))"
    )
    post, pre = np.nonzero(1 - np.eye(3))
    assert "1 - np.eye(3)" in write_indices("s", pre, post, (3, 3), ScriptData())[0]
    data = ScriptData()
    assert write_indices("s", pre[::-1], post[::-1], (3, 3), data) == [
        's.connect(i=data["s.pre"], j=data["s.post"])'
    ]
    np.testing.assert_array_equal(data.arrays["s.pre"], pre[::-1])
