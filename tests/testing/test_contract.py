import brian2 as b2
import numpy as np
import pytest
import xarray as xr
from brian2 import ms, nS

import bioann as ba
from bioann.base.errors import PairError
from bioann.bio.engines import cost
from bioann.pair_files.find import list_pairs
from bioann.recordings.recording import label_activations, make_response_bins
from bioann.testing.contract import (
    CHECKS,
    another_seed_differs,
    check_pair,
    correspondence_is_complete,
    derivation_gives_the_pair,
    description_survives_repr,
    lane_alone_is_the_same,
    make_subject,
    models_run_and_are_finite,
    run_check,
    same_seed_same_bits,
    stimulus_is_unchanged,
)

STIMULUS = ba.steps({"in": [0.2, 0.5, 0.8, 1.0]}, duration=300 * ms)
ANN = ba.RateNetwork(("out",), channels=("in",))
BIO = ba.SpikingNetwork(
    populations=(ba.Population("out", 3, "glutamate", background=8 * nS),),
    afferents=(ba.Afferent("in", "out", 2 * nS, fibres=5),),
)


@pytest.fixture(autouse=True)
def several_runs(monkeypatch):
    """A check runs a pair about five times, which ``auto`` may reckon with."""
    monkeypatch.setattr(cost, "EXPECTED_RUNS", 5)


@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=[pytest.mark.slow] * (n != "inverter")) for n in list_pairs()]
)
def test_every_pair_that_ships_keeps_the_contract(name):
    check_pair(name)


class PlantedModel:
    """A model whose answer is a function of stimulus, seed and trial, for planting violations."""

    units = ("out",)
    channels = ("in",)

    def __init__(self, answer, name="Planted()"):
        self.response, self.name = answer, name

    def __repr__(self):
        return self.name

    def run(self, stimulus, *, trials, seed, engine="auto", dt=None, bin_width=10 * ms):
        centres, _ = make_response_bins(stimulus, float(bin_width / b2.second))
        drive = stimulus.values.mean(axis=(1, 2))
        activation = np.ones((len(drive), trials, len(centres), 1)) * drive[:, None, None, None]
        response = self.response(activation, stimulus, seed)
        return label_activations(response, self.units, stimulus.condition.values, centres)


def pair_with_planted_model(answer, **fields):
    return pair(ann=PlantedModel(answer), **fields)


def pair(bio=BIO, ann=ANN, **fields):
    options = {"question": "Is it found?", "source": "the tests", "stimulus": STIMULUS}
    options |= {"settle": 100 * ms, **fields}
    same = ba.Correspondence((ba.Match("out", "out"),))
    return ba.Pair("planted", bio, ann, same, **options)


def failed_checks(pair_or_make):
    """Names of the checks that fail, and what they say."""
    results = check_pair(pair_or_make, strict=False)
    return {r.name.replace(" ", "_"): r.message for r in results if not r.passed}


def failure_message(pair_or_make, check):
    result = run_check(make_subject(pair_or_make), check)
    assert not result.passed
    return result.message


def test_a_pair_without_fault_passes_every_check():
    results = check_pair(pair())
    assert [r.name for r in results] == [c.__name__.replace("_", " ") for c in CHECKS]
    assert all(r.passed for r in results)


def test_an_honest_half_of_any_kind_passes():
    assert failed_checks(pair_with_planted_model(lambda a, stimulus, seed: a)) == {}


def test_nan_is_found():
    broken = pair_with_planted_model(lambda a, stimulus, seed: a * np.nan)
    found = failed_checks(broken)
    assert list(found) == ["models_run_and_are_finite"]
    said = "ann model, unit 'out': wanted finite responses"
    assert said in found["models_run_and_are_finite"]


def test_after_a_half_that_cannot_run_nothing_more_is_tried():
    results = check_pair(pair_with_planted_model(lambda a, stimulus, seed: 1 / 0), strict=False)
    assert results[-1].name == "models run and are finite"
    assert "ZeroDivisionError: division by zero" in results[-1].message


def test_a_generator_that_all_runs_share_is_found():
    shared = np.random.default_rng(1)
    broken = pair_with_planted_model(lambda a, stimulus, seed: a + shared.normal(size=a.shape))
    found = failed_checks(broken)
    assert {"same_seed_same_bits", "lane_alone_is_the_same"} <= set(found)
    assert "ann model: wanted identical results for the same seed" in found["same_seed_same_bits"]


def test_numbers_that_ignore_the_seed_are_found():
    def answer(a, stimulus, seed):
        return a + np.random.default_rng(5).normal(size=a.shape[1])[None, :, None, None]

    said = failed_checks(pair_with_planted_model(answer))["another_seed_differs"]
    assert "trials that differ from each other, but not between seeds" in said


def test_numbers_drawn_in_one_go_for_all_lanes_are_found():
    def answer(a, stimulus, seed):
        return a + np.random.default_rng(seed).normal(size=a.shape)

    assert list(failed_checks(pair_with_planted_model(answer))) == ["lane_alone_is_the_same"]


def test_a_half_that_looks_at_its_neighbours_is_found():
    broken = pair_with_planted_model(lambda a, stimulus, seed: a / a.mean())
    found = failed_checks(broken)
    assert list(found) == ["lane_alone_is_the_same"]
    said = "condition 'in=1': wanted the same result alone"
    assert said in found["lane_alone_is_the_same"]


def test_neighbours_are_found_with_a_single_condition_too():
    def answer(a, stimulus, seed):
        return a + np.random.default_rng(seed).normal(size=(len(a), 1, 1, 1))

    one = STIMULUS.isel(condition=[2])
    assert "lane_alone_is_the_same" in failed_checks(pair_with_planted_model(answer, stimulus=one))


def test_rounding_by_batch_size_is_forgiven():
    def answer(a, stimulus, seed):
        return a * (1 + 1e-13 * len(a))

    assert failed_checks(pair_with_planted_model(answer)) == {}


def test_a_half_that_writes_into_the_stimulus_is_found():
    def answer(a, stimulus, seed):
        stimulus.values[:] = 0.0
        return a

    before = STIMULUS.copy(deep=True)
    broken = pair_with_planted_model(answer)
    assert "ann model: wanted the stimulus unchanged by the run" in failure_message(
        broken, stimulus_is_unchanged
    )
    xr.testing.assert_identical(STIMULUS, before)


def twins(names):
    """Two groups that draw in every step, in the order of their names; one is heard."""

    def build(inputs, rng):
        out = b2.NeuronGroup(3, "v : 1", threshold="v > 0.5", reset="v = 0", name="out")
        heard = b2.NeuronGroup(5, "p : 1", threshold="rand() < 0.05", name=names[0])
        other = b2.NeuronGroup(5, "p : 1", threshold="rand() < 0.05", name=names[1])
        to_out = b2.Synapses(heard, out, on_pre="v_post += 1", name="to_out")
        to_out.connect()
        return b2.Network(out, heard, other, to_out)

    return ba.BrianNetwork(build, populations={"out": 3}, channels=("in",))


#: Handwritten models run a network for each of their lanes.
BRIEF = {"stimulus": STIMULUS.isel(condition=[0, 3]), "settle": 0 * ms}


@pytest.mark.slow
def test_brian2_objects_without_names_are_found():
    broken = pair(bio=twins(("neurongroup*", "neurongroup*")), **BRIEF)
    said = failure_message(broken, same_seed_same_bits)
    assert "bio model: wanted identical results for the same seed" in said
    assert "give every object a name" in said


@pytest.mark.slow
def test_brian2_objects_with_names_pass():
    examined = make_subject(pair(bio=twins(("heard", "other")), **BRIEF))
    same_seed_same_bits(examined)
    another_seed_differs(examined)
    lane_alone_is_the_same(examined)


def test_a_function_that_repr_cannot_name_is_found():
    broken = pair(ann=ba.FunctionModel(lambda s, rng: s.values, ("out",), ("in",)))
    found = failed_checks(broken)
    assert list(found) == ["description_survives_repr"]
    assert "repr: wanted a Python expression" in found["description_survives_repr"]


def test_an_address_in_repr_is_found():
    broken = pair(ann=PlantedModel(lambda a, stimulus, seed: a, name="<Planted object at 0x7f12>"))
    assert "wanted no memory address, got ann=<Planted object at 0x7f12" in failure_message(
        broken, description_survives_repr
    )


def test_a_description_that_changes_from_call_to_call_is_found():
    rng = np.random.default_rng(1)

    def make():
        return pair(ann=ba.RateNetwork(("out",), channels=("in",), bias=rng.normal()))

    found = failed_checks(make)
    assert {"description_survives_repr", "same_seed_same_bits"} <= set(found)
    said = "wanted the same description from pair() twice"
    assert said in found["description_survives_repr"]


@pytest.mark.slow
@pytest.mark.parametrize("field", ["question", "source"])
def test_a_missing_question_or_source_is_found(field):
    broken = pair(**{field: " "})
    found = failed_checks(broken)
    assert list(found) == ["question_and_source_are_there"]
    said = f"Pair 'planted', {field}: wanted one sentence, got nothing"
    assert said in found["question_and_source_are_there"]


def test_a_missing_docstring_is_found(pair_file):
    path = pair_file(('"""Tiny: does a test run?"""', ""))
    found = failed_checks(path)
    assert list(found) == ["file_has_docstring"]
    assert "file: wanted a docstring at its top, got none" in found["file_has_docstring"]


def test_a_file_may_be_of_another_encoding(pair_file):
    path = pair_file()
    path.write_bytes(b"# -*- coding: latin-1 -*-\n" + path.read_bytes() + b"# caf\xe9\n")
    assert failed_checks(path) == {}


def test_a_unit_that_appears_later_is_found():
    class Growing(PlantedModel):
        units = property(lambda self: ("out", "more") if self.grown else ("out",))
        grown = False

    half = Growing(lambda a, stimulus, seed: a)
    grown = pair(ann=half)
    half.grown = True
    assert "neither for ['more']" in failure_message(grown, correspondence_is_complete)


def test_a_claim_about_a_score_that_there_is_not_is_found():
    claim = ba.Claim(
        "X", "It works.", "nobody", ba.Score(ba.metrics.CV_OF_ISI, detail="nobody") >= 0.9
    )
    broken = pair(claims=(claim,))
    found = failed_checks(broken)
    assert list(found) == ["claims_can_be_judged"]
    assert "got 'nobody'" in found["claims_can_be_judged"]


def test_the_stimulus_is_short_but_outlasts_onset_and_settling():
    late = ba.steps({"in": np.linspace(0, 1, 9)}, duration=2000 * ms, onset=500 * ms)
    shown = make_subject(pair(stimulus=late)).stimulus
    assert shown["in"].values.tolist() == [0.0, 0.5, 1.0]
    assert shown.sizes["time"] == 600
    assert make_subject(pair()).stimulus.sizes["time"] == 200


def test_another_stimulus_can_be_shown():
    other = ba.steps({"in": [0.7]}, duration=200 * ms)
    shown = make_subject(pair(stimulus=None), stimulus=other).stimulus
    assert (shown.values == 0.7).all()


def test_a_pair_without_stimulus_is_told():
    with pytest.raises(PairError, match="Pair 'planted', stimulus: wanted a stimulus"):
        make_subject(pair(stimulus=None))


def test_strict_raises_of_all_that_failed():
    broken = pair(
        question="",
        claims=(ba.Claim("X", "!", "", ba.Score(ba.metrics.CV_OF_ISI, detail="nobody") >= 1),),
    )
    with pytest.raises(PairError) as caught:
        check_pair(broken)
    said = str(caught.value)
    assert said.startswith(
        "Pair 'planted': wanted all requirements met, got 2 failed: question and"
    )
    assert "claims can be judged: Claim 'X'" in said


def test_an_error_in_a_file_names_its_line(pair_file):
    body = "    def f(s, rng):\n        return s.nope\n"
    half = '    ann = ba.FunctionModel(f, ("out",), ("in",))\n    same ='
    path = pair_file(("    same =", body + half))
    assert (
        f"pair file {path}: wanted models that run, got line 15: AttributeError"
        in failure_message(path, models_run_and_are_finite)
    )


@pytest.mark.parametrize("gain", [1.0, 2.0])
def test_a_pair_that_derives_another_one_is_named(gain):
    def derive(bio):
        ann = ba.RateNetwork(("out",), channels=("in",), W_in=[[gain]])
        return pair(bio=bio, ann=ann, derive=derive)

    derived = pair(ann=ba.RateNetwork(("out",), channels=("in",), W_in=[[1.0]]), derive=derive)
    result = run_check(make_subject(derived), derivation_gives_the_pair)
    assert result.passed == (gain == 1)
    assert result.passed or "derive: wanted the same pair from derive(bio)" in result.message


@pytest.mark.parametrize("name", ["weighted_sum", "rectification", "sign_equivalence"])
def test_pairs_that_ship_are_what_they_derive(name):
    derivation_gives_the_pair(make_subject(name))
    description_survives_repr(make_subject(name))
