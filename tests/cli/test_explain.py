"""``bioann explain`` on files: one page of results, or one sentence of error."""

import json

import numpy as np
import pytest
from click.testing import CliRunner

from bioann.cli.main import main


@pytest.fixture
def files(tmp_path):
    """Return weights of a classifier of the larger of two inputs, and samples of it."""
    weights = {"W1": np.array([[1.0, -1], [-1, 1], [1, 1]]), "b1": np.array([0, 0, 0.1])}
    weights |= {"W2": np.array([[1, -1, 0.2], [-1, 1, 0.2]]), "b2": np.zeros(2)}
    np.savez(tmp_path / "net.npz", **weights)
    inputs = np.random.default_rng(1).random((12, 2))
    np.savez(tmp_path / "data.npz", X=inputs, y=inputs.argmax(axis=1))
    return tmp_path


def invoke(folder, *options, data="data.npz", code=0):
    arguments = ["explain", folder / "net.npz", "--data", folder / data, "--out", folder / "out"]
    result = CliRunner().invoke(main, [str(argument) for argument in (*arguments, *options)])
    assert result.exit_code == code, result.output
    return result.output


@pytest.mark.slow
def test_a_page_with_its_numbers_appears_beside_its_pdf_and_json(files):
    options = ("--presentation", 60, "--neurons-per-unit", 1, "--engine", "numpy")
    text = invoke(files, *options)
    lines = text.splitlines()
    assert lines[0].startswith("net: 2-3-2 inputs and units, 12 weights; 12 of 12 samples")
    assert "accuracy lost" in lines[1]
    assert any("activation of the hidden layers is ReLU, which is assumed" in x for x in lines)
    names = sorted(path.name for path in (files / "out").iterdir())
    assert names == ["net.html", "net.json", "net.pdf"]
    document = json.loads((files / "out/net.json").read_text())
    rate = next(row for row in document["losses"] if "rate" in row["quantity"])
    assert rate["value"] == 1.0


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"X": np.zeros((5, 2))}, "an array of inputs X and an array of labels y"),
        ({"X": np.zeros((5, 3)), "y": np.zeros(5)}, "wanted shape (sample, 2), got shape (5, 3)"),
        ({"X": np.zeros((5, 2)), "y": np.full(5, 7)}, "whole numbers from 0 to 1, got 7"),
        ({"X": np.full((5, 2), np.nan), "y": np.zeros(5)}, "NaN or infinite"),
        ({"X": np.zeros((0, 2)), "y": np.zeros(0)}, "at least one sample"),
    ],
)
def test_data_that_do_not_fit_end_with_a_sentence_and_no_file(files, arrays, message):
    np.savez(files / "bad.npz", **arrays)
    text = " ".join(invoke(files, data="bad.npz", code=1).split())
    assert message in text
    assert "Traceback" not in text
    assert not (files / "out").exists()


def test_copies_are_whole_numbers(files):
    assert "Try 1,2,4" in invoke(files, "--neurons-per-unit", "two", code=2)
    assert "a whole number >= 1" in invoke(files, "--neurons-per-unit", "0", code=1)


def test_a_graph_of_neurons_is_explained_without_data(tmp_path):
    h5py = pytest.importorskip("h5py")
    nodes = {
        "input": {"type": "Input", "shape": [2]},
        "w": {"type": "Affine", "weight": [[1.0, 0.5], [-0.5, 1.0]], "bias": [0.0, 0.0]},
        "lif": {"type": "LIF", "tau": [0.02] * 2, "r": [1.0] * 2, "v_leak": [0.0] * 2,
                "v_threshold": [1.0] * 2},
        "output": {"type": "Output", "shape": [2]},
    }  # fmt: skip
    with h5py.File(tmp_path / "graph.nir", "w") as file:
        file["version"] = np.bytes_("1.0.4")
        file["node/type"] = np.bytes_("NIRGraph")
        file["node/edges"] = np.array([[b"input", b"w"], [b"w", b"lif"], [b"lif", b"output"]])
        for name, fields in nodes.items():
            for field, value in fields.items():
                value = np.bytes_(value) if isinstance(value, str) else np.array(value)
                file[f"node/nodes/{name}/{field}"] = value
    result = CliRunner().invoke(main, ["explain", str(tmp_path / "graph.nir")])
    assert result.exit_code == 0
    text = " ".join(result.output.split())
    assert text.startswith("2 units, 2 channels weights from channels: 4, 25.0% of them negative")
    assert "2 units, lif[0] to lif[1]: time constant 20.0 * ms, activation Scaled(" in text
    assert "2 units are spiking neurons" in text


def test_a_file_of_pytorch_gets_the_lines_that_export_it_even_without_data(tmp_path):
    (tmp_path / "model.pt").write_bytes(b"")
    result = CliRunner().invoke(main, ["explain", str(tmp_path / "model.pt")])
    assert result.exit_code == 1
    assert "torch.onnx.export(module.eval()" in " ".join(str(result.output).split())
    result = CliRunner().invoke(main, ["explain", str(tmp_path / "model.onnx")])
    assert result.exit_code == 2
    assert "Missing option '--data'" in result.output
