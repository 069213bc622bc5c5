"""The contract of studies: those that ship keep it, and planted violations are named."""

import dataclasses
import os
import signal
import subprocess
import sys

import pytest
from click.testing import CliRunner

import bioann as ba
from bioann.base.errors import BioannError
from bioann.cli.main import main
from bioann.pair_files import find
from bioann.pair_files.load import load_subject
from bioann.studies.cache import clear_studies
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
    "initialization": {"width": 32, "n_inputs": 8, "epochs": 1},
    "sign_capacity": {"n_sets": 3},
    "sign_census": {"epochs": 1, "map_epochs": 1},
    "sign_crossings": {"epochs": 1},
    "sign_gauge": {"n_samples": 16},
    "sign_regimes": {"epochs": 1, "calibration": 2},
    "stability": {"epochs": 1, "n_excitatory": 32, "n_inhibitory": 8},
    "weight_decay": {"epochs": 12, "samples": 200},
}

TINY = '''"""Tiny: does a study run?"""

import xarray as xr

import bioann as ba
from bioann.base.randomness import make_rng


def draw(seed):
    return xr.Dataset({"x": ("k", make_rng(seed).normal(size=2))}, {"k": [1, 2]})


X = ba.measure(lambda data: data.x, "x")


def study():
    return ba.Study(
        "tiny",
        draw,
        {"x": ("k",)},
        coordinates={"k": (1, 2)},
        seeds=5,
        question="Does a study run?",
        source="the tests",
        claims=(ba.Claim("T1", "It is small.", "all", X.at(k=1) <= 10),),
        figures=(ba.figures.StudyCurves("x", "k"),),
    )
'''


@pytest.fixture
def study_file(tmp_path):
    """Write the tiny study to a file, with parts of its text replaced."""

    def write(*changes, name="tiny.py"):
        text = TINY
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write


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


@pytest.mark.parametrize("name", find.list_studies())
def test_one_short_seed_of_every_study_that_ships_can_be_judged_and_drawn(name):
    study = ba.load_study(name)
    small = SMALL_SETTINGS.get(name, {})
    study = dataclasses.replace(study, settings=dataclasses.replace(study.settings, **small))
    subject = StudySubject(study, find.find_subject_file(name))
    study_file_has_docstring(subject)
    study_has_question_and_source(subject)
    data = compute_seed(study, 1000)
    subject.__dict__["result"] = join_results(study, [data] * (1 if study.is_exact else 2), 1)
    assert [v.claim.id for v in subject.result.claims] == [claim.id for claim in study.claims]
    study_figures_can_be_drawn(subject)


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


def test_the_commands_treat_a_study_as_a_pair(study_file, tmp_path):
    path, out = study_file(), tmp_path / "out"

    def call(*arguments):
        result = CliRunner().invoke(main, [*map(str, arguments)])
        assert result.exit_code == 0, result.output
        return result.output

    assert "T1  It is small." in call("show", path)
    assert "all requirements met" in call("check", path)
    assert "5 seeds, 0 from the cache" in call("run", path, "--out", out)
    assert "6 seeds, 5 from the cache" in call("run", path, "--out", out, "--trials", 6)
    assert "0 from the cache" in call("run", path, "--out", out, "--recompute", "--figures", "svg")
    names = {file.name for file in out.iterdir()}
    assert {f"tiny.{kind}" for kind in ("html", "pdf", "json", "csv", "nc")} <= names
    assert (out / "tiny_figures" / "study_curves.svg").exists()
    stored = ba.batch.read_comparison(out / "tiny.json")
    assert stored.claims.outcome.tolist() == ["supported"]
    page = (out / "tiny.html").read_text()
    assert "0 of 5 seeds" in page
    assert "1000 to 1004" in page


def call_command(*arguments, exit_code=0):
    result = CliRunner().invoke(main, [*map(str, arguments)])
    assert result.exit_code == exit_code, result.output
    return result.output


def test_pairs_and_studies_are_counted_apart(study_file, pair_file, tmp_path):
    study, pair, out = study_file(), pair_file(('"tiny"', '"small"'), name="small.py"), tmp_path
    printed = call_command("run", study, pair, "--out", out, "--format", "json", "--trials", 5)
    assert "\n1 pair, 1 study, 2 claims: " in printed
    printed = call_command("run", study, "--out", out, "--format", "json")
    assert "\n1 study, 1 claim: " in printed
    printed = call_command("run", study, "--out", out, "--format", "json", "--audit")
    assert "note: --audit: no effect on studies" in printed


def test_the_cache_lists_and_removes_the_data_of_studies(study_file, tmp_path):
    clear_studies()
    call_command("run", study_file(), "--out", tmp_path, "--format", "json")
    *_, row, total = call_command("cache").splitlines()
    assert row.startswith("5 seeds ")
    assert row.endswith("  tiny")
    assert total.startswith("1 study, 0.0 MB, in ")
    assert "data of 5 seeds removed from " in call_command("cache", "--clear")
    assert "no studies, 0.0 MB, in " in call_command("cache")


def test_data_by_other_code_of_a_helper_are_replaced_and_the_report_says_so(study_file, tmp_path):
    helper = tmp_path / "tiny_helper.py"
    path = study_file(
        ("import bioann as ba\n", f"import sys\n\nsys.path.insert(0, {str(tmp_path)!r})\n\n"
         "import bioann as ba\nfrom tiny_helper import shift\n"),
        (".normal(size=2)", ".normal(size=2) + shift()"),
    )  # fmt: skip
    options = ("run", path, "--out", tmp_path, "--format", "json,html")
    helper.write_text("def shift():\n    return 1\n")
    assert "5 seeds, 0 from the cache; " in call_command(*options)
    assert "5 seeds, 5 from the cache; " in call_command(*options)
    del sys.modules["tiny_helper"]
    helper.write_text("def shift():\n    return 0.25\n")
    expected = "5 seeds, 0 from the cache, which had 5 computed by other code or versions; "
    assert expected in call_command(*options)
    assert "5 computed by other code or versions" in (tmp_path / "tiny.html").read_text()
    del sys.modules["tiny_helper"]
    sys.path.remove(str(tmp_path))


def test_a_study_whose_process_is_killed_goes_on_where_it_stopped(study_file, tmp_path):
    path = study_file(
        ("def draw(seed):", "def draw(seed):\n    import os, signal\n\n"
         "    if seed == 1003 and os.environ.get('KILL_TEST'):\n"
         "        os.kill(os.getpid(), signal.SIGKILL)\n"),
    )  # fmt: skip
    command = [sys.executable, "-m", "bioann.cli", "run", str(path), "--out", str(tmp_path)]
    done = subprocess.run(command, env=os.environ | {"KILL_TEST": "1"}, check=False)
    assert done.returncode == -signal.SIGKILL
    assert not (tmp_path / "tiny.json").exists()
    printed = call_command("run", path, "--out", tmp_path, "--format", "json")
    assert "5 seeds, 3 from the cache; " in printed


@pytest.mark.parametrize(
    ("command", "message"),
    [
        (("plan",), "wanted a pair, got a study, which has neither models nor trials. Use bio"),
        (("translate", "--to", "ann"), "wanted a pair, got a study"),
        (("run", "--trials", "3"), "wanted at least 5 and at most 1000 seeds"),
    ],
)
def test_a_command_that_needs_something_else_says_what(study_file, command, message):
    assert message in call_command(*command, study_file(), exit_code=1)


def test_files_of_studies_are_compared_by_their_json(study_file, tmp_path):
    path = study_file()
    call_command("run", path, "--out", tmp_path, "--format", "json,nc")
    files = tmp_path / "tiny.json", tmp_path / "tiny.nc"
    assert "0 of 1 verdicts turned" in call_command("diff", files[0], files[0])
    assert "got data of a study. Compare its .json" in call_command(
        "diff", files[1], files[1], exit_code=2
    )
    printed = call_command("run", path, path, "--out", tmp_path, exit_code=1)
    assert "study 'tiny': wanted one study of that name" in printed


def test_a_new_study_may_not_have_the_name_of_a_pair(tmp_path):
    printed = call_command("new", "inverter", "--study", "--dir", tmp_path, exit_code=1)
    assert "wanted a name that no pair has" in printed
    assert not (tmp_path / "inverter.py").exists()


def test_a_new_study_runs_and_passes_its_test(tmp_path):
    result = CliRunner().invoke(main, ["new", "counts", "--study", "--dir", str(tmp_path)])
    assert result.exit_code == 0, result.output
    assert all(r.passed for r in check_file(tmp_path / "counts.py"))
    result = ba.run_study(ba.load_study(tmp_path / "counts.py"))
    assert [v.outcome for v in result.claims] == ["supported"]
