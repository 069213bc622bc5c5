"""Random numbers that depend on what they are for, and on nothing else.

A generator is made from the run's seed and the names of what draws (object, condition, trial), so
a lane's numbers stay the same whichever other lanes run beside it, in whatever order, on whatever
engine. Nothing in bioann draws from a global generator.
"""

from __future__ import annotations

import hashlib

import numpy as np

from bioann.base.errors import DescriptionError


def make_rng(seed: int, *labels: object) -> np.random.Generator:
    """Make the generator of one purpose.

    Parameters
    ----------
    seed : int
        The run's seed, 0 or larger.
    *labels : object
        What draws: text and whole numbers, e.g. ``("afferent", "left", "contrast=0.1", 3)``.

    Returns
    -------
    numpy.random.Generator
        PCG64, seeded with 128 bits of the BLAKE2b hash of all arguments.

    Raises
    ------
    DescriptionError
        If the seed is not a whole number >= 0.
    """
    if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)) or seed < 0:
        raise DescriptionError(
            "seed", "a whole number >= 0", repr(seed), "Pass seed=1 (any fixed number will do)."
        )
    # repr keeps ("a", "b") and ("a, b",) apart.
    text = repr((int(seed), *map(str, labels)))
    digest = hashlib.blake2b(text.encode(), digest_size=16).digest()
    return np.random.Generator(np.random.PCG64(int.from_bytes(digest, "little")))
