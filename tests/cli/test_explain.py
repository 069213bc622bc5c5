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
