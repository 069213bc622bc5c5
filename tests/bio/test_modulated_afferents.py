"""Modulators of the synapses of afferents: a factor on the weight, for fibres of every kind."""

import numpy as np
import pytest
from brian2 import Hz, ms, nS, pA, uM

import bioann as ba
from bioann.base.errors import DescriptionError, UnknownNameError
from bioann.bio.engines.cpp import compiler

FIBRES = {
    "own fibres": {},
    "shared fibres": {"connectivity": ba.AllToAll()},
    "depressing synapses": {"plasticity": ba.plasticity.TsodyksMarkram()},
    "weights that differ": {"weight": ba.LogNormal(1 * nS, 0.3 * nS)},
}


def build_network(*modulations, weight=1 * nS, **fields):
    fields = {"weight": weight, "name": "input", "fibres": 10, "rate": 40 * Hz} | fields
    return ba.SpikingNetwork(
        (ba.Population("cells", 3, "glutamate"), ba.Population("vta", 5, "glutamate")),
        (ba.Afferent("x", "cells", **fields), ba.CurrentAfferent("vta", "vta", 250 * pA)),
        modulations=modulations,
    )


def scale(factor, target="input", **fields):
    drug = ba.modulation.Modulator("drug", **fields)
    gain = ba.modulation.SynapticGain(target, factor)
    return ba.modulation.Modulation(drug, ba.modulation.Hill(1 * uM), gain)


def record_conductance(network, **options):
    levels = {"x": [1.0], "vta": [1.0]} | ({"drug": [1.0]} if "drug" in network.channels else {})
    stimulus = ba.steps(levels, duration=60 * ms)
    record = ba.Record(states={"cells": {"g_AMPA": range(3)}}, interval=1 * ms)
    options = {"trials": 1, "seed": 3, "noise_keys": ("same",), "record": record} | options
    return network.run(stimulus, **options)


@pytest.mark.parametrize("fields", FIBRES.values(), ids=FIBRES)
def test_a_factor_on_an_afferent_is_a_weight_as_many_times_as_large(fields):
    """Half of the effect of a factor 5 at the EC50: three times the conductance."""
    plain = record_conductance(build_network(**fields)).state_cells_g_AMPA
    scaled = record_conductance(build_network(scale(5.0), **fields)).state_cells_g_AMPA
    assert plain.max() > 1e-9
    np.testing.assert_allclose(scaled, 3 * plain, rtol=1e-6, atol=1e-20)


def test_cells_that_release_the_modulator_reach_the_synapses_of_an_afferent():
    """The conductance rises by 1 + 4 c / (c + EC50), with the concentration c at its start."""
    released = {"baseline": 1 * uM, "population": "vta", "release": 1e-12 * uM}
    network = build_network(scale(5.0, clearance=200 * ms, **released))
    plain = record_conductance(build_network()).state_cells_g_AMPA
    scaled = record_conductance(network).state_cells_g_AMPA
    np.testing.assert_allclose(scaled, 3 * plain, rtol=1e-6, atol=1e-20)


@pytest.mark.slow
def test_compiled_code_scales_the_same_spikes():
    if compiler.find_compiler() is None:
        pytest.skip("needs a C++ compiler")
    network = build_network(scale(5.0))
    compiled, expected = (record_conductance(network, engine=e) for e in ("cpp", "numpy"))
    np.testing.assert_allclose(
        compiled.state_cells_g_AMPA, expected.state_cells_g_AMPA, rtol=1e-12, atol=1e-24
    )


def test_a_region_holds_projections_and_afferents():
    region = ba.modulation.Region("cortex", ("input",))
    network = build_network(scale(5.0, target=region))
    assert network.modulations[0].effect.targets == ("input",)


def test_what_is_no_synapse_is_no_target():
    message = "wanted the name of a projection or afferent, got 'vta'"
    with pytest.raises(UnknownNameError, match=message):
        build_network(scale(2.0, target="vta"))


def test_a_name_that_two_afferents_share_is_no_target():
    twice = tuple(ba.Afferent("x", "cells", 1 * nS, name="input") for _ in range(2))
    message = (
        "Modulation of 'input' by drug: wanted one projection or afferent with the name 'input', "
        r'got several. Tell them apart with Afferent\(..., name="..."\).'
    )
    cells = ba.Population("cells", 3, "glutamate")
    with pytest.raises(DescriptionError, match=message):
        ba.SpikingNetwork((cells,), twice, modulations=(scale(2.0),))
