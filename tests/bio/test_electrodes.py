"""Electrodes of single neurons inject what is written, and nothing else."""

import numpy as np
import pytest
from brian2 import ms, nS, pA

import bioann as ba
from bioann.base.errors import DescriptionError, StimulusError, UnknownNameError
from bioann.bio.electrodes import find_last_change
from bioann.recordings.neuron_index import neuron_rates

CELL = ba.cells.LIF()


def network(*afferents, n=3):
    return ba.SpikingNetwork((ba.Population("a", n, "glutamate", cell=CELL),), afferents)


def rates(described, stimulus, n=3, trials=1):
    recording = described.run(stimulus, trials=trials, seed=1, bin_width=500 * ms)
    return neuron_rates(recording, [f"a[{i}]" for i in range(n)])


def test_each_neuron_fires_as_its_own_current_says():
    array = ba.ElectrodeArray(("p", "q"), "a", 100 * pA, [[3, 0], [4, -1], [0, 2]], [0, 1, 1.5])
    stimulus = ba.steps({"p": [1.0, 2.0], "q": [0.5, 1.0]}, duration=500 * ms)
    current = np.array([[300, 450, 250], [600, 800, 350]])
    # Counted to one spike in 0.5 s; the step makes up to 2% (see LIF).
    np.testing.assert_allclose(
        rates(network(array), stimulus)[:, 0, 0], CELL.rate(current * pA), rtol=0.02, atol=2.1
    )


@pytest.mark.slow
def test_an_array_of_equal_electrodes_is_a_current_afferent():
    stimulus = ba.stimuli.ramps({"p": [1.0, 0.5]}, duration=500 * ms)
    one = network(ba.CurrentAfferent("p", "a", 600 * pA))
    many = network(ba.ElectrodeArray("p", "a", 600 * pA, [[1], [1], [1]]))
    runs = [d.run(stimulus, trials=2, seed=3) for d in (one, many)]
    assert len(runs[0].spike_time) > 20
    np.testing.assert_array_equal(runs[0].spike_time, runs[1].spike_time)
    np.testing.assert_array_equal(runs[0].spike_neuron, runs[1].spike_neuron)


def test_a_lane_gets_its_own_condition():
    array = ba.ElectrodeArray(("p", "q"), "a", 400 * pA, np.eye(3, 2))
    stimulus = ba.steps({"p": [1, 0, 1], "q": [0, 1, 1]}, duration=500 * ms)
    fires = rates(network(array), stimulus, trials=2)[..., 0, :] > 0
    expected = [[True, False, False], [False, True, False], [True, True, False]]
    np.testing.assert_array_equal(fires[:, 0], expected)
    np.testing.assert_array_equal(fires[:, 1], expected)


def test_codings_split_a_signed_channel():
    stimulus = ba.steps({"p": [-1.0, 1.0]}, duration=20 * ms).values

    def currents(coding):
        return ba.ElectrodeArray("p", "a", 1 * pA, coding=coding).compute_currents(stimulus)[
            0, :, 0
        ]

    np.testing.assert_allclose(currents("on"), [0, 1e-12])
    np.testing.assert_allclose(currents("off"), [1e-12, 0])
    np.testing.assert_allclose(currents("signed"), [-1e-12, 1e-12])
    with pytest.raises(StimulusError, match="channel 'p': wanted no negative rate"):
        currents("rate")


def test_only_steps_that_change_are_kept():
    array = ba.ElectrodeArray("p", "a", 1 * pA)
    moving = np.zeros((2, 10, 1))
    assert len(array.compute_currents(moving)) == 1
    moving[1, :4] = 2.0
    assert len(array.compute_currents(moving)) == 5
    moving[0, 9] = 1.0
    assert len(array.compute_currents(moving)) == 10


@pytest.mark.parametrize("seed", range(5))
def test_a_stimulus_is_settled_where_all_that_follows_is_alike(seed):
    rng = np.random.default_rng(seed)
    steps = int(rng.integers(1, 8))
    activation = rng.integers(0, 2, (3, steps, 2)).astype(float)
    activation[:, int(rng.integers(0, steps)) :] = activation[:, -1:]
    alike = [bool((activation[:, k:] == activation[:, -1:]).all()) for k in range(steps)]
    assert find_last_change(activation) == alike.index(True)


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"channels": ("p", "p")}, "no name twice"),
        ({"channels": ()}, "at least one name or a constant current"),
        ({"strengths": [[1.0, 2.0]]}, r"shape \(neuron, channel\)"),
        ({"strengths": [[np.nan]]}, "NaN or infinite"),
        ({"constant": [1.0, 2.0]}, "a finite number for each of 1 neuron"),
        ({"current": 3 * nS}, "a current in pA"),
    ],
)
def test_what_does_not_fit_is_refused(change, text):
    fields = {"channels": ("p",), "target": "a", "current": 1 * pA} | change
    with pytest.raises(DescriptionError, match=text):
        ba.ElectrodeArray(**fields)
    with pytest.raises(UnknownNameError, match="coding"):
        ba.ElectrodeArray("p", "a", 1 * pA, coding="of")


def test_there_is_an_electrode_for_every_neuron():
    with pytest.raises(DescriptionError, match="3 rows, one per neuron of 'a'"):
        network(ba.ElectrodeArray("p", "a", 1 * pA))


def test_the_sign_of_a_channel_is_told_where_it_has_one():
    array = ba.ElectrodeArray(("p", "q"), "a", 100 * pA, [[3, 0], [4, -1], [0, 2]])
    table = network(array).connections().set_index("source")
    assert table.sign.to_dict() == {"p": 1, "q": 0}
