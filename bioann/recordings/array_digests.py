"""Digests of the arrays of a recording: a file whose numbers were changed is recognised."""

from __future__ import annotations

import hashlib
import json

import numpy as np
import xarray as xr

from bioann.base.errors import OutputError

#: Attribute of a recording with the digest of each of its arrays.
DIGESTS = "array_digests"


def digest_arrays(recording: xr.DataTree) -> str:
    """Return the digest of every array of a recording, coordinates included.

    Parameters
    ----------
    recording : xarray.DataTree
        The recording of a run.

    Returns
    -------
    str
        JSON: 12 hexadecimal digits by node and variable, such as ``"bio/rate"``. Shape, dimensions
        and values count, not how a file encodes them.
    """
    digests = {
        f"{name}/{variable}": digest_array(values)
        for name, node in recording.children.items()
        for variable, values in sorted(node.to_dataset(inherit=False).variables.items())
    }
    return json.dumps(digests)


def digest_array(array: xr.Variable) -> str:
    """Return 12 hexadecimal digits of a hash of dimensions, type and values of an array."""
    values = np.asarray(array.values)
    if values.dtype.kind in "OSUT":  # files hold text in their own way
        content, kind = json.dumps(values.tolist(), default=str).encode(), "text"
    else:
        little_endian = values.astype(values.dtype.newbyteorder("<"), copy=False)
        content, kind = little_endian.tobytes(), little_endian.dtype.str
    hasher = hashlib.blake2b(repr((array.dims, values.shape, kind)).encode(), digest_size=6)
    hasher.update(content)
    return hasher.hexdigest()


def check_arrays(recording: xr.DataTree, obj: str) -> None:
    """Check the arrays of a recording against their digests.

    Nodes that were left out or added since the run are not checked, nor are recordings without
    digests.

    Parameters
    ----------
    recording : xarray.DataTree
        Recording that was read from a file.
    obj : str
        The file, for the error.

    Raises
    ------
    OutputError
        If an array is not the one that was recorded, or is missing in its node.
    """
    for path, digest in json.loads(recording.attrs.get(DIGESTS, "{}")).items():
        node_name, _, variable = path.partition("/")
        if node_name not in recording.children:
            continue
        node = recording[node_name]
        if variable not in node.variables:
            message = "a node without it"
        elif digest_array(node.variables[variable]) != digest:
            message = f"other values: array of shape {np.shape(node.variables[variable])}"
        else:
            continue
        raise OutputError(
            f"{obj}, node {node_name!r}, variable {variable!r}",
            f"the array that was recorded (digest {digest})",
            message,
            "The file was changed after the run: restore the original, or run the pair anew.",
        )
