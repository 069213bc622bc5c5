"""Which spiking models of pairs a Brian2 script can hold."""

import dataclasses

import pytest
from brian2 import ms, nS

import bioann as ba
from bioann.base.errors import DescriptionError
from bioann.pair_files.exported import export_pair, find_spiking_network

NETWORK = ba.SpikingNetwork(
    (ba.Population("cell", 2, "glutamate", background=3 * nS),),
    (ba.Afferent("x", "cell", 1 * nS, plasticity=ba.plasticity.PairSTDP(), name="learned"),),
)
PROTOCOL = ba.Protocol(NETWORK, (ba.Phase("before", 200 * ms), ba.Phase("after", 200 * ms)))


def pair_of(bio):
    unit = bio.units[0]
    return ba.Pair(
        "own",
        bio,
        ba.RateNetwork(("u",), channels=("x",), W_in=[[1.0]]),
        ba.Correspondence((ba.Match(unit, "u"),)),
        stimulus=ba.steps({"x": [0.1]}, duration=400 * ms),
    )


@pytest.mark.parametrize(
    "bio", [NETWORK, ba.Potential(NETWORK), ba.LearnedStrength(NETWORK, "learned")]
)
def test_a_measured_network_is_exported_itself(bio):
    assert find_spiking_network(pair_of(bio)) is NETWORK


@pytest.mark.parametrize(
    ("bio", "text"),
    [
        (
            ba.BrianNetwork(lambda inputs, rng: None, {"cell": 2}, ("x",)),
            "got a BrianNetwork. It is a Brian2 script already: its function 'build' makes the "
            "network.",
        ),
        (
            PROTOCOL,
            "got a Protocol. Its phases hand learned weights and lesions on, which a script of one "
            "run cannot: call ba.to_brian2_script with its network and the stimulus of one phase.",
        ),
        (ba.LearnedStrength(PROTOCOL, "learned"), "got a Protocol. Its phases hand learned"),
        (
            ba.RateNetwork(("cell",), channels=("x",), W_in=[[1.0]]),
            "got a RateNetwork. Describe the circuit as a SpikingNetwork; other models have no "
            "Brian2 objects.",
        ),
    ],
    ids=["brian", "protocol", "strength", "rates"],
)
def test_other_models_are_refused_with_a_way_out(bio, text):
    with pytest.raises(DescriptionError) as error:
        find_spiking_network(pair_of(bio))
    assert f"export: wanted a SpikingNetwork as spiking model, {text}" in str(error.value)


def test_a_pair_without_stimulus_is_an_error(tmp_path, monkeypatch):
    pair = dataclasses.replace(pair_of(NETWORK), stimulus=None)
    monkeypatch.setattr("bioann.pair_files.exported.load", lambda name: pair)
    with pytest.raises(DescriptionError, match="export: wanted a stimulus, got none"):
        export_pair("own", tmp_path / "own.py", seed=1)
    assert not list(tmp_path.iterdir())
