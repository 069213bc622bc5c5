"""Labelled samples from files: what a user tries first, and what no file may do."""

import numpy as np
import pytest

import bioann as ba
from bioann.ann.tasks.labelled_files import read_labelled_samples
from bioann.base.errors import BioannError, ForeignFileError

X = np.arange(12.0).reshape(4, 3)
Y = np.array([0, 1, 1, 0])


def write_npz(path, **arrays):
    np.savez(path / "d.npz", **arrays)
    return path / "d.npz"


def write_csv(path, text):
    (path / "d.csv").write_text(text)
    return path / "d.csv"


def test_every_way_to_store_samples_gives_the_same(tmp_path):
    np.save(tmp_path / "X.npy", X)
    np.save(tmp_path / "y.npy", Y)
    rows = [",".join(map(str, [*x, label])) for x, label in zip(X, Y, strict=True)]
    sources = [
        write_npz(tmp_path, X=X, y=Y, names=np.array(["a", "b"])),  # text beside them is not read
        f"{tmp_path}/X.npy,{tmp_path}/y.npy",
    ]
    for source in sources:
        inputs, labels = read_labelled_samples(source)
        assert (inputs == X).all()
        assert (labels == Y).all()
    for text in ("\n".join(rows), "a,b,c,y\n" + "\n".join(rows)):
        inputs, labels = read_labelled_samples(write_csv(tmp_path, text))
        assert (inputs == X).all()
        assert (labels == Y).all()
    first_column = "label,a,b,c\n" + "\n".join(
        ",".join(map(str, [label, *x])) for x, label in zip(X, Y, strict=True)
    )
    assert (read_labelled_samples(write_csv(tmp_path, first_column))[0] == X).all()


def test_bytes_of_images_are_numbers(tmp_path):
    images = np.arange(8, dtype=np.uint8).reshape(2, 2, 2)
    inputs, labels = read_labelled_samples(write_npz(tmp_path, x_test=images, y_test=Y[:2]))
    assert (inputs == images).all()
    assert labels.dtype.kind == "i"


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"X": X}, "an array of inputs X and an array of labels y, got arrays X"),
        ({"X": X, "y": np.array([{}, 1], dtype=object)}, "Python objects, which could run code"),
        ({"X": X, "y": np.array(["a"] * 4)}, "finite real numbers, got type"),
    ],
)
def test_archives_without_labels_or_with_objects(tmp_path, arrays, message):
    with pytest.raises(ForeignFileError, match=message):
        read_labelled_samples(write_npz(tmp_path, **arrays))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "a table of comma-separated values"),
        ("a,b,y\n", "at least one sample, got a header alone"),
        ("a,b,c\n1,2,0\n", "one column of labels, called y or"),
        ("a,y,label\n1,2,0\n", "got 2 of them"),
        ("y\n1\n", "columns of inputs and a column of labels"),
        ("a,y\n1,cat\n", "column 'y': wanted numbers, got 'cat' in row 1"),
    ],
)
def test_tables_without_labels_or_with_text(tmp_path, text, message):
    with pytest.raises(ForeignFileError, match=message):
        read_labelled_samples(write_csv(tmp_path, text))


def test_other_files_are_named_with_what_is_read(tmp_path):
    np.save(tmp_path / "X.npy", X)
    with pytest.raises(ForeignFileError, match="Name two files, inputs first"):
        read_labelled_samples(tmp_path / "X.npy")
    with pytest.raises(BioannError, match=r"data samples\.pkl: wanted the name of a file ending"):
        read_labelled_samples("samples.pkl")
    with pytest.raises(ForeignFileError, match="No such file"):
        read_labelled_samples(tmp_path / "none.npz")
    (tmp_path / "cut.npy").write_bytes((tmp_path / "X.npy").read_bytes()[:-8])
    with pytest.raises(ForeignFileError, match="as many bytes as its shape"):
        read_labelled_samples(f"{tmp_path}/cut.npy,{tmp_path}/X.npy")


def test_a_network_is_read_whatever_holds_it(tmp_path):
    network = ba.LayeredNetwork(
        (ba.layers.Dense(np.ones((4, 3))), ba.layers.Dense(np.ones((2, 4)), 0.0, "linear"))
    )
    assert ba.interop.read_network(network) is network
    np.savez(tmp_path / "w.npz", W1=np.ones((4, 3)), W2=np.ones((2, 4)))
    ba.to_onnx(network, tmp_path / "n.onnx")
    for name in ("w.npz", "n.onnx"):
        assert ba.interop.read_network(tmp_path / name).predict(X) == pytest.approx(
            network.predict(X)
        )
    tanh = ba.interop.read_network(tmp_path / "w.npz", activation="tanh")
    assert tanh.predict(X) == pytest.approx(4 * np.tanh(X.sum(axis=1, keepdims=True)) * [1, 1])
    with pytest.raises(BioannError, match="file ending"):
        ba.interop.read_network("model.mat")
