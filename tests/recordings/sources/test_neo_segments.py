"""Neo segments: read by their attributes, so that stand-ins do; and errors that say what to do."""

from types import SimpleNamespace

import numpy as np
import pytest

import bioann as ba
from bioann.base.errors import DescriptionError


def make_train(times, stop=0.1, **attributes):
    attributes = {"annotations": {"unit": "a"}} | attributes
    return SimpleNamespace(times=np.array(times), t_start=0.0, t_stop=stop, **attributes)


def make_segment(*trains, **annotations):
    return SimpleNamespace(spiketrains=list(trains), annotations=annotations)


P, Q = ({"condition": name} for name in "pq")
TRAIN = make_train([0.01])

BAD = {
    "a block without segments": (
        SimpleNamespace(segments=[]),
        "from_recording: wanted segments, got a block without any.",
    ),
    "a segment without a condition": (
        [make_segment(TRAIN, trial=1)],
        "from_recording, segment 0: wanted an annotation 'condition', got annotations trial. Add "
        "it: segment.annotate(condition='...').",
    ),
    "a segment whose condition has another name": (
        [make_segment(TRAIN, stimulus="p", trial=1)],
        "from_recording, segment 0: wanted an annotation 'condition', got annotations stimulus and "
        "trial. Add it: segment.annotate(condition='...'), or pass condition='stimulus'.",
    ),
    "a train without a unit": (
        [make_segment(make_train([], annotations={}), **P)],
        "from_recording, segment 0, spike train 0: wanted an annotation 'unit' or a name, got "
        "neither.",
    ),
    "a unit that is missing": (
        [make_segment(TRAIN, **P), make_segment(make_train([], annotations={"unit": "b"}), **P)],
        "from_recording, segment 1: wanted the units of segment 0, got neuron 0 of unit",
    ),
    "a segment without trains": (
        [make_segment(**P)],
        "from_recording, segment 0: wanted spike trains, got none.",
    ),
    "a trial twice": (
        [make_segment(TRAIN, trial=3, **P), make_segment(TRAIN, trial=3, **P)],
        "from_recording, segment 1: wanted one segment for each trial, got a second one of trial 3 "
        "of 'p'.",
    ),
    "durations that differ": (
        [make_segment(TRAIN, **P), make_segment(make_train([], stop=0.2), **Q)],
        "from_recording, spike trains: wanted one duration of all, got 0.1 s to 0.2 s.",
    ),
    "a neuron twice": (
        [make_segment(*[make_train([], annotations={"unit": "a", "neuron": 0})] * 2, **P)],
        "from_recording, segment 0: wanted one spike train for each neuron, got two of neuron 0 of "
        "unit 'a'.",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_what_is_wrong_is_named(case):
    source, message = BAD[case]
    with pytest.raises(DescriptionError) as caught:
        ba.from_recording(source)
    assert str(caught.value).startswith(message)


def test_names_and_quantities_are_read_and_silent_trials_count():
    class Milliseconds:
        """Times with a unit, as those of the package quantities."""

        def __init__(self, values):
            self.values = np.asarray(values, dtype=float)

        def rescale(self, unit):
            assert unit == "s"
            return SimpleNamespace(magnitude=self.values / 1e3)

    def make_lane(times, **annotations):
        train = SimpleNamespace(
            times=Milliseconds(times), t_start=Milliseconds(50), t_stop=Milliseconds(150), name="a"
        )
        return make_segment(train, **annotations)

    model = ba.from_recording([make_lane([60], **P), make_lane([], **P), make_lane([], **Q)])
    assert (model.units, model.sizes, model.n_trials) == (("a",), {"a": 1}, 1)
    assert model.recording.spike_time.values == pytest.approx([0.01])
    assert model.recording.attrs["duration"] == pytest.approx(0.1)


def test_trials_are_in_the_order_of_their_numbers():
    lanes = [make_segment(make_train([t]), trial=k, **P) for k, t in ((7, 0.07), (2, 0.02))]
    assert ba.from_recording(lanes).recording.spike_time.values.tolist() == [0.02, 0.07]
