"""The record of a translation."""

import numpy as np
import pytest

import bioann as ba
from bioann.base.decision import Decision
from bioann.base.derivation import Flag
from bioann.base.errors import UnknownNameError
from bioann.translate.translation import Translation

GAINS = (("left", 0.5), ("gain of left", 2.0))
SAME = ba.Correspondence((ba.Match("cell", "cell"),))


def make_translation(*decisions, flags=()):
    return Translation(ba.RateNetwork(units=("cell",)), SAME, decisions, flags)


def test_a_translation_unpacks_into_network_and_correspondence():
    network, same = translation = make_translation()
    assert network is translation.network
    assert same is SAME


def test_the_record_has_a_row_per_decision_in_their_order():
    record = make_translation(
        Decision("weight", -0.5, "", "charge over area", "a -> cell"),
        Decision("activation of cell", "f-I curve", "", "method='theory'"),
    ).decision_table()
    assert list(record.columns) == ["what", "value", "unit", "why"]
    assert record.what.tolist() == ["weight of a -> cell", "activation of cell"]
    assert record.value.tolist() == [-0.5, "f-I curve"]


def test_an_empty_record_keeps_its_columns():
    assert list(make_translation().decision_table().columns) == ["what", "value", "unit", "why"]


def test_a_numpy_number_becomes_a_plain_float():
    value = Decision("gain", np.float32(0.5), "Hz", "measured").value
    assert type(value) is float


@pytest.mark.parametrize("value", [np.nan, np.inf, np.float64("nan")])
def test_a_number_that_is_none_is_refused(value):
    with pytest.raises(ba.BioannError, match=r"Decision 'gain', value: wanted a finite number"):
        Decision("gain", value, "Hz", "measured")


@pytest.mark.parametrize("value", [np.zeros(2), None, True])
def test_a_value_is_one_number_or_a_text(value):
    with pytest.raises(ba.BioannError, match=r"wanted a number or a text"):
        Decision("gain", value, "Hz", "measured")


def test_a_number_that_was_decided_is_found_by_its_name():
    translation = make_translation(
        Decision("neurons", 16, "", "two a unit"), Decision("Dale", "twins", "", "asked")
    )
    assert translation.decided_number("neurons") == 16
    of_parts = make_translation(*(Decision("gain", g, "", "calibrated", p) for p, g in GAINS))
    assert {p: of_parts.decided_number("gain", p) for p, _ in GAINS} == dict(GAINS)
    with pytest.raises(UnknownNameError, match="Did you mean 'gain of left'"):
        of_parts.decided_number("gain", "lefty")
    for lacking in ("Dale", "synapses"):
        with pytest.raises(UnknownNameError, match=lacking):
            translation.decided_number(lacking)


def test_a_flag_keeps_its_values_and_is_formatted_as_a_sentence():
    flag = Flag("delay", "Spikes reach {name!r} {delay_ms:.3g} ms late.", "a{b}", {"delay_ms": 2.5})
    assert str(flag) == "Spikes reach 'a{b}' 2.5 ms late."
    assert make_translation(flags=(flag,)).flags[0].values["delay_ms"] == 2.5
