"""A stopped command goes on where it was, and runs again whatever differs or is missing."""

import os
import subprocess
import sys
import time

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from hypothesis import given, strategies as st

from bioann.base.errors import DescriptionError
from bioann.batch.atlas_entries import AtlasEntry
from bioann.batch.finished_runs import FOLDER
from bioann.batch.record_json import decode_record, encode_record, list_record_classes
from bioann.cli.main import main
from bioann.reporting.document import Badge, Figure, IndexRow, Link

PAIR = '''"""{name}: a number halved."""
import pathlib, time
import bioann as ba
from brian2 import ms

def half(stimulus, rng):
    folder = pathlib.Path({folder!r})
    with open(folder / "{name}.runs", "a") as file:
        file.write("x")
    while "{name}" == "second" and not (folder / "go").exists():
        time.sleep(0.05)
    return {factor} * stimulus.values

def pair():
    bio = ba.FunctionModel(half, units=("out",), channels=("in",))
    ann = ba.RateNetwork(units=("out",), channels=("in",), W_in=[[0.5]])
    return ba.Pair(
        "{name}", bio, ann, ba.Correspondence((ba.Match("out", "out"),)), settle=0 * ms, trials=2,
        stimulus=ba.steps({{"in": [0.0, 0.5, 1.0]}}, duration=50 * ms),
        claims=(ba.Claim("Z1", "It is half.", "us", ba.Score(ba.metrics.RMSE) <= 1e-9),),
    )
'''
NAMES = ("first", "second", "third")


def write_pairs(folder, factor=0.5):
    for name in NAMES:
        text = PAIR.format(name=name, folder=str(folder), factor=factor)
        (folder / f"{name}.py").write_text(text)
    return [str(folder / f"{name}.py") for name in NAMES]


def count_runs(folder):
    """Return how often the model of each pair has run, reset to 0."""
    counts = []
    for name in NAMES:
        file = folder / f"{name}.runs"
        counts.append(len(file.read_text()) if file.exists() else 0)
        file.unlink(missing_ok=True)
    return counts


def invoke(*arguments):
    result = CliRunner().invoke(main, [*map(str, arguments)], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


@pytest.mark.slow
def test_a_killed_run_goes_on_where_it_was(tmp_path):
    files, out = write_pairs(tmp_path), tmp_path / "out"
    command = [sys.executable, "-m", "bioann.cli", "run", *files, "--out", str(out)]
    options = ["--format", "html,json"]
    process = subprocess.Popen([*command, *options], stdout=subprocess.DEVNULL)
    record, second = out / FOLDER / "first.json", tmp_path / "second.runs"
    while process.poll() is None and not (record.exists() and second.exists()):
        time.sleep(0.05)
    process.kill()
    assert process.wait() < 0
    assert count_runs(tmp_path)[2] == 0
    assert not (out / "second.html").exists()
    (tmp_path / "go").touch()
    output = invoke("run", *files, "--out", out, *options, "--resume")
    first, *others = count_runs(tmp_path)
    assert first == 0
    assert min(others) > 0
    assert "3 claims: 3 supported" in output
    assert "1 of them finished before" in output
    assert (out / "index.html").read_text().count("It is half.") == 3


def test_what_differs_or_is_missing_is_run_again(tmp_path):
    files, out = write_pairs(tmp_path), tmp_path / "out"
    (tmp_path / "go").touch()
    command = ["run", *files, "--out", out, "--format", "json", "--resume"]
    invoke(*command)
    assert min(count_runs(tmp_path)) > 0
    invoke(*command)
    assert count_runs(tmp_path) == [0, 0, 0]
    (out / "first.json").write_text("{}")
    (out / "second.json").unlink()
    (out / FOLDER / "third.json").write_text('{"layout": 1, "key"')
    invoke(*command)
    assert min(count_runs(tmp_path)) > 0
    invoke(*command, "--seed", 7)
    assert min(count_runs(tmp_path)) > 0
    write_pairs(tmp_path, factor=0.25)
    output = invoke(*command, "--seed", 7)
    assert min(count_runs(tmp_path)) > 0
    assert "3 refuted" in output
    invoke(*command[:-1])  # without --resume everything is run
    assert min(count_runs(tmp_path)) > 0


@pytest.mark.slow
def test_an_atlas_goes_on_with_equal_files(tmp_path, monkeypatch):
    from bioann.batch import atlas

    files, out = write_pairs(tmp_path), tmp_path / "out"
    (tmp_path / "go").touch()
    monkeypatch.setattr(atlas, "choose_pairs", lambda only: files)
    command = ["atlas", "--out", out, "--jobs", 1]
    invoke(*command)
    names = ("index.html", "slides.html", "verdicts.csv")
    before = [(out / name).read_bytes() for name in names]
    count_runs(tmp_path)
    invoke(*command, "--resume")
    assert count_runs(tmp_path) == [0, 0, 0]
    assert [(out / name).read_bytes() for name in names] == before


def test_one_pair_alone_leaves_no_record(tmp_path):
    (tmp_path / "go").touch()
    out = tmp_path / "out"
    invoke("run", write_pairs(tmp_path)[0], "--out", out, "--format", "json")
    assert os.listdir(out) == ["first.json"]


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda values: (
        st.lists(values, max_size=4).map(tuple) | st.dictionaries(st.text(), values, max_size=3)
    ),
    max_leaves=10,
)


@given(JSON_VALUES)
def test_a_record_is_what_was_recorded(value):
    assert repr(decode_record(encode_record(value), {})) == repr(value)


def test_an_entry_of_the_atlas_is_what_was_recorded():
    row = IndexRow("p", "q", "c", Badge("supported", "good"), "1", (Link("HTML", "p.html"),))
    numbers = pd.DataFrame({"id": ["A"], "value": [np.nan], "n": [3], "is_new": [True]})
    entry = AtlasEntry("p", (row,), None, numbers, 1.5, equivalence=numbers[[]])
    classes = list_record_classes(AtlasEntry)
    again = decode_record(encode_record(entry), classes)
    assert again.rows == entry.rows
    pd.testing.assert_frame_equal(again.numbers, numbers)


def test_a_record_makes_no_other_class_and_no_unsafe_drawing():
    classes = list_record_classes(AtlasEntry)
    with pytest.raises(KeyError):
        decode_record({"class": "Popen", "fields": {}}, classes)
    drawing = encode_record(Figure("<svg></svg>", "alt", "caption"))
    drawing["fields"]["svg"] = "<svg><script>alert(1)</script></svg>"
    with pytest.raises(DescriptionError, match="without scripts"):
        decode_record(drawing, classes)
    with pytest.raises(TypeError, match="cannot have object"):
        encode_record(object())
