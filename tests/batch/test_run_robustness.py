"""Robustness of many pairs: each is in the table at once, and a run that was stopped goes on."""

import dataclasses
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

import bioann as ba
from bioann.base.errors import DescriptionError
from bioann.batch import run_robustness
from bioann.batch.atlas import AtlasOptions, make_entry
from bioann.batch.atlas_entries import AtlasEntry, summarise_verdicts
from bioann.batch.run_robustness import RobustnessOptions, choose_pending, collect_robustness
from bioann.cli.main import main
from bioann.comparison.verdict_table import VERDICT_COLUMNS
from bioann.reporting.robustness_section import add_robustness
from bioann.reporting.sections import make_document
from bioann.robustness.robustness import ClaimRobustness, Robustness
from bioann.robustness.robustness_table import read_table

OPTIONS = RobustnessOptions(1, 1, 0.2, 1, None, "numpy")


@pytest.fixture(scope="module")
def quick_file(tmp_path_factory):
    """A file with a pair of two rate networks, which run in no time."""
    path = tmp_path_factory.mktemp("pairs") / "quick.py"
    path.write_text('''"""Quick: does a test run?"""
from brian2 import ms

import bioann as ba


def pair():
    ann = ba.RateNetwork(("out",), channels=("in",), W_in=[[1.0]], bias=0.2)
    return ba.Pair(
        "quick", ann, ann, ba.Correspondence((ba.Match("out", "out"),)),
        question="Does a test run?", source="the tests", settle=0 * ms, trials=2,
        stimulus=ba.steps({"in": [0.0, 0.5]}, duration=50 * ms),
        claims=(ba.Claim("T1", "More.", "all", ba.Score(ba.metrics.RMSE) <= 1e-9),),
    )
''')
    return str(path)


def test_a_run_that_was_stopped_goes_on(pair_file, quick_file, tmp_path):
    table = tmp_path / "robustness.csv"
    names = [quick_file, str(pair_file())]
    collect_robustness(names[:1], table, OPTIONS, lambda entry: None, jobs=1)
    assert list(read_table(table)) == ["quick"]
    assert choose_pending(names, table, OPTIONS) == (names[1:], names[:1])
    for changes in ({"seed": 2}, {"change": 0.1}, {"points": 2}, {"trials": 3}):
        other = dataclasses.replace(OPTIONS, **changes)
        assert choose_pending(names, table, other) == (names, [])
    assert choose_pending(names, table, dataclasses.replace(OPTIONS, study_points=5))[1]


def test_a_pair_is_run_again_after_it_was_changed(quick_file, tmp_path):
    path, table = tmp_path / "quick.py", tmp_path / "robustness.csv"
    path.write_text(Path(quick_file).read_text())
    collect_robustness([str(path)], table, OPTIONS, lambda entry: None, jobs=1)
    assert choose_pending([str(path)], table, OPTIONS)[0] == []
    path.write_text(Path(quick_file).read_text().replace("bias=0.2", "bias=0.25"))
    assert choose_pending([str(path)], table, OPTIONS)[0] == [str(path)]


def test_a_pair_that_fails_does_not_keep_others_from_the_table(quick_file, tmp_path):
    table, missing = tmp_path / "robustness.csv", str(tmp_path / "missing.py")
    entries = collect_robustness([missing, quick_file], table, OPTIONS, lambda entry: None, jobs=1)
    assert [entry.robustness is None for entry in entries] == [True, False]
    assert "missing.py" in entries[0].error
    assert list(read_table(table)) == ["quick"]


def test_the_command_writes_the_table_and_then_has_nothing_to_run(quick_file, tmp_path):
    table = tmp_path / "robustness.csv"
    command = ["robustness", quick_file, "--points", "1", "--out", str(table), "--jobs", "1"]
    first, second = (CliRunner().invoke(main, command) for _ in range(2))
    assert first.exit_code == 0, first.output
    assert "T1 undecided: no variant ran" in first.output
    assert f"in the table already: {quick_file}" in second.output
    assert "nothing to run" in second.output
    wrong = CliRunner().invoke(main, [*command, "--change", "2"])
    assert "wanted a share above 0 and below 1, got 2.0." in wrong.output


@pytest.mark.slow
def test_atlas_and_report_show_it_beside_the_verdict(quick_file, tmp_path):
    table = tmp_path / "robustness.csv"
    collect_robustness([quick_file], table, OPTIONS, lambda entry: None, jobs=1)
    options = AtlasOptions(tmp_path / "out", None, 1, "numpy", robustness=table)
    (row,) = make_entry(quick_file, options).rows
    assert row.number.endswith("; no variant ran")
    assert "Robustness of the verdicts" in (tmp_path / "out" / "quick.html").read_text()


@pytest.mark.slow
def test_the_section_stands_after_the_claims(tiny_comparison):
    claim = ClaimRobustness("T1", "supported", {"point 1": "supported", "half step": "refuted"})
    robustness = Robustness("tiny", "0f", 1, 0.2, 1, (claim,), {"exponential cell": "none here"})
    page = add_robustness(make_document(tiny_comparison), robustness)
    titles = [section.title for section in page.sections]
    k = titles.index("Claims")
    assert titles[k + 1] == "Robustness of the verdicts"
    (claims,) = page.sections[k].blocks
    assert claims.rows[0][-1].endswith(f"; {robustness.claims[0].summary}")
    (note, table) = page.sections[k + 1].blocks
    assert note.text == robustness.note
    assert "No exponential cell: none here." in note.text
    assert (table.rows[0][0], *table.rows[0][2:]) == ("T1", "1 of 2", "refuted with half step")


def test_the_summary_of_the_atlas_counts_verdicts_that_stay():
    outcomes = (["supported"] * 3, ["refuted"] * 2 + ["supported"], ["failed"] * 3)
    claims = tuple(
        ClaimRobustness(f"T{k}", "supported", dict(zip(("a", "b", "c"), names, strict=True)))
        for k, names in enumerate(outcomes)
    )
    robustness = Robustness("tiny", "0f", 1, 0.2, 1, claims)
    numbers = pd.DataFrame(columns=list(VERDICT_COLUMNS))
    entries = [AtlasEntry("tiny", (), None, numbers, robustness=r) for r in (robustness, None)]
    assert summarise_verdicts(entries).endswith(
        "Of 2 verdicts that were judged again with other parameters, half the time step and "
        "another cell, 1 stay in all variants and 1 in fewer than half of them."
    )
    assert "judged again" not in summarise_verdicts(entries[1:])


def test_options_of_studies_have_their_own_points():
    study = ba.load_study("sign_gauge")
    options = RobustnessOptions(8, 2, 0.2, 1)
    assert options.arguments_for(study)["points"] == 2
    assert options.arguments_for(ba.load("xor"))["points"] == 8


def test_an_error_of_a_worker_is_an_entry():
    entry = run_robustness.make_failed_robustness("x", DescriptionError("x", "a", "b", "Do c."))
    assert (entry.robustness, entry.error) == (None, "x: wanted a, got b. Do c.")
