"""A network of members in one list is the network of its fields."""

import itertools

import pytest
from brian2 import ms, nS, pA, uM
from hypothesis import given, strategies as st

import bioann as ba
from bioann.base.errors import DescriptionError

POPULATIONS = (ba.Population("E", 4, "glutamate"), ba.Population("I", 2, "GABA"))
AFFERENTS = (
    ba.Afferent("x", "E", 1 * nS),
    ba.CurrentAfferent("y", "I", 100 * pA),
    ba.ScheduledAfferent([[5] * ms], "E", 1 * nS),
)
PROJECTIONS = (ba.Projection("E", "I", 0.2 * nS), ba.Projection("I", "E", 0.5 * nS))
INJECTIONS = (ba.Injection("I", current=50 * pA),)
MODULATIONS = (
    ba.modulation.Modulation(
        ba.modulation.Modulator("drug"),
        ba.modulation.Hill(1 * uM),
        ba.modulation.Excitability("E", 10 * pA),
    ),
)
FIELDS = (POPULATIONS, AFFERENTS, PROJECTIONS, INJECTIONS, MODULATIONS)


@given(st.permutations([k for k, members in enumerate(FIELDS) for _ in members]))
def test_only_the_order_within_a_kind_counts(kinds):
    remaining = [iter(members) for members in FIELDS]
    members = [next(remaining[kind]) for kind in kinds]
    network = ba.SpikingNetwork.of_members(*members, dt=0.2 * ms)
    assert repr(network) == repr(ba.SpikingNetwork(*FIELDS, dt=0.2 * ms))


def test_the_order_within_a_kind_is_that_of_the_list():
    for populations in itertools.permutations(POPULATIONS):
        assert ba.SpikingNetwork.of_members(*populations).populations == populations


@pytest.mark.parametrize("member", [POPULATIONS, ba.cells.LIF(), "E", None])
def test_what_is_no_member_is_an_error_that_says_how_to_unpack(member):
    with pytest.raises(DescriptionError, match=r"of_members: wanted members .*Population, .* got"):
        ba.SpikingNetwork.of_members(*POPULATIONS, member)
    with pytest.raises(DescriptionError, match=r"Unpack lists and generators: of_members\(\*popu"):
        ba.SpikingNetwork.of_members(member)


def test_a_network_without_population_is_the_error_of_the_network():
    with pytest.raises(DescriptionError, match="populations: wanted at least one population"):
        ba.SpikingNetwork.of_members()
