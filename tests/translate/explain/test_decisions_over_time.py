"""Decisions against the time of presentation, on responses that are written by hand."""

import numpy as np
import xarray as xr

from bioann.translate.explain.decisions_over_time import (
    UNDECIDED,
    choose_classes,
    choose_over_time,
    find_decision_times,
)
from bioann.translate.explain.disagreements import describe_disagreement, select_conditions


def make_responses(values):
    values = np.array(values, dtype=float)
    times = (np.arange(values.shape[1]) + 0.5) * 0.01
    return xr.DataArray(values, dims=("condition", "time", "match"), coords={"time": times})


def test_a_decision_is_final_when_it_no_longer_changes():
    choices = np.array([[0, 1, 2], [1, 1, 2], [0, 1, 0], [0, 1, 2]])
    times = np.array([0.01, 0.02, 0.03, 0.04])
    assert find_decision_times(times, choices).tolist() == [0.03, 0.01, 0.04]


def test_silent_and_tied_outputs_decide_nothing():
    outputs = np.array([[0.0, 0.0], [0.5, 0.5], [0.2, 0.4]])
    assert choose_classes(outputs, 0.0).tolist() == [UNDECIDED, UNDECIDED, 1]


def test_a_single_output_is_compared_with_its_threshold():
    assert choose_classes(np.array([[0.4], [0.6], [0.5]]), 0.5).tolist() == [0, 1, 0]


def test_the_last_decision_averages_the_last_sixty_percent():
    # Class 0 leads early, class 1 by more later; the early lead is forgotten.
    responses = make_responses([[[9, 0]] * 4 + [[0, 1]] * 6])
    times, choices = choose_over_time(responses)
    assert choices[:, 0].tolist()[0] == 0
    assert choices[-1, 0] == 1
    assert times[-1] == 0.1


def test_selected_conditions_keep_their_spikes():
    recording = xr.Dataset(
        {
            "rate": (("condition", "time"), np.arange(6.0).reshape(3, 2)),
            "spike_condition": ("spike", [0, 2, 2, 1]),
            "spike_time": ("spike", [0.1, 0.2, 0.3, 0.4]),
        }
    )
    selected = select_conditions(recording, [2, 0])
    assert selected.rate.values.tolist() == [[4, 5], [0, 1]]
    assert selected.spike_condition.values.tolist() == [1, 0, 0]
    assert selected.spike_time.values.tolist() == [0.1, 0.2, 0.3]


def test_a_small_margin_and_a_tie_are_named():
    import pandas as pd

    no_cause = pd.DataFrame(columns=["layer", "cause", "evidence"])
    rate, tied = np.array([0.5, 0.45, 0.1]), np.array([0.4, 0.4, 0.0])
    text = describe_disagreement(no_cause, rate, tied, 0.1)
    assert "0 over 1 by 0.05 in the rate model" in text
    assert "a tie of 2 classes in the spiking model" in text
    assert "less than two spikes" in text
    assert "below 5 %" in describe_disagreement(no_cause, rate, np.array([0.1, 0.4, 0]), 0.01)
