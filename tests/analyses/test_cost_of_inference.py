"""Counts of operations of both models."""

import numpy as np
import pytest
import xarray as xr
from brian2 import nS

import bioann as ba
from bioann.analyses import cost_of_inference as study
from bioann.analyses.digits_networks import build_untrained_network

#: Two neurons: the first has synapses on three others, the second on one.
MATRIX = np.array([[1.0, 0.0], [2.0, 0.0], [1.0, 0.5]])


@pytest.fixture
def network():
    populations = (ba.Population("a", 2, "glutamate"), ba.Population("b", 3, "glutamate"))
    connectivity = ba.connectivity.ExplicitMatrix(MATRIX)
    projection = ba.Projection("a", "b", 1 * nS, connectivity=connectivity)
    afferent = ba.Afferent("input", "a", 1 * nS)
    return ba.SpikingNetwork(populations, (afferent,), (projection,))


def test_an_event_is_the_arrival_of_a_spike_at_a_synapse(network):
    targets = study.count_targets(network, seed=0)
    assert {name: list(counts) for name, counts in targets.items()} == {"a": [3, 1], "b": [0, 0, 0]}
    recording = xr.Dataset(
        {
            "spike_unit": ("spike", [0, 0, 1, 0]),
            "spike_neuron": ("spike", [0, 1, 2, 0]),
            "spike_time": ("spike", [0.01, 0.02, 0.03, 0.3]),
        },
        {"unit": ["a", "b"], "condition": ["image 0", "image 1"]},
    )
    events = study.count_synaptic_events(network, recording, (0.015, 0.1, 0.5), seed=0)
    assert list(events) == [3 / 2, 4 / 2, 7 / 2]


def test_a_multiply_add_is_one_for_each_weight():
    network = build_untrained_network("dense")
    assert study.count_multiply_adds(network) == 64 * 48 + 48 * 10


def test_the_cost_at_the_same_accuracy_is_interpolated():
    """The loss falls from 8 to 0 points by a line: it is 1 point after 7/8 of the way."""
    durations, images = np.array([0.1, 0.5]), range(100)
    is_correct = np.arange(100) >= np.array([[8], [0]])
    data = xr.Dataset(
        {
            "rate_correct": (("seed", "image"), np.ones((2, 100), int)),
            "spiking_correct": (("seed", "duration", "image"), np.array([is_correct] * 2, int)),
            "synaptic_events": (("seed", "duration"), [[1e3, 5e3]] * 2),
            "updates": (("seed", "duration"), [[2e3, 10e3]] * 2),
            "multiply_adds": ("seed", [100, 100]),
        },
        {"duration": durations, "image": images},
    )
    assert float(study.find_duration(data)) == pytest.approx(0.45)
    assert float(study.compute_event_ratio(data)) == pytest.approx(45.0)
    assert float(study.compute_operation_ratio(data)) == pytest.approx(135.0)
    assert study.compute_load(data).values == pytest.approx(3e4)


def test_an_event_that_is_an_addition_takes_a_fifth_of_a_multiply_add():
    assert pytest.approx(4.6 / 0.9) == study.BREAK_EVEN


def test_claims_do_not_get_the_processor_time():
    assert study.study().timings == ("processor_time",)
    assert study.TIME.metric not in study.study().judged_metrics
