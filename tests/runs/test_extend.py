"""Trials that are added to a run are those that one longer run would have had."""

import dataclasses

import numpy as np
import pytest
from brian2 import ms, nS

import bioann as ba
from bioann.base.errors import SimulationError
from bioann.runs.extend import extend_run


def drawn_pair():
    """Random connections, spikes that learn nothing, a control of its own."""
    bio = ba.SpikingNetwork(
        populations=(ba.Population("e", 8, "glutamate", background=8 * nS),),
        afferents=(ba.Afferent("x", "e", 3 * nS, fibres=10),),
        projections=(
            ba.Projection("e", "e", 1 * nS, connectivity=ba.FixedProbability(0.5), name="again"),
        ),
    )
    ann = ba.RateNetwork("e", channels="x", W_in=[[1.0]])
    weaker = dataclasses.replace(bio, projections=())
    return ba.Pair(
        "drawn",
        bio,
        ann,
        ba.Correspondence((ba.Match("e", "e"),)),
        stimulus=ba.steps({"x": [0.4, 0.9]}, duration=60 * ms),
        settle=20 * ms,
        controls={"alone": weaker},
    )


def noisy_function(stimulus, rng):
    x = stimulus.sel(channel=["x"]).values
    return x + rng.normal(size=(len(x), 1, 1))


def function_pair(ann=None):
    bio = ba.FunctionModel(noisy_function, "y", "x", random=True)
    ann = ann or ba.RateNetwork("y", W_in=[[1]], channels="x", activation="linear")
    stimulus = ba.steps({"x": [0.2, 0.4, 0.8]}, duration=100 * ms)
    same = ba.Correspondence((ba.Match("y", "y"),))
    return ba.Pair("noisy", bio, ann, same, stimulus=stimulus, settle=50 * ms)


@pytest.fixture(scope="module")
def one_run():
    return drawn_pair().run(trials=4, wirings=4, seed=3, engine="numpy", audit=True)


@pytest.fixture(scope="module")
def in_batches():
    run = drawn_pair().run(trials=2, wirings=2, seed=3, engine="numpy", audit=True)
    for trials in (3, 4):
        run = extend_run(run, trials, engine="numpy", wirings=trials)
    return run


def test_batches_of_a_drawn_network_are_one_run_bit_for_bit(one_run, in_batches):
    assert in_batches["bio"].spike_trial.dtype == one_run["bio"].spike_trial.dtype
    assert in_batches.recording.identical(one_run.recording)
    assert in_batches["bio"].wiring.values.tolist() == list(range(4))
    for node in ("bio", "ceiling", "alone", "audit"):
        assert set(one_run[node].spike_trial.values) == set(range(4))


@pytest.mark.slow
def test_a_fixed_number_of_wirings_is_continued_as_well():
    pair = drawn_pair()
    run = extend_run(pair.run(trials=3, wirings=2, seed=3, engine="numpy"), 6, engine="numpy")
    expected = pair.run(trials=6, wirings=2, seed=3, engine="numpy")
    assert run.recording.identical(expected.recording)


def test_the_scores_are_those_of_one_run(one_run, in_batches):
    scores, expected = ba.compare(in_batches).scores, ba.compare(one_run).scores
    assert scores.equals(expected)


@pytest.mark.slow
def test_compiled_batches_have_the_same_spikes(one_run, compiled):
    pair = drawn_pair()
    run = pair.run(trials=3, wirings=3, seed=3, engine=compiled, controls=False)
    run = extend_run(run, 4, engine="numpy", wirings=4)
    assert run["bio"].spike_time.equals(one_run["bio"].spike_time)
    assert run.attrs["engine"] == " and ".join(dict.fromkeys((compiled, "numpy")))


def test_functions_count_their_trials_too():
    pair = function_pair(ba.FunctionModel(noisy_function, "y", "x", random=True))
    run = extend_run(pair.run(trials=3, seed=1), 9)
    assert run.recording.identical(pair.run(trials=9, seed=1).recording)


class Foreign:
    """A model by somebody who knows nothing of the numbers of trials."""

    units, channels = ("y",), ("x",)

    def run(self, stimulus, *, trials, seed, engine="auto", dt=None, bin_width=10 * ms):
        model = ba.FunctionModel(noisy_function, "y", "x", random=True)
        return model.run(stimulus, trials=trials, seed=seed, bin_width=bin_width)


def test_a_model_without_numbered_trials_gets_other_seeds():
    pair = dataclasses.replace(function_pair(), bio=Foreign())
    run = extend_run(pair.run(trials=5, seed=1), 10)
    for node in ("bio", "ceiling"):
        responses = run[node].activation.isel(time=0, condition=0, unit=0).values
        assert len(np.unique(responses)) == 10
    again = extend_run(pair.run(trials=5, seed=1), 10)
    assert run.recording.identical(again.recording)
    assert not np.isin(run["bio"].activation, run["ceiling"].activation).any()


def test_a_model_in_which_nothing_is_random_keeps_its_one_trial():
    run = extend_run(function_pair().run(trials=3, seed=1), 6)
    assert (run["ann"].sizes["trial"], run["bio"].sizes["trial"]) == (1, 6)


def test_the_number_of_trials_has_to_grow():
    run = function_pair().run(trials=3, seed=1)
    with pytest.raises(SimulationError) as error:
        extend_run(run, 3)
    assert str(error.value) == (
        "Pair 'noisy', trials: wanted more than the 3 of the run, got 3. "
        "Give the number of trials that the run has afterwards."
    )
