import numpy as np
import pytest

from bioann.analyses import sign_map
from bioann.analyses.sign_map_report import answer


def made(weight, moved=(1.0, 0.5, 1.5)):
    reversal = np.linspace(-80.0, -40.0, weight.shape[1])
    rates = np.linspace(10, 100, len(weight))
    turn = np.full(len(weight), -60.0)
    found = np.stack([rates, turn, turn - 1, turn + 1], axis=1)
    return sign_map.Map(
        "LIF", "little noise", reversal, rates, weight, turn, found, np.array(moved)
    )


def test_a_planted_turn_is_found():
    # Effects that are proportional to the distance from -55 and -57 mV, about a middle of -54 mV.
    planted = np.array([-1.0, -3.0])
    base = np.array([20.0, 50.0])
    effect = 0.7 * (sign_map.NEAR - planted[:, None])
    rate = np.stack([np.repeat(base[:, None], 3, axis=1), base[:, None] + effect], axis=1)
    found = sign_map.turns(rate)
    assert found[0] == pytest.approx(base)
    assert found[1] == pytest.approx(planted)


def test_one_sign_and_one_number_are_told_apart():
    one = made(np.array([[-0.5, -0.30, -0.1, 0.1, 0.4], [-0.4, -0.15, 0.1, 0.2, 0.6]]))
    assert list(one.one_sign) == [-1, -1, 0, 1, 1]
    assert list(one.one_number) == [True, False, False, False, True]
    assert (one.always(-1), one.always(1)) == (-70.0, -50.0)
    assert (one.always(-1, number=True), one.always(1, number=True)) == (-80.0, -40.0)


def test_a_band_in_the_middle_is_no_up_to():
    one = made(np.array([[-0.9, -0.3, 0.1], [-0.2, -0.3, 0.1]]))
    assert list(one.one_number) == [False, True, True]
    assert np.isnan(one.always(-1, number=True))
    assert one.record()["one_number_up_to_mV"] is None
    assert "in 0 of 1." in answer([one])


def test_a_conductance_moves_a_cell_less_the_nearer_it_reverses(monkeypatch):
    monkeypatch.setattr(sign_map, "REVERSAL", np.array([-80.0, -65.0, -45.0]))
    rates, weight, _ = sign_map.theory(sign_map.CELLS["LIF"], 0.1)
    assert (np.diff(rates) > 0).all()
    assert (np.diff(weight, axis=1) > 0).all()
    # Far above rheobase the cell takes currents up at -55 mV: (-80 + 55) / 55 and (-65 + 55) / 55.
    assert weight[-1, :2] == pytest.approx([-25 / 55, -10 / 55], rel=0.1)
