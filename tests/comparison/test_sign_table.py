"""The sign of every connection in both models, side by side."""

import numpy as np
import pytest
from brian2 import ms, mV, nS, pA

from bioann.ann.function_model import FunctionModel
from bioann.ann.network import RateNetwork
from bioann.bio.afferent import Afferent, CurrentAfferent
from bioann.bio.network import SpikingNetwork
from bioann.bio.population import Population
from bioann.bio.projection import Projection
from bioann.bio.receptors import GABA_A
from bioann.comparison.sign_table import SIGN_COLUMNS, sign_table
from bioann.correspondence import Correspondence, Match
from bioann.pair import Pair


def sign_table_of(bio, ann, matches, **alone):
    return sign_table(Pair("p", bio, ann, Correspondence(tuple(matches), **alone)))


def signs_by_connection(found):
    return {(r.source, r.target): (r.bio_sign, r.ann_sign, r.agreement) for r in found.itertuples()}


def network(*parts):
    populations = [p for p in parts if isinstance(p, Population)]
    afferents = [p for p in parts if isinstance(p, (Afferent, CurrentAfferent))]
    return SpikingNetwork(populations, afferents, [p for p in parts if isinstance(p, Projection)])


E, I = Population("e", 2, "glutamate"), Population("i", 2, "GABA")  # noqa: E741


def test_synapses_stand_beside_the_weights_they_are_read_as():
    bio = network(
        E,
        I,
        Afferent("x", "e", 1 * nS),
        Afferent("y", "e", 1 * nS, transmitter="GABA"),
        Projection("e", "i", 1 * nS),
        Projection("i", "e", 1 * nS),
        Projection("e", "e", 1 * nS),
    )
    ann = RateNetwork(
        ("u", "v"),
        W=[[-0.1, -0.5], [2, 0]],
        W_in=[[1, 3], [0, 0.5]],
        channels=("x", "y"),
        tau=10 * ms,
    )
    found = sign_table_of(bio, ann, [Match("e", "u"), Match("i", "v")])
    assert tuple(found.columns) == SIGN_COLUMNS
    assert signs_by_connection(found) == {
        ("x", "e"): (1, 1, "agree"),
        ("y", "e"): (-1, 1, "differ"),
        ("e", "i"): (1, 1, "agree"),
        ("i", "e"): (-1, -1, "agree"),
        ("e", "e"): (1, -1, "differ"),
        ("y", "v"): (pytest.approx(np.nan, nan_ok=True), 1, "no direct synapse"),
    }
    assert found.weight.tolist()[:5] == [1, 3, 2, -0.5, -0.1]


def test_interneurons_have_no_weight_of_their_own():
    bio = network(E, I, Afferent("x", "i", 1 * nS), Projection("i", "e", 1 * nS))
    ann = RateNetwork("u", W_in=[[-1]], channels="x")
    found = sign_table_of(bio, ann, [Match("e", "u")], bio_only=("i",))
    assert found.agreement.tolist() == ["no weight of its own"] * 2 + ["no direct synapse"]
    assert found.source_kind.tolist() == ["channel", "unit", "channel"]
    assert found.weight[2] == -1


class TestOpponents:
    """A population that stands for minus a unit turns the sign that is expected."""

    ON, OFF = Population("on", 2, "glutamate"), Population("off", 2, "glutamate")
    BOTH = (Match({"on": 1, "off": -1}, "u"),)

    def test_an_opponent_pair_of_afferents_agrees_with_one_weight(self):
        bio = network(
            self.ON,
            self.OFF,
            Afferent("x", "on", 1 * nS, coding="on"),
            Afferent("x", "off", 1 * nS, coding="off"),
        )
        found = sign_table_of(bio, RateNetwork("u", W_in=[[2]], channels="x"), self.BOTH)
        assert found.agreement.tolist() == ["agree", "agree"]
        turned = sign_table_of(bio, RateNetwork("u", W_in=[[-2]], channels="x"), self.BOTH)
        assert turned.agreement.tolist() == ["differ", "differ"]

    def test_what_comes_in_crossed_is_a_negative_weight(self):
        bio = network(
            self.ON,
            self.OFF,
            Afferent("x", "on", 1 * nS, coding="off"),
            Afferent("x", "off", 1 * nS, coding="on"),
        )
        found = sign_table_of(bio, RateNetwork("u", W_in=[[-2]], channels="x"), self.BOTH)
        assert found.agreement.tolist() == ["agree", "agree"]

    def test_a_channel_whose_negative_part_inhibits_is_a_positive_weight(self):
        bio = network(
            E,
            Afferent("x", "e", 1 * nS, coding="on"),
            Afferent("x", "e", 1 * nS, transmitter="GABA", coding="off"),
        )
        found = sign_table_of(bio, RateNetwork("u", W_in=[[2]], channels="x"), [Match("e", "u")])
        assert found.agreement.tolist() == ["agree", "agree"]

    def test_projections_between_opponents(self):
        inhibiting = Population("i_on", 2, "GABA"), Population("i_off", 2, "GABA")
        bio = network(
            self.ON,
            self.OFF,
            *inhibiting,
            Projection("i_on", "on", 1 * nS),
            Projection("i_off", "off", 1 * nS),
            Projection("i_on", "off", 1 * nS),
        )
        ann = RateNetwork(("u", "v"), W=[[0, -1], [0, 0]], W_in=np.zeros((2, 1)), channels="x")
        found = sign_table_of(bio, ann, [*self.BOTH, Match({"i_on": 1, "i_off": -1}, "v")])
        assert signs_by_connection(found)[("i_on", "on")][2] == "agree"
        assert signs_by_connection(found)[("i_off", "off")][2] == "agree"
        assert (
            signs_by_connection(found)[("i_on", "off")][2] == "differ"
        )  # crossed, it would be a positive weight


def test_a_current_has_the_sign_of_its_direction():
    bio = network(E, CurrentAfferent("x", "e", 5 * pA), CurrentAfferent("y", "e", -5 * pA))
    ann = RateNetwork("u", W_in=[[1, -1]], channels=("x", "y"))
    assert sign_table_of(bio, ann, [Match("e", "u")]).agreement.tolist() == ["agree", "agree"]


def test_a_synapse_that_reverses_at_threshold_has_no_sign_to_agree_with():
    shunt = GABA_A(reversal=-50 * mV)
    bio = network(E, I, Projection("i", "e", 1 * nS, receptor=shunt))
    ann = RateNetwork(("u", "v"), W=[[0, -1], [0, 0]], W_in=np.zeros((2, 1)), channels="x")
    found = sign_table_of(bio, ann, [Match("e", "u"), Match("i", "v")])
    assert found.bio_sign.tolist() == [0]
    assert found.agreement.tolist() == ["differ"]


def test_weights_of_units_that_one_population_stands_for_add_up():
    bio = network(E, Afferent("x", "e", 1 * nS))
    ann = RateNetwork(("u", "v"), W_in=[[1], [-3]], channels="x")
    found = sign_table_of(bio, ann, [Match("e", {"u": 1, "v": 1}, name="both")])
    assert found.weight.tolist() == [-2]
    assert found.agreement.tolist() == ["differ"]


def test_a_half_that_does_not_look_inside_has_no_signs():
    silent = FunctionModel(lambda s, rng: s.values, "u", "x")
    bio = network(E, Afferent("x", "e", 1 * nS))
    assert sign_table_of(bio, silent, [Match("e", "u")]).agreement.tolist() == [
        "no weight of its own"
    ]
    assert sign_table_of(silent, silent, [Match("u", "u")]).empty
