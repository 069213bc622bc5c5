"""Reproducible random numbers: one generator per purpose.

The seed of the run and the names of what draws (object, condition, trial) determine a generator. A
lane therefore gets the same numbers in any order, on any engine and beside any other lanes. bioann
never draws from a global generator.
"""

from __future__ import annotations

import hashlib

import numpy as np

from bioann.base.arguments import is_whole_number
from bioann.base.errors import DescriptionError
from bioann.base.text import shorten_repr

#: Longest seed: Python refuses to write much longer numbers as text.
MAX_SEED_BITS = 4096


def make_rng(seed: int, *labels: object) -> np.random.Generator:
    """Return the random number generator for one purpose.

    Parameters
    ----------
    seed : int
        Seed of the run, 0 or larger.
    *labels : object
        Text and integers that identify what draws: ``("afferent", "left", "contrast=0.1", 3)``.

    Returns
    -------
    numpy.random.Generator
        PCG64, seeded with 128 bits of the BLAKE2b hash of all arguments.

    Raises
    ------
    DescriptionError
        If the seed is not an integer of 0 or more.
    """
    if not is_whole_number(seed, 0) or int(seed).bit_length() > MAX_SEED_BITS:
        expected = "a whole number >= 0"
        if is_whole_number(seed, 0):
            expected += f" of at most {MAX_SEED_BITS} bits"
        remedy = "Pass seed=1 (any fixed number will do)."
        raise DescriptionError("seed", expected, shorten_repr(seed), remedy)
    # repr distinguishes ("a", "b") from ("a, b",).
    text = repr((int(seed), *map(str, labels)))
    digest = hashlib.blake2b(text.encode(), digest_size=16).digest()
    return np.random.Generator(np.random.PCG64(int.from_bytes(digest, "little")))
