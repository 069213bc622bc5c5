"""Noise-free rates: closed forms, quadrature and the equations themselves agree with simulation.

Every cell at its own default step, in runs so long that rounding of the last spike to the grid
counts for less than 0.1%.
"""

import brian2 as b2
import numpy as np
import pytest
from brian2 import amp, ms, mV, nS, pA, second
from scipy.integrate import quad

from bioann.base.errors import DescriptionError, UnknownNameError
from bioann.bio.afferent import CurrentAfferent
from bioann.bio.cells.adapting_lif import AdaptingLIF
from bioann.bio.cells.adex import AdEx
from bioann.bio.cells.cell import Cell
from bioann.bio.cells.eif import EIF
from bioann.bio.cells.lif import LIF
from bioann.bio.cells.two_compartment import TwoCompartment
from bioann.bio.injection import Injection
from bioann.bio.integration.integrator import make_integrator
from bioann.bio.network import SpikingNetwork
from bioann.bio.population import Population
from bioann.bio.receptors import GABA_A
from bioann.stimuli.waveforms import steps

#: pA, from just above rheobase to above 300 Hz.
CASES = {
    "lif": (LIF(), [151, 160, 300, 1000, 2000]),
    "lif without refractory period": (LIF(t_ref=0 * ms, V_r=-70 * mV), [151, 160, 300, 1000, 2000]),
    "lif held for no whole number of steps": (LIF(t_ref=1.234 * ms), [151, 160, 300, 1000, 2000]),
    "eif": (EIF(), [36, 60, 200, 800, 4000]),
    "eif without refractory period": (EIF(t_ref=0 * ms), [36, 60, 200, 800, 2000]),
    "adex without adaptation": (AdEx(a=0 * nS, b=0 * pA), [560, 700, 900, 1500, 3000]),
    "sharp adex without adaptation": (
        AdEx(a=0 * nS, b=0 * pA, Delta_T=0.5 * mV, t_ref=2 * ms), [600, 700, 900, 1500, 5500],
    ),
    "adapting lif": (AdaptingLIF(), [200, 300, 500, 900, 2200]),
    "adex": (AdEx(tau_w=50 * ms), [800, 1000, 1500, 2500, 5000]),
    "two compartments": (TwoCompartment(), [150, 200, 300, 400, 800]),
}  # fmt: skip


def simulated(cell, currents, engine, injections=(), seconds=0.8):
    """Steady rate per current: the inverse of the mean interval of the later half of a run."""
    network = SpikingNetwork(
        (Population("a", 1, "GABA", cell=cell),), (CurrentAfferent("I", "a", 1 * pA),),
        injections=injections,
    )  # fmt: skip
    stimulus = steps({"I": currents}, duration=seconds * second)
    run = network.run(stimulus, trials=1, seed=1, engine=engine)
    rates = []
    for c in range(len(currents)):
        times = run.spike_time.values[run.spike_condition.values == c]
        late = times[times > seconds / 2]
        # Both ends are known to within a step: 0.1 ms of at least 0.15 s.
        assert len(times) == 0 or np.ptp(late) > 0.15
        rates.append((len(late) - 1) / np.ptp(late) if len(late) else 0.0)
    return np.array(rates)


#: Cells that differ in how the step of a spike is timed run before a release.
TIMED = ("lif held for no whole number of steps", "sharp adex without adaptation", "adapting lif")


@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=[pytest.mark.slow] * (n in TIMED)) for n in CASES]
)
def test_the_f_i_curve(name, compiled):
    cell, currents = CASES[name]
    rates = simulated(cell, currents, compiled)
    np.testing.assert_allclose(rates, cell.rate(currents * pA), rtol=5e-3)
    assert rates.min() > 4
    assert rates.max() > 300


#: pA, under 8 nS: from 10 Hz on to above 300 Hz.
HELD = {
    "lif": (LIF(), [450, 600, 2500]),
    "eif": (EIF(), [450, 600, 4500]),
    "adex without adaptation": (AdEx(a=0 * nS, b=0 * pA), [900, 1200, 3500]),
    "adapting lif": (AdaptingLIF(), [500, 900, 3000]),
    "adex": (AdEx(tau_w=50 * ms), [1200, 1800, 6000]),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", HELD)
@pytest.mark.parametrize("reversal", [-80, -65])
def test_the_f_i_curve_under_a_constant_conductance(name, reversal, compiled):
    cell, currents = HELD[name]
    injection = Injection("a", conductance=8 * nS, receptor=GABA_A(reversal=reversal * mV))
    rates = simulated(cell, currents, compiled, (injection,), 0.6)
    expected = cell.rate(currents * pA, [(8 * nS, reversal * mV)])
    np.testing.assert_allclose(rates, expected, rtol=5e-3)
    assert expected[-1] > 300
    assert (expected < cell.rate(currents * pA)).all()


@pytest.mark.parametrize("cell", [LIF(), EIF(), AdEx(a=0 * nS, b=0 * pA)])
def test_closed_form_and_quadrature_solve_the_equations(cell):
    """Two ways to one number: the formula, and the cell's own Brian2 code solved by scipy."""
    current, g = np.array([250, 500, 1000, 2000]) * 1e-12, np.array([0.0, 5.0, 20.0, 5.0]) * 1e-9
    formula = cell.steady_rate(current, g, g * -70e-3)
    solved = Cell.steady_rate(cell, current, g, g * -70e-3)
    np.testing.assert_allclose(formula, solved, rtol=1e-5)
    assert (formula > 0).sum() >= 2


def test_the_quadrature_holds_near_rheobase():
    """A bottleneck: nu ~ sqrt(I - I_0), and the integrand is a peak that a plain rule misses."""
    cell = EIF(t_ref=0 * ms)
    rheobase = 20e-9 * (-59.9e-3 + 65e-3 - 3.48e-3)
    above = np.array([1e-15, 1e-14, 1e-13])
    rates = cell.rate((rheobase + above) * amp)
    np.testing.assert_allclose(rates[1:] / rates[:-1], np.sqrt(10), rtol=2e-2)
    assert cell.rate((rheobase - 1e-15) * amp) == 0

    def inside(v, current):
        flow = 20e-9 * (-65e-3 - v + 3.48e-3 * np.exp((v + 59.9e-3) / 3.48e-3)) + current
        return 200e-12 / flow

    passage_time = quad(inside, -68e-3, -30e-3, args=(rheobase + 50e-12,), epsabs=0, epsrel=1e-10)[
        0
    ]
    assert cell.rate((rheobase + 50e-12) * amp) == pytest.approx(1 / passage_time, rel=1e-8)


def test_a_slow_ahp_is_a_conductance_at_its_mean():
    """Self-consistency: with tau_AHP far over the interval, g = rate * tau_AHP * delta_g."""
    cell = AdaptingLIF(tau_AHP=400 * ms, delta_g=0.25 * nS)
    current = 600 * pA
    rate = float(cell.rate(current))
    mean = rate * 0.4 * 0.25 * nS
    assert LIF().rate(current, [(mean, -80 * mV)]) == pytest.approx(rate, rel=5e-3)
    assert rate < 0.7 * LIF().rate(current)


def test_adaptation_current_is_self_consistent():
    """Slow AdEx, a = 0: w = b tau_w rate, and the EIF with that current less fires at that rate."""
    cell = AdEx(a=0 * nS, b=10 * pA, tau_w=400 * ms)
    without = AdEx(a=0 * nS, b=0 * pA)
    rate = float(cell.rate(1000 * pA))
    assert without.rate(1000 * pA - 10 * pA * 0.4 * rate) == pytest.approx(rate, rel=5e-3)


def test_rates_are_functions_of_arrays():
    currents = np.array([[100.0, 300.0], [500.0, 900.0]])
    for cell in (LIF(), EIF(), AdaptingLIF()):
        rates = cell.rate(currents * pA, [(np.array([0.0, 4.0]) * nS, -80 * mV)])
        assert rates.shape == (2, 2)
        one = cell.rate(900 * pA, [(4 * nS, -80 * mV)])
        assert rates[1, 1] == pytest.approx(float(one), rel=1e-6)


def test_the_step_is_of_second_order_where_conductances_move():
    """A potential under decaying conductances, against steps 64 times shorter.

    Exponential Euler, which holds them at the start of the step, gains a factor of 2 per halving.
    """
    equations = """
    dv/dt = (g_L*(E_L - v) + g_e*(0*mV - v) + g_i*(-80*mV - v))/C : volt
    dg_e/dt = -g_e/(5*ms) : siemens
    dg_i/dt = -g_i/(10*ms) : siemens
    """
    cell = LIF()

    def end(method, dt):
        b2.prefs.codegen.target = "numpy"
        clock = b2.Clock(dt * second)
        group = b2.NeuronGroup(
            1, equations, namespace=cell.brian_namespace(), clock=clock,
            method=make_integrator(method, cell.brian_namespace(), dt),
        )  # fmt: skip
        group.v_, group.g_e_, group.g_i_ = -65e-3, 60e-9, 40e-9
        b2.Network(group).run(16 * ms)
        return float(group.v_[0])

    exact = end("exponential_midpoint", 1e-3 / 64)
    for method, order in (("exponential_midpoint", 2), ("exponential_euler", 1)):
        errors = [abs(end(method, dt) - exact) for dt in (1e-3, 0.5e-3, 0.25e-3)]
        gains = np.log2(np.array(errors[:-1]) / errors[1:])
        np.testing.assert_allclose(gains, order, atol=0.15)


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda c: c.rate(3 * mV), DescriptionError, r"current: wanted a current in amp"),
        (lambda c: c.rate(1 * pA, [3 * nS]), DescriptionError, r"Write it|pairs \(conductance"),
        (lambda c: c.rate(1 * pA, [(-1 * nS, 0 * mV)]), DescriptionError, "conductances >= 0"),
        (lambda c: c.rate(np.nan * pA), DescriptionError, "finite numbers"),
        (lambda c: c.rate(1 * pA, compartment="axon"), UnknownNameError, "compartment of LIF"),
    ],
)
def test_a_rate_of_what_cannot_be_is_refused(call, error, text):
    with pytest.raises(error, match=text):
        call(LIF())


@pytest.mark.parametrize("slope", [0.5, 1.0, 2.0, 3.48])
def test_the_onset_of_an_exponential_cell_is_steeper_the_sharper_its_spike(slope):
    """Through the bottleneck at V_T, nu = sqrt((I - I_0) g_L / (2 Delta_T)) / (pi C)."""
    cell = EIF(Delta_T=slope * mV, t_ref=0 * ms)
    at_rest = 20e-9 * (5.1e-3 - slope * 1e-3)  # g_L (V_T - E_L - Delta_T)
    above = 1e-14
    expected = np.sqrt(above * 20e-9 / (2 * slope * 1e-3)) / (np.pi * 200e-12)
    assert cell.rate((at_rest + above) * amp) == pytest.approx(expected, rel=0.01)
