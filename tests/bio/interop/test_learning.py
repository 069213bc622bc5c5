"""Synapses that change, and NMDA synapses, of networks written by hand in Brian2."""

import brian2 as b2
import numpy as np
import pytest
from brian2 import (
    Hz,
    NeuronGroup,
    PoissonInput,
    SpikeGeneratorGroup,
    Synapses,
    TimedArray,
    ms,
    mV,
    nS,
    pA,
    second,
    siemens,
)

import bioann as ba
from bioann.bio.interop import split_synapses
from bioann.bio.interop.from_brian2 import from_brian2
from bioann.bio.interop.magnesium_block import fit_block
from bioann.bio.plasticity import CodeRelease, CodeRule
from bioann.bio.receptors import NMDA

CELLS = """
dv/dt = (10*nS*(-60*mV - v) + ge*(0*mV - v) + gi*(-80*mV - v) + 300*pA)/(200*pF) : volt (unless refractory)
dge/dt = -ge/(5*ms) : siemens
dgi/dt = -gi/(10*ms) : siemens
"""  # noqa: E501


@pytest.fixture(autouse=True)
def numpy_target():
    target, step = b2.prefs.codegen.target, b2.defaultclock.dt_
    b2.prefs.codegen.target = "numpy"
    b2.defaultclock.dt = 0.1 * ms
    yield
    b2.prefs.codegen.target, b2.defaultclock.dt = target, step * second


def make_cells(rng, n=15):
    cells = NeuronGroup(
        n, CELLS, threshold="v > -50*mV", reset="v = -60*mV", refractory=3 * ms, method="euler",
        name="cells",
    )  # fmt: skip
    cells.v = rng.uniform(-60, -50, n) * mV
    times = np.sort(rng.choice(1000, 120, replace=False)) * 0.1 * ms
    source = SpikeGeneratorGroup(6, rng.integers(0, 6, 120), times, name="source")
    return cells, source


def run_both(objects, group, duration, engine="numpy"):
    """Return the description, and the data of a run that repeats the script's spikes."""
    spikes = b2.SpikeMonitor(group)
    network = b2.Network(*objects, spikes)
    result = from_brian2(network)
    network.run(duration)
    stimulus = ba.steps({"unused": [0.0]}, onset=0 * ms, duration=duration)
    data = result.network.run(stimulus, trials=1, seed=1, engine=engine)
    came = np.sort(np.round(data.spike_time.values / 1e-4).astype(int))
    expected = np.sort(np.round(np.asarray(spikes.t_[:]) / 1e-4).astype(int))
    assert len(expected) > 20
    np.testing.assert_array_equal(came, expected)
    return result, data


INHIBITORY = {
    "model": """w : 1
    dpre/dt = -pre/(20*ms) : 1 (event-driven)
    dpost/dt = -post/(20*ms) : 1 (event-driven)""",
    "on_pre": "pre += 1\nw = clip(w + (post - 0.12)*eta, 0, 50)\ngi += w*nS",
    "on_post": "post += 1\nw = clip(w + pre*eta, 0, 50)",
    "namespace": {"eta": 0.05},
}


@pytest.mark.parametrize("engine", ["numpy", pytest.param("cpp", marks=pytest.mark.slow)])
def test_synapses_that_learn_repeat_spikes_and_weights(engine):
    rng = np.random.default_rng(8)
    cells, source = make_cells(rng)
    exc, inh = cells[:12], cells[12:]
    learning = Synapses(inh, exc, **INHIBITORY, name="learning")
    learning.connect(True)
    learning.w = rng.uniform(0, 3, 36)
    inputs = Synapses(
        source, exc, """w : siemens
        dA/dt = -A/(20*ms) : siemens (event-driven)
        dB/dt = -B/(20*ms) : siemens (event-driven)""",
        on_pre="ge += w\nA += 0.3*nS\nw = clip(w + B, 0*nS, 10*nS)",
        on_post="B -= 0.2*nS\nw = clip(w + A, 0*nS, 10*nS)", name="inputs",
    )  # fmt: skip
    inputs.connect("(i + j) % 2 == 0")
    inputs.w = rng.uniform(1, 8, len(inputs)) * nS
    result, data = run_both([cells, source, learning, inputs], cells, 100 * ms, engine)
    (projection,) = result.network.projections
    (rule,) = projection.plasticity
    assert isinstance(rule, CodeRule)
    assert projection.receptor.name == "GABA_A"
    name = projection.name
    weights = np.zeros((12, 3))
    weights[data[f"post_{name}"], data[f"pre_{name}"]] = data[f"weight_{name}"][0, 0] / 1e-9
    expected = np.zeros((12, 3))
    expected[learning.j[:], np.asarray(learning.i[:])] = learning.w[:]
    np.testing.assert_allclose(weights, expected, rtol=1e-12)


def test_synapses_with_short_term_plasticity_repeat_spikes():
    rng = np.random.default_rng(9)
    cells, source = make_cells(rng)
    inputs = Synapses(
        source, cells, """
        du/dt = -3*Hz*u : 1 (event-driven)
        dx/dt = recovery*(1 - x) : 1 (event-driven)
        w : siemens
        U : 1
        recovery : Hz (constant)""",
        on_pre="u += U*(1 - u); r = u*x; x -= r; ge += w*r", name="inputs",
    )  # fmt: skip
    inputs.connect(p=0.5)
    inputs.x, inputs.recovery = 1, 2 * Hz
    inputs.w, inputs.U = rng.uniform(5, 30, len(inputs)) * nS, rng.uniform(0.1, 0.9, len(inputs))
    result, _ = run_both([cells, source, inputs], cells, 100 * ms)
    (afferent,) = result.network.afferents
    (rule,) = afferent.plasticity
    assert isinstance(rule, CodeRelease)
    assert rule.values["x"] == 1
    assert "dx/dt = (2.0 * Hz)*(1 - x) : 1 (event-driven)" in rule.equations


def test_learning_that_is_turned_off_is_flagged():
    rng = np.random.default_rng(8)
    cells, _ = make_cells(rng)
    options = INHIBITORY | {"namespace": {"eta": 0}}
    learning = Synapses(cells, cells, **options, name="learning")
    learning.connect("i > 11 and j < 12")
    learning.w = 1
    flags = [str(f) for f in from_brian2([cells, learning]).flags]
    assert any("eta is 0 in the code of 'learning'" in flag for flag in flags)


def test_synapses_that_learn_have_a_projection_for_each_delay(monkeypatch):
    rng = np.random.default_rng(8)
    cells, _ = make_cells(rng)
    learning = Synapses(cells, cells, **INHIBITORY, name="learning")
    learning.connect("i > 11 and j < 12")
    learning.w = 1
    learning.pre.delay = "1*ms + 0.1*ms*(j % 3)"
    projections = from_brian2([cells, learning]).network.projections
    np.testing.assert_allclose([float(p.delay) for p in projections], [1e-3, 1.1e-3, 1.2e-3])
    assert sum(len(p.connectivity.post) for p in projections) == len(learning)
    monkeypatch.setattr(split_synapses, "LARGEST_SPLIT", 2)
    with pytest.raises(ba.BioannError, match="delay: wanted at most 2 delays of synapses, got 3"):
        from_brian2([cells, learning])


def test_delays_of_postsynaptic_spikes_are_refused():
    rng = np.random.default_rng(8)
    cells, _ = make_cells(rng)
    learning = Synapses(cells, cells, **INHIBITORY, name="learning")
    learning.connect("i > 11 and j < 12")
    learning.w = 1
    learning.post.delay = 1 * ms
    with pytest.raises(ba.BioannError, match="wanted no delay of postsynaptic spikes"):
        from_brian2([cells, learning])
    learning.post.delay, learning.w = 0 * ms, -1
    with pytest.raises(ba.BioannError, match="w: wanted weights >= 0, got negative ones"):
        from_brian2([cells, learning])


def test_the_magnesium_block_is_found_from_the_current():
    def current(v):
        return 5.0 * (0.003 - v) / (1 + 0.4 * np.exp(-v / 0.0125))

    scale, reversal, factor, slope = fit_block(current)
    assert (scale, reversal) == pytest.approx((5.0, 0.003), rel=1e-9)
    assert (factor, slope) == pytest.approx((0.4, 0.0125), rel=1e-9)
    assert fit_block(lambda v: 5.0 * (0.003 - v)) is None
    assert fit_block(lambda v: (0.003 - v) / (1 + np.exp(-v / 0.0125)) ** 2) is None


NMDA_CELLS = """
dv/dt = (25*nS*(-70*mV - v) - gN*stot*(v - 0*mV)/(1 + exp(-0.062*v/mV)/3.57) + I)/(0.5*nF) : volt (unless refractory)
stot : 1
I : amp
"""  # noqa: E501
GATING = """
ds/dt = -s/(100*ms) + a*x*(1 - s) : 1 {flag}
dx/dt = -x/(2*ms) : 1 {flag}
"""
NAMES = {"gN": 5 * nS, "a": 0.5 / ms}


def make_nmda(gating="", **options):
    cells = NeuronGroup(
        6, NMDA_CELLS + gating, threshold="v > -50*mV", reset="v = -55*mV", refractory=2 * ms,
        method="euler", namespace=NAMES, name="cells",
    )  # fmt: skip
    cells.v, cells.I = -60 * mV, [700, 650, 0, 0, 0, 0] * pA
    return cells


def make_synaptic_gating():
    cells = make_nmda()
    pairs = Synapses(
        cells, cells, "stot_post = w*s : 1 (summed)\nw : 1" + GATING.format(flag="(clock-driven)"),
        on_pre="x += 1", delay=0.5 * ms, method="euler", namespace=NAMES, name="pairs",
    )  # fmt: skip
    pairs.connect("i < 2 and j >= 2")
    pairs.w = "1 + 0.5*j"
    return cells, pairs


def make_presynaptic_gating():
    cells = make_nmda(GATING.format(flag=""))
    own = Synapses(cells, cells, on_pre="x_pre += 1", delay=0.5 * ms, name="own")
    own.connect(j="i")
    total = NeuronGroup(1, "s : 1", name="total")
    summing = Synapses(cells, total, "s_post = s_pre : 1 (summed)", name="summing")
    summing.connect("i < 2")
    spreading = Synapses(total, cells, "w : 1\nstot_post = w*s_pre : 1 (summed)", name="spreading")
    spreading.connect("j >= 2")
    spreading.w = "1 + 0.5*j"
    return cells, own, total, summing, spreading


@pytest.mark.parametrize("make", [make_synaptic_gating, make_presynaptic_gating])
def test_summed_gating_variables_are_nmda_synapses(make):
    objects = make()
    result = from_brian2(objects)
    (projection,) = result.network.projections
    receptor = projection.receptor
    assert isinstance(receptor, NMDA)
    assert (float(receptor.tau), float(receptor.rise)) == pytest.approx((0.1, 2e-3))
    # A transmitter pulse of 0.5/ms that decays in 2 ms opens 1 - exp(-1) of the closed channels.
    assert receptor.occupancy == pytest.approx(1 - np.exp(-1))
    assert float(receptor.magnesium) / float(receptor.half) == pytest.approx(1 / 3.57)
    assert float(receptor.slope) == pytest.approx(1e-3 / 0.062)
    conductance = result.network.draw_conductances(projection, 1)
    # The slow exponential after a spike is the share of channels that it opens.
    norm = 1 / (receptor.time_course(np.array([0.3]))[0] / np.exp(-3))
    expected = 5e-9 * (1 - np.exp(-1)) * (1 + 0.5 * np.arange(2, 6)) * norm
    np.testing.assert_allclose(conductance[2:, 0], expected, rtol=1e-6)
    assert not conductance[:2].any()
    assert any("opens a share 0.632" in str(flag) for flag in result.flags)


def test_sums_of_other_variables_are_refused():
    cells = make_nmda()
    sums = Synapses(cells, cells, "stot_post = v_pre/mV : 1 (summed)", name="sums")
    sums.connect(True)
    with pytest.raises(ba.BioannError, match=r"stot_post = v_pre/mV \(summed\): wanted effects"):
        from_brian2([cells, sums])


def test_nmda_synapses_depolarise_as_in_the_script():
    objects = make_synaptic_gating()
    cells = objects[0]
    course = b2.StateMonitor(cells, "v", record=True)
    network = b2.Network(*objects, course)
    imported = from_brian2(network).network
    network.run(150 * ms)
    stimulus = ba.steps({"unused": [0.0]}, onset=0 * ms, duration=150 * ms)
    record = ba.Record(voltage={"cells": range(6)})
    data = imported.run(stimulus, trials=1, seed=1, engine="numpy", record=record)
    ours, script = data["voltage_cells"].values[0, 0, -1], course.v_[:, -1]
    rise = script[2:] - (-0.07)
    assert (rise > 1e-3).all()
    np.testing.assert_allclose(ours[2:] - (-0.07), rise, rtol=0.05)


def test_a_weight_that_a_timed_array_switches_is_a_channel():
    cells = make_cells(np.random.default_rng(1))[0]
    switch = TimedArray(np.array([0.0, 2.0, 0.0]), dt=10 * ms)
    noise = PoissonInput(cells, "ge", 20, 30 * Hz, weight="switch(t)*nS")
    with pytest.raises(ba.BioannError, match="a TimedArray that switches between 0 and one value"):
        from_brian2([cells, noise], namespace={"switch": switch})
    switch = TimedArray(np.array([0.0, 2e-9, 0.0]) * siemens, dt=10 * ms)
    noise = PoissonInput(cells, "ge", 20, 30 * Hz, weight="switch(t)")
    network = from_brian2([cells, noise], namespace={"switch": switch, "noise": noise}).network
    (afferent,) = network.afferents
    assert (afferent.channel, float(afferent.weight)) == ("noise", pytest.approx(2e-9))
