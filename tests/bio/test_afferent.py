import numpy as np
import pytest
from brian2 import Hz, ms, mV, nS, pA
from hypothesis import given, strategies as st
from hypothesis.extra import numpy as hnp

import bioann as ba
from bioann.base.errors import (
    DescriptionError,
    DimensionError,
    StimulusError,
    UnknownNameError,
)
from bioann.bio.afferent import Afferent, CurrentAfferent
from bioann.bio.network import SpikingNetwork
from bioann.bio.population import Population
from bioann.bio.receptors import AMPA, GABA_A

activations = hnp.arrays(float, (2, 5), elements=st.floats(-3, 3))


def rates(coding, activation, **more):
    afferent = Afferent("x", "a", 1 * nS, coding=coding, rate=50 * Hz, **more)
    return afferent.compute_rates(np.asarray(activation, float), ["first", "second"])


def test_a_rate_is_activation_times_the_stated_rate():
    np.testing.assert_allclose(rates("rate", [[0, 0.5], [1, 2]]), [[0, 25], [50, 100]])


@given(activations)
def test_on_and_off_split_a_signed_channel_and_lose_nothing(x):
    on, off = rates("on", x), rates("off", x)
    assert (on >= 0).all()
    assert (off >= 0).all()
    np.testing.assert_allclose(on - off, 50 * x)
    np.testing.assert_allclose(on + off, 50 * np.abs(x))
    np.testing.assert_array_equal(rates("off", -x), on)


@given(activations)
def test_a_baseline_is_added(x):
    np.testing.assert_allclose(rates("baseline", x, baseline=3.0), 50 * (3 + x))


def test_a_rate_below_zero_is_an_error_that_names_the_condition_and_the_codings():
    with pytest.raises(StimulusError, match=r"condition 'second'.*got -0.5.*coding='on'"):
        rates("rate", [[0, 1], [0.2, -0.5]])
    with pytest.raises(StimulusError, match=r"got -0.25"):
        rates("baseline", [[0, 1], [0.2, -0.5]], baseline=0.25)


def test_the_receptor_is_the_transmitters_own():
    assert Afferent("x", "a", 1 * nS).receptor == AMPA()
    assert Afferent("x", "a", 1 * nS, transmitter="GABA").receptor == GABA_A()
    fast = Afferent("x", "a", 1 * nS, receptor=AMPA(tau=2 * ms))
    assert fast.receptor.tau == pytest.approx(2e-3)
    assert Afferent("x", "a", 1 * nS, receptor="AMPA").receptor == AMPA()


@pytest.mark.parametrize(
    ("wrong", "kind", "message"),
    [
        ({"weight": -1 * nS}, DescriptionError, "'x' -> 'a', weight: wanted a conductance >= 0"),
        ({"weight": 1 * pA}, DimensionError, "weight: wanted a conductance in nS"),
        ({"transmitter": "dopamine"}, UnknownNameError, "name of a transmitter, got 'dopamine'"),
        ({"receptor": "GABA_A"}, DescriptionError, r"receptor for glutamate: AMPA.*\(Dale\)"),
        ({"receptor": "GABAA"}, UnknownNameError, "Did you mean 'GABA_A'"),
        ({"kind": "poison"}, UnknownNameError, "Did you mean 'poisson'"),
        ({"coding": "of"}, UnknownNameError, "name of a coding, got 'of'. Did you mean 'off'"),
        ({"fibres": 0}, DescriptionError, "fibres: wanted a whole number >= 1"),
        ({"fibres": 2.5}, DescriptionError, "fibres"),
        ({"fibres": True}, DescriptionError, "fibres"),
        ({"rate": 0 * Hz}, DescriptionError, "rate: wanted a value above 0 Hz"),
        ({"delay": -1 * ms}, DescriptionError, "delay: wanted a value at least 0 ms"),
    ],
)
def test_what_cannot_be_is_refused_where_it_is_written(wrong, kind, message):
    with pytest.raises(kind, match=message):
        Afferent(**({"channel": "x", "target": "a", "weight": 1 * nS} | wrong))


def test_a_current_has_any_sign_but_one_dimension():
    assert CurrentAfferent("x", "a", -20 * pA).current == pytest.approx(-2e-11)
    with pytest.raises(DimensionError, match="CurrentAfferent 'x' -> 'a', current"):
        CurrentAfferent("x", "a", -20 * mV)


@pytest.mark.parametrize(("step", "rate"), [(1 * ms, 1000 * Hz), (0.5 * ms, 2000 * Hz)])
def test_a_volley_makes_a_cell_fire_once_per_pulse(step, rate):
    cells = Population("cells", 8, "glutamate")
    network = SpikingNetwork((cells,), (Afferent.of_volleys("x", "cells", rate=rate),))
    stimulus = ba.stimuli.pulse_trains({"x": [[20, 60] * ms]}, duration=80 * ms, dt=step)
    run = network.run(stimulus, trials=2, seed=1, engine="numpy")
    times = run.spike_time.values
    assert ((times % 0.04 > 0.02) & (times % 0.04 < 0.025)).all()
    counts = np.zeros((2, 8, 2), int)
    np.add.at(counts, (run.spike_trial.values, run.spike_neuron.values, (times > 0.05) * 1), 1)
    np.testing.assert_array_equal(counts, 1)


def test_a_volley_takes_the_fields_of_an_afferent():
    slow = Afferent.of_volleys("x", "a", 2 * nS, fibres=3, receptor=AMPA(), delay=1 * ms)
    assert (slow.receptor, slow.fibres, slow.kind) == (AMPA(), 3, "regular")
    assert slow.delay == pytest.approx(1e-3)
    assert Afferent.of_volleys("x", "a").receptor == AMPA(tau=2 * ms)
