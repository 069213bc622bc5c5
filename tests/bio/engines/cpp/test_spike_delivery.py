"""Spikes come to the same synapses in a program as in Brian2, however the program lists these."""

import dataclasses

import numpy as np
import pytest
import xarray as xr
from brian2 import ms, nS

import bioann as ba
from bioann.bio.engines.cpp import codegen

pytestmark = pytest.mark.usefixtures("needs_compiler")

SHORT = ba.steps({"x": [0.6, 1.0]}, duration=30 * ms)


def chain(n, transmitter="glutamate", weight=9 * nS, **projection):
    """Two populations of `n` neurons, the first of which drives the second."""
    return ba.SpikingNetwork(
        (ba.Population("a", n, transmitter), ba.Population("b", n, "glutamate", background=5 * nS)),
        (ba.Afferent("x", "a", 9 * nS, fibres=30),),
        (ba.Projection("a", "b", weight, **projection),),
    )


def both(network, stimulus=SHORT, trials=2, **options):
    """Run the network on numpy and as a program."""
    options = {"trials": trials, "seed": 1, **options}
    return [
        network.run(stimulus, engine=engine, **options).drop_attrs(deep=False)
        for engine in ("numpy", "cpp")
    ]


@pytest.mark.slow
@pytest.mark.parametrize("n", [32_768, 32_769])
def test_neurons_are_named_by_two_bytes_as_long_as_they_can(n):
    """Afferents reach 65,536 neurons of two lanes, and 65,538."""
    network = chain(n, weight=40 * nS, connectivity=ba.OneToOne(), delay=0.2 * ms)
    numpy, cpp = both(network, ba.steps({"x": [0.9]}, duration=10 * ms))
    xr.testing.assert_identical(numpy, cpp)
    assert (cpp.rate > 0).all("time").any()
    last = (cpp.spike_neuron == n - 1) & (cpp.spike_trial == 1)
    assert cpp.spike_unit[last].size > 0


@pytest.mark.slow
def test_targets_are_named_by_four_bytes_where_two_are_not_enough():
    network = chain(66_000, weight=40 * nS, connectivity=ba.OneToOne(), delay=0.2 * ms)
    numpy, cpp = both(network, ba.steps({"x": [0.9]}, duration=10 * ms), trials=1)
    xr.testing.assert_identical(numpy, cpp)
    assert (cpp.spike_neuron[cpp.spike_unit == 1] >= 2**16).any()


@pytest.mark.parametrize(
    "projection",
    [
        {"connectivity": ba.FixedProbability(0.3), "delay": 0 * ms},
        {"connectivity": ba.FixedProbability(1e-9)},
        {"connectivity": ba.ExplicitMatrix(np.arange(400.0).reshape(20, 20) % 7)},
        {"plasticity": ba.plasticity.TsodyksMarkram(U=0.4)},
        pytest.param({"receptor": ba.receptors.NMDA()}, marks=pytest.mark.slow),
        {"receptor": ba.receptors.GABA_B(), "transmitter": "GABA"},
    ],
    ids=["alike", "none", "of their own strength", "short-term", "NMDA", "GABA_B"],
)
def test_every_kind_of_synapse_brings_what_it_brings_in_numpy(projection):
    numpy, cpp = both(chain(20, **projection), record=ba.Record(voltage={"b": range(20)}))
    spikes = [name for name in numpy if name.startswith("spike_")]
    xr.testing.assert_identical(numpy[spikes], cpp[spikes])
    assert (cpp.spike_unit == 0).sum() > 200
    # Exponentials of states may be rounded otherwise; a spike too many or too few is above 1 uV.
    np.testing.assert_allclose(numpy.voltage_b, cpp.voltage_b, rtol=0, atol=1e-12)


@pytest.mark.slow
def test_fibres_whose_synapses_remember_spikes_bring_what_they_bring_in_numpy():
    network = chain(20)
    slow = ba.Afferent("x", "b", 3 * nS, fibres=7, receptor=ba.receptors.NMDA(), delay=0.4 * ms)
    network = dataclasses.replace(network, afferents=(*network.afferents, slow))
    numpy, cpp = both(network, record=ba.Record(voltage={"b": range(20)}))
    np.testing.assert_allclose(numpy.voltage_b, cpp.voltage_b, rtol=0, atol=1e-12)


@pytest.mark.slow
def test_weights_of_one_lane_serve_all_and_those_of_each_lane_only_it():
    """Learning starts from silence in one condition, so that weights differ between lanes."""
    learning = chain(6, plasticity=ba.plasticity.PairSTDP(), delay=0.5 * ms)
    stimulus = ba.steps({"x": [0.0, 1.0]}, duration=200 * ms)
    learned = learning.run(stimulus, trials=2, seed=1, engine="numpy")
    assert len(np.unique(learned.weight_a_to_b)) > 6
    fixed = dataclasses.replace(
        learning, projections=(dataclasses.replace(learning.projections[0], plasticity=()),)
    )
    loud = ba.stimuli.make_stimulus(
        np.ones((2, 60, 1)), channels=("x",), conditions=stimulus.condition.values
    )
    numpy, cpp = both(fixed, loud, weights=learned)
    xr.testing.assert_identical(numpy, cpp)
    _, alike = both(fixed, loud)
    assert not alike.equals(cpp)


def test_spikes_are_read_some_at_a_time():
    """More than the program reads at once, and more than one in a step for the same neuron."""
    network = ba.SpikingNetwork(
        (ba.Population("a", 30, "glutamate"),),
        (ba.Afferent("x", "a", 0.2 * nS, fibres=2000), ba.Afferent("x", "a", 0.1 * nS, fibres=9)),
    )
    numpy, cpp = both(network, trials=1)
    xr.testing.assert_identical(numpy, cpp)
    assert cpp.sizes["spike"] > 30


def test_a_program_lists_one_lane_and_what_learns_in_all(planned, circuit):
    text = codegen.write_program(planned(circuit())).text
    kinds = {"Direct": 4, "Fixed": 2, "SynapticPathway": 2}
    for kind, n in kinds.items():
        assert text.count(f"\n{kind} ") == n
    assert "SpikeGenerator" not in text


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Tiring(ba.receptors.AMPA):
    """Each synapse has a state that every time step changes, and that weakens it."""

    per_synapse = "dtired/dt = -tired/tau : 1 (clock-driven)"

    def on_spike(self, resolved=True):
        """Count only what is not tired."""
        return "g += w/(1 + tired); tired += 1" if resolved else "g += w"


@pytest.mark.slow
def test_states_of_synapses_that_every_step_changes_are_those_of_each_lane():
    numpy, cpp = both(chain(20, receptor=Tiring()), record=ba.Record(voltage={"b": range(20)}))
    xr.testing.assert_identical(numpy, cpp)
    _, rested = both(
        chain(20, receptor=ba.receptors.AMPA()), record=ba.Record(voltage={"b": range(20)})
    )
    assert abs(rested.voltage_b - cpp.voltage_b).max() > 1e-3
