"""Tables of spikes that cannot be read: the error says what is wrong and what to do."""

import pandas as pd
import pytest
from brian2 import ms

import bioann as ba
from bioann.base.errors import DescriptionError

TABLE = pd.DataFrame(
    {
        "condition": ["p", "p", "q", "q"],
        "trial": [0, 1, 0, 1],
        "unit": ["a", "b", "a", "b"],
        "time": [0.01, 0.02, 0.03, 0.04],
    }
)
OPTIONS = {"duration": 50 * ms}

BAD = {
    "no column of units": (
        TABLE.drop(columns="unit"),
        OPTIONS,
        "from_recording, table of spikes: wanted a column 'unit', got columns condition, trial and "
        "time. Name the columns of the table, such as unit='cell', time='spike_time'.",
    ),
    "a label that is missing": (
        TABLE.assign(trial=[0, 1, None, 1]),
        OPTIONS,
        "from_recording, column 'trial': wanted a value for each spike, got none in row 2.",
    ),
    "a time that is missing": (
        TABLE.assign(time=[0.01, 0.02, float("nan"), 0.04]),
        OPTIONS,
        "from_recording, column 'time': wanted a value for each spike, got none in row 2.",
    ),
    "no duration": (
        TABLE,
        {},
        "from_recording, duration: wanted the duration of a trial, got none",
    ),
    "milliseconds": (
        TABLE.assign(time=TABLE.time * 1000),
        OPTIONS,
        "from_recording, column 'time': wanted spike times from 0 to 0.05 s, got 10 in condition "
        "'p', trial 0, unit 'a'. They look like milliseconds: divide them by 1000",
    ),
    "times beyond the trial": (
        TABLE.assign(time=TABLE.time * 2),
        OPTIONS,
        "from_recording, column 'time': wanted spike times from 0 to 0.05 s, got 0.06 in condition "
        "'q', trial 0, unit 'a'. Give times in seconds from the start of their trial",
    ),
    "times before the trial": (
        TABLE.assign(time=TABLE.time - 0.02),
        OPTIONS,
        "from_recording, column 'time': wanted spike times from 0 to 0.05 s, got -0.01 in "
        "condition 'p', trial 0, unit 'a'. Count time from the start of the trial",
    ),
    "fewer trials than have spikes": (
        TABLE,
        OPTIONS | {"trials": 1},
        "from_recording, trials of condition 'p': wanted a whole number, at least the 2 trials "
        "with spikes, got 1.",
    ),
    "a condition without trials": (
        TABLE,
        OPTIONS | {"conditions": pd.DataFrame({"x": [0, 1, 2]}, index=["p", "q", "r"])},
        "from_recording: wanted at least one trial of each condition, got none of 'r'.",
    ),
    "neurons beyond the size": (
        TABLE.assign(neuron=[0, 3, 0, 0]),
        OPTIONS | {"sizes": {"b": 2}},
        "from_recording, size of 'b': wanted more than the largest neuron number, 3, got 2.",
    ),
    "neurons that are no numbers of neurons": (
        TABLE.assign(neuron=[0, 0.5, 0, 0]),
        OPTIONS,
        "from_recording, column 'neuron': wanted whole numbers from 0, got 0.5.",
    ),
    "an empty table": (TABLE[:0], OPTIONS, "from_recording: wanted at least one trial of each"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_is_wrong_is_named(case):
    table, options, message = BAD[case]
    with pytest.raises(DescriptionError) as caught:
        ba.from_recording(table, **options)
    assert str(caught.value).startswith(message)


def test_units_without_spikes_are_known_by_their_size():
    model = ba.from_recording(TABLE, sizes={"silent": 4}, **OPTIONS)
    assert model.sizes == {"silent": 4, "a": 1, "b": 1}


def test_columns_can_have_other_names():
    other = TABLE.rename(columns={"unit": "cell", "time": "t", "condition": "image"})
    model = ba.from_recording(other, unit="cell", time="t", condition="image", **OPTIONS)
    assert model == ba.from_recording(TABLE, **OPTIONS)


def test_trials_without_spikes_are_unequal_trials_unless_their_number_is_stated():
    table = TABLE[:3]
    model = ba.from_recording(table, **OPTIONS)
    assert model.n_trials == 1
    assert (
        "1 to 2 trials: the first 1 of each count, as many as there are of 'q'"
        in (model.flags(model.recording)[1])
    )
    assert ba.from_recording(table, trials=2, **OPTIONS).n_trials == 2
