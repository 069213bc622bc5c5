"""``bioann diff`` and ``bioann history``: what they print, write and return."""

import copy
import json

import pytest
from click.testing import CliRunner

import bioann as ba
from bioann.batch import read_comparisons
from bioann.cli.main import main
from bioann.comparison.as_json import to_json


@pytest.fixture
def runs(tiny_comparison, tmp_path):
    """Return two runs in folders, in the second of which a verdict and a score changed."""
    document = json.loads(to_json(tiny_comparison, date="2026-01-02T10:00:00+00:00"))
    for row in document["scores"]:  # two trials have no intervals
        if row["value"] is not None:
            row |= {"low": row["value"] - 0.1, "high": row["value"] + 0.1}
    other = copy.deepcopy(document)
    other["provenance"] |= {"seed": 7, "date": "2026-01-03T10:00:00+00:00"}
    other["claims"][0]["outcome"] = "refuted"
    rmse = next(row for row in other["scores"] if row["metric"] == "RMSE")
    for name in ("value", "low", "high"):
        rmse[name] += 10
    # In the order of names the later run comes first.
    for folder, content in (("z_old", document), ("a_new", other)):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "tiny.json").write_text(json.dumps(content))
    return tmp_path


def invoke(*arguments, code):
    result = CliRunner().invoke(main, list(map(str, arguments)))
    assert result.exit_code == code, result.output
    return result.output


@pytest.mark.slow
def test_a_turned_verdict_is_exit_code_1_and_in_the_report(runs):
    out = runs / "out"
    text = invoke("diff", runs / "z_old/tiny.json", runs / "a_new", "--out", out, code=1)
    assert "turned  T1:" in text
    assert "differs  setting seed: 1 → 7" in text
    assert "changed  RMSE out:" in text
    assert sorted(path.name for path in out.iterdir()) == ["diff.html", "diff.pdf"]
    page = (out / "diff.html").read_text()
    for part in ("setting", "seed", "Scores that changed", "T1, was", "half-widths of its 95 % CI"):
        assert part in page
    assert page.count("<figure") == 1


def test_runs_that_are_the_same_are_exit_code_0(runs):
    text = invoke("diff", runs / "z_old", runs / "z_old", "--out", runs / "out", code=0)
    assert "0 of 2 verdicts turned" in text
    assert "the same within their intervals" in (runs / "out/diff.html").read_text()


def test_a_history_is_in_the_order_of_dates_with_a_section_for_each_pair(runs):
    document = json.loads((runs / "z_old/tiny.json").read_text())
    (runs / "z_old/other.json").write_text(json.dumps(document | {"pair": "other"}))
    (runs / "z_old/census.json").write_text('{"file": "net.npz"}')  # of bioann inspect
    text = invoke("history", runs, "--out", runs / "out", code=1)
    lines = text.splitlines()
    assert lines[0] == "other: 1 run(s)"
    assert "z_old" in lines[3]
    assert "a_new" in lines[4]
    assert "turned T1:" in lines[4]
    page = (runs / "out/history.html").read_text()
    assert page.count("<figure") == 3  # verdicts of both pairs, scores of the one that changed
    assert "2 runs, 1 verdict turned" in page


@pytest.mark.slow
def test_the_same_input_gives_the_same_bytes(runs):
    pages = []
    for name in ("one", "two"):
        invoke("history", runs, "--out", runs / name, code=1)
        pages.append((runs / name / "history.html").read_bytes())
    assert pages[0] == pages[1]


@pytest.mark.parametrize(
    ("files", "message"),
    [
        (("z_old", "nothing.json"), "No such file or directory"),
        (("z_old", "broken.json"), "a damaged one"),
        (("z_old", "other.json"), "wanted runs of one pair, got pair 'tiny' and pair 'other'"),
        (("z_old", "empty"), "wanted runs of pairs, got none"),
        (("z_old", "twice"), "wanted one run of each pair, got two of 'tiny'"),
        (("z_old", "old.json"), "an older layout"),
        (("z_old", "notes.txt"), "the name of a file ending"),
    ],
)
def test_an_error_is_exit_code_2_and_nothing_is_written(runs, files, message):
    text = (runs / "z_old/tiny.json").read_text()
    document = json.loads(text)
    (runs / "broken.json").write_text(text[:500])
    (runs / "other.json").write_text(json.dumps(document | {"pair": "other"}))
    (runs / "old.json").write_text(json.dumps(document | {"layout": None}))
    (runs / "notes.txt").write_text("notes")
    (runs / "empty").mkdir()
    (runs / "twice").mkdir()
    for name in ("one.json", "two.json"):
        (runs / "twice" / name).write_text(text)
    out = runs / "out"
    error = invoke("diff", *(runs / file for file in files), "--out", out, code=2)
    assert error.startswith("Error: ")
    assert message in " ".join(error.split())
    assert not out.exists()


def test_a_history_of_a_file_or_of_nothing_is_an_error(runs):
    assert "a folder with runs, got a file" in invoke("history", runs / "z_old/tiny.json", code=2)
    (runs / "empty").mkdir()
    assert "got none" in invoke("history", runs / "empty", code=2)


def test_pairs_of_one_folder_only_are_named(runs):
    document = json.loads((runs / "z_old/tiny.json").read_text())
    (runs / "z_old/other.json").write_text(json.dumps(document | {"pair": "other"}))
    text = invoke("diff", runs / "z_old", runs / "a_new", code=1)
    assert "note: Pair 'other' is in" in text


@pytest.mark.slow
def test_a_recording_is_compared_anew(runs, tiny_pair, tiny_comparison, monkeypatch):
    path = runs / "tiny.nc"  # no pair of that name is installed
    ba.save_recording(tiny_comparison.run.recording, path)
    assert "Name the JSON of that run, tiny.json" in " ".join(
        invoke("diff", path, path, code=2).split()
    )
    monkeypatch.setattr(read_comparisons, "load", lambda name: tiny_pair)
    assert "0 of 2 verdicts turned" in invoke("diff", path, path, code=0)


def test_two_comparisons_differ_in_python(tiny_comparison):
    run_diff = ba.batch.diff_runs(tiny_comparison, tiny_comparison)
    assert not run_diff.has_turned
    assert [diff.pair for diff in run_diff.diffs] == ["tiny"]
    assert "0 of 2 verdicts turned" in run_diff._repr_html_()


def test_a_history_in_python_shows_itself_in_a_notebook(runs):
    history = ba.batch.read_history(runs)
    assert [run.date[:10] for run in history.pairs[0].runs] == ["2026-01-02", "2026-01-03"]
    assert "2 runs, 1 verdict turned" in history._repr_html_()
