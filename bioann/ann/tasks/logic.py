"""Truth tables: the smallest tasks that need both signs."""

from __future__ import annotations

import itertools

import numpy as np
import xarray as xr

from bioann.ann.tasks.samples import make_samples
from bioann.base.arguments import name_argument_errors
from bioann.base.errors import StimulusError


@name_argument_errors
def parity(bits: int = 2) -> xr.Dataset:
    """Return all rows of the parity function: class 1 if the number of ones is odd.

    Parameters
    ----------
    bits : int, optional
        Number of inputs, 1 to 16; 2 for XOR.

    Returns
    -------
    xarray.Dataset
        ``2**bits`` samples of `bits` features, classes 0 and 1.
    """
    if bits not in range(1, 17):
        raise StimulusError(
            "parity, bits", "a whole number from 1 to 16", repr(bits), "Use 2 for XOR."
        )
    rows = np.array(list(itertools.product((0, 1), repeat=bits)))
    return make_samples(rows, rows.sum(axis=1) % 2)


@name_argument_errors
def xor() -> xr.Dataset:
    """Return the four rows of XOR, the smallest function that is not monotone in each input."""
    return parity(2)
