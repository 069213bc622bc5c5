"""Networks without loops: whole courses at once are what the steps one by one give."""

import numpy as np
import pytest
from brian2 import ms
from hypothesis import given, settings, strategies as st

import bioann as ba
from bioann.ann import evaluation_order
from bioann.ann.evaluation_order import EvaluationOrder
from bioann.ann.feedforward import sort_into_stages
from bioann.ann.simulate import _integrate_loops, simulate_rates

DT = 1e-3
ACTIVATIONS = (
    ba.activations.Tanh(),
    ba.activations.Relu(),
    ba.activations.Tabulated([0, 1], [0, 2]),
)


def draw_network(seed, n_units=6, with_division=False, with_gate=False):
    """Draw units that depend on earlier ones only, in an order that hides it."""
    rng = np.random.default_rng(seed)
    order = rng.permutation(n_units)
    w = np.tril(rng.normal(size=(n_units, n_units)) * (rng.random((n_units, n_units)) < 0.5), -1)
    is_static = rng.random(n_units) < 0.6
    follows_dynamic = ~is_static
    for k in range(n_units):  # dynamic units depend on the stimulus alone
        if not is_static[k]:
            w[k, follows_dynamic] = 0.0
        follows_dynamic[k] |= bool(w[k, follows_dynamic].any())
    w, is_static = w[np.ix_(order, order)], is_static[order]
    taus = [None if static else rng.choice([3.0, 10.0, 40.0]) * ms for static in is_static]
    units = tuple(f"u{k}" for k in range(n_units))
    options = {}
    if with_division:
        options["divisive"] = np.abs(w) * (rng.random(w.shape) < 0.3)
        options["divisive_in"] = rng.random((n_units, 2))
    first, last = (int(np.flatnonzero(order == k)[0]) for k in (0, n_units - 1))
    if with_gate and taus[last] is None:  # the first unit of the chain gates the last
        options["gates"] = {units[last]: units[first]}
    return ba.RateNetwork(
        units=units,
        channels=("a", "b"),
        W=w,
        W_in=rng.normal(size=(n_units, 2)),
        bias=rng.normal(size=n_units),
        tau=tuple(taus),
        activation=tuple(ACTIVATIONS[k] for k in rng.integers(3, size=n_units)),
        **options,
    )


def draw_inputs(seed, n_times=23, is_constant=False):
    """Draw three conditions, constant or with a few steps and a ramp."""
    rng = np.random.default_rng(seed)
    x = np.repeat(rng.normal(size=(3, 1 if is_constant else 4, 2)), n_times, axis=1)[:, :n_times]
    if not is_constant:
        x[1] += np.linspace(0, 1, n_times)[:, None] * (np.arange(n_times) > 12)[:, None]
    return x


def integrate_step_by_step(network, inputs, max_step):
    order = EvaluationOrder.of_network(network)
    taus = network.time_constants()[order.unit_order]
    substeps = round(DT / max_step)
    factors = np.where(taus > 0, 1 - np.exp(-DT / substeps / np.where(taus > 0, taus, 1.0)), 1.0)
    course = np.concatenate([r.copy() for r in _integrate_loops(order, inputs, factors, substeps)])
    return course.swapaxes(0, 1)[..., np.argsort(order.unit_order)]


@given(
    seed=st.integers(0, 2**32),
    with_division=st.booleans(),
    with_gate=st.booleans(),
    is_constant=st.booleans(),
    substeps=st.sampled_from([1, 4]),
)
@settings(max_examples=60, deadline=None)
def test_whole_courses_are_those_of_single_steps(
    seed, with_division, with_gate, is_constant, substeps
):
    network = draw_network(seed, with_division=with_division, with_gate=with_gate)
    inputs = draw_inputs(seed, is_constant=is_constant)
    assert sort_into_stages(network) is not None
    expected = integrate_step_by_step(network, inputs, DT / substeps)
    course = simulate_rates(network, inputs, DT, DT / substeps)
    # Sums in another order: a few roundings of numbers of this size.
    np.testing.assert_allclose(course, expected, rtol=1e-12, atol=1e-12 * np.abs(expected).max())


@pytest.mark.parametrize("size", [1, 40, 1000])
def test_the_length_of_a_chunk_does_not_show(size, monkeypatch):
    network, inputs = draw_network(3), draw_inputs(3)
    whole = simulate_rates(network, inputs, DT, DT / 4, 5)
    monkeypatch.setattr(evaluation_order, "CHUNK_SIZE", size)
    np.testing.assert_allclose(simulate_rates(network, inputs, DT, DT / 4, 5), whole, atol=1e-13)


def test_stages_end_where_a_dynamic_unit_depends_on_another():
    def make_chain(taus, w=((0, 0, 0), (1, 0, 0), (0, 1, 0))):
        return ba.RateNetwork(
            units=("a", "b", "c"), channels=("x",), W=w, W_in=[[1], [0], [0]], tau=taus
        )

    slow = 10 * ms
    for taus in ((None, None, None), (None, slow, None), (slow, None, None)):
        stages = sort_into_stages(make_chain(taus))
        assert [stage.tolist() for stage in stages] == [[0], [1], [2]]
    for taus in ((slow, slow, None), (slow, None, slow)):
        assert sort_into_stages(make_chain(taus)) is None
    to_itself = [[0, 0, 0], [1, 0.5, 0], [0, 1, 0]]
    each_other = [[0, 1, 0], [1, 0, 0], [0, 1, 0]]
    for w in (to_itself, each_other):
        assert sort_into_stages(make_chain((slow, None, None), w)) is None
