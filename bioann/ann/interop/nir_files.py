"""Read and write the HDF5 layout of NIR files: nested groups of arrays and texts.

The group ``node`` holds the graph: ``type``, ``edges`` and a group ``nodes`` with one group for
each node, whose datasets are its ``type`` and its parameters (https://neuroir.org, nir 1.0.8,
``nir/serialization.py``). HDF5 can store links to other files, and data that lie in other files:
both are rejected, and so is everything that is neither a number nor a text.
"""

from __future__ import annotations

import dataclasses
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from bioann.ann.interop import size_limits
from bioann.ann.interop.weight_files import check_numbers
from bioann.base.errors import ForeignFileError
from bioann.base.files import write_atomically

#: Version of the format whose definitions bioann follows; it is written to files.
NIR_VERSION = "1.0.8"
#: Limits against files whose groups contain themselves, or whose texts unpack to gigabytes.
MAX_DEPTH, MAX_OBJECTS, MAX_CHARACTERS = 20, 100_000, 10_000_000


def read_nir_file(path: Path) -> dict[str, Any]:
    """Read the graph of a NIR file as nested dictionaries, without the package `nir`.

    Parameters
    ----------
    path : pathlib.Path
        The file. Nothing in it is executed.

    Returns
    -------
    dict
        ``type``, ``nodes`` and ``edges`` as `nir.NIRGraph.to_dict` returns them: numbers as arrays,
        texts as str or as lists of them.

    Raises
    ------
    ForeignFileError
        If the file is broken or too large, refers to other files, or holds anything but finite
        numbers and texts.
    """
    obj = f"NIR file {path}"
    content = size_limits.read_file(path, "NIR file")
    _check_text_heaps(content, obj)
    with (
        size_limits.wrap_library_errors(obj, "an HDF5 file as nir.write() writes it"),
        h5py.File(io.BytesIO(content), "r") as file,
    ):
        if not isinstance(file.get("node"), h5py.Group):
            raise ForeignFileError(
                obj, "a group 'node'", f"{sorted(file)[:6]}", "Write the file with nir.write()."
            )
        return _Reader(obj, len(content)).read_group(file["node"])


def _check_text_heaps(content: bytes, obj: str) -> None:
    """Raise for a collection of texts with an entry of no length: HDF5 would read it for ever.

    A collection is ``GCOL``, a version and its size; then follow entries of a header of 16 bytes
    (index, references, size) and data padded to 8 bytes. The size of entry 0, the free space, has
    the header in it (HDF5 file format specification, version 3, section III.E).
    """
    start = content.find(b"GCOL\x01")
    while start >= 0:
        size = int.from_bytes(content[start + 8 : start + 16], "little")
        stop, position = min(start + size, len(content)), start + 16
        while position + 16 <= stop:
            index = int.from_bytes(content[position : position + 2], "little")
            length = int.from_bytes(content[position + 8 : position + 16], "little")
            if (index == 0 and length == 0) or position + length > stop:
                got = f"{length} bytes at byte {position}"
                remedy = size_limits.BROKEN_FILE_REMEDY
                raise ForeignFileError(
                    f"{obj}, texts", "entries inside of a collection", got, remedy
                )
            position += 16 * (index > 0) + -(-length // 8) * 8
        start = content.find(b"GCOL\x01", start + 5)


@dataclasses.dataclass
class _Reader:
    """Read groups of one file, and count what they unpack to."""

    obj: str
    file_size: int
    n_objects: int = 0
    n_bytes: int = 0
    n_characters: int = 0

    def read_group(self, group: h5py.Group, depth: int = 0) -> dict[str, Any]:
        """Return the datasets and groups in a group by name."""
        self.n_objects += len(group)
        if depth > MAX_DEPTH or self.n_objects > MAX_OBJECTS:
            expected = f"at most {MAX_OBJECTS} objects, nested at most {MAX_DEPTH} times"
            self._reject(group.name, expected, "more", size_limits.BROKEN_FILE_REMEDY)
        content = {}
        for name in group:
            link = group.get(name, getlink=True)
            if not isinstance(link, h5py.HardLink):
                remedy = "Write the file with nir.write(), which stores everything in it."
                self._reject(f"{group.name}/{name}", "data in the file itself", "a link", remedy)
            item = group[name]
            if isinstance(item, h5py.Group):
                content[name] = self.read_group(item, depth + 1)
            else:
                content[name] = self._read_dataset(item)
        return content

    def _read_dataset(self, dataset: h5py.Dataset) -> Any:
        """Return numbers as an array, a text as str, and an array of texts as nested lists."""
        if dataset.is_virtual or dataset.external:
            remedy = "Write the file with nir.write(), which stores everything in it."
            self._reject(dataset.name, "data in the file itself", "data of another file", remedy)
        if h5py.check_string_dtype(dataset.dtype) is not None:
            return self._read_texts(dataset)
        if dataset.dtype.kind not in "fiu":
            remedy = "Leave it out, or store numbers."
            self._reject(dataset.name, "numbers or texts", f"type {dataset.dtype}", remedy)
        self.n_bytes += dataset.size * max(8, dataset.dtype.itemsize)
        size_limits.check_unpacked(self.n_bytes, self.file_size, self.obj)
        numbers = np.asarray(dataset[()])
        check_numbers(numbers, f"{self.obj}, {dataset.name}")
        return numbers

    def _read_texts(self, dataset: h5py.Dataset) -> Any:
        if max(dataset.size, *dataset.shape, 0) > MAX_OBJECTS:
            expected = f"at most {MAX_OBJECTS} texts"
            self._reject(dataset.name, expected, "more", size_limits.BROKEN_FILE_REMEDY)
        if dataset.shape == ():
            return self._count_characters(dataset.name, dataset.asstr()[()])
        # In blocks: many elements can refer to the same long text, which is copied for each, and
        # which is no longer than the file.
        n_rows = max(1, MAX_CHARACTERS // max(self.file_size, dataset.dtype.itemsize))
        rows = []
        for start in range(0, len(dataset), n_rows):
            block = np.asarray(dataset.asstr()[start : start + n_rows], dtype=object)
            self._count_characters(dataset.name, "".join(block.ravel().tolist()))
            rows += block.tolist()
        return rows

    def _count_characters(self, name: str, text: str) -> str:
        self.n_characters += 1 + len(text)
        if self.n_characters > MAX_CHARACTERS:
            expected = f"at most {MAX_CHARACTERS} characters of text"
            self._reject(name, expected, "more", size_limits.BROKEN_FILE_REMEDY)
        return text

    def _reject(self, name: str, expected: str, got: str, remedy: str) -> None:
        raise ForeignFileError(f"{self.obj}, {name}", expected, got, remedy)


def write_nir_file(graph: Mapping[str, Any], path: str | Path) -> None:
    """Write a graph of nested dictionaries as a NIR file.

    Parameters
    ----------
    graph : mapping
        Arrays, texts, pairs of texts (``edges``) and mappings of these, by name.
    path : str or pathlib.Path
        The file; it is replaced when all is written.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    with write_atomically(path) as (temporary,):
        buffer = io.BytesIO()
        with h5py.File(buffer, "w") as file:
            file.create_dataset("version", data=NIR_VERSION, dtype=h5py.string_dtype())
            _write_group(file.create_group("node"), graph)
        temporary.write_bytes(buffer.getvalue())


def _write_group(group: h5py.Group, content: Mapping[str, Any]) -> None:
    for name, value in content.items():
        if isinstance(value, Mapping):
            _write_group(group.create_group(name), value)
        elif isinstance(value, (str, list)):
            group.create_dataset(name, data=value, dtype=h5py.string_dtype())
        else:
            compression = "gzip" if np.ndim(value) else None
            group.create_dataset(name, data=value, compression=compression)
