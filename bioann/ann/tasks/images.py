"""Images of digits and clothes that others collected; needs the extra ``bioann[data]``."""

from __future__ import annotations

import gzip
import math
import struct
from pathlib import Path
from urllib.error import URLError

import numpy as np
import xarray as xr

from bioann.ann.tasks.samples import make_samples
from bioann.base.errors import ForeignFileError, unknown_name_error
from bioann.base.optional import import_optional

#: Names at openml.org, by ours.
OPENML = {"mnist": "mnist_784", "fashion-mnist": "Fashion-MNIST"}

#: Most values that a file of images may announce: ten times those of MNIST.
LARGEST = 10 * 70_000 * 784


def digits() -> xr.Dataset:
    """Give the 1797 images of handwritten digits that ship with scikit-learn.

    Returns
    -------
    xarray.Dataset
        Images ``(1, 8, 8)`` with pixels from 0 to 1, classes 0 to 9.

    Raises
    ------
    MissingExtraError
        Without the extra ``data``.
    """
    found = import_optional("sklearn.datasets", "data", "the digits").load_digits()
    return make_samples(found.images[:, None] / 16.0, found.target)


def openml_images(name: str, *, folder: str | Path | None = None) -> xr.Dataset:
    """Fetch MNIST or Fashion-MNIST from openml.org, or from the cache of an earlier fetch.

    Parameters
    ----------
    name : {'mnist', 'fashion-mnist'}
        Which.
    folder : str or pathlib.Path, optional
        Where scikit-learn keeps what it fetched; its own place unless given.

    Returns
    -------
    xarray.Dataset
        70,000 images ``(1, 28, 28)`` with pixels from 0 to 1, classes 0 to 9; by custom the first
        60,000 are for training.

    Raises
    ------
    UnknownNameError
        If it is neither.
    ForeignFileError
        If there is no network and nothing in the cache.
    MissingExtraError
        Without the extra ``data``.
    """
    if name not in OPENML:
        raise unknown_name_error("openml_images", "data set", name, OPENML)
    fetch = import_optional("sklearn.datasets", "data", name).fetch_openml
    where = None if folder is None else str(folder)
    try:
        found = fetch(OPENML[name], version=1, as_frame=False, parser="liac-arff", data_home=where)
    except (URLError, OSError) as error:
        raise ForeignFileError(
            f"data set {name!r}",
            "openml.org, or a copy that was fetched before",
            f"no connection ({error})",
            "Go online once, give folder=..., or read files of your own with idx_images(...).",
        ) from error
    return make_samples(found.data.reshape(-1, 1, 28, 28) / 255.0, found.target.astype(int))


def idx_images(images: str | Path, labels: str | Path) -> xr.Dataset:
    """Read images and classes from local files in the format of MNIST.

    Parameters
    ----------
    images, labels : str or pathlib.Path
        Files like ``train-images-idx3-ubyte``, packed (``.gz``) or not.

    Returns
    -------
    xarray.Dataset
        Images ``(1, height, width)`` with pixels from 0 to 1, and their classes.

    Raises
    ------
    ForeignFileError
        If a file is not there, or is not what its header says.
    """
    pixels, classes = _idx(Path(images), 3), _idx(Path(labels), 1)
    if len(pixels) != len(classes):
        raise ForeignFileError(
            f"files {images} and {labels}",
            "as many classes as images",
            f"{len(classes)} and {len(pixels)}",
            "Take both files from one set.",
        )
    return make_samples(pixels[:, None] / 255.0, classes.astype(int))


def _idx(path: Path, axes: int) -> np.ndarray:
    """Read bytes with `axes` axes; sizes are checked before the memory is taken."""
    opened = gzip.open if path.suffix == ".gz" else open
    wanted = f"an IDX file of bytes with {axes} axes"
    do = "Give the files as yann.lecun.com/exdb/mnist describes them."
    try:
        with opened(path, "rb") as file:
            head = file.read(4 + 4 * axes)
            if len(head) < 4 + 4 * axes or head[:4] != bytes((0, 0, 8, axes)):
                raise ForeignFileError(f"file {path}", wanted, f"it begins {head[:4]!r}", do)
            shape = struct.unpack(f">{axes}I", head[4:])
            size = math.prod(shape)
            if size > LARGEST:
                raise ForeignFileError(f"file {path}", f"at most {LARGEST} values", f"{size}", do)
            content = file.read(size + 1)
    except (OSError, EOFError) as error:
        raise ForeignFileError(f"file {path}", wanted, f"{error}", do) from error
    if len(content) != size:
        got = f"{len(content)} bytes or more for shape {shape}"
        raise ForeignFileError(f"file {path}", f"{size} bytes after the header", got, do)
    return np.frombuffer(content, dtype=np.uint8).reshape(shape)
