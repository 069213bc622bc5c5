"""The contract of studies: those that ship keep it, and planted violations are named."""

import pytest
from click.testing import CliRunner

import bioann as ba
from bioann.base.errors import BioannError
from bioann.cli.main import main
from bioann.pair_files import find
from bioann.pair_files.load import load_subject
from bioann.testing.check_file import check_file
from bioann.testing.study_contract import make_study_subject, run_study_checks

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


def test_a_new_study_runs_and_passes_its_test(tmp_path):
    result = CliRunner().invoke(main, ["new", "counts", "--study", "--dir", str(tmp_path)])
    assert result.exit_code == 0, result.output
    assert all(r.passed for r in check_file(tmp_path / "counts.py"))
    result = ba.run_study(ba.load_study(tmp_path / "counts.py"))
    assert [v.outcome for v in result.claims] == ["supported"]
