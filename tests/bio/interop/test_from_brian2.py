"""Networks written by hand in Brian2 are read as descriptions that give the same spikes."""

import re

import brian2 as b2
import numpy as np
import pytest
from brian2 import (
    Hz,
    NeuronGroup,
    PoissonGroup,
    PoissonInput,
    SpikeGeneratorGroup,
    Synapses,
    TimedArray,
    ms,
    mV,
    nS,
    pA,
    pF,
    second,
)

import bioann as ba
from bioann.bio.interop.from_brian2 import from_brian2
from bioann.bio.receptors.current_based import CurrentSynapse, DeltaSynapse

#: Rounding of a step differs with the arrangement of an equation; it grows over a run.
ROUNDING = 1e-9  # volt
COBA = """
dv/dt = (g_leak*(E_leak - v) + ge*(E_exc - v) + gi*(E_inh - v))/C : volt (unless refractory)
dge/dt = -ge/tau_e : siemens
dgi/dt = -gi/tau_i : siemens
"""
#: The same equations, with other names and another arrangement.
REARRANGED = """
dVm/dt = -(Vm - E_leak)/(C/g_leak) - (inh*(Vm - E_inh) - total)/C : volt (unless refractory)
total = exc*E_exc - exc*Vm : amp
dexc/dt = -exc*(1./tau_e) : siemens
dinh/dt = -inh*(1./tau_i) : siemens
"""
CONSTANTS = {
    **{"g_leak": 10 * nS, "E_leak": -60 * mV, "C": 200 * pF, "E_exc": 0 * mV, "E_inh": -80 * mV},
    **{"tau_e": 5 * ms, "tau_i": 10 * ms, "V_th": -50 * mV, "we": 6 * nS, "wi": 40 * nS},
}
CUBA = """
dv/dt = (ge + gi - (v - E))/tau : volt (unless refractory)
dge/dt = -ge/(5*ms) : volt
dgi/dt = -gi/(10*ms) : volt
"""


@pytest.fixture(autouse=True)
def numpy_target():
    target, step = b2.prefs.codegen.target, b2.defaultclock.dt_
    b2.prefs.codegen.target = "numpy"
    b2.defaultclock.dt = 0.1 * ms
    yield
    b2.prefs.codegen.target, b2.defaultclock.dt = target, step * second


def simulate(network, names, duration, potentials=()):
    """Spikes of a description as sets of (population, step, neuron), and its potentials."""
    stimulus = ba.steps({"unused": [0.0]}, onset=0 * ms, duration=duration)
    return read_spikes(network, names, stimulus, potentials)


def read_spikes(network, names, stimulus, potentials=()):
    record = ba.Record(voltage={name: range(network.sizes[name]) for name in potentials})
    data = network.run(stimulus, trials=1, seed=1, engine="numpy", record=record)
    steps = np.round(data.spike_time.values / 1e-4).astype(int)
    labels = [names[str(data.unit.values[u])] for u in data.spike_unit.values]
    spikes = {
        (label, int(step), int(neuron) + offset)
        for (label, offset), step, neuron in zip(
            labels, steps, data.spike_neuron.values, strict=True
        )
    }
    return spikes, [data[f"voltage_{name}"].values[0, 0].T for name in potentials]


def list_spikes(monitor, label):
    steps = np.round(np.asarray(monitor.t_[:]) / 1e-4).astype(int)
    return {(label, int(s), int(i)) for s, i in zip(steps, monitor.i[:], strict=True)}


def make_coba(equations=COBA, names=("v", "ge", "gi"), method="exponential_euler"):
    """20 excitatory and 5 inhibitory cells with scheduled input, connected at random."""
    rng = np.random.default_rng(3)
    v, ge, gi = names
    cells = NeuronGroup(
        25, equations, threshold=f"{v} > V_th", reset=f"{v} = E_leak", refractory=2 * ms,
        method=method, namespace=CONSTANTS, name="cells",
    )  # fmt: skip
    setattr(cells, v, rng.uniform(-60, -50, 25) * mV)
    exc, inh = cells[:20], cells[20:]
    times = np.sort(rng.choice(600, 400, replace=False)) * 0.1 * ms
    source = SpikeGeneratorGroup(10, rng.integers(0, 10, 400), times, name="source")
    inputs = Synapses(source, cells, on_pre=f"{ge} += 2*we", namespace=CONSTANTS, name="inputs")
    inputs.connect(i=rng.integers(0, 10, 60), j=rng.integers(0, 25, 60))
    out = Synapses(exc, cells, "w : 1\n", on_pre=f"{ge} += w*we", namespace=CONSTANTS, name="out")
    out.connect(i=rng.integers(0, 20, 80), j=rng.integers(0, 25, 80))
    out.w = rng.uniform(0.2, 1.5, 80)
    back, among = (
        Synapses(
            inh, target, on_pre=f"{gi}_post += wi", delay=1.5 * ms, namespace=CONSTANTS, name=name
        )
        for target, name in ((exc, "back"), (inh, "among"))
    )
    back.connect(True)
    among.connect("(i + j) % 2 == 0")
    return cells, exc, inh, source, inputs, out, back, among


def test_a_conductance_based_network_repeats_its_spikes_and_potentials():
    cells, exc, inh, *others = make_coba()
    network = b2.Network(cells, *others)
    imported = from_brian2(network).network
    assert imported.units == ("exc", "inh")
    assert (len(exc), len(inh)) == tuple(imported.sizes.values())
    spikes = b2.SpikeMonitor(cells)
    course = b2.StateMonitor(cells, "v", record=True)
    network.add(spikes, course)
    network.run(60 * ms)
    expected = list_spikes(spikes, "cells")
    where = {"exc": ("cells", 0), "inh": ("cells", 20)}
    came, potentials = simulate(imported, where, 60 * ms, ("exc", "inh"))
    assert len(expected) > 50
    assert came == expected
    difference = np.concatenate(potentials)[:, :600] - np.asarray(course.v_)
    assert np.abs(np.asarray(difference)).max() < ROUNDING


def test_names_and_arrangement_of_the_equations_do_not_matter():
    one = from_brian2(make_coba()).network
    two = from_brian2(make_coba(REARRANGED, ("Vm", "exc", "inh"))).network
    for a, b in zip(one.populations, two.populations, strict=True):
        assert (a.name, a.n, a.transmitter) == (b.name, b.n, b.transmitter)
        for field in ("C", "g_L", "E_L", "V_th", "V_r", "t_ref"):
            assert getattr(a.cell, field) == pytest.approx(getattr(b.cell, field), rel=1e-12)
    assert [p.connectivity for p in one.projections] == [p.connectivity for p in two.projections]
    for a, b in zip(one.projections, two.projections, strict=True):
        assert float(a.weight) == pytest.approx(float(b.weight), rel=1e-12)
        assert a.receptor.name == b.receptor.name
        assert a.receptor.reversal == pytest.approx(b.receptor.reversal, abs=1e-15)


def test_dimensionless_conductances_are_multiples_of_the_leak():
    cells = NeuronGroup(
        3, """
        dv/dt = (ge*(0*mV - v) - (v + 60*mV))*(1./(20*ms)) : volt (unless refractory)
        dge/dt = -ge*(1./(5*ms)) : 1
        """, threshold="v > -50*mV", reset="v = -60*mV", refractory=5 * ms, method="euler",
    )  # fmt: skip
    synapses = Synapses(cells, cells, on_pre="ge += 6.0/10")
    synapses.connect("i != j")
    network = from_brian2([cells, synapses], capacitance=400 * pF).network
    # The leak conductance is C / tau = 400 pF / 20 ms = 20 nS.
    assert float(network.populations[0].cell.g_L) == pytest.approx(20e-9)
    assert float(network.projections[0].weight) == pytest.approx(0.6 * 20e-9)
    assert network.projections[0].connectivity == ba.AllToAll()


def test_many_pairs_are_a_list_of_synapses():
    cells = NeuronGroup(
        200, CUBA, threshold="v > -50*mV", reset="v = -60*mV", method="exact",
        namespace={"tau": 20 * ms, "E": -49 * mV},
    )  # fmt: skip
    synapses = Synapses(cells, cells, "w : volt", on_pre="ge += w")
    rng = np.random.default_rng(1)
    synapses.connect(i=rng.integers(0, 200, 500), j=rng.integers(0, 200, 500))
    synapses.w = rng.uniform(1, 2, 500) * mV
    network = from_brian2([cells, synapses]).network
    (projection,) = network.projections
    assert isinstance(projection.connectivity, ba.connectivity.ExplicitSynapses)
    # One volt is the current C / tau * 1 V, 10 nA for 200 pF and 20 ms.
    expected = np.zeros((200, 200))
    np.add.at(expected, (synapses.j[:], synapses.i[:]), np.asarray(synapses.w) * 200e-12 / 20e-3)
    np.testing.assert_allclose(network.draw_conductances(projection, 1), expected, rtol=1e-12)


def make_cuba(method="exact"):
    rng = np.random.default_rng(4)
    tau, E = 20 * ms, -49 * mV
    cells = NeuronGroup(
        40, CUBA, threshold="v > -50*mV", reset="v = -60*mV", refractory=5 * ms, method=method,
        namespace={"tau": tau, "E": E},
    )  # fmt: skip
    cells.v = rng.uniform(-60, -50, 40) * mV
    exciting = Synapses(cells, cells, on_pre="ge += 1.62*mV")
    exciting.connect(i=rng.integers(0, 30, 150), j=rng.integers(0, 40, 150))
    inhibiting = Synapses(cells, cells, on_pre="gi -= 9*mV")
    inhibiting.connect(i=rng.integers(30, 40, 60), j=rng.integers(0, 40, 60))
    return cells, exciting, inhibiting


@pytest.mark.slow
@pytest.mark.parametrize("method", ["exact", "euler"])
def test_a_current_based_network_is_split_by_transmitter_and_repeats_its_spikes(method):
    cells, exciting, inhibiting = make_cuba(method)
    spikes = b2.SpikeMonitor(cells)
    course = b2.StateMonitor(cells, "v", record=True)
    network = b2.Network(cells, exciting, inhibiting, spikes, course)
    imported = from_brian2(network).network
    assert [(p.n, p.transmitter) for p in imported.populations] == [(30, "glutamate"), (10, "GABA")]
    network.run(100 * ms)
    where = {"cells_glutamate": ("cells", 0), "cells_GABA": ("cells", 30)}
    expected = list_spikes(spikes, "cells")
    assert len(expected) > 50
    came, potentials = simulate(imported, where, 100 * ms, where)
    assert came == expected
    difference = np.concatenate(potentials)[:, :1000] - np.asarray(course.v_)
    assert np.abs(difference).max() < ROUNDING


def test_an_arbitrary_capacitance_scales_currents_and_not_spikes():
    objects = make_cuba()
    small, large = (from_brian2(objects, capacitance=c * pF) for c in (50, 400))
    where = {p.name: (p.transmitter, 0) for p in small.network.populations}
    assert simulate(small.network, where, 50 * ms)[0] == simulate(large.network, where, 50 * ms)[0]
    for a, b in zip(small.network.projections, large.network.projections, strict=True):
        assert isinstance(a.receptor, CurrentSynapse)
        assert 8 * float(a.weight) == pytest.approx(float(b.weight))
    reasons = [d.why for d in small.decisions if d.quantity == "membrane capacitance"]
    assert all("states only time constants" in why for why in reasons)


def test_a_capacitance_may_be_a_number_in_the_equation():
    equations = """dv/dt = (10*nS*(-60*mV - v) + ge*(0*mV - v) + 70*pA)/(150*pF) : volt
    dge/dt = -ge/(5*ms) : siemens"""
    cells = NeuronGroup(2, equations, threshold="v > -50*mV", reset="v = -60*mV", method="euler")
    synapses = Synapses(PoissonGroup(3, 5 * Hz), cells, on_pre="ge += 2*nS")
    synapses.connect(True)
    result = from_brian2([cells, synapses])
    (cell,) = (p.cell for p in result.network.populations)
    (afferent,), (injection,) = result.network.afferents, result.network.injections
    assert float(cell.C) == pytest.approx(150e-12)
    assert float(cell.g_L) == pytest.approx(10e-9)
    assert float(afferent.weight) == pytest.approx(2e-9)
    assert float(injection.current) == pytest.approx(70e-12)
    assert "the factor of ge in the equation of v" in str(result.decision_table())


ADEX = """
dvm/dt = (g*(E - vm) + g*D*exp((vm - VT)/D) + I_step(t) - w)/C : volt
dw/dt = (a*(vm - E) - w)/tau_w : amp
"""
ADEX_CONSTANTS = {
    **{"g": 30 * nS, "E": -70.6 * mV, "D": 2 * mV, "VT": -50.4 * mV, "C": 281 * pF},
    **{"a": 4 * nS, "tau_w": 144 * ms, "I_step": TimedArray([0, 1000, 1000, 300] * pA, 25 * ms)},
}


def make_adex(equations=ADEX, **changes):
    cell = NeuronGroup(
        1, equations, threshold="vm > -40.4*mV", reset="vm = -70.6*mV; w += 80.5*pA",
        method="euler", namespace=ADEX_CONSTANTS | changes,
    )  # fmt: skip
    cell.vm = -70.6 * mV
    return cell


def test_an_adaptive_exponential_cell_repeats_its_response_to_a_current_step():
    cell = make_adex()
    spikes, course = b2.SpikeMonitor(cell), b2.StateMonitor(cell, "vm", record=True)
    network = b2.Network(cell, spikes, course)
    current = ADEX_CONSTANTS["I_step"]
    result = from_brian2(network, channels={"step": current})
    (afferent,) = result.network.afferents
    assert float(afferent.current) == pytest.approx(1e-9)
    assert result.network.channels == ("step",)
    network.run(100 * ms)
    course_of_step = np.repeat([0, 1, 1, 0.3], 25)[None, :, None]
    stimulus = ba.stimuli.make_stimulus(course_of_step, channels=("step",), dt=1 * ms)
    came, potentials = read_spikes(result.network, {"cell": ("cell", 0)}, stimulus, ("cell",))
    assert len(came) == 3
    assert came == list_spikes(spikes, "cell")
    assert np.abs(potentials[0][:, :1000] - np.asarray(course.vm_)).max() < ROUNDING


def test_a_factor_of_the_exponential_is_a_shift_of_its_threshold():
    onset = "g*D*exp((vm - VT)/D)"
    doubled = make_adex(ADEX.replace(onset, f"2*{onset}"))
    shifted = make_adex(VT=-50.4 * mV - 2 * mV * np.log(2))
    cells = [from_brian2([c]).network.populations[0].cell for c in (doubled, shifted)]
    assert float(cells[0].V_T) == pytest.approx(float(cells[1].V_T), abs=1e-15)


def test_steps_of_the_potential_repeat_the_spikes_of_a_sparse_network():
    rng = np.random.default_rng(6)
    cells = NeuronGroup(
        30, "dV/dt = (25*mV - V)/(20*ms) : volt (unless refractory)", threshold="V > 20*mV",
        reset="V = 10*mV", refractory=2 * ms, method="exact",
    )  # fmt: skip
    cells.V = rng.uniform(0, 20, 30) * mV
    inhibition = Synapses(cells, cells, on_pre="V += -J", delay=2 * ms, namespace={"J": 0.5 * mV})
    inhibition.connect(i=rng.integers(0, 30, 200), j=rng.integers(0, 30, 200))
    spikes = b2.SpikeMonitor(cells)
    network = b2.Network(cells, inhibition, spikes)
    imported = from_brian2(network).network
    (projection,) = imported.projections
    assert isinstance(projection.receptor, DeltaSynapse)
    assert imported.populations[0].transmitter == "GABA"
    network.run(100 * ms)
    assert simulate(imported, {"cells": ("c", 0)}, 100 * ms)[0] == list_spikes(spikes, "c")


def test_neurons_may_differ_in_parameters_refractory_period_and_delay():
    cells = NeuronGroup(
        4, "dv/dt = (E - v)/tau : volt (unless refractory)\nE : volt\ntau : second\nhold : second",
        threshold="v > -50*mV", reset="v = -60*mV", refractory="hold", method="exact",
    )  # fmt: skip
    cells.E, cells.tau = [-45, -40, -60, -60] * mV, [10, 20, 20, 20] * ms
    cells.hold, cells.v = [1, 3, 2, 2] * ms, -60 * mV
    chain = Synapses(cells, cells, on_pre="v += 15*mV")
    chain.connect(i=[0, 0], j=[2, 3])
    chain.delay = [1, 4] * ms
    spikes = b2.SpikeMonitor(cells)
    network = b2.Network(cells, chain, spikes)
    imported = from_brian2(network).network
    network.run(60 * ms)
    expected = list_spikes(spikes, "c")
    assert {neuron for _, _, neuron in expected} == {0, 1, 2, 3}
    assert simulate(imported, {"cells": ("c", 0)}, 60 * ms)[0] == expected


def make_target():
    return NeuronGroup(
        4, COBA, threshold="v > V_th", reset="v = E_leak", namespace=CONSTANTS, name="target",
        method="euler",
    )  # fmt: skip


def test_poisson_input_on_a_conductance_is_background_of_the_same_mean():
    target = make_target()
    noise = PoissonInput(target, "ge", 100, 5 * Hz, weight=0.5 * nS)
    (population,) = from_brian2([target, noise]).network.populations
    (background,) = population.background
    # Campbell: the mean conductance is N * rate * weight * tau.
    assert float(background.conductance) == pytest.approx(100 * 5 * 0.5e-9 * 5e-3)
    assert background.rate == pytest.approx(500)
    named = from_brian2([target, noise], channels={"noise level": noise}).network
    (afferent,) = named.afferents
    assert (afferent.fibres, float(afferent.rate), named.channels) == (100, 5, ("noise level",))


def test_poisson_steps_of_the_potential_of_a_subgroup_are_fibres_of_a_channel():
    b2.defaultclock.dt = 0.05 * ms
    target = make_target()
    upper = target[1:]
    noise = PoissonInput(upper, "v", 50, 8 * Hz, weight="-0.2*mV")
    network = from_brian2([target, noise]).network
    assert network.sizes == {"target_0_1": 1, "upper": 3}
    (afferent,) = network.afferents
    assert isinstance(afferent.receptor, DeltaSynapse)
    assert (afferent.channel, afferent.target, afferent.transmitter) == ("noise", "upper", "GABA")
    assert (afferent.fibres, float(afferent.rate), afferent.connectivity) == (50, 8, None)
    assert float(afferent.weight) == pytest.approx(0.2e-3)
    assert network.default_step == pytest.approx(5e-5)


def test_weights_of_poisson_input_may_differ_between_populations_and_not_within():
    cells = NeuronGroup(
        3, f"{COBA}w : siemens", threshold="v > V_th", reset="v = E_leak", namespace=CONSTANTS,
        name="cells", method="euler",
    )  # fmt: skip
    lower, upper = cells[:1], cells[1:]
    cells.w = [1, 2, 2] * nS
    noise = [PoissonInput(g, "ge", 10, 5 * Hz, weight="w") for g in (lower, upper)]
    populations = from_brian2([cells, *noise]).network.populations
    quanta = {p.name: [float(b.quantum) for b in p.background] for p in populations}
    assert quanta == {"lower": [pytest.approx(1e-9)], "upper": [pytest.approx(2e-9)]}
    cells.w = [1, 2, 3] * nS
    assert "weight: wanted one weight, and a magnitude on a conductance, got w." in refuse(
        [cells, *noise]
    )


def test_rates_that_follow_a_timed_array_peak_at_activation_one():
    rate = TimedArray([0, 30, 10] * Hz, 10 * ms)
    target, fibres = make_target(), PoissonGroup(4, "rate(t)", namespace={"rate": rate})
    inputs = Synapses(fibres, target, on_pre="ge += 2*nS")
    inputs.connect(True)
    (afferent,) = from_brian2([target, fibres, inputs]).network.afferents
    assert float(afferent.rate) == 30


def test_the_exponent_at_a_high_cut_off_is_flagged():
    cell = make_adex()
    assert not from_brian2([cell]).flags
    high = NeuronGroup(
        1, ADEX, threshold="vm > 0*mV", reset="vm = -70.6*mV", method="euler",
        namespace=ADEX_CONSTANTS,
    )  # fmt: skip
    (flag,) = from_brian2([high]).flags
    assert "reaches 25.2 at the cut-off; it is clipped at 10" in str(flag)


def test_a_poisson_group_becomes_the_fibres_of_a_channel():
    target, fibres = make_target(), PoissonGroup(4, 20 * Hz)
    inputs = Synapses(fibres, target, on_pre="gi += 2*nS")
    inputs.connect("i == j")
    result = from_brian2([target, fibres, inputs], channels={"x": fibres})
    (afferent,) = result.network.afferents
    assert (afferent.transmitter, afferent.fibres, float(afferent.rate)) == ("GABA", 4, 20)
    assert afferent.connectivity == ba.OneToOne()
    assert result.network.channels == ("x",)
    assert "input at activation 1 of x" in set(result.decision_table().what)
    assert from_brian2([target, fibres, inputs]).network.channels == ("fibres",)


def test_fibres_that_two_populations_share_are_flagged():
    target, fibres = make_target(), PoissonGroup(4, 20 * Hz)
    first = target[:2]
    assert len(first) == 2
    inputs = Synapses(fibres, target, on_pre="ge += 2*nS")
    inputs.connect(True)
    result = from_brian2([target, fibres, inputs])
    assert [p.name for p in result.network.populations] == ["first", "target_2_4"]
    (flag,) = result.flags
    assert str(flag).startswith("4 fibres of 'fibres' reach several populations")


def test_a_group_that_two_synapses_share_is_flagged():
    target, fibres = make_target(), PoissonGroup(4, 20 * Hz)
    first = Synapses(fibres, target, on_pre="ge += 2*nS")
    second_kind = Synapses(fibres, target, on_pre="gi += 2*nS")
    first.connect(True)
    assert not from_brian2([target, fibres, first]).flags
    second_kind.connect("i == 1")
    (flag,) = from_brian2([target, fibres, first, second_kind]).flags
    assert str(flag).startswith("1 fibres of 'fibres' reach several populations, or one by")


def test_a_reversal_potential_below_threshold_is_inhibition_and_flagged():
    target = NeuronGroup(
        2, COBA, threshold="v > V_th", reset="v = E_leak", method="euler",
        namespace=CONSTANTS | {"E_inh": -55 * mV},
    )  # fmt: skip
    inhibition = Synapses(target, target, on_pre="gi += wi", namespace=CONSTANTS)
    inhibition.connect("i != j")
    result = from_brian2([target, inhibition])
    assert result.network.populations[0].transmitter == "GABA"
    (flag,) = result.flags
    assert "gi in 'target', -55 mV, lies between reset and threshold" in str(flag)
    why = next(d.why for d in result.decisions if d.component == "gi on target")
    assert why == "it reverses at -55 mV, not above the threshold of -50 mV"


def test_the_present_state_is_the_initial_state():
    target = make_target()
    target.v, target.ge = [-60, -58, -56, -54] * mV, 3 * nS
    (population,) = from_brian2([target]).network.populations
    assert population.initial_potential.values.tolist() == pytest.approx(
        [-0.06, -0.058, -0.056, -0.054]
    )
    ((receptor, conductance),) = population.initial_conductances.items()
    assert (receptor.name, float(conductance)) == ("AMPA", pytest.approx(3e-9))


def test_a_network_that_has_run_is_flagged():
    target = make_target()
    network = b2.Network(target)
    network.run(5 * ms)
    (flag,) = from_brian2(network).flags
    assert str(flag).startswith("The network has run for 5 ms")


def test_an_error_names_the_variable_that_holds_the_object():
    target = make_target()
    links = Synapses(target, target, on_pre="x += 1")
    links.connect(True)
    with pytest.raises(ba.BioannError, match=r"^Synapses 'synapses\w*' \(variable links\), on_pre"):
        from_brian2()


def test_the_network_of_the_caller_is_the_default():
    target = make_target()
    result = from_brian2()
    assert result.network.units == ("target",)
    assert result.network.sizes == {"target": len(target)}


def refuse(objects, **options):
    with pytest.raises(ba.BioannError) as caught:
        from_brian2(objects, **options)
    assert "ba.BrianNetwork" in str(caught.value) or "from_brian2" in str(caught.value)
    return str(caught.value)


def make_cell(equation, **options):
    arguments = {"threshold": "v > -50*mV", "reset": "v = -60*mV", "method": "euler"} | options
    return NeuronGroup(2, equation, **arguments, name="cell")


LEAK = "dv/dt = (-60*mV - v)/(10*ms) : volt (unless refractory)"


@pytest.mark.parametrize(
    ("equation", "options", "message"),
    [
        ("dv/dt = -v/(10*ms) + mV*xi/ms**.5 : volt", {}, "equations without noise, got the"),
        ("taxi : 1\ndu/dt = -taxi*u/ms : 1\ndv/dt = -v/(10*ms) + mV*xi/ms**.5 : volt", {},
         r"dv/dt = -v/\(10\*ms\) \+ mV\*xi"),
        ("dv/dt = -v/tau : volt", {}, "could not be resolved"),
        ("dv/dt = (rand()*mV - v)/(10*ms) : volt", {}, r"draw no random numbers.* got rand\(\)"),
        ("dr/dt = -r/(10*ms) : Hz", {"threshold": "r > 1*Hz", "reset": "r = 0*Hz"},
         r"dr/dt = -r/\(10\*ms\): wanted a differential equation of a potential"),
        ("dv/dt = -v/(10*ms) : volt\nhold : second", {"refractory": "hold + (t - lastspike)"},
         "a constant time, or a condition, got a time that changes"),
        ("dv/dt = -v/(10*ms) : volt", {"events": {"late": "v > 1*mV"}}, "event 'late': wanted"),
    ],
)  # fmt: skip
def test_a_cell_that_bioann_does_not_know_is_refused_by_equation(equation, options, message):
    cell = make_cell(equation, **options)
    text = refuse([cell])
    assert text.startswith("NeuronGroup 'cell', ")
    assert re.search(message, text), text


@pytest.mark.parametrize(
    ("model", "options", "message"),
    [
        (
            "",
            {"on_pre": "gi += -2*nS"},
            "'gi += -2*nS': wanted conductances >= 0, got -2 nS",
        ),
        ("", {"on_pre": "gi = 2*nS"}, "wanted increments such as 'g += w', got gi = ..."),
        ("", {"on_pre": "ge += rand()*nS"}, "got rand()"),
        ("", {"on_pre": "ge += nS*v_post/mV"}, "wanted a weight of constants"),
        (
            "",
            {"on_pre": "ge += nS", "on_post": "ge += nS"},
            "on_post 'ge += nS': wanted statements",
        ),
        ("w : 1", {"on_pre": "w += 1", "on_post": "w = 0"}, "an on_pre that steps a variable"),
        (
            "dA/dt = -A**2/ms : 1 (clock-driven)",
            {"on_pre": "A += 1; ge += nS*A"},
            "dA/dt = -A**2/ms: wanted equations that are linear and (event-driven)",
        ),
        (
            "w : 1",
            {"on_pre": "w += v_post/mV; ge += w*nS"},
            "by variables of the synapses, got v_post",
        ),
    ],
)
def test_synapses_that_bioann_does_not_know_are_refused_by_statement(model, options, message):
    target = make_target()
    synapses = Synapses(target, target, model, **options, name="links")
    synapses.connect(True)
    text = refuse([target, synapses])
    assert text.startswith("Synapses 'links', ")
    assert message in text


def test_synapses_have_to_be_connected():
    target = make_target()
    synapses = Synapses(target, target, on_pre="ge += nS", name="links")
    assert "Call connect(...) before" in refuse([target, synapses])


def test_a_neuron_that_excites_and_inhibits_breaks_dales_principle():
    target = make_target()
    one, two = (Synapses(target, target, on_pre=f"{g} += nS", name=g + "s") for g in ("ge", "gi"))
    one.connect(i=[0, 1], j=[1, 0])
    two.connect(i=[1, 2], j=[2, 1])
    text = refuse([target, one, two])
    assert "1 that do both, neuron 1 the first. Give 'ges' and 'gis' different sources." in text


def test_code_and_objects_that_act_on_the_network_are_refused():
    target = make_target()

    @b2.network_operation
    def kick():
        target.v = 0 * mV

    assert refuse([target, kick]).startswith("NetworkOperation ")
    target.run_regularly("v = -60*mV")
    assert "run_regularly('v = -60*mV')" in refuse([target])


def test_fibres_that_differ_in_their_rates_are_several_afferents_of_a_channel():
    target = make_target()
    fibres = PoissonGroup(5, [10, 20, 0, 10, 20] * Hz, name="fibres")
    inputs = Synapses(fibres, target, on_pre="ge += nS")
    inputs.connect(True)
    result = from_brian2([target, fibres, inputs])
    assert [(a.fibres, float(a.rate)) for a in result.network.afferents] == [(2, 10), (2, 20)]
    assert result.network.channels == ("fibres",)
    (flag,) = result.flags
    assert str(flag).startswith("the neurons of 'fibres' differ in their rates, 0 to 20 Hz")
    inputs.delay = "j*ms"
    result = from_brian2([target, fibres, inputs])
    assert sum(a.fibres for a in result.network.afferents) == 4 * len(target)
    assert "12 fibres of 'fibres' reach" in str(result.flags[1])


def test_inputs_without_rate_with_periods_or_foreign_channels_are_refused():
    target = make_target()
    fibres = PoissonGroup(2, [0, 0] * Hz, name="fibres")
    inputs = Synapses(fibres, target, on_pre="ge += nS")
    inputs.connect(True)
    assert "some above 0, got 0 to 0 Hz" in refuse([target, fibres, inputs])
    source = SpikeGeneratorGroup(1, [0], [1] * ms, period=10 * ms, name="source")
    repeated = Synapses(source, target, on_pre="ge += nS")
    repeated.connect(True)
    assert "a period of 10 ms" in refuse([target, source, repeated])
    text = refuse([target], channels={"x": target})
    assert text.startswith("from_brian2, channel 'x': wanted a PoissonGroup")
    assert "wanted a NeuronGroup, got none" in refuse([])
