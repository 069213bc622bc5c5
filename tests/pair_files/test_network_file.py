"""``bioann translate`` on files of trained networks."""

import re

import numpy as np
import pytest
from click.testing import CliRunner

import bioann as ba
from bioann.cli.main import main

FIRST = np.array([[0.6, -0.4], [-0.3, 0.5]])
LAST = np.array([[0.7, -0.5]])


def invoke(*arguments, code=0):
    result = CliRunner().invoke(main, ["translate", *map(str, arguments)])
    assert result.exit_code == code, result.output
    return result.output


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return a folder with weights and the pair that was translated from them."""
    path = tmp_path_factory.mktemp("translated")
    np.savez(path / "w.npz", **{"0.weight": FIRST, "0.bias": [0.1, 0.2], "1.weight": LAST})
    invoke(path / "w.npz", "--to", "bio", "--out", path / "own.py", "--activation", "relu")
    return path


@pytest.mark.slow
def test_the_pair_holds_the_network_of_the_file_and_its_translation(folder):
    pair = ba.load(folder / "own.py")
    assert pair.name == "own"
    np.testing.assert_array_equal(pair.ann.W_in[:2], FIRST)
    np.testing.assert_array_equal(pair.ann.W[2, :2], LAST[0])
    assert {match.ann for match in pair.correspondence.matches} == set(pair.ann.units)
    assert not pair.ann.connections().empty
    assert len(pair.ann.shuffle_signs(2, seed=1)) == 2
    with np.load(folder / "own.npz") as file:  # arrays of numbers only
        assert file["stimulus"].shape == (12, 2)


@pytest.mark.slow
def test_the_file_says_what_was_assumed(folder):
    text = (folder / "own.py").read_text("utf-8")
    assert "activation of the hidden layers: relu, as stated" in text
    assert "w.npz" in text
    assert str(folder) not in text


def test_the_rate_model_has_the_outputs_of_the_file(folder):
    pair = ba.load(folder / "own.py")
    rates = pair.ann.run(pair.stimulus, trials=1, seed=3).activation.values[:, 0, -1]
    again = ba.from_weights(folder / "w.npz").predict(pair.stimulus.values[:, -1])
    np.testing.assert_allclose(rates[:, 2:], again)


@pytest.mark.slow
def test_a_spiking_graph_becomes_the_rate_model(tmp_path):
    pytest.importorskip("h5py")
    network = ba.RateNetwork("sum", W_in=[[0.5, -1.0]], channels=("a", "b"), activation="linear")
    ba.to_nir(network, tmp_path / "graph.nir")
    invoke(tmp_path / "graph.nir", "--to", "bio", "--out", tmp_path / "graph_pair.py")
    pair = ba.load(tmp_path / "graph_pair.py")
    np.testing.assert_array_equal(pair.ann.W_in, network.W_in)


#: Name of a file of the folder, further options, and the error.
ERRORS = {
    "side": ("w.npz", ("--to", "ann"), "bio, because the file holds a rate network"),
    "pickle": ("w.pt", (), "torch.onnx.export"),
    "missing": ("none.onnx", (), "ONNX file .*none.onnx: wanted a file"),
    "activation": ("w.npz", ("--activation", "rleu"), "Did you mean 'relu'"),
    "output": ("w.npz", ("--output", "logits"), "an ONNX file, whose tensors have names"),
}


@pytest.mark.parametrize("name", ERRORS)
def test_an_error_names_what_is_wrong_and_leaves_nothing_behind(name, folder, tmp_path):
    file, options, message = ERRORS[name]
    side = () if "--to" in options else ("--to", "bio")
    text = invoke(folder / file, *side, "--out", tmp_path / "new.py", *options, code=1)
    assert text.startswith("Error: ")
    assert re.search(message, " ".join(text.split()))
    assert list(tmp_path.iterdir()) == []


def test_files_that_exist_are_kept(folder, tmp_path):
    (tmp_path / "new.npz").write_bytes(b"mine")
    out = ("--to", "bio", "--out", tmp_path / "new.py")
    assert "nothing is overwritten" in invoke(folder / "w.npz", *out, code=1)
    assert (tmp_path / "new.npz").read_bytes() == b"mine"
    assert not (tmp_path / "new.py").exists()


def test_options_of_files_are_refused_for_pairs(tmp_path):
    out = tmp_path / "new.py"
    text = invoke("inverter", "--to", "bio", "--out", out, "--activation", "relu", code=2)
    assert "--activation is for files of trained networks" in text
