"""Read labelled samples from files: NumPy arrays, or a table of comma-separated values."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pandas as pd

from bioann.ann.interop import size_limits
from bioann.ann.interop.weight_files import read_npy_file, read_npz
from bioann.base.arguments import name_argument_errors
from bioann.base.errors import ForeignFileError, unknown_name_error
from bioann.base.text import join_names

#: Names of the inputs and of the labels in a NumPy archive, in the order of preference.
ARRAY_NAMES = (
    ("X", "y"),
    ("x", "y"),
    ("X_test", "y_test"),
    ("x_test", "y_test"),
    ("inputs", "labels"),
    ("images", "labels"),
    ("data", "target"),
)
#: Names of the column of labels in a table.
LABEL_COLUMNS = ("y", "label", "labels", "target", "class")
DATA_ENDINGS = (".npz", ".npy", ".csv")


@name_argument_errors
def read_labelled_samples(source: str | Path) -> tuple[np.ndarray, np.ndarray]:
    """Read inputs and labels; nothing in a file is executed.

    Parameters
    ----------
    source : str or pathlib.Path
        A NumPy archive with the arrays ``X`` and ``y`` (or another pair of `ARRAY_NAMES`); two
        ``.npy`` files separated by a comma; or a CSV table with one sample per row, whose labels
        are in the column ``y`` (or another of `LABEL_COLUMNS`), or in the last column if the table
        has no header.

    Returns
    -------
    inputs : numpy.ndarray, shape (sample, ...)
        Inputs in the units of the file.
    labels : numpy.ndarray, shape (sample,)
        Class numbers as the file stores them; they are checked by whoever uses them.

    Raises
    ------
    ForeignFileError
        If a file is broken or too large, lacks inputs or labels, or holds text or objects.
    UnknownNameError
        If a file has another ending.
    """
    paths = [Path(item) for item in str(source).split(",")]
    if len(paths) == 2 and all(path.suffix.lower() == ".npy" for path in paths):
        return read_npy_file(paths[0]), read_npy_file(paths[1])
    path = Path(source)
    ending = path.suffix.lower()
    if ending == ".npz":
        return _read_archive(path)
    if ending == ".csv":
        return _read_table(path)
    if ending == ".npy":
        raise ForeignFileError(
            f"data {path}",
            "inputs and labels",
            "one array",
            "Name two files, inputs first: X.npy,y.npy.",
        )
    raise unknown_name_error(f"data {source}", "file ending", ending, DATA_ENDINGS)


def _read_archive(path: Path) -> tuple[np.ndarray, np.ndarray]:
    def choose_names(names: list[str]) -> tuple[str, str]:
        for pair in ARRAY_NAMES:
            if set(pair) <= set(names):
                return pair
        raise ForeignFileError(
            f"data {path}",
            "an array of inputs X and an array of labels y",
            f"arrays {join_names(names)}" if names else "no array",
            "Save them with numpy.savez(path, X=inputs, y=labels).",
        )

    arrays = dict(read_npz(path, choose_names))
    inputs_name, labels_name = choose_names(list(arrays))
    return arrays[inputs_name], arrays[labels_name]


def _read_table(path: Path) -> tuple[np.ndarray, np.ndarray]:
    obj = f"data {path}"
    content = size_limits.read_file(path, "CSV table")
    with size_limits.wrap_library_errors(obj, "a table of comma-separated values", "Correct it."):
        first_line = content.decode("utf-8-sig").lstrip("\r\n").partition("\n")[0]
        has_header = not all(_is_number(cell) for cell in first_line.split(","))
        table = pd.read_csv(
            io.BytesIO(content), header=0 if has_header else None, encoding="utf-8-sig"
        )
    label_column = _find_label_column(table, has_header, obj)
    if table.empty:
        raise ForeignFileError(obj, "at least one sample", "a header alone", "Add rows.")
    for column in table.columns:
        if table[column].dtype.kind not in "iuf":
            texts = table[column][pd.to_numeric(table[column], errors="coerce").isna()]
            raise ForeignFileError(
                f"{obj}, column {column!r}",
                "numbers",
                f"{str(texts.iloc[0])!r} in row {texts.index[0] + 1}" if len(texts) else "text",
                "Code text as numbers; classes are numbered from 0.",
            )
    return table.drop(columns=label_column).to_numpy(float), table[label_column].to_numpy()


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _find_label_column(table: pd.DataFrame, has_header: bool, obj: str) -> object:
    """Return the column with the labels; a table needs at least one other."""
    names = list(table.columns)
    label_names = [name for name in names if str(name).strip().lower() in LABEL_COLUMNS]
    if has_header and len(label_names) != 1:
        raise ForeignFileError(
            obj,
            f"one column of labels, called {' or '.join(LABEL_COLUMNS)}",
            f"{len(label_names)} of them in {join_names(names)}",
            "Name the column of labels y.",
        )
    if len(names) < 2:
        raise ForeignFileError(
            obj, "columns of inputs and a column of labels", "one column", "Add the labels."
        )
    return label_names[0] if has_header else names[-1]
