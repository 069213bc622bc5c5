"""A script whose objects Brian2 would run otherwise is refused, or repeats its spikes."""

import brian2 as b2
import numpy as np
import pytest
from brian2 import NeuronGroup, SpikeGeneratorGroup, Synapses, TimedArray, ms, mV, second

import bioann as ba
from bioann.bio.interop.from_brian2 import from_brian2

EQUATIONS = """
dv/dt = (-60*mV - v + I)/(10*ms) : volt (unless refractory)
dI/dt = -I/(5*ms) : volt
"""


@pytest.fixture(autouse=True)
def numpy_target():
    target, step = b2.prefs.codegen.target, b2.defaultclock.dt_
    b2.prefs.codegen.target = "numpy"
    b2.defaultclock.dt = 0.1 * ms
    yield
    b2.prefs.codegen.target, b2.defaultclock.dt = target, step * second


def make_cells(n=4, equations=EQUATIONS, **options):
    options = {
        "threshold": "v > -50*mV",
        "reset": "v = -60*mV",
        "refractory": 3 * ms,
        "method": "exact",
        "name": "cells",
        **options,
    }
    cells = NeuronGroup(n, equations, **options)
    cells.v = np.linspace(-60, -52, n) * mV
    return cells


TIMES = np.arange(3, 55, 1.3)


def make_network(cells, times=TIMES, dt=None, **options):
    source = SpikeGeneratorGroup(1, np.zeros(len(times), int), times * ms, dt=dt, name="source")
    options = {"on_pre": "I += 14*mV", "name": "inputs", **options}
    inputs = Synapses(source, cells, **options)
    inputs.connect(True)
    return b2.Network(cells, source, inputs)


def compare_spikes(network, duration=60 * ms):
    """Check that the description repeats the spikes of the script; return their number."""
    description = from_brian2(network, namespace={}).network
    monitor = b2.SpikeMonitor(network["cells"])
    network.add(monitor)
    network.run(duration, namespace={})
    stimulus = ba.steps({"unused": [0.0]}, onset=0 * ms, duration=duration)
    data = description.run(stimulus, trials=1, seed=1, engine="numpy")
    steps = np.round(data.spike_time.values / 1e-4).astype(int)
    own = sorted(zip(steps, data.spike_neuron.values.tolist(), strict=True))
    expected_steps = np.round(np.asarray(monitor.t_[:]) / 1e-4).astype(int)
    assert own == sorted(zip(expected_steps, monitor.i[:].tolist(), strict=True))
    return len(own)


def refuse(network):
    with pytest.raises(ba.BioannError) as error:
        from_brian2(network, namespace={})
    return str(error.value)


@pytest.mark.parametrize(
    ("name", "location"),
    [("cells", ""), ("source", ""), ("inputs", ""), ("inputs_pre", ", pre")],
)
def test_an_inactive_object_is_refused(name, location):
    network = make_network(make_cells())
    network.sorted_objects[[o.name for o in network.sorted_objects].index(name)].active = False
    owner = name.removesuffix("_pre")
    text = refuse(network)
    assert f" {owner!r}{location}: wanted an object that acts, got active = False" in text


def test_an_object_in_another_slot_of_the_time_step_is_refused():
    network = make_network(make_cells())
    network["inputs"].pre.when = "end"
    assert "Synapses 'inputs', pre: wanted when='synapses', got when='end'" in refuse(network)
    network["inputs"].pre.when = "synapses"
    network["cells"].thresholder["spike"].when = "start"
    assert "wanted when='thresholds', got when='start'" in refuse(network)


def test_another_schedule_or_order_of_pathways_is_refused():
    network = make_network(
        make_cells(), model="w : volt", on_pre="I += w", on_post="w += 1*mV", name="inputs"
    )
    network.schedule = ["start", "synapses", "groups", "thresholds", "resets", "end"]
    assert "in this order, got synapses, groups, thresholds, resets" in refuse(network)
    network.schedule = None
    network["inputs"].post.order = -2
    assert "in a time step, got the orders -1 and -2" in refuse(network)


def test_synapses_of_a_group_outside_the_network_are_refused():
    cells, others = make_cells(), make_cells(name="others")
    onward = Synapses(others, cells, on_pre="I += 1*mV", name="onward")
    onward.connect(True)
    assert "'onward', source: wanted a group of the network, got 'others'" in refuse(
        b2.Network(cells, onward)
    )
    assert "'onward', target: wanted a group of the network, got 'cells'" in refuse(
        b2.Network(others, onward)
    )


def test_what_was_before_the_description_is_flagged():
    cells = make_cells()
    assert not from_brian2([cells]).flags
    cells.lastspike = -1 * ms
    (flag,) = from_brian2([cells]).flags
    assert str(flag).startswith("the script sets the last spike of neurons in 'cells'")
    b2.run(1 * ms)
    (flag,) = from_brian2([cells]).flags
    assert str(flag).startswith("The network has run for 1 ms")


@pytest.mark.slow
@pytest.mark.parametrize("held", ["v", "I", "vI", ""])
def test_variables_that_are_held_while_refractory_repeat_spikes(held):
    flag = {name: "(unless refractory)" if name in held else "" for name in "vI"}
    equations = f"""
    dv/dt = (-60*mV - v + I)/(10*ms) : volt {flag["v"]}
    dI/dt = -I/(5*ms) : volt {flag["I"]}
    """
    assert compare_spikes(make_network(make_cells(equations=equations))) > 10


@pytest.mark.parametrize("dt", [None, 0.5 * ms])
def test_spikes_off_the_grid_come_in_the_steps_of_their_generator(dt):
    times = np.array([3.04, 8.05, 14.0999999, 20.15, 26.199])
    cells = make_cells(n=1)
    assert compare_spikes(make_network(cells, times, dt, on_pre="I += 60*mV")) > 3


def test_input_with_several_delays_repeats_its_spikes():
    network = make_network(make_cells())
    network["inputs"].delay = "(3 - j)*0.73*ms"
    assert compare_spikes(network) > 10


def test_booleans_may_decide_whether_a_neuron_fires():
    cells = make_cells(
        equations=f"{EQUATIONS}\ncan_fire : boolean\nis_tired : boolean\nspikes : integer",
        threshold="v > -50*mV and can_fire and not is_tired",
        reset="v = -60*mV; spikes += 1; is_tired = spikes > 2",
    )
    cells.can_fire = [True, False, True, True]
    assert compare_spikes(make_network(cells)) == 9


@pytest.mark.parametrize("where", ["threshold", "reset", "subexpression"])
def test_a_timed_array_outside_the_potential_is_refused(where):
    level = TimedArray([-50, -48] * mV, dt=10 * ms)
    options = {where: {"threshold": "v > level(t)", "reset": "v = level(t) - 10*mV"}.get(where)}
    equations = EQUATIONS
    if where == "subexpression":
        equations, options = f"{EQUATIONS}\nv_th = level(t) : volt", {"threshold": "v > v_th"}
    cells = make_cells(equations=equations, namespace={"level": level}, **options)
    text = refuse(b2.Network(cells))
    assert "wanted a TimedArray in the equation of the potential only, got level(t)" in text
