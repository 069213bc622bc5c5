"""Modulators that neurons release, and regions that they reach."""

import numpy as np
import pytest
from brian2 import ms, mV, nS, pA, second, uM

import bioann as ba
from bioann.base.errors import DescriptionError, UnknownNameError
from bioann.bio.engines.cpp import compiler

UM = 1e-3  # micromolar in SI
SITE = ba.modulation.Hill(2 * uM)
MODULATOR = ba.modulation.Modulator(
    "dopamine", baseline=0.5 * uM, clearance=200 * ms, population="vta", release=0.02 * uM
)
REGION = ba.modulation.Region("cortex", ("strong", "weak"), ("left", "right"))


def circuit(*modulations, plasticity=()):
    """Dopamine cells (driven by y) and two targets of one source (driven by x)."""
    return ba.SpikingNetwork(
        (
            ba.Population("vta", 5, "glutamate"),
            ba.Population("source", 3, "glutamate"),
            ba.Population("left", 4, "glutamate", ba.cells.LIF(V_th=-45 * mV)),
            ba.Population("right", 4, "glutamate"),
        ),
        (
            ba.CurrentAfferent("y", "vta", 100 * pA),
            ba.CurrentAfferent("x", "source", 100 * pA),
            ba.CurrentAfferent("x", "right", 40 * pA),
        ),
        (
            ba.Projection("source", "left", 3 * nS, name="strong", plasticity=plasticity),
            ba.Projection("source", "right", 1 * nS, name="weak"),
        ),
        modulations=modulations,
    )


def run(network, x=(3.0,), y=(2.0,), duration=100 * ms, states=None, **options):
    record = ba.Record(states=states or {}, interval=1 * ms)
    stimulus = ba.steps({"x": x, "y": y}, duration=duration)
    return network.run(stimulus, trials=1, seed=1, record=record, **options)


def excite(target="right", **fields):
    effect = ba.modulation.Excitability(target, **({"current": 80 * pA} | fields))
    return ba.modulation.Modulation(MODULATOR, SITE, effect)


def scale(target="weak", modulator=MODULATOR, site=SITE):
    return ba.modulation.Modulation(modulator, site, ba.modulation.SynapticGain(target, 3.0))


@pytest.mark.slow
def test_the_steady_concentration_is_rate_times_neurons_times_release_times_clearance():
    states = {"right": {"concentration_dopamine": [0, 3]}, "left": {"concentration_dopamine": [0]}}
    network = circuit(excite(ba.modulation.Region("all", populations=("left", "right"))))
    recording = run(network, (0.0, 0.0), (2.0, 4.0), 2 * second, states)
    course = recording.state_right_concentration_dopamine
    np.testing.assert_array_equal(course[..., 0], course[..., 1])
    np.testing.assert_array_equal(
        course[..., 0], recording.state_left_concentration_dopamine[..., 0]
    )
    late = slice(1.2, None)  # six clearance times: 0.25 % are missing
    rate = recording.rate.sel(unit="vta", time=late).mean(["trial", "time"]).values
    assert rate[1] > rate[0] > 10
    expected = MODULATOR.compute_steady_concentration(rate, 5)
    np.testing.assert_allclose(expected, 0.5 * UM + rate * 5 * 0.02 * UM * 0.2)
    mean = course.sel(sample_time=late).isel(trial=0).mean("sample_time")[:, 0]
    np.testing.assert_allclose(mean, expected, rtol=0.01)


def test_each_spike_adds_the_release_and_clearance_is_exponential():
    states = {"right": {"concentration_dopamine": [0]}}
    recording = run(circuit(excite()), (0.0,), (2.0,), 100 * ms, states)
    times = recording.spike_time.values[recording.spike_unit.values == 0]
    sampled = recording.sample_time.values
    since = sampled[:, None] - times
    # A spike in step k raises the value at the start of step k + 1.
    kernel = np.where(since > 5e-5, np.exp(-(since - 1e-4) / 0.2), 0).sum(axis=1)
    course = recording.state_right_concentration_dopamine.values[0, 0, :, 0]
    np.testing.assert_allclose(course, 0.5 * UM + 0.02 * UM * kernel, rtol=1e-3)


@pytest.mark.slow
def test_a_release_too_small_to_matter_is_a_constant_dose_from_a_channel():
    """Two ways to write the baseline: the neurons' variable, and the timed array."""
    released = ba.modulation.Modulator(
        "d", baseline=1 * uM, clearance=1 * second, population="vta", release=1e-9 * uM
    )
    block = ba.modulation.Modulator("block", baseline=1 * uM, channel="y")
    following = ba.modulation.Modulator("d", 1e-12 * uM, baseline=1 * uM, channel="y")
    spikes = []
    for modulator in (released, following):
        site = ba.modulation.Hill(1 * uM, 2.0, antagonist=block, k_b=2 * uM)
        leak = ba.modulation.Excitability("right", 60 * pA, 3 * nS)
        network = circuit(
            ba.modulation.Modulation(modulator, site, leak), scale("strong", modulator, site)
        )
        recording = run(network, y=(2.5,), states={"left": {"g_AMPA": [0]}})
        spikes.append(recording)
    assert spikes[0].sizes["spike"] > 50
    np.testing.assert_array_equal(spikes[0].spike_time, spikes[1].spike_time)
    np.testing.assert_allclose(
        spikes[0].state_left_g_AMPA, spikes[1].state_left_g_AMPA, rtol=1e-6, atol=1e-15
    )


def test_a_region_changes_by_one_number():
    """Conductances of both projections rise by the same factor: the change has rank one."""
    drug = ba.modulation.Modulator("drug", channel="y")
    states = {"left": {"g_AMPA": [0]}, "right": {"g_AMPA": [1]}}
    recording = run(
        circuit(scale(REGION, drug)), (3.0,) * 3, (0.0, 2.0, 6.0), 40 * ms, states,
        noise_keys=("same",) * 3,
    )  # fmt: skip
    for population in ("left", "right"):
        peak = recording[f"state_{population}_g_AMPA"].max("sample_time").squeeze().values
        np.testing.assert_allclose(peak / peak[0], [1, 2, 2.5], rtol=1e-9)


def test_a_region_reaches_the_populations_or_the_projections_in_it():
    assert excite(REGION).effect.targets == ("left", "right")
    assert scale(REGION).effect.targets == ("strong", "weak")
    assert circuit(scale(REGION)).modulations[0].title() == "Modulation of 'cortex' by dopamine"


@pytest.mark.slow
def test_compiled_code_gives_the_same_spikes():
    if compiler.find_compiler() is None:
        pytest.skip("needs a C++ compiler")
    gate = ba.modulation.Modulation(MODULATOR, SITE, ba.modulation.PlasticityGate("strong"))
    network = circuit(
        excite(conductance=2 * nS), scale(REGION), gate, plasticity=ba.plasticity.PairSTDP()
    )
    states = {"right": {"concentration_dopamine": [0]}}
    compiled, expected = (
        run(network, duration=60 * ms, states=states, engine=e) for e in ("cpp", "numpy")
    )
    assert expected.sizes["spike"] > 30
    np.testing.assert_array_equal(compiled.spike_time, expected.spike_time)
    np.testing.assert_array_equal(
        compiled.state_right_concentration_dopamine, expected.state_right_concentration_dopamine
    )
    np.testing.assert_allclose(compiled.weight_strong, expected.weight_strong, rtol=1e-12)


def test_released_modulators_need_no_channel_and_are_explained():
    network = circuit(scale())
    assert network.channels == ("y", "x")
    equation = next(e for e in network.explain() if e.caption.startswith("Modulator"))
    assert equation.caption == "Modulator dopamine, released by vta"
    assert {s.symbol: s.value for s in equation.symbols} == {
        "c_0": "0.5", "tau_c": "200", "q": "0.02"
    }  # fmt: skip


def modulator(**fields):
    defaults = {"clearance": 200 * ms, "population": "vta", "release": 1 * uM}
    return ba.modulation.Modulator("m", **(defaults | fields))


@pytest.mark.parametrize(
    ("make", "kind", "message"),
    [
        (lambda: modulator(release=0 * uM), DescriptionError,
         "release: wanted a value above 0 with a population, got 0. A modulator that nothing"),
        (lambda: modulator(clearance=0 * ms), DescriptionError, "clearance: wanted a value above"),
        (lambda: modulator(channel="x"), DescriptionError, "channel: wanted none with a"),
        (lambda: modulator(population=""), DescriptionError, "population: wanted one that rel"),
        (lambda: ba.modulation.Modulator("5-HT", population="vta"), DescriptionError,
         "Modulator, name: wanted"),
        (lambda: circuit(scale(modulator=modulator(population="vat"))), UnknownNameError,
         "Modulator 'm', population: wanted the name of a population, got 'vat'. Did you mean"),
        (lambda: circuit(scale(), scale(modulator=ba.modulation.dopamine())), DescriptionError,
         "Modulator 'dopamine': wanted one modulator of this name, got several that differ"),
        (lambda: ba.modulation.Region("r"), DescriptionError,
         "Region 'r': wanted at least one projection or population, got none"),
        (lambda: ba.modulation.Region("r", ("a", "a")), DescriptionError, "wanted each once"),
        (lambda: scale(ba.modulation.Region("r", populations=("left",))), DescriptionError,
         "SynapticGain of 'r', target: wanted a region with at least one projection"),
        (lambda: excite(ba.modulation.Region("r", ("weak",))), DescriptionError,
         "Excitability of 'r', target: wanted a region with at least one population"),
        (lambda: circuit(scale(ba.modulation.Region("r", ("weak", "strnog")))), UnknownNameError,
         "by dopamine: wanted the name of a projection or afferent, got 'strnog'. Did you"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_where_it_is_written(make, kind, message):
    with pytest.raises(kind) as error:
        make()
    assert message in str(error.value)
