"""Public data sets of images (digits, MNIST, Fashion-MNIST); needs the extra ``bioann[data]``."""

from __future__ import annotations

import gzip
import math
import struct
from pathlib import Path
from urllib.error import URLError

import numpy as np
import xarray as xr

from bioann.ann.tasks.samples import make_samples
from bioann.base.arguments import name_argument_errors
from bioann.base.errors import ForeignFileError, unknown_name_error
from bioann.base.optional import import_optional

#: Names of the data sets at openml.org.
OPENML_NAMES = {"mnist": "mnist_784", "fashion-mnist": "Fashion-MNIST"}

#: Largest number of values that the header of an IDX file may declare: ten times that of MNIST.
MAX_IDX_VALUES = 10 * 70_000 * 784


@name_argument_errors
def digits() -> xr.Dataset:
    """Return the 1797 images of handwritten digits that ship with scikit-learn.

    Returns
    -------
    xarray.Dataset
        Images ``(1, 8, 8)`` with pixels from 0 to 1, classes 0 to 9.

    Raises
    ------
    MissingExtraError
        Without the extra ``data``.
    """
    data = import_optional("sklearn.datasets", "data", "the digits").load_digits()
    return make_samples(data.images[:, None] / 16.0, data.target)


@name_argument_errors
def openml_images(name: str, *, folder: str | Path | None = None) -> xr.Dataset:
    """Read MNIST or Fashion-MNIST from openml.org, or from the cache of an earlier download.

    Parameters
    ----------
    name : {'mnist', 'fashion-mnist'}
        Name of the data set.
    folder : str or pathlib.Path, optional
        Folder of the download cache; that of scikit-learn by default.

    Returns
    -------
    xarray.Dataset
        70,000 images ``(1, 28, 28)`` with pixels from 0 to 1, classes 0 to 9; by convention the
        first 60,000 are the training set.

    Raises
    ------
    UnknownNameError
        If the data set is neither of the two.
    ForeignFileError
        If there is no connection and no cached copy.
    MissingExtraError
        Without the extra ``data``.
    """
    if name not in OPENML_NAMES:
        raise unknown_name_error("openml_images", "data set", name, OPENML_NAMES)
    fetch_openml = import_optional("sklearn.datasets", "data", name).fetch_openml
    data_home = None if folder is None else str(folder)
    try:
        data = fetch_openml(
            OPENML_NAMES[name], version=1, as_frame=False, parser="liac-arff", data_home=data_home
        )
    except (URLError, OSError) as error:
        raise ForeignFileError(
            f"data set {name!r}",
            "openml.org, or a copy from an earlier download",
            f"no connection ({error})",
            "Go online once, pass folder=..., or read local files with idx_images(...).",
        ) from error
    return make_samples(data.data.reshape(-1, 1, 28, 28) / 255.0, data.target.astype(int))


@name_argument_errors
def idx_images(images: str | Path, labels: str | Path) -> xr.Dataset:
    """Read images and classes from local IDX files, the format of MNIST.

    Parameters
    ----------
    images, labels : str or pathlib.Path
        Files like ``train-images-idx3-ubyte``, compressed (``.gz``) or not.

    Returns
    -------
    xarray.Dataset
        Images ``(1, height, width)`` with pixels from 0 to 1, and their classes.

    Raises
    ------
    ForeignFileError
        If a file does not exist, or its contents do not match its header.
    """
    pixels, classes = _read_idx(Path(images), 3), _read_idx(Path(labels), 1)
    if len(pixels) != len(classes):
        raise ForeignFileError(
            f"files {images} and {labels}",
            "as many classes as images",
            f"{len(classes)} and {len(pixels)}",
            "Use two files of the same data set.",
        )
    return make_samples(pixels[:, None] / 255.0, classes.astype(int))


def _read_idx(path: Path, n_axes: int) -> np.ndarray:
    """Read an array of bytes with `n_axes` axes; its size is checked before memory is allocated."""
    open_file = gzip.open if path.suffix == ".gz" else open
    expected = f"an IDX file of bytes with {n_axes} axes"
    remedy = "Use files in the format described at yann.lecun.com/exdb/mnist."
    try:
        with open_file(path, "rb") as file:
            header = file.read(4 + 4 * n_axes)
            if len(header) < 4 + 4 * n_axes or header[:4] != bytes((0, 0, 8, n_axes)):
                raise ForeignFileError(
                    f"file {path}", expected, f"a file that starts with {header[:4]!r}", remedy
                )
            shape = struct.unpack(f">{n_axes}I", header[4:])
            size = math.prod(shape)
            if size > MAX_IDX_VALUES:
                raise ForeignFileError(
                    f"file {path}", f"at most {MAX_IDX_VALUES} values", f"{size}", remedy
                )
            content = file.read(size + 1)
    except (OSError, EOFError) as error:
        raise ForeignFileError(f"file {path}", expected, f"{error}", remedy) from error
    if len(content) != size:
        got = f"{len(content)} bytes or more for shape {shape}"
        raise ForeignFileError(f"file {path}", f"{size} bytes after the header", got, remedy)
    return np.frombuffer(content, dtype=np.uint8).reshape(shape)
