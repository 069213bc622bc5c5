"""Checks of a netCDF file from elsewhere, before any of its arrays is read.

HDF5, on which netCDF rests, lets a file name other files whose bytes become its arrays, link its
groups in a circle, and declare arrays of any size without a byte of data. A recording needs none of
that: numbers and text, each in one place, stored or compressed.
"""

from __future__ import annotations

import io
import math
import zlib
from collections.abc import Iterator

import h5py
import numpy as np
from h5py import h5a, h5d, h5g, h5o, h5t, h5z

from bioann.base.errors import OutputError

#: Most groups and arrays of a recording, and most values of one of its attributes.
MAX_OBJECTS = 10_000
MAX_ATTRIBUTE_VALUES = 100_000
#: Bytes that arrays may have in memory: so many times the size of the file, or, in a small file,
#: this number. Rates that are zero compress well, but hardly better than this.
MAX_RATIO = 200
ALWAYS_ALLOWED = 256_000_000
#: The best that the compression of these files can do.
DEFLATE_RATIO = 1032

_FILTERS = {h5z.FILTER_SHUFFLE, h5z.FILTER_DEFLATE, h5z.FILTER_FLETCHER32}
_PLAIN_TYPES = {h5t.INTEGER, h5t.FLOAT, h5t.STRING}
#: Attributes by which netCDF names the axes of an array: references within the file.
_AXIS_ATTRIBUTES = {b"DIMENSION_LIST", b"REFERENCE_LIST"}


def check_netcdf(content: bytes, obj: str) -> None:
    """Check that a netCDF file holds nothing but arrays of numbers and text of its own.

    Parameters
    ----------
    content : bytes
        Bytes of the whole file.
    obj : str
        The file, for errors.

    Raises
    ------
    OutputError
        If a part of the file is stored elsewhere, linked more than once or not by a plain link, of
        another type, compressed in another way, or larger than the size of the file explains.
    """
    checker = _FileChecker(len(content), obj)
    with h5py.File(io.BytesIO(content), "r") as file:
        for path, group, name in checker.walk(file.id):
            checker.check_dataset(path, h5d.open(group, name))


class _FileChecker:
    """Walks through a file and adds up what its arrays would take in memory."""

    def __init__(self, size: int, obj: str) -> None:
        self.size, self.obj = size, obj
        self.max_bytes = max(MAX_RATIO * size, ALWAYS_ALLOWED)
        self.total = 0

    def require(self, condition: object, path: str, expected: str, got: str) -> None:
        """Raise `OutputError` unless a condition holds."""
        if not condition:
            remedy = "The file is broken or hostile: do not use it; run the pair anew."
            raise OutputError(f"{self.obj}, {path!r}", expected, got, remedy)

    def walk(self, root: h5g.GroupID) -> Iterator[tuple[str, h5g.GroupID, bytes]]:
        """Check all groups, and yield path, group and name of each array."""
        addresses = {h5o.get_info(root).addr}
        self._check_attributes("/", root)
        groups = [("", root)]
        while groups:
            parent, group = groups.pop()
            for name in group:
                path = f"{parent}/{name.decode(errors='replace')}"
                link = group.links.get_info(name)
                self.require(
                    link.type == h5py.h5l.TYPE_HARD, path, "an object of this file", "a link"
                )
                info = h5o.get_info(group, name)
                is_new = info.addr not in addresses and info.rc == 1
                self.require(is_new, path, "one place in the file", "several links to one object")
                addresses.add(info.addr)
                self.require(
                    len(addresses) <= MAX_OBJECTS, path, f"at most {MAX_OBJECTS} objects", "more"
                )
                is_group = info.type == h5o.TYPE_GROUP
                is_known = is_group or info.type == h5o.TYPE_DATASET
                self.require(is_known, path, "a group or an array", "an object of another kind")
                if is_group:
                    groups.append((path, h5g.open(group, name)))
                    self._check_attributes(path, groups[-1][1])
                else:
                    yield path, group, name

    def _check_attributes(self, path: str, owner: h5g.GroupID | h5d.DatasetID) -> None:
        for index in range(h5a.get_num_attrs(owner)):
            attribute = h5a.open(owner, index=index)
            kind, name = attribute.get_type().get_class(), attribute.name
            title = f"{path}, attribute {name.decode(errors='replace')}"
            is_plain = kind in _PLAIN_TYPES or name in _AXIS_ATTRIBUTES
            self.require(is_plain, title, "numbers or text", _name_type(kind))
            n_values = math.prod(attribute.shape)
            self.require(
                n_values <= MAX_ATTRIBUTE_VALUES,
                title,
                f"at most {MAX_ATTRIBUTE_VALUES} values",
                f"{n_values}",
            )
            self._add_size(title, n_values * attribute.get_type().get_size())

    def check_dataset(self, path: str, dataset: h5d.DatasetID) -> None:
        """Check where and how an array is stored, its type, and its size in memory."""
        properties, kind = dataset.get_create_plist(), dataset.get_type()
        self.require(
            properties.get_external_count() == 0, path, "data in this file", "data in another file"
        )
        is_own = properties.get_layout() != h5d.VIRTUAL
        self.require(is_own, path, "data in this file", "a view of data elsewhere")
        name = _name_type(kind.get_class())
        self.require(kind.get_class() in _PLAIN_TYPES, path, "numbers or text", name)
        filters = [properties.get_filter(k)[0] for k in range(properties.get_nfilters())]
        is_known = set(filters) <= _FILTERS and len(set(filters)) == len(filters)
        self.require(is_known, path, "stored or deflated data", f"filters {filters}")
        self._add_size(path, math.prod(dataset.shape) * kind.get_size())
        if properties.get_layout() == h5d.CHUNKED:
            chunk_size = math.prod(properties.get_chunk()) * kind.get_size()
            is_small = chunk_size <= self.max_bytes
            self.require(is_small, path, "chunks no larger than the file explains", f"{chunk_size}")
            self._check_chunks(path, dataset, chunk_size, h5z.FILTER_DEFLATE in filters)
        self._check_attributes(path, dataset)
        if isinstance(kind, h5t.TypeStringID) and kind.is_variable_str():
            self._check_strings(path, dataset)

    def _add_size(self, path: str, size: int) -> None:
        self.total += size
        expected = f"at most {self.max_bytes / 1e6:.0f} MB of arrays, for the size of the file"
        is_small = self.total <= self.max_bytes
        self.require(is_small, path, expected, f"{self.total / 1e6:.4g} MB with this one")

    def _check_chunks(
        self, path: str, dataset: h5d.DatasetID, chunk_size: int, is_deflated: bool
    ) -> None:
        """Check that no chunk inflates to more than its size; HDF5 would inflate all of it."""
        for index in range(dataset.get_num_chunks() if is_deflated else 0):
            chunk = dataset.get_chunk_info(index)
            if chunk.size * DEFLATE_RATIO > ALWAYS_ALLOWED and not chunk.filter_mask:
                _, compressed = dataset.read_direct_chunk(chunk.chunk_offset)
                inflated = zlib.decompressobj().decompress(compressed, chunk_size + 1)
                fits = len(inflated) <= chunk_size
                self.require(fits, path, f"chunks of {chunk_size} bytes", "one that is larger")

    def _check_strings(self, path: str, dataset: h5d.DatasetID) -> None:
        """Add up the lengths of texts: all of them may be one long text of the file."""
        if math.prod(dataset.shape) * self.size <= ALWAYS_ALLOWED:
            return
        texts = h5py.Dataset(dataset)
        for index in np.ndindex(*dataset.shape):
            self._add_size(path, len(texts[index]))


def _name_type(kind: int) -> str:
    names = {
        h5t.REFERENCE: "references",
        h5t.VLEN: "lists of any length",
        h5t.COMPOUND: "records",
        h5t.OPAQUE: "raw bytes",
        h5t.ENUM: "named numbers",
        h5t.ARRAY: "arrays of arrays",
        h5t.BITFIELD: "bit fields",
        h5t.TIME: "times",
    }
    return names.get(kind, "another type")
