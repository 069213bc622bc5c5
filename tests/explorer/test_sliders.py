"""Ranges of sliders."""

import pytest
from hypothesis import given, strategies as st

import bioann as ba
from bioann.explorer.experiment import make_experiment
from bioann.explorer.sliders import list_sliders, round_step, round_up

INVERTER = ba.load("inverter")
SLIDERS = {s.address: s for s in list_sliders(INVERTER, 2)}


@given(st.floats(1e-12, 1e12))
def test_rounding_stays_on_its_side_and_within_a_factor(value):
    assert value * (1 - 1e-8) <= round_up(value) <= 1.7 * value
    assert value / 2.6 <= round_step(value) <= value * (1 + 1e-8)


@pytest.mark.parametrize("name", ["inverter", "balanced", "neuromodulation"])
def test_every_range_contains_the_value_of_the_pair(name):
    for slider in list_sliders(ba.load(name), 2):
        assert slider.low <= slider.value <= slider.high, slider
        assert slider.low < slider.high
        assert slider.step > 0


@pytest.mark.parametrize(
    "slider", [s for s in SLIDERS.values() if s.is_main], ids=lambda s: s.address
)
def test_the_pair_allows_both_ends_of_the_sliders_shown_first(slider):
    for value in (slider.low, slider.high):
        unit = slider.unit.replace("1", "")
        make_experiment(INVERTER, {slider.address: f"{value:g} {unit}"}, 2)


def test_what_explains_the_circuit_is_shown_first_and_controls_never():
    main = {s.address for s in SLIDERS.values() if s.is_main}
    assert {
        "projection interneurons -> output, weight",
        "projection interneurons -> output, receptor, reversal",
        "population output, background, conductance",
        "unit output, bias",
        "unit output, weight from channel input",
        "stimulus input, gain",
        "trials",
    } <= main
    assert "population output, cell, C" in SLIDERS.keys() - main
    assert not [address for address in SLIDERS if address.startswith("control")]
