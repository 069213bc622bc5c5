import dataclasses
import functools
import json
import pickle
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import pandas as pd
import pytest
import typst
from click.testing import CliRunner

import bioann as ba
from bioann.base.errors import UnknownNameError
from bioann.batch import atlas, atlas_entries, atlas_files, executors
from bioann.cli.main import main
from bioann.comparison import verdict_table

PAIR = '''"""Halves: a number halved."""
import bioann as ba
from brian2 import ms

class Spoilt(Exception):
    pass

def half(stimulus, rng):
    return 0.5 * stimulus.values

def pair():
    {first}
    bio = ba.FunctionModel(half, units=("out",), channels=("in",))
    ann = ba.RateNetwork(units=("out",), channels=("in",), W_in=[[0.5]])
    return ba.Pair(
        "{name}", bio, ann, ba.Correspondence((ba.Match("out", "out"),)),
        question="Is a half a model?", source="arithmetic", settle=0 * ms, trials=2,
        stimulus=ba.steps({{"in": [0.0, 0.5, 1.0]}}, duration=50 * ms),
        claims=(
            ba.Claim("Z1a", "It is.", "arithmetic", ba.Score(ba.metrics.RMSE) <= 1e-9,
                     ba.Score(ba.metrics.GAIN) >= 0.9),
            ba.Claim("Z1b", "It is not.", "nobody", ba.Score(ba.metrics.RMSE) <= 1.0,
                     ba.Score(ba.metrics.RMSE) >= 0.1),
        ),
    )
'''


def written(folder, name, first="pass"):
    path = folder / f"{name}.py"
    path.write_text(PAIR.format(name=name, first=first))
    return str(path)


@pytest.fixture
def asked(tmp_path):
    return atlas.AtlasOptions(tmp_path / "out", trials=None, seed=1, engine="numpy")


def test_pairs_are_chosen_by_claim_or_name_and_come_in_the_order_of_the_claims(monkeypatch):
    # Each choice reads the claims of all pairs, which are the same.
    monkeypatch.setattr(atlas, "load_subject", functools.cache(atlas.load_subject))
    assert atlas.choose_pairs(["B14"]) == ["coincidence"]
    assert atlas.choose_pairs(["decision", "A1"]) == ["weighted_sum", "decision"]
    everything = atlas.choose_pairs([])
    assert everything.index("weighted_sum") < everything.index("input_inversion")
    assert everything.index("input_inversion") < everything.index("coincidence")
    with pytest.raises(UnknownNameError, match="B99"):
        atlas.choose_pairs(["B99"])


@pytest.mark.slow
def test_a_pair_that_fails_or_dies_is_a_row_and_the_others_go_on(tmp_path, asked):
    files = [
        written(tmp_path, "dead", "import os; os._exit(3)"),
        written(tmp_path, "spoilt", "raise Spoilt('a hole')"),
        written(tmp_path, "last"),
    ]
    entries = atlas.collect_entries(files, asked, lambda entry: None, jobs=2)
    assert [bool(e.error) for e in entries] == [True, True, False]
    assert "a hole" in entries[1].error
    assert "2 did not run" in atlas_entries.summarise_verdicts(entries)
    index, _, book, numbers = atlas_files.write_atlas(entries, asked.folder)
    page = index.read_text()
    assert page.count("failed") >= 2
    assert "last.html" in page
    assert book.read_bytes().startswith(b"%PDF")
    row = pd.read_csv(numbers).iloc[0]
    assert list(row[["id", "claim", "source", "pair"]]) == ["Z1a", "It is.", "arithmetic", "last"]


@pytest.mark.parametrize(
    ("ending", "message"),
    [
        (SystemExit(0), "SystemExit"),
        (BrokenProcessPool("gone"), "got a process that ended early"),
        (pickle.PicklingError("no"), "no"),
    ],
)
def test_a_worker_without_a_result_delivers_an_error(ending, message, asked, monkeypatch):
    class Worker:
        _processes = None

        def submit(self, *arguments):
            future = Future()
            future.set_exception(ending)
            return future

        def shutdown(self, **options):
            pass

    monkeypatch.setattr(executors, "start_worker", Worker)
    entries = atlas.collect_entries(["a", "b"], asked, lambda entry: None, jobs=2)
    assert [entry.pair for entry in entries] == ["a", "b"]
    assert all(message in entry.error for entry in entries)


def test_a_pair_that_cannot_be_loaded_does_not_keep_the_others_from_the_atlas(
    tmp_path, asked, monkeypatch
):
    paths = {
        "sound": Path(written(tmp_path, "sound")),
        "exits": Path(written(tmp_path, "exits", "raise SystemExit(0)")),
    }
    monkeypatch.setattr(atlas, "list_subjects", lambda: paths)
    monkeypatch.setattr(atlas, "load_subject", lambda name: ba.load(paths[name]))
    assert atlas.choose_pairs([]) == ["sound", "exits"]
    assert atlas.choose_pairs(["Z1"]) == ["sound"]
    entry = atlas.make_entry(str(paths["exits"]), asked)
    assert "line 12: SystemExit: 0" in entry.error


@pytest.mark.slow
def test_the_sections_come_first_and_then_two_pages_for_each_pair(tmp_path, asked, monkeypatch):
    pages = []
    real = typst.compile

    def compiled(*given, **named):
        pages.append(len(real(*given, **(named | {"format": "png", "ppi": 8.0}))))
        return real(*given, **named)

    entries = [atlas.make_entry(written(tmp_path, name), asked) for name in ("one", "two")]
    monkeypatch.setattr("bioann.reporting.pdf.typst.compile", compiled)
    atlas_files.write_atlas(entries, asked.folder)
    # Cover, methods to limits on two pages, and two pages each.
    assert pages == [7]


@pytest.mark.slow
def test_pairs_are_decided_look_by_look_at_the_level_that_the_report_states(tmp_path, asked):
    entry = atlas.make_entry(written(tmp_path, "one"), dataclasses.replace(asked, max_trials=5))
    assert entry.error == ""
    page = (asked.folder / "one.html").read_text()
    assert "Sequential decision, with looks at 5 trials" in page
    assert "--decide --max-trials 5" in page


def test_the_command_decides_or_takes_a_number_of_trials():
    done = CliRunner().invoke(main, ["atlas", "--decide", "--trials", "3"])
    assert done.exit_code == 1
    assert "Leave out --trials, and state --max-trials." in done.output


def test_the_deciding_numbers_are_those_of_the_scores(tmp_path):
    pair = ba.load(written(tmp_path, "halves"))
    comparison = ba.compare(pair.run(trials=2, seed=1))
    found = verdict_table.verdict_table(comparison)
    assert list(found.id) == ["Z1a", "Z1a", "Z1b", "Z1b"]
    assert list(found.verdict) == ["supported"] * 2 + ["refuted"] * 2
    assert list(found.outcome) == ["supported"] * 3 + ["refuted"]
    gain = comparison.scores.set_index("metric").value["gain"]
    assert found.value[1] == gain
    # What kept the second claim from being supported is its second part.
    last = comparison.claims[1]
    told = verdict_table.describe_deciding_score(last, comparison.evidence)
    assert told == last.because.split("; ")[1]
    first = comparison.claims[0]
    told = verdict_table.describe_deciding_score(first, comparison.evidence)
    assert told == first.because.split("; ")[0] + " (and 1 more)"


def test_the_command_prints_the_table_and_says_by_its_code_whether_all_ran(tmp_path, monkeypatch):
    files = [written(tmp_path, "first"), written(tmp_path, "spoilt", "raise Spoilt('a hole')")]
    monkeypatch.setattr(atlas, "choose_pairs", lambda only: files)
    out = tmp_path / "book"
    done = CliRunner().invoke(main, ["atlas", "--json", "--jobs", "1", "--out", str(out)])
    assert done.exit_code == 1
    said = json.loads(done.stdout)
    assert {row["id"] for row in said["verdicts"]} == {"Z1a", "Z1b"}
    assert "a hole" in said["failed"][files[1]]
    assert {p.name for p in Path(out).iterdir()} >= {"index.html", "atlas.pdf", "verdicts.csv"}
