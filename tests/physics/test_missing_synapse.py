"""Any signed layer is a non-negative layer and one inhibitory unit."""

import numpy as np
import pytest
from brian2 import ms
from hypothesis import given, strategies as st
from hypothesis.extra.numpy import arrays

import bioann as ba
from bioann.models import missing_synapse

SIGNED = st.floats(-3, 3)


@pytest.mark.slow
@given(arrays(float, (3, 4), elements=SIGNED), arrays(float, (5, 4), elements=st.floats(0, 1)))
def test_a_blanket_makes_any_layer_non_negative(weights, inputs):
    added = max(-weights.min(), 0.0)
    signed, blanket = (
        ba.RateNetwork(
            ("a", "b", "c", "blanket"),
            W=np.pad(np.full((3, 1), -c), ((0, 1), (3, 0))),
            W_in=np.vstack([weights + c, np.full(4, float(c > 0))]),
            channels=tuple("wxyz"),
            activation="linear",
        )
        for c in (0.0, added)
    )
    assert (blanket.W_in >= 0).all()
    levels = dict(zip("wxyz", inputs.T, strict=True))
    stimulus = ba.steps(levels, duration=10 * ms, coords={"sample": range(len(inputs))})
    responses = [n.run(stimulus, trials=1, seed=1).activation[..., :3] for n in (signed, blanket)]
    # Sums of four products of at most 6: rounding errors of a few units in the last place of 24.
    np.testing.assert_allclose(*responses, atol=1e-13)
    expected = np.broadcast_to((inputs @ weights.T)[:, None, None], responses[0].shape)
    np.testing.assert_allclose(responses[0], expected, atol=1e-13)


def test_the_circuit_has_no_negative_connection_from_an_input():
    circuit = missing_synapse.build_circuit()
    assert {a.transmitter for a in circuit.afferents} == {"glutamate"}
    pairs = {(a.channel, a.target) for a in circuit.afferents}
    for i, output in enumerate(missing_synapse.OUTPUTS):
        for j, channel in enumerate(missing_synapse.INPUTS):
            is_missing = missing_synapse.WEIGHTS[i, j] == -missing_synapse.ADDED
            assert ((channel, output) in pairs) != is_missing


def test_the_blanket_saves_populations_but_not_connections():
    # 4 inputs, 3 outputs, 9 weights of which 4 are negative, one in each column; 10 pairs are left.
    assert missing_synapse.CELL_RATIO.metric.function() == 1 / 4
    circuit = missing_synapse.build_circuit()
    n_connections = len(circuit.afferents) + len(circuit.projections)
    assert n_connections == missing_synapse.N_CONNECTIONS == 10 + 4 + 3
    assert missing_synapse.CONNECTION_RATIO.metric.function() == n_connections / (9 + 4)
