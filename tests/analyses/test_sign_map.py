import numpy as np
import pytest

from bioann.analyses import sign_map
from bioann.analyses.sign_map_report import describe_sign_maps, draw_sign_maps


def make_map(weight, shift=(1.0, 0.5, 1.5)):
    reversal = np.linspace(-80.0, -40.0, weight.shape[1])
    rates = np.linspace(10, 100, len(weight))
    sign_change = np.full(len(weight), -60.0)
    simulated = np.stack([rates, sign_change, sign_change - 1, sign_change + 1], axis=1)
    return sign_map.SignMap(
        "LIF", "little noise", reversal, rates, weight, sign_change, simulated, np.array(shift)
    )


def test_a_planted_turn_is_found():
    # Effects that are proportional to the distance from -55 and -57 mV, about a middle of -54 mV.
    planted_mv = np.array([-1.0, -3.0])
    base = np.array([20.0, 50.0])
    effect = 0.7 * (sign_map.OFFSETS_MV - planted_mv[:, None])
    rate = np.stack([np.repeat(base[:, None], 3, axis=1), base[:, None] + effect], axis=1)
    fitted = sign_map.fit_sign_changes(rate)
    assert fitted[0] == pytest.approx(base)
    assert fitted[1] == pytest.approx(planted_mv)


def test_one_sign_and_one_number_are_told_apart():
    one_map = make_map(np.array([[-0.5, -0.30, -0.1, 0.1, 0.4], [-0.4, -0.15, 0.1, 0.2, 0.6]]))
    assert list(one_map.one_sign) == [-1, -1, 0, 1, 1]
    assert list(one_map.one_number) == [True, False, False, False, True]
    assert (one_map.find_sign_limit(-1), one_map.find_sign_limit(1)) == (-70.0, -50.0)
    assert (
        one_map.find_sign_limit(-1, one_number=True),
        one_map.find_sign_limit(1, one_number=True),
    ) == (-80.0, -40.0)


def test_a_band_in_the_middle_is_no_up_to():
    one_map = make_map(np.array([[-0.9, -0.3, 0.1], [-0.2, -0.3, 0.1]]))
    assert list(one_map.one_number) == [False, True, True]
    assert np.isnan(one_map.find_sign_limit(-1, one_number=True))
    assert one_map.as_json()["one_number_up_to_mV"] is None
    assert "in 0 of 1 combinations." in describe_sign_maps([one_map])


@pytest.mark.parametrize("noise", sign_map.QUANTA)
def test_the_line_of_sign_changes_has_no_wiggles(noise):
    """In the LIF cell, whose line falls with the rate, at every noise level."""
    rates, _, sign_changes = sign_map.compute_weights(sign_map.CELLS["LIF"], sign_map.QUANTA[noise])
    assert (np.diff(rates) > 0).all()
    assert (np.diff(sign_changes) < 0).all()
    bends = np.diff(np.diff(sign_changes) / np.diff(rates))
    assert (np.diff(np.sign(bends[abs(bends) > 1e-4])) != 0).sum() <= 2


def test_the_figure_shows_both_sides_of_each_line():
    maps = [make_map(np.array([[-0.5, -0.1, 0.1]] * 2)), make_map(np.array([[-0.5, 0.1, 0.3]] * 2))]
    drawing = draw_sign_maps(maps, n_neurons=3, trials=2)
    for figure in (drawing.figure, drawing.narrow()):
        (panel,) = figure.axes
        assert [text.get_text() for text in panel.texts[:2]] == ["inhibits", "excites"]
        assert {line.get_label() for line in panel.lines} >= {"little noise"}
        assert len(panel.collections) >= 2
    assert "at -60.0 mV when the cell fires at 10 Hz" in drawing.alt


def test_a_conductance_moves_a_cell_less_the_nearer_it_reverses(monkeypatch):
    monkeypatch.setattr(sign_map, "REVERSALS_MV", np.array([-80.0, -65.0, -45.0]))
    rates, weight, _ = sign_map.compute_weights(sign_map.CELLS["LIF"], 0.1)
    assert (np.diff(rates) > 0).all()
    assert (np.diff(weight, axis=1) > 0).all()
    # Far above rheobase the cell takes currents up at -55 mV: (-80 + 55) / 55 and (-65 + 55) / 55.
    assert weight[-1, :2] == pytest.approx([-25 / 55, -10 / 55], rel=0.1)
