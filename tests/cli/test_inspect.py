"""``bioann inspect`` on files of other libraries."""

import itertools
import json
import sys

import numpy as np
import pandas as pd
import pytest
from brian2 import ms
from click.testing import CliRunner

import bioann as ba
from bioann.cli.main import main

RNG = np.random.default_rng(9)
NAMES = ("html", "pdf", "json")
TABLES = ("layers", "units", "spectra", "distributions")


@pytest.fixture
def file(tmp_path):
    arrays = {"fc1.weight": RNG.normal(size=(8, 5)), "rnn.weight_hh": RNG.normal(size=(8, 8))}
    arrays["fc2.weight"] = -np.abs(RNG.normal(size=(2, 8)))
    np.savez(tmp_path / "net.npz", **arrays)
    return tmp_path / "net.npz"


def invoke(*arguments, code=0):
    result = CliRunner().invoke(main, ["inspect", *map(str, arguments)])
    assert result.exit_code == code, result.output
    return result.output


def test_the_table_on_screen_has_a_line_per_array(file):
    lines = invoke(file).splitlines()
    assert [line.split()[0] for line in lines[:4]] == ["layer", "fc1", "rnn", "fc2"]
    assert "100.0%" in lines[3]
    assert "weights are negative" in lines[4]


def test_json_and_files_tell_the_same(file, tmp_path):
    out = tmp_path / "out"
    told = json.loads(invoke(file, "--json", "--out", out))
    assert told["file"] == "net.npz"
    assert sorted(p.name for p in out.iterdir()) == sorted(
        [*(f"net.{n}" for n in NAMES), *(f"net_{t}.csv" for t in TABLES)]
    )
    assert json.loads((out / "net.json").read_text()) == told
    for table in TABLES:
        read = pd.read_csv(out / f"net_{table}.csv")
        assert list(read.columns) == list(told[table][0])
        assert len(read) == len(told[table])
    with np.load(file) as archive:
        arrays = dict(archive)
    for row, name in zip(told["layers"], arrays, strict=True):
        assert row["negative"] == pytest.approx((arrays[name] < 0).mean())
    assert told["layers"][0]["radius"] is None
    radius = np.abs(np.linalg.eigvals(arrays["rnn.weight_hh"])).max()
    assert told["layers"][1]["radius"] == pytest.approx(radius)


@pytest.mark.slow
def test_the_report_holds_the_numbers_and_is_the_same_twice(file, tmp_path):
    invoke(file, "--out", tmp_path / "a")
    invoke(file, "--out", tmp_path / "b")
    for name in NAMES:
        one, other = ((tmp_path / d / f"net.{name}").read_bytes() for d in "ab")
        assert one == other
    page = (tmp_path / "a" / "net.html").read_text()
    assert page.count("<figure") >= 3
    with np.load(file) as arrays:
        share = (arrays["fc1.weight"] < 0).mean()
    assert f"{share:.1%}" in page
    assert "Rows are targets, according to the chain of shapes." in page


def test_a_broken_file_ends_with_a_sentence_and_no_report(file, tmp_path):
    file.write_bytes(file.read_bytes()[:50])
    said = invoke(file, "--out", tmp_path / "out", code=1)
    assert said.startswith(f"Error: NumPy archive {file}: wanted a complete .npz file")
    assert not (tmp_path / "out").exists()


def test_a_missing_extra_is_named(tmp_path, monkeypatch):
    (tmp_path / "net.onnx").write_bytes(b"")
    monkeypatch.setitem(sys.modules, "onnx", None)
    said = invoke(tmp_path / "net.onnx", code=1)
    assert "pip install 'bioann[interop]'" in said


def test_weights_in_the_step_of_a_scan_are_told_once(tmp_path):
    """Ten substeps multiply with the same weights; those of the units among themselves recur."""
    W = np.array([[0.4, -0.9], [0.8, 0.5]])
    network = ba.RateNetwork(("e", "i"), W, [[1.2, 0], [0.3, -0.7]], tau=2 * ms)
    ba.to_onnx(network, tmp_path / "rates.onnx", dt=1 * ms)
    told = json.loads(invoke(tmp_path / "rates.onnx", "--json"))["layers"]
    assert [row["n"] for row in told] == [3, 4]
    assert [row["negative"] for row in told] == pytest.approx([1 / 3, 1 / 4])
    assert told[0]["radius"] is None
    assert told[1]["radius"] == pytest.approx(np.abs(np.linalg.eigvals(W)).max(), rel=1e-6)


def test_what_subtracts_or_divides_is_negative_in_the_file(tmp_path):
    sizes = (4, 3), (2, 3), (4, 2)
    layer = ba.layers.ExcitatoryInhibitory(*(np.abs(RNG.normal(size=s)) for s in sizes))
    ba.to_onnx(ba.LayeredNetwork((layer,)), tmp_path / "ei.onnx")
    told = json.loads(invoke(tmp_path / "ei.onnx", "--json"))
    assert {row["layer"]: row["negative"] for row in told["layers"]} == {
        "layer1.W_IE": 0,
        "layer1.W_EE": 0,
        "layer1.W_EI": 1,
        "layer1.division": 1,
    }
    assert not any(row["positive"] and row["negative"] for row in told["units"])


def test_biases_are_no_layers_and_the_chain_tells_the_rows(tmp_path):
    """The file of a network written from scratch: x @ W + b, with biases as rows."""
    path = tmp_path / "w.npz"
    sizes = (6, 5, 4, 2)
    arrays = {}
    for k, (n_in, n_out) in enumerate(itertools.pairwise(sizes)):
        arrays[f"W{k}"] = RNG.normal(size=(n_in, n_out))
        arrays[f"b{k}"] = RNG.normal(size=(1, n_out))
    np.savez(path, **arrays)
    content = json.loads(invoke(path, "--json"))
    layers = [(row["layer"], row["sources"], row["targets"]) for row in content["layers"]]
    assert layers == [("W0", 6, 5), ("W1", 5, 4), ("W2", 4, 2)]
    notes = [
        "3 bias arrays not counted: 'b0', 'b1' and 'b2'.",
        "Rows are sources, according to the lengths of the biases.",
    ]
    assert content["notes"] == notes
    lines = invoke(path).splitlines()
    assert [line.removeprefix("  note: ") for line in lines[-2:]] == notes
    np.savez(path, **{name: array for name, array in arrays.items() if name[0] == "W"})
    assert "according to the chain of shapes" in invoke(path)
    assert "according to the chain of shapes they are sources" in invoke(path, "--rows", "targets")
