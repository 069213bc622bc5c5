"""The step of a cell: exact where it can be, of second order elsewhere, the same on any engine."""

import brian2 as b2
import numpy as np
import pytest
from brian2 import ms, second
from brian2.stateupdaters.base import UnsupportedEquationsException

from bioann.bio.cells.adapting_lif import AdaptingLIF
from bioann.bio.cells.lif import LIF
from bioann.bio.integration.integrator import METHOD_NAME, ExponentialMidpoint, make_integrator

CELL = LIF()
CURRENT_BASED = """
dv/dt = (g_L*(E_L - v) + s)/C : volt (unless refractory)
ds/dt = -s/tau_s : amp
"""
CONDUCTANCES = """
dv/dt = (g_L*(E_L - v) + g_e*(0*mV - v) + g_i*(-80*mV - v))/C : volt (unless refractory)
dg_e/dt = -g_e/(5*ms) : siemens
dg_i/dt = -g_i/(10*ms) : siemens
"""


@pytest.fixture
def group():
    before = b2.prefs.codegen.target
    b2.prefs.codegen.target = "numpy"

    def make(equations, dt, *, method=METHOD_NAME, **constants):
        namespace = CELL.brian_namespace() | constants
        return b2.NeuronGroup(
            1, equations, threshold="v > 1*volt", refractory=2 * ms, namespace=namespace,
            method=make_integrator(method, namespace, dt), clock=b2.Clock(dt * second),
        )  # fmt: skip

    yield make
    b2.prefs.codegen.target = before


@pytest.mark.parametrize("tau_s", [5, 20, 20.001], ids=["fast", "as the membrane", "nearly"])
@pytest.mark.parametrize("dt", [0.1, 1])
def test_a_current_synapse_is_integrated_exactly(group, tau_s, dt):
    """The closed form has a removable singularity where synapse and membrane are equally slow."""
    cells = group(CURRENT_BASED, dt * 1e-3, tau_s=tau_s * ms)
    cells.v_, cells.s_ = -65e-3, 200e-12
    b2.Network(cells).run(30 * ms)
    t, tau, tau_s = 30e-3, 20e-3, tau_s * 1e-3
    if abs(tau_s - tau) < 1e-9:
        rise = t / tau * np.exp(-t / tau)
    else:
        rise = (np.exp(-t / tau_s) - np.exp(-t / tau)) / (1 - tau / tau_s)
    # R I = 20 mV, times tau_s / (tau_s - tau) (e^(-t / tau_s) - e^(-t / tau)).
    assert cells.v_[0] == pytest.approx(-65e-3 + 20e-3 * rise, abs=1e-12)
    assert cells.s_[0] == pytest.approx(200e-12 * np.exp(-t / tau_s), rel=1e-12)


def test_equations_choose_their_step(group):
    linear = group(CURRENT_BASED, 1e-4, tau_s=5 * ms)
    moving = group(CONDUCTANCES, 1e-4)
    for cells in (linear, moving):
        b2.Network(cells).run(0.2 * ms)
    assert "_new_v" in linear.state_updater.abstract_code
    assert moving.state_updater.abstract_code.count("g_e = g_e*") == 2  # two half steps


@pytest.mark.parametrize("cell", [LIF(), AdaptingLIF()], ids=["lif", "adapting lif"])
def test_no_step_of_an_integrate_and_fire_cell_calls_a_transcendental_function(group, cell):
    """So that every engine does the same additions, multiplications and divisions."""
    inputs = "I_syn = g_e*(0*mV - v) : amp\nI_inj = 100*pA : amp\ndg_e/dt = -g_e/(5*ms) : siemens"
    parts = dict(cell.brian_namespace())
    cells = b2.NeuronGroup(
        1, f"{cell.model}\n{inputs}", threshold=cell.threshold, reset=cell.reset,
        refractory=cell.refractory_period * second, namespace=parts,
        method=make_integrator(cell.method, parts, 1e-4), clock=b2.Clock(1e-4 * second),
    )  # fmt: skip
    b2.Network(cells).run(0.2 * ms)
    code = cells.state_updater.abstract_code
    assert not [name for name in ("exp", "log", "pow", "**", "sqrt") if name in code]


def test_a_constant_conductance_is_integrated_exactly(group):
    equations = CONDUCTANCES.replace("-g_e/(5*ms)", "0*siemens/second").replace(
        "-g_i/(10*ms)", "0*siemens/second"
    )
    for dt in (0.1, 0.5):
        cells = group(equations, dt * 1e-3)
        cells.v_, cells.g_e_, cells.g_i_ = -65e-3, 20e-9, 30e-9
        b2.Network(cells).run(5 * ms)
        end, tau = (10 * -65 + 30 * -80) / 60 * 1e-3, 200e-12 / 60e-9
        wanted = end + (-65e-3 - end) * np.exp(-5e-3 / tau)
        assert cells.v_[0] == pytest.approx(wanted, abs=1e-12)


def test_a_huge_conductance_neither_overshoots_nor_blows_up(group):
    """1 mS on 200 pF: 500 time constants in one step."""
    cells = group(CONDUCTANCES, 1e-4)
    cells.v_, cells.g_e_ = -65e-3, 1e-3
    b2.Network(cells).run(2 * ms)
    assert -65e-3 <= cells.v_[0] <= 1e-9


def test_noise_inside_the_equations_is_refused(group):
    updater = ExponentialMidpoint({}, 1e-4)
    equations = b2.Equations("dv/dt = -v/ms + xi*mV/ms**0.5 : volt")
    with pytest.raises(UnsupportedEquationsException, match="Noise is drawn before the run"):
        updater(equations, {})


def test_a_method_of_brians_own_is_passed_on():
    assert make_integrator("rk4", {}, 1e-4) == "rk4"
