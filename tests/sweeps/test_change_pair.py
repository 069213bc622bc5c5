import dataclasses

import pytest
from brian2 import nS, pF

import bioann as ba
from bioann.base.errors import DescriptionError, DimensionError, UnknownNameError
from bioann.parameters import get_parameter
from bioann.runs.adapt_plan import adapt_plan
from bioann.sweeps.axes import make_axis
from bioann.sweeps.change_pair import change_pair
from bioann.sweeps.pair_source import FixedPair, make_pair_source
from bioann.sweeps.point_result import RunSettings, plan_point

WEIGHT = "projection inh -> out, weight"


def test_a_parameter_changes_in_the_spiking_model_and_in_controls_that_share_it(swept_file):
    pair = ba.load(swept_file)
    other = change_pair(pair, {WEIGHT: 3 * nS})
    for model in (other.bio, other.controls["half"]):
        assert get_parameter(model, WEIGHT).value == pytest.approx(3e-9)
    assert get_parameter(pair.bio, WEIGHT).value == pytest.approx(1e-9)


@pytest.mark.parametrize(
    "values",
    [
        {WEIGHT: 3 * nS},
        {WEIGHT: 3 * nS, "population out, cell, C": 150 * pF},
        {"population inh, n": 5},
        {WEIGHT: 2 * nS, "unit out, bias": 0.4},
    ],
)
def test_a_changed_pair_is_the_one_that_is_described_anew(swept_file, values):
    pair = ba.load(swept_file)
    other = change_pair(pair, values)
    assert repr(dataclasses.replace(other)) == repr(other)
    assert other != pair


def test_a_pair_that_differs_in_more_than_spiking_models_is_planned_anew(swept_file):
    pair, settings = ba.load(swept_file), RunSettings(2, 1)
    plan = plan_point(pair, settings)
    changed_rate = change_pair(pair, {"unit out, bias": 0.4})
    assert adapt_plan(plan, changed_rate) is None
    more_neurons = change_pair(pair, {"population inh, n": 5})
    assert adapt_plan(plan, more_neurons) is None


def test_points_of_one_source_share_the_steps_of_the_rate_model(swept_file):
    source, settings = FixedPair(swept_file), RunSettings(2, 1)
    one, two = (source.make_pair({WEIGHT: value * nS}) for value in (1, 3))
    plan = plan_point(one, settings)
    adapted = adapt_plan(plan, two)
    assert repr(adapted.models) == repr(plan_point(two, settings).models)
    steps = {step.name: step for step in plan.models}
    shared = [step.name for step in adapted.models if step is steps[step.name]]
    assert shared == ["ann", "chance"]


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
