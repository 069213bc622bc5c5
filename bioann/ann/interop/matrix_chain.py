"""Find the order and the orientation of weight matrices from names, biases and shapes."""

from __future__ import annotations

import re

import numpy as np

from bioann.ann.interop.array_roles import Arrays, Pairs, possible_rows, role_of

#: Names of layers that stand at the beginning and at the end of a network, whatever else it has.
FIRST_WORDS = re.compile(r"(?<![a-z])(in|inputs?|first|stem|embed[a-z]*|encoder)(?![a-z])", re.I)
LAST_WORDS = re.compile(
    r"(?<![a-z])(out|outputs?|last|head|final|readout|classifier|logits|decoder)(?![a-z])", re.I
)
#: Names that a library gives to its weights, with the meaning of the rows there.
CONVENTIONS = (
    ("sources", re.compile(r"kernel|coefs_\d*$", re.I)),
    ("targets", re.compile(r"(^|[./])weight(_[a-z]+(_l\d+)?)?$")),
)


def find_rows(pairs: Pairs, arrays: Arrays) -> tuple[str | None, str]:
    """Find the meaning of the first axis of weights.

    Parameters
    ----------
    pairs : tuple of (str, str or None)
        Weights and biases, first layer first.
    arrays : mapping of str to numpy.ndarray
        The arrays by name.

    Returns
    -------
    rows : {'targets', 'sources'} or None
        What the lengths of the biases say; or what the chain of shapes says, which fits in one
        direction only; or, if the shapes fit both ways, the convention of the library that gives
        such names. None if nothing decides, or if biases contradict each other.
    evidence : str
        What decided, as the subject of a sentence.
    """
    if _count_votes(pairs, arrays):
        return rows_of_biases(pairs, arrays), "the lengths of the biases"
    matrices = tuple((w, b) for w, b in pairs if arrays[w].ndim == 2)
    rows = possible_rows(matrices, arrays) if len(matrices) > 1 else ()
    if len(rows) == 1:
        return rows[0], "the chain of shapes"
    for convention, pattern in CONVENTIONS:
        if pairs and all(pattern.search(w) for w, _ in pairs):
            return convention, "the names of the arrays"
    return None, "nothing in the file"


def rows_of_biases(pairs: Pairs, arrays: Arrays) -> str | None:
    """Return what the lengths of the biases say the rows are; None if nothing or contradictory."""
    votes = _count_votes(pairs, arrays)
    return votes.pop() if len(votes) == 1 else None


def _count_votes(pairs: Pairs, arrays: Arrays) -> set[str]:
    return {vote for w, b in pairs if b is not None and (vote := _vote(arrays[w], arrays[b]))}


def _vote(weights: np.ndarray, bias: np.ndarray) -> str | None:
    """Return the meaning of the rows for which a bias has one number per target."""
    first, last = weights.shape[0], weights.shape[-1]
    if first == last or bias.size not in (first, last):
        return None
    return "targets" if bias.size == first else "sources"


def order_by_names(pairs: Pairs) -> Pairs | None:
    """Return layers in the order that their names state; None if names state no order.

    Numbers order names that are otherwise alike; words such as ``input`` and ``output`` stand
    before and after all others.
    """
    ranks = {w: bool(LAST_WORDS.search(w)) - bool(FIRST_WORDS.search(w)) for w, _ in pairs}
    skeletons = {(rank, re.sub(r"\d+", "", role_of(w)[1])) for w, rank in ranks.items()}
    if len(skeletons) != len(set(ranks.values())):
        return None
    return tuple(sorted(pairs, key=lambda pair: ranks[pair[0]]))


def order_by_shapes(pairs: Pairs, arrays: Arrays, rows: str) -> Pairs | None:
    """Return layers in the only order in which their shapes fit; None if there is not one."""
    target, source = (0, 1) if rows == "targets" else (1, 0)
    unused = list(pairs)
    targets = [arrays[w].shape[target] for w, _ in pairs]
    starts = [p for p in pairs if arrays[p[0]].shape[source] not in targets]
    chain: list[tuple[str, str | None]] = []
    following = starts
    while len(following) == 1:
        chain += following
        unused.remove(following[0])
        size = arrays[chain[-1][0]].shape[target]
        following = [p for p in unused if arrays[p[0]].shape[source] == size]
    return tuple(chain) if not unused else None
