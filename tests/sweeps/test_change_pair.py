import pytest
from brian2 import nS, pF

import bioann as ba
from bioann.base.errors import DescriptionError, DimensionError, UnknownNameError
from bioann.parameters import get_parameter
from bioann.sweeps.axes import make_axis
from bioann.sweeps.change_pair import change_pair
from bioann.sweeps.pair_source import FixedPair, make_pair_source

WEIGHT = "projection inh -> out, weight"


def test_a_parameter_changes_in_the_spiking_model_and_in_controls_that_share_it(swept_file):
    pair = ba.load(swept_file)
    other = change_pair(pair, {WEIGHT: 3 * nS})
    for model in (other.bio, other.controls["half"]):
        assert get_parameter(model, WEIGHT).value == pytest.approx(3e-9)
    assert get_parameter(pair.bio, WEIGHT).value == pytest.approx(1e-9)


def test_a_control_with_another_value_keeps_it(swept_file):
    pair = change_pair(ba.load(swept_file), {f"control half, {WEIGHT}": 0.2 * nS})
    other = change_pair(pair, {WEIGHT: 3 * nS})
    assert get_parameter(other.controls["half"], WEIGHT).value == pytest.approx(0.2e-9)


def test_a_parameter_of_the_rate_model_changes_there(swept_file):
    other = change_pair(ba.load(swept_file), {"unit out, bias": 0.7})
    assert other.ann.bias[0] == 0.7


@pytest.mark.parametrize(
    "text", ["projection.inh->out.weight", "projection inh->out,weight", WEIGHT]
)
def test_addresses_are_read_without_spaces_and_commas(swept_file, text):
    axis = FixedPair(swept_file).resolve_axis(make_axis(text, [1, 2] * nS))
    assert axis.address == WEIGHT


def test_an_unknown_address_gets_near_names(swept_file):
    with pytest.raises(UnknownNameError, match=f"Did you mean '{WEIGHT}'"):
        FixedPair(swept_file).resolve_axis(make_axis("projection inh -> uot, weight", [1] * nS))


def test_a_wrong_unit_and_a_fraction_of_a_neuron_are_errors(swept_file):
    source = FixedPair(swept_file)
    with pytest.raises(DimensionError, match="wanted values in nS, got values in pF"):
        source.resolve_axis(make_axis(WEIGHT, [1, 2] * pF))
    with pytest.raises(DimensionError, match="wanted values in nS, got numbers without a unit"):
        source.resolve_axis(make_axis(WEIGHT, [1, 2]))
    with pytest.raises(DescriptionError, match=r"wanted whole numbers, got 1\.5"):
        source.resolve_axis(make_axis("population out, n", [1, 1.5]))


def test_what_makes_pairs_is_a_pair_a_name_or_a_function():
    with pytest.raises(DescriptionError, match="a pair, its name or file, or a function"):
        make_pair_source(3)
    with pytest.raises(UnknownNameError, match="'inverter'"):
        make_pair_source("invertr")
