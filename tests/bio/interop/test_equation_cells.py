"""Neuron groups with equations of their own repeat their spikes as cells made from these."""

import brian2 as b2
import numpy as np
import pytest
from brian2 import (
    Hz,
    NeuronGroup,
    SpikeGeneratorGroup,
    Synapses,
    TimedArray,
    ms,
    mV,
    nS,
    pA,
    second,
)

import bioann as ba
from bioann.bio.cells.equation_cell import EquationCell, write_equation_cell
from bioann.bio.interop.from_brian2 import from_brian2
from bioann.bio.receptors.variable_step import VariableStep

HODGKIN_HUXLEY = """
dv/dt = (10*nS*(-60*mV - v) + ge*(0*mV - v) - 20000*nS*m**3*h*(v - 50*mV)
         - 6000*nS*n**4*(v + 90*mV) + I)/(200*pF) : volt
dm/dt = 0.32*4*mV/mV/exprel((13*mV - u)/(4*mV))/ms*(1 - m)
        - 0.28*5*mV/mV/exprel((u - 40*mV)/(5*mV))/ms*m : 1
dn/dt = 0.032*5*mV/mV/exprel((15*mV - u)/(5*mV))/ms*(1 - n) - 0.5*exp((10*mV - u)/(40*mV))/ms*n : 1
dh/dt = 0.128*exp((17*mV - u)/(18*mV))/ms*(1 - h) - 4/(1 + exp((40*mV - u)/(5*mV)))/ms*h : 1
dge/dt = -ge/(5*ms) : siemens
u = v + 63*mV : volt
I : amp
"""


@pytest.fixture(autouse=True)
def numpy_target():
    target, step = b2.prefs.codegen.target, b2.defaultclock.dt_
    b2.prefs.codegen.target = "numpy"
    b2.defaultclock.dt = 0.1 * ms
    yield
    b2.prefs.codegen.target, b2.defaultclock.dt = target, step * second


def make_source(n=4, spikes=40, steps=400, seed=5):
    rng = np.random.default_rng(seed)
    times = np.sort(rng.choice(steps, spikes, replace=False)) * 0.1 * ms
    return SpikeGeneratorGroup(n, rng.integers(0, n, spikes), times, name="source")


def compare_spikes(objects, duration, engine="numpy"):
    """Return the description, after checking that it repeats the spikes of all neuron groups."""
    network = b2.Network(*objects)
    result = from_brian2(network)
    groups = [o for o in objects if isinstance(o, NeuronGroup)]
    monitors = [b2.SpikeMonitor(g) for g in groups if "spike" in g.events]
    network.add(*monitors)
    network.run(duration)
    stimulus = ba.steps({"unused": [0.0]}, onset=0 * ms, duration=duration)
    data = result.network.run(stimulus, trials=1, seed=1, engine=engine)
    came = np.sort(np.round(data.spike_time.values / 1e-4).astype(int))
    times = np.concatenate([np.asarray(m.t_[:]) for m in monitors])
    np.testing.assert_array_equal(came, np.sort(np.round(times / 1e-4).astype(int)))
    return result, len(came)


def make_hodgkin_huxley():
    cells = NeuronGroup(
        4, HODGKIN_HUXLEY, threshold="v > -20*mV", refractory=3 * ms, method="exponential_euler",
        name="cells",
    )  # fmt: skip
    cells.v, cells.I = np.linspace(-70, -55, 4) * mV, np.linspace(0, 400, 4) * pA
    cells.ge = [0, 5, 10, 20] * nS
    source = make_source()
    inputs = Synapses(source, cells, on_pre="ge += 30*nS", name="inputs")
    inputs.connect(i=[0, 1, 2, 3, 0], j=[0, 1, 2, 3, 1])
    return cells, source, inputs


@pytest.mark.parametrize("engine", ["numpy", pytest.param("cpp", marks=pytest.mark.slow)])
def test_hodgkin_huxley_cells_repeat_their_spikes_on_all_engines(engine):
    result, count = compare_spikes(make_hodgkin_huxley(), 40 * ms, engine)
    assert count > 5
    (population,) = result.network.populations
    assert isinstance(population.cell, EquationCell)
    (conductances,) = population.initial_conductances.values()
    np.testing.assert_allclose(np.asarray(conductances), np.array([0, 5, 10, 20]) * 1e-9)
    assert not result.flags
    (afferent,) = result.network.afferents
    assert afferent.receptor.name == "AMPA"
    assert float(afferent.receptor.reversal) == 0
    assert "made from the equations themselves" in str(result.decision_table().why[0])


def test_the_class_of_a_cell_is_written_as_code_that_makes_the_same_cell():
    (population,) = from_brian2(make_hodgkin_huxley()).network.populations
    cls = type(population.cell)
    scope = {"dataclasses": __import__("dataclasses"), "ba": ba}
    exec("\n".join(write_equation_cell(cls)), scope)
    copy = scope[cls.__name__]
    for member in ("model", "threshold", "reset", "method", "firing_threshold"):
        written, original = getattr(copy, member), getattr(cls, member)
        assert written == original or written.split() == original.split()
    assert (
        copy.initial_fields
        == cls.initial_fields
        == {**{"m": "initial_m", "n": "initial_n", "h": "initial_h"}}
    )


OPTIONS = {"threshold": "v > -50*mV", "reset": "v = -60*mV", "method": "euler"}


@pytest.mark.parametrize(
    ("equation", "options"),
    [
        ("dv/dt = (-60*mV - v + (v + 62*mV)**2/mV)/(10*ms) : volt", {}),
        ("dv/dt = (-40*mV - v + 5*mV*tanh(v/mV))/(10*ms) : volt (unless refractory)",
         {"refractory": 1 * ms}),
        ("dv/dt = (-v + x*y*mV)/(10*ms) : volt\ndx/dt = -x/ms : 1\ndy/dt = 3/ms : 1", {}),
        ("dv/dt = (-50*mV - v + 25*mV*sin(2*pi*100*Hz*t))/(5*ms) : volt", {}),
        ("dv/dt = -v/(10*ms) : volt", {"refractory": 2 * ms}),
        ("dv/dt = -v/(10*ms) : volt", {"refractory": "v > -55*mV", "reset": ""}),
        ("dv/dt = -v/(10*ms) : volt\ndh/dt = (-45*mV - h)/(10*ms) : volt",
         {"threshold": "v > h and t > 2*ms", "reset": "v = -60*mV; h += 8*mV", "method": "exact"}),
        ("dv/dt = (1.5 - v)/(10*ms) : 1", {"threshold": "v > 1", "reset": "v = 0"}),
        ("dv/dt = (-v - w)/(10*ms) : volt\ndw/dt = (0.1*v - w)/(50*ms) : volt",
         {"reset": "v = -60*mV; w += 2*mV"}),
        ("dv/dt = (-v + k*mV)/(10*ms) : volt\nk : 1", {"reset": "v = -60*mV; k -= 20"}),
        ("dv/dt = (-v + mean*mV)/(10*ms) : volt\nmean = 3 : 1 (constant over dt)", {}),
        ("dI_syn/dt = 40*mV/ms - I_syn/(2*ms) : volt\ndv/dt = (I_syn - v)/(9*ms) : volt", {}),
        ("dv/dt = j/(1*ufarad/cm**2) : volt\n"
         "j = 0.1*msiemens/cm**2*(-40*mV - v + (v + 60*mV)**3/mV**2/1e6) : amp/meter**2", {}),
        ("dv/dt = q*(v + 60*mV)*(v + 40*mV) + 2*volt/second : volt\nq : volt**-1*second**-1",
         {"threshold": "v > 0*mV"}),
    ],
)  # fmt: skip
def test_equations_of_any_kind_repeat_their_spikes(equation, options):
    cells = NeuronGroup(3, equation, **OPTIONS | options, name="cells")
    values = {"v": [-60, -55, -51], "h": [-40, -45, -50]}
    if options.get("threshold") == "v > 1":
        values = {}
    if "q" in cells.equations.parameter_names:
        cells.q = [3000, 4000, 5000] / (b2.volt * second)
    for name in values.keys() & {*cells.equations.names}:
        setattr(cells, name, values[name] * mV)
    if "x*y" in equation:
        cells.x, cells.y = [50, 80, 100], [2, 2, 3]
    if "k" in cells.equations.names:
        cells.k = [10, 20, 30]
    result, count = compare_spikes([cells], 40 * ms)
    assert count > 0
    assert isinstance(result.network.populations[0].cell, EquationCell)


def test_spikes_step_variables_of_the_cell():
    equations = """dv/dt = (0.04*v**2 + 5*v + 140 - u + drive)/ms : 1
    du/dt = a*(0.2*v - u)/ms : 1
    ddrive/dt = -drive**2/(100*ms) : 1
    a : 1"""
    cells = NeuronGroup(
        3, equations, threshold="v >= 30", reset="v = -65; u += 8", method="euler", name="cells"
    )
    cells.v, cells.u, cells.a = -65, -13, [0.02, 0.05, 0.1]
    source = make_source()
    inputs = Synapses(source, cells, on_pre="drive += 8", name="inputs")
    inputs.connect("i % 3 == j")
    result, count = compare_spikes([cells, source, inputs], 40 * ms)
    assert count > 2
    receptors = {a.receptor for a in result.network.afferents}
    assert {(type(r), r.variable) for r in receptors} == {(VariableStep, "drive")}
    with pytest.raises(ba.BioannError, match="Use method='measured'"):
        next(iter(receptors)).time_integral()


def test_code_that_runs_regularly_on_a_subgroup_is_refused():
    cells = NeuronGroup(4, "dv/dt = -v/(10*ms) : volt", **OPTIONS, name="cells")
    lower = cells[:2]
    lower.run_regularly("v = -55*mV", dt=5 * ms)
    with pytest.raises(ba.BioannError, match=r"Subgroup .*run_regularly\('v = -55\*mV'\)"):
        from_brian2()


def test_linked_variables_and_arrays_over_neurons_are_refused():
    other = NeuronGroup(2, "dx/dt = 1/second : 1", name="other")
    cells = NeuronGroup(2, "x : 1 (linked)\ndv/dt = (x*mV*v/volt - v)/ms : volt", **OPTIONS)
    cells.x = b2.linked_var(other, "x")
    with pytest.raises(ba.BioannError, match="x: wanted variables of the group itself"):
        from_brian2([cells])
    course = TimedArray(np.ones((3, 2)), dt=1 * ms)
    cells = NeuronGroup(
        2, "dv/dt = (course(t, i)*mV - v)/ms : volt", **OPTIONS, namespace={"course": course}
    )
    with pytest.raises(ba.BioannError, match=r"a TimedArray as a function of t alone"):
        from_brian2([cells])


def test_rates_that_code_sets_become_a_channel_of_their_largest_mean():
    cells = NeuronGroup(
        2, "dv/dt = -v/(10*ms) : volt\ndge/dt = -ge/ms : volt", **OPTIONS, name="cells"
    )
    fibres = b2.PoissonGroup(3, 0 * Hz, name="fibres")
    fibres.run_regularly("rates = int(t > 20*ms)*(40*Hz + 4*Hz*randn())", dt=10 * ms)
    inputs = Synapses(fibres, cells, on_pre="v += 1*mV")
    inputs.connect(True)
    result = from_brian2([cells, fibres, inputs])
    (afferent,) = result.network.afferents
    assert float(afferent.rate) == pytest.approx(40)
    assert any("code sets the rates" in str(flag) for flag in result.flags)
