"""Which channels reach a response through the connections of a model."""

import pandas as pd
import pytest
from brian2 import ms, nS, pA, uM

import bioann as ba
from bioann import model
from bioann.comparison.paths import (
    find_channels_with_path,
    find_paths,
    find_upstream_channels,
)
from bioann.pair_files.find import list_pairs


def make_connections(*rows):
    columns = ["source", "source_kind", "target", "strength"]
    return pd.DataFrame([(*row, 1.0)[:4] for row in rows], columns=columns)


CHAIN = make_connections(
    ("x", "channel", "a"),
    ("a", "unit", "b"),
    ("b", "unit", "c"),
    ("c", "unit", "b"),  # a loop
    ("y", "channel", "c"),
    ("z", "channel", "a", 0.0),
    ("a", "channel", "d"),  # a channel with the name of a unit
)


@pytest.mark.parametrize(
    ("units", "channels"),
    [("a", "x"), ("b", "xy"), ("c", "xy"), ("d", "a"), ("ad", "xa"), ("e", ""), ("", "")],
)
def test_a_path_may_be_of_any_length_and_goes_with_the_connections(units, channels):
    upstream = find_upstream_channels(CHAIN, {"match": set(units)})
    assert upstream == {"match": set(channels)}


def test_without_connections_nothing_is_reached():
    assert find_upstream_channels(CHAIN[:0], {"match": {"a"}}) == {"match": set()}


def test_a_function_may_use_every_channel_that_it_reads_and_no_other():
    function = ba.FunctionModel(lambda stimulus, rng: stimulus.values, ("u", "v"), ("x", "y"))
    assert find_channels_with_path(function, {"m": {"u"}}) == {"m": {"x", "y"}}


def test_a_rate_network_has_no_path_through_a_weight_of_zero():
    network = ba.RateNetwork(
        ("u", "v"), W=[[0, 0], [1, 0]], W_in=[[1, 0], [0, 0]], channels=("x", "y")
    )
    assert network.channels == ("x", "y")
    paths = find_channels_with_path(network, {"u": {"u"}, "v": {"v"}})
    assert paths == {"u": {"x"}, "v": {"x"}}


def test_a_gate_reaches_the_unit_that_it_gates():
    network = ba.RateNetwork(
        units=("gate", "gated", "other"),
        channels=("open", "x"),
        W_in=[[1, 0], [0, 1], [0, 1]],
        gates={"gated": "gate"},
    )
    paths = find_channels_with_path(network, {"gated": {"gated"}, "other": {"other"}})
    assert paths == {"gated": {"open", "x"}, "other": {"x"}}


def test_a_modulator_reaches_a_population_without_a_synapse():
    dopamine = ba.modulation.Modulator("dopamine", 1 * uM)
    effect = ba.modulation.Excitability("a", current=50 * pA)
    network = ba.SpikingNetwork(
        (ba.Population("a", 2, "glutamate"), ba.Population("b", 2, "glutamate")),
        (ba.Afferent("x", "a", 1 * nS), ba.Afferent("y", "b", 1 * nS)),
        modulations=(ba.modulation.Modulation(dopamine, ba.modulation.Hill(1 * uM), effect),),
    )
    paths = find_channels_with_path(network, {"a": {"a"}, "b": {"b"}})
    assert paths["a"] == {"x", "dopamine"}
    assert "y" in paths["b"]
    assert "x" not in paths["b"]


def test_a_unit_depends_on_what_divides_its_input():
    network = ba.RateNetwork(
        ("u", "v"),
        channels=("x", "y"),
        W=[[0, 0], [1, 0]],
        W_in=[[1, 0], [0, 0]],
        divisive_in=[[0, 2], [0, 0]],
    )
    paths = find_channels_with_path(network, {"u": {"u"}, "v": {"v"}})
    assert paths == {"u": {"x", "y"}, "v": {"x", "y"}}


def test_a_released_modulator_carries_what_drives_the_cells_that_release_it():
    dopamine = ba.modulation.Modulator(
        "dopamine", clearance=50 * ms, population="b", release=1 * uM
    )
    effect = ba.modulation.Excitability("a", current=50 * pA)
    network = ba.SpikingNetwork(
        (ba.Population("a", 2, "glutamate"), ba.Population("b", 2, "glutamate")),
        (ba.Afferent("x", "a", 1 * nS), ba.Afferent("y", "b", 1 * nS)),
        modulations=(ba.modulation.Modulation(dopamine, ba.modulation.Hill(1 * uM), effect),),
    )
    paths = find_channels_with_path(network, {"a": {"a"}, "b": {"b"}})
    assert paths == {"a": {"x", "y"}, "b": {"y"}}


def test_a_neuron_is_reached_as_its_population_is():
    bio = ba.SpikingNetwork(
        (ba.Population("cells", 2, "glutamate"),), (ba.Afferent("x", "cells", 1 * nS),)
    )
    ann = ba.RateNetwork(("u", "v"), W_in=[[1], [0]], channels="x")
    same = ba.Correspondence((ba.Match("cells[0]", "u"), ba.Match("cells[1]", "v")))
    pair = ba.Pair("p", bio, ann, same, stimulus=ba.steps({"x": [0, 1]}, duration=300 * ms))
    assert find_paths(pair) == ({"u": {"x"}, "v": {"x"}}, {"u": {"x"}, "v": set()})


#: Responses of shipped pairs without a path from a channel: in the spiking, in the rate model.
WITHOUT_PATH = {
    "input_inversion": {  # one unit reads the input, the other one what is missing of it
        ("plain", "dark"): "both",
        ("inverted", "light"): "rate",
        ("inverted", "dark"): "spiking",
    },
    "inhibition_modes": {
        ("control", "noise"): "rate",
        ("pulled_down", "minus"): "both",
        ("pulled_down", "noise"): "both",
        ("shunted", "minus"): "both",
        ("shunted", "noise"): "both",
    },
    "lateral_inhibition": {  # a unit of a feedforward layer reads the light on its position
        (f"feedforward_{k}", f"position_{j}"): "rate" for k in (4, 6) for j in range(12) if j != k
    },
    "levels_of_inhibition": {  # only groups that share a pool reach each other
        (name, "other"): "both" for name in ("inside", "local", "static")
    },
    "neuromodulation": {  # the drug acts on some cells, dopamine on synapses of others
        ("excited", "vta"): "both",
        ("amplified", "agonist"): "rate",
    },
    "delayed_reward": {("learned", "x"): "spiking"},  # the spikes are scheduled
    "hebb_and_stdp": {  # rates make the units pair; in the cells, scheduled spikes do
        ("pairing", channel): "spiking" for channel in ("pre", "post")
    },
    "hebb_and_gradient": {  # a control follows the other goal
        (match, "other_goal"): "both"
        for match in ("hebb_x1", "hebb_x2", "free_x2", "projected_x1", "projected_x2", "growth")
    },
    "memory_trace": {("fading", "clear"): "both"},  # nothing inhibits it
    "forgetting_and_savings": {  # a teacher makes post cells fire, a unit has a goal
        (unit, channel): "spiking" if channel == "goal" else "rate"
        for unit in ("decay", "fast_slow")
        for channel in ("teacher", "goal")
    },
    "memory_inside_the_cell": {  # a unit has a bias
        (unit, "constant"): "spiking" for unit in ("in_synapse", "in_cell")
    },
    "inhibitory_plasticity": {  # an inhibitory cell repeats the spikes of its own fibre
        (f"I{k}", channel): "both"
        for k in range(8)
        for channel in (f"{kind}{j}" for kind in "ei" for j in range(8))
        if channel != f"i{k}"
    },
    "use_dependent_closing": {  # what pain releases acts in a control
        (unit, "pain"): "both" for unit in ("static", "learned")
    },
    "winner_take_all": {("a0", "b"): "both", ("b0", "a"): "both"},  # the uncoupled pair
    "pattern_separation": {  # each feature has an input of its own
        (f"feature_{k}", f"feature_{j}"): "both" for k in range(1, 8) for j in range(1, 8) if j != k
    },
    "feedforward_inhibition": {("interneurons", "x"): "both"},  # driven by y alone
    # Weights of zero; in the spiking model excitation and the blanket cancel.
    "missing_synapse": dict.fromkeys((("T1", "x3"), ("T2", "x4"), ("T3", "x1")), "rate"),
}


@pytest.mark.parametrize("name", list_pairs())
def test_paths_of_the_shipped_pairs(name):
    pair = ba.load(name)
    spiking, rate = find_paths(pair)
    missing = {}
    for match in pair.match_names:
        for channel in pair.stimulus.channel.values.tolist():
            is_missing = (channel not in spiking[match], channel not in rate[match])
            if any(is_missing):
                labels = {(True, True): "both", (True, False): "spiking", (False, True): "rate"}
                missing[match, channel] = labels[is_missing]
    assert missing == WITHOUT_PATH.get(name, {})
    for pair_model in (pair.bio, pair.ann):  # the shipped models list their connections
        is_of_weights = isinstance(pair_model, ba.LearnedStrength)  # its units are connections
        assert len(model.connections_of(pair_model)) or is_of_weights
