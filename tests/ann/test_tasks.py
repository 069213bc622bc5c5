"""Samples: what is in them, and that files of others are read with care."""

import gzip
import struct
from urllib.error import URLError

import numpy as np
import pytest
import sklearn.datasets
from brian2 import ms

from bioann.ann.tasks.images import digits, idx_images, openml_images
from bioann.ann.tasks.logic import parity, xor
from bioann.ann.tasks.samples import make_samples, split_samples
from bioann.ann.tasks.sequences import context_choice, delayed_memory, noisy_integration
from bioann.ann.tasks.shapes import edges, rings
from bioann.base.errors import ForeignFileError, StimulusError, UnknownNameError


def test_xor_is_the_parity_of_two():
    assert xor().identical(parity(2))
    assert xor().target.values.tolist() == [0, 1, 1, 0]
    table = parity(5)
    assert table.sizes["sample"] == 32
    # Turning one input turns the answer.
    lookup = {tuple(x): y for x, y in zip(table.input.values, table.target.values, strict=True)}
    for x, y in lookup.items():
        assert lookup[(1 - x[0], *x[1:])] == 1 - y


def test_rings_cannot_be_told_by_a_line_but_by_the_radius():
    data = rings(seed=1)
    radius = np.linalg.norm(data.input.values - 0.5, axis=1)
    # Radii lie 0.1 = two standard deviations from the middle: 97.7 %.
    assert ((radius > 0.3) == data.target.values).mean() > 0.95
    x = np.column_stack([data.input.values, np.ones(400)])
    line = np.linalg.lstsq(x, data.target.values - 0.5, rcond=None)[0]
    assert ((x @ line > 0) == data.target.values).mean() < 0.65


def test_edges_differ_by_orientation_and_not_by_brightness():
    data = edges(400, seed=1, noise=0)
    images, kind = data.input.values[:, 0], data.target.values
    across_rows = np.abs(np.diff(images, axis=1)).sum(axis=(1, 2))
    across_columns = np.abs(np.diff(images, axis=2)).sum(axis=(1, 2))
    assert (across_columns[kind == 0] == 0).all()
    assert (across_rows[kind == 2] == 0).all()
    means = [images[kind == k].mean() for k in range(4)]
    assert np.ptp(means) < 0.1


def test_the_delayed_cue_is_gone_when_it_is_asked_for():
    data = delayed_memory(50, seed=1, classes=3, delay=7)
    x, weight = data.input.values, data.weight.values
    assert data.attrs["dt"] == pytest.approx(10e-3)
    assert (x[:, 0, :3].argmax(axis=1) == data.target.values[:, -1]).all()
    assert not x[:, 5:, :3].any()
    np.testing.assert_array_equal(weight, x[..., 3])


def test_the_context_says_which_signal_counts():
    data = context_choice(2000, seed=1, noise=0.0)
    x, y = data.input.values[:, 0], data.target.values[:, 0]
    chosen = np.where(x[:, 2] == 1, x[:, 0], x[:, 1])
    other = np.where(x[:, 2] == 1, x[:, 1], x[:, 0])
    assert ((chosen > 0.5) == y).all()
    # The other signal tells nothing: 4 standard deviations of 2000 coins.
    assert abs(((other > 0.5) == y).mean() - 0.5) < 4 * 0.5 / np.sqrt(2000)


def test_integrating_the_noise_is_all_that_counts():
    data = noisy_integration(300, seed=1)
    assert ((data.input.values[..., 0].mean(axis=1) > 0.5) == data.target.values[:, 0]).all()
    assert data.weight.values[:, :-1].sum() == 0


@pytest.mark.parametrize(
    "make",
    [rings, edges, delayed_memory, context_choice, noisy_integration],
    ids=lambda f: f.__name__,
)
def test_the_seed_decides(make):
    assert make(20, seed=1).identical(make(20, seed=1))
    assert not make(20, seed=1).identical(make(20, seed=2))


def test_a_split_leaves_nothing_out_and_nothing_twice():
    data = make_samples(np.arange(10.0)[:, None], np.arange(10))
    rest, aside = split_samples(data, 0.3, seed=1)
    assert (rest.sizes["sample"], aside.sizes["sample"]) == (7, 3)
    assert sorted([*rest.target.values, *aside.target.values]) == list(range(10))
    with pytest.raises(StimulusError, match=r"split, share: .*got 1\.0 of 10 samples"):
        split_samples(data, 1.0, seed=1)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: make_samples(np.ones((3, 2)), [1, 2]),
            r"the same sample.*shapes \(3, 2\) and \(2,\)",
        ),
        (lambda: make_samples(np.ones(3), [1, 2, 3]), "inputs of 1 to 3 axes"),
        (
            lambda: make_samples(np.ones((3, 2)), [1, 2, 3], weight=np.ones((3, 1))),
            "samples, weight",
        ),
        (lambda: make_samples(np.ones((3, 2, 1)), np.ones((3, 4)), dt=10 * ms), "sample and time"),
        (lambda: parity(17), "parity, bits: wanted a whole number from 1 to 16"),
    ],
)
def test_what_does_not_fit_is_told(make, message):
    with pytest.raises(StimulusError, match=message):
        make()


def test_digits_are_those_that_ship_with_scikit_learn():
    data = digits()
    assert data.input.shape == (1797, 1, 8, 8)
    assert (float(data.input.min()), float(data.input.max())) == (0, 1)
    assert np.bincount(data.target.values).tolist() == [
        178, 182, 177, 183, 181, 182, 181, 179, 174, 180,
    ]  # as scikit-learn's description of the set has it  # fmt: skip


def test_offline_is_told_with_a_way_out(monkeypatch, tmp_path):
    def offline(*args, **kwargs):
        raise URLError("no route to host")

    monkeypatch.setattr(sklearn.datasets, "fetch_openml", offline)
    with pytest.raises(ForeignFileError, match=r"no connection .*Go online once, .*idx_images"):
        openml_images("mnist", folder=tmp_path)
    with pytest.raises(UnknownNameError, match="'fashion-mnist'"):
        openml_images("fashion")


def written(path, shape, content=None, head=None):
    data = np.arange(np.prod(shape) if content is None else 0).astype(np.uint8).tobytes()
    data = data if content is None else content
    start = bytes((0, 0, 8, len(shape))) if head is None else head
    whole = start + struct.pack(f">{len(shape)}I", *shape) + data
    path.write_bytes(gzip.compress(whole) if path.suffix == ".gz" else whole)
    return path


@pytest.mark.parametrize("ending", ["", ".gz"])
def test_local_files_in_the_format_of_mnist(tmp_path, ending):
    images = written(tmp_path / f"images{ending}", (3, 4, 5))
    labels = written(tmp_path / f"labels{ending}", (3,))
    data = idx_images(images, labels)
    np.testing.assert_allclose(data.input.values.ravel(), np.arange(60) / 255)
    assert data.target.values.tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    ("shape", "content", "head", "message"),
    [
        ((3, 4, 5), b"short", None, "60 bytes after the header, got 5"),
        ((3, 4, 5), b"x" * 61, None, "60 bytes after the header, got 61"),
        ((3, 4, 5), None, b"PK\x03\x04", "starts with b'PK"),
        ((70_000, 10_000, 784), b"", None, "at most 548800000 values, got 548800000000"),
    ],
)
def test_a_file_that_is_not_what_its_header_says(tmp_path, shape, content, head, message):
    images = written(tmp_path / "images", shape, content, head)
    with pytest.raises(ForeignFileError, match=message):
        idx_images(images, images)


def test_missing_and_unequal_files(tmp_path):
    with pytest.raises(ForeignFileError, match="No such file"):
        idx_images(tmp_path / "none", tmp_path / "none")
    images, labels = written(tmp_path / "i", (3, 2, 2)), written(tmp_path / "l", (2,))
    with pytest.raises(ForeignFileError, match="as many classes as images, got 2 and 3"):
        idx_images(images, labels)
