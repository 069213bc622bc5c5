"""The contract of studies: those that ship keep it, and planted violations are named."""

import dataclasses

import pytest
from click.testing import CliRunner

import bioann as ba
from bioann.base.errors import BioannError
from bioann.cli.main import main
from bioann.pair_files import find
from bioann.pair_files.load import load_subject
from bioann.studies.run import compute_seed, join_results
from bioann.testing.check_file import check_file
from bioann.testing.study_contract import (
    StudySubject,
    make_study_subject,
    run_study_checks,
    study_figures_can_be_drawn,
    study_file_has_docstring,
    study_has_question_and_source,
)

#: Settings with which one seed of a study that ships takes a second or two, most of it to compile.
SMALL_SETTINGS = {
    "attribution": {"epochs": 1, "n_random": 2},
    "baseline_rate": {"trials": 1, "n_neurons": 2},
    "dale_cost": {"n_conditions": 4},
    "initialization": {"width": 32, "n_inputs": 8, "epochs": 1},
    "recurrent_translation": {"n_units": 4, "n_conditions": 4},
    "sign_capacity": {"n_sets": 3},
    "sign_census": {"epochs": 1, "map_epochs": 1},
    "sign_crossings": {"epochs": 1},
    "sign_gauge": {"n_samples": 16},
    "sign_regimes": {"epochs": 1, "calibration": 2},
    "stability": {"epochs": 1, "n_excitatory": 32, "n_inhibitory": 8},
    "weight_decay": {"epochs": 12, "samples": 200},
}


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(n, marks=[pytest.mark.slow] * (n != "activation_table"))
        for n in find.list_studies()
    ],
)
def test_every_study_that_ships_keeps_the_contract(name):
    assert [r.message for r in check_file(name) if not r.passed] == []
    assert ba.load_study(name).name == name


#: Studies with a seed in every run of the suite; the others take up to a minute, and run before a
#: release.
QUICK_STUDIES = (
    "activation_table",
    "inverter_training",
    "sign_capacity",
    "sign_crossings",
    "weight_updates",
)


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(n, marks=[pytest.mark.slow] * (n not in QUICK_STUDIES))
        for n in find.list_studies()
    ],
)
def test_one_short_seed_of_every_study_that_ships_can_be_judged_and_drawn(name):
    study = ba.load_study(name)
    small = SMALL_SETTINGS.get(name, {})
    if small:
        study = dataclasses.replace(study, settings=dataclasses.replace(study.settings, **small))
    subject = StudySubject(study, find.find_subject_file(name))
    data = compute_seed(study, 1000)
    subject.__dict__["result"] = join_results(study, [data] * (1 if study.is_exact else 2), 1)
    assert [v.claim.id for v in subject.result.claims] == [claim.id for claim in study.claims]
    study_figures_can_be_drawn(subject)


@pytest.mark.parametrize("name", find.list_studies())
def test_every_study_that_ships_can_be_loaded_and_says_what_it_asks(name):
    subject = make_study_subject(name)
    study_file_has_docstring(subject)
    study_has_question_and_source(subject)
    assert subject.study.claims


def test_a_study_that_is_right_passes_all_checks(study_file):
    results = list(run_study_checks(make_study_subject(study_file())))
    assert len(results) == 7
    assert all(result.passed for result in results)


@pytest.mark.parametrize(
    ("old", "new", "check", "message"),
    [
        ('"""Tiny: does a study run?"""', "", "file has docstring", "a docstring at its top"),
        ('source="the tests"', 'source=" "', "has question", "source: wanted one sentence"),
        ("make_rng(seed)", "make_rng(1)", "other seed", "wanted other data for another seed"),
        (
            "make_rng(seed).normal(size=2)",
            "__import__('numpy').random.random(2)",
            "same seed",
            "wanted the same data for the same seed, got other data in a second call",
        ),
        ('{"k": [1, 2]}', '{"k": [1, 3]}', "declared data", "wanted the labels (1, 2) of 'k'"),
        ("make_rng(seed)", "1 / 0 + make_rng(seed)", "declared data", "line 10: ZeroDivisionError"),
        ("lambda data: data.x", "lambda data: data.y", "claims can", "AttributeError"),
        ('StudyCurves("x", "k")', 'StudyCurves("x", "q")', "figures can", "KeyError"),
    ],
)
def test_a_violation_is_found_by_its_check(study_file, old, new, check, message):
    results = list(run_study_checks(make_study_subject(study_file((old, new)))))
    failed = [result for result in results if not result.passed]
    assert check in failed[0].name
    assert message in failed[0].message


def test_computing_times_may_differ_between_calls_if_they_are_declared(study_file):
    changes = (
        ('xr.Dataset({"x"', 'xr.Dataset({"t": __import__("time").perf_counter(), "x"'),
        ('{"x": ("k",)}', '{"x": ("k",), "t": ()}'),
    )
    results = list(run_study_checks(make_study_subject(study_file(*changes))))
    assert "Study(timings=...)" in next(r.message for r in results if not r.passed)
    declared = study_file(*changes, ("seeds=5", 'seeds=5, timings="t"'), name="declared.py")
    assert all(r.passed for r in run_study_checks(make_study_subject(declared)))


def test_a_study_that_is_named_like_a_pair_is_refused(study_file, monkeypatch):
    path = study_file(('"tiny"', '"inverter"'), name="inverter.py")
    with pytest.raises(
        BioannError, match=r"study 'inverter' in .*: wanted a name that no pair has"
    ):
        load_subject(path)
    monkeypatch.setattr(find, "list_studies", lambda: {"inverter": path})
    with pytest.raises(BioannError, match="wanted a name that no pair has"):
        load_subject("inverter")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("def study():", "def study():\n    return 1"), "that returns a bioann.Study, got int"),
        (("draw,", "nothing,"), "line 19: NameError"),
        (("seeds=5", "seeds=3"), "seeds: wanted at least 5"),
    ],
)
def test_an_error_in_the_file_of_a_study_names_its_line(study_file, change, message):
    with pytest.raises(BioannError, match=r"study file .*tiny\.py") as caught:
        ba.load_study(study_file(change))
    assert message in str(caught.value)


def test_a_file_of_a_pair_is_no_study(pair_file):
    with pytest.raises(BioannError, match=r"wanted a function study\(\) that returns a bioann.Stu"):
        ba.load_study(pair_file())


def test_a_new_study_runs_and_passes_its_test(tmp_path):
    result = CliRunner().invoke(main, ["new", "counts", "--study", "--dir", str(tmp_path)])
    assert result.exit_code == 0, result.output
    assert all(r.passed for r in check_file(tmp_path / "counts.py"))
    result = ba.run_study(ba.load_study(tmp_path / "counts.py"))
    assert [v.outcome for v in result.claims] == ["supported"]
