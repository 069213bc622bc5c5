"""A recording knows its pair by description and code, and says in what another pair differs."""

import dataclasses
import json

import numpy as np
import pytest
from brian2 import Hz, ms, nS

import bioann as ba
from bioann.base.errors import PairError
from bioann.runs import pair_record
from bioann.runs.pair_record import check_experiment, find_differences, pack_values, read_experiment
from bioann.runs.provenance import identify_pair

STIMULUS = ba.steps({"x": [0.2, 0.8]}, duration=100 * ms)
LEVELS = np.linspace(0, 1, 2000)


def make_response(gain):
    """A rate model with a constant in its closure."""

    def respond(stimulus, rng):
        return gain * stimulus.values + LEVELS[-1] - 1

    return respond


def make_pair(background=2.5, gain=0.5, **changes):
    population = ba.Population("e", 3, "glutamate", background=background * nS)
    fields = {
        "bio": ba.SpikingNetwork((population,), (ba.Afferent("x", "e", 2 * nS, fibres=5),)),
        "ann": ba.FunctionModel(make_response(gain), ("e",), ("x",)),
        "correspondence": ba.Correspondence((ba.Match("e", "e"),)),
        "stimulus": STIMULUS,
        "settle": 20 * ms,
    }
    return ba.Pair("p", **(fields | changes))


@pytest.fixture(scope="module")
def run():
    return make_pair().run(trials=2, seed=1, engine="numpy")


def differences(pair, attrs):
    return find_differences(pair, read_experiment(pair), attrs)


def test_another_background_is_an_error_that_shows_both(run):
    with pytest.raises(PairError) as caught:
        ba.compare(run, pair=make_pair(background=25))
    path = "bio.populations[0].background[0].conductance"
    assert str(caught.value) == (
        "run of pair 'p': wanted the pair that was run, got another pair of that name: "
        f"{path}: 2.5 nS in the recording, 25 nS in the pair given. "
        "Pass the pair as it was when it was run, or run this one anew."
    )


@pytest.mark.parametrize("attach", [
    lambda run, pair: ba.Run(pair, run.recording),
    lambda run, pair: ba.compare(run, pair=pair),
    lambda run, pair: ba.compare(run.recording, pair=pair),
])  # fmt: skip
def test_another_constant_in_a_closure_is_an_error(run, attach):
    with pytest.raises(PairError, match=r"ann\.function\.gain: 0\.5 in the recording, 0\.6 in"):
        attach(run, make_pair(gain=0.6))


def test_an_equal_pair_is_accepted(run):
    again = ba.compare(run.recording, pair=make_pair())
    assert again.scores.equals(ba.compare(run).scores)


def test_a_changed_element_of_a_module_constant_is_a_difference(run, monkeypatch):
    levels = LEVELS.copy()
    levels[1234] += 1e-12
    monkeypatch.setitem(globals(), "LEVELS", levels)
    (difference,) = differences(make_pair(), run.attrs)
    assert difference.startswith("global LEVELS: array (2000,) f8 ")


def test_an_added_population_is_a_difference(run):
    pair = make_pair()
    populations = (*pair.bio.populations, ba.Population("more", 1, "GABA"))
    other = dataclasses.replace(
        pair,
        bio=dataclasses.replace(pair.bio, populations=populations),
        correspondence=ba.Correspondence((ba.Match("e", "e"),), bio_only=("more",)),
    )
    message = r"populations\[1\]: nothing in the recording, Population in the pair given; corr"
    with pytest.raises(PairError, match=message):
        ba.Run(other, run.recording)


def test_presentation_is_no_experiment(run):
    pair = make_pair(question="Why?", source="ours", figures=(lambda c: None,), trials=7)
    assert ba.compare(run, pair=pair).pair is pair


@pytest.mark.parametrize("change", [
    {"settle": 30 * ms},
    {"readout": ("e",)},
    {"bin_width": 5 * ms},
    {"stimulus": 2 * STIMULUS},
    {"correspondence": ba.Correspondence((ba.Match("e", "e", scale=50 * Hz),))},
    {"controls": {"other": make_pair(3).bio}},
])  # fmt: skip
def test_every_other_field_is(run, change):
    with pytest.raises(PairError, match="another pair of that name"):
        ba.Run(make_pair(**change), run.recording)


def test_a_model_that_keeps_state_is_identified_before_its_run():
    calls = []

    def respond(stimulus, rng):
        calls.append(1)
        return stimulus.values

    pair = make_pair(ann=ba.FunctionModel(respond, ("e",), ("x",)))
    attrs = pair.run(trials=1, seed=1, engine="numpy", controls=False).attrs
    assert calls
    calls.clear()
    check_experiment(pair, attrs)


def test_functions_that_cannot_be_read_are_flagged():
    levels = (level for level in (0.5, 0.5))

    def respond(stimulus, rng):
        return stimulus.values + 0 * len(str(levels))

    pair = make_pair(ann=ba.FunctionModel(respond, ("e",), ("x",)))
    run = pair.run(trials=1, seed=1, engine="numpy", controls=False)
    (name,) = json.loads(run.attrs["unhashed"])
    assert name.startswith("ann.function.levels (")
    assert any("ann.function.levels" in flag for flag in ba.compare(run).flags)


def test_a_recording_of_an_older_bioann_is_accepted_with_new_default_fields(run):
    document = pair_record.unpack_values(run.attrs["pair_content"])["values"]
    older = {path: text for path, text in document.items() if not path.endswith(".coding")}
    attrs = run.attrs | {"pair_content": pack_values(older), "pair_hash": "older"}
    assert differences(make_pair(), attrs) == ()
    check_experiment(make_pair(), attrs)


def test_bytecode_of_another_python_is_not_compared(run):
    document = pair_record.unpack_values(run.attrs["pair_content"])["values"]
    other = document | {"ann.function": "code 0123456789abcdef"}
    attrs = run.attrs | {"pair_content": pack_values(other)}
    assert differences(make_pair(), attrs)
    versions = json.loads(run.attrs["versions"]) | {"python": "3.2.1"}
    assert differences(make_pair(), attrs | {"versions": json.dumps(versions)}) == ()


def test_a_very_large_pair_is_recorded_field_by_field(monkeypatch):
    monkeypatch.setattr(pair_record, "MAX_ATTRIBUTE", 1000)
    attrs = identify_pair(make_pair())
    assert len(attrs["pair_content"]) < 1000
    check_experiment(make_pair(), attrs)
    (difference,) = differences(make_pair(background=3), attrs)
    assert difference.startswith("bio: ")


def test_versions_of_the_libraries_that_functions_use_are_recorded():
    import pandas as pd

    def respond(stimulus, rng):
        return pd.Series(stimulus.values.ravel()).to_numpy().reshape(stimulus.shape)

    attrs = identify_pair(make_pair(ann=ba.FunctionModel(respond, ("e",), ("x",))))
    assert json.loads(attrs["versions"])["pandas"] == pd.__version__
