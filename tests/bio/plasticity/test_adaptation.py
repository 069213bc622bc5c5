"""Plasticity of adaptation: its course between regular spikes, and a memory that it keeps."""

import dataclasses

import numpy as np
import pytest
from brian2 import ms, nS, pA, second

import bioann as ba
from bioann.base.errors import DescriptionError
from bioann.bio.engines.cpp import compiler

CELL = ba.cells.AdaptingLIF()
RULE = ba.plasticity.AdaptationPlasticity(0.2 * nS, tau=500 * ms, bound=2 * nS)


def run(rule, current=400.0, duration=4 * second, cell=CELL, **options):
    network = ba.SpikingNetwork(
        (ba.Population("e", 1, "glutamate", cell, intrinsic_plasticity=rule),),
        (ba.CurrentAfferent("x", "e", 1 * pA),),
    )
    stimulus = ba.steps({"x": [current]}, duration=duration)
    variables = ("adaptation_shift", "g_AHP") if rule else ("g_AHP",)
    record = ba.Record(states={"e": {name: [0] for name in variables}}, interval=0.1 * ms)
    return network.run(stimulus, trials=1, seed=1, record=record, **options)


def test_the_adaptation_settles_in_closed_form():
    """Before each spike of a steady train: s d / (1 - d (1 - s / bound)), d = e^(-T / tau)."""
    recording = run(RULE)
    times = recording.spike_time.values
    interval = np.diff(times[times > 3]).mean()
    decay = np.exp(-interval / float(RULE.tau))
    expected = RULE.step * decay / (1 - decay * (1 - RULE.step / RULE.bound))
    late = recording.state_e_adaptation_shift.sel(sample_time=slice(3, None))
    # A spike is timed to a step of 0.1 ms, of some 20 ms between spikes.
    assert float(late.min()) == pytest.approx(expected, rel=0.02)
    # After a spike the adapting conductance has risen by that of the cell and the change before it.
    course = recording.state_e_g_AHP.sel(sample_time=slice(3, None)).values.ravel()
    assert np.diff(course).max() == pytest.approx(CELL.delta_g + expected, rel=0.02)


def test_a_change_that_decays_at_once_is_the_cell_without_it():
    fleeting = dataclasses.replace(RULE, tau=1e-3 * ms)
    np.testing.assert_array_equal(run(fleeting).spike_time, run(None).spike_time)


@pytest.mark.parametrize(("step", "is_slower"), [(0.2, True), (-0.2, False)])
def test_use_makes_the_cell_adapt_more_or_less(step, is_slower):
    cell = ba.cells.AdaptingLIF(delta_g=2 * nS)
    rule = dataclasses.replace(RULE, step=step * nS)
    changed, plain = (run(r, cell=cell).sizes["spike"] for r in (rule, None))
    assert (changed < 0.9 * plain) if is_slower else (changed > 1.1 * plain)


def test_compiled_code_gives_the_same_course():
    if compiler.find_compiler() is None:
        pytest.skip("needs a C++ compiler")
    compiled, expected = (run(RULE, duration=300 * ms, engine=e) for e in ("cpp", "numpy"))
    np.testing.assert_array_equal(compiled.spike_time, expected.spike_time)
    np.testing.assert_allclose(
        compiled.state_e_adaptation_shift, expected.state_e_adaptation_shift, rtol=1e-9
    )


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: ba.plasticity.AdaptationPlasticity(0 * nS), "step: wanted a change other than 0"),
        (lambda: ba.plasticity.AdaptationPlasticity(2 * nS, bound=1 * nS),
         "bound: wanted more than one step, 2 nS, got '1 nS'. Lower the step"),
        (lambda: run(RULE, cell=ba.cells.LIF()), "wanted a cell that adapts, got LIF. Use A"),
        (lambda: run(dataclasses.replace(RULE, step=-0.2 * nS, bound=20 * nS)),
         "wanted a bound of at most the adaptation per spike"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_an_error(make, message):
    with pytest.raises(DescriptionError, match=message):
        make()
