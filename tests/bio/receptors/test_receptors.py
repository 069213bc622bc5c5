import pytest
from brian2 import ms, mV, nS

from bioann.base.errors import DescriptionError, DimensionError, UnknownNameError
from bioann.bio.receptors import (
    AMPA,
    GABA_A,
    RECEPTORS,
    TRANSMITTERS,
    Receptor,
    resolve_receptor,
)


def test_default_kinetics_are_those_of_the_benchmark():
    assert (AMPA().tau, AMPA().reversal) == (pytest.approx(5e-3), 0)
    assert (GABA_A().tau, GABA_A().reversal) == (pytest.approx(10e-3), pytest.approx(-80e-3))


@pytest.mark.parametrize("kind", RECEPTORS.values())
def test_every_receptor_says_who_opens_it_and_where_its_numbers_come_from(kind):
    assert kind.transmitter in TRANSMITTERS
    assert RECEPTORS[kind.name] is kind
    assert kind.source


def test_a_receptor_comes_from_nothing_a_name_or_itself():
    assert resolve_receptor(None, "GABA", "x") == GABA_A()
    assert resolve_receptor("AMPA", "glutamate", "x") == AMPA()
    slow = GABA_A(tau=50 * ms)
    assert resolve_receptor(slow, "GABA", "x") is slow


@pytest.mark.parametrize(("receptor", "released"), [("AMPA", "GABA"), (GABA_A(), "glutamate")])
def test_a_receptor_answers_to_one_transmitter_alone(receptor, released):
    with pytest.raises(DescriptionError, match=f"x, receptor: wanted a receptor for {released}"):
        resolve_receptor(receptor, released, "x")


def test_unknown_receptors_are_named():
    with pytest.raises(UnknownNameError, match="name of a receptor, got 'NMD'"):
        resolve_receptor("NMD", "glutamate", "x")


def test_kinetics_have_dimensions_and_bounds():
    with pytest.raises(DimensionError, match="Receptor 'AMPA', tau: wanted a time"):
        AMPA(tau=5 * nS)
    with pytest.raises(DescriptionError, match="Receptor 'AMPA', tau: wanted a value above 0"):
        AMPA(tau=0 * ms)
    assert GABA_A(reversal=-55 * mV) != GABA_A()


def test_the_base_describes_no_receptor():
    with pytest.raises(DescriptionError, match="Receptor"):
        Receptor()
