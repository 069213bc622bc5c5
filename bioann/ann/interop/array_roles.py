"""Find which arrays of a file are weights and which are biases, from their names and shapes."""

from __future__ import annotations

import dataclasses
import itertools
import re
from collections.abc import Mapping, Sequence
from typing import TypeAlias

import numpy as np

#: Arrays by name, in the order of the file.
Arrays: TypeAlias = Mapping[str, np.ndarray]
#: Names of weights, each with the name of its bias or None.
Pairs: TypeAlias = tuple[tuple[str, str | None], ...]

#: Words for weights and for biases; in ``bias_net.weight`` the last one counts.
ROLE_WORDS = re.compile(
    r"(?P<weights>weights?|kernels?|coef(?:ficient)?s?|thetas?)"
    r"|(?P<bias>bias(?:es)?|intercepts?|offsets?|betas?)",
    re.IGNORECASE,
)
#: A single letter for the same: ``W1``, ``layer2_b``, ``l1w``, ``Wh``, ``hiddenW``.
ROLE_LETTERS = re.compile(
    r"(?<![A-Za-z])(?:(?P<weights>[Ww])|(?P<bias>[Bb]))(?=$|[^A-Za-z]|[a-z]{1,2}$)"
    r"|(?<=[a-z])(?:(?P<capital_weights>W)|(?P<capital_bias>B))$"
)
#: Names of weights between the units of one layer; letters say so of square ones only.
RECURRENT_WORDS = re.compile(r"hh|recurrent|(?<![a-z])rec(?![a-z])|[a-z_]rec$")
RECURRENT_LETTERS = re.compile(r"(?<![A-Za-z])[UR]\d*$")


@dataclasses.dataclass(frozen=True)
class ArrayRoles:
    """What the arrays of a file are.

    Attributes
    ----------
    pairs : tuple of (str, str or None)
        Names of weights in natural order (``layer2`` before ``layer10``), each with the name of its
        bias or None.
    others : tuple of str
        Names of arrays that are neither weights nor the bias of any.
    is_unique : bool
        False if the shapes allow more than one assignment and the names do not decide.
    """

    pairs: Pairs
    others: tuple[str, ...]
    is_unique: bool = True


def assign_roles(arrays: Arrays) -> ArrayRoles:
    """Find which arrays are weights, and which bias belongs to which.

    Parameters
    ----------
    arrays : mapping of str to numpy.ndarray
        All arrays of a file, in its order.

    Returns
    -------
    ArrayRoles
        Weights have at least two axes. A bias is paired by its name (``b1`` with ``W1``,
        ``intercept0`` with ``coef0``), or by its position if no name says what an array is
        (``arr_0``, ``arr_1``, ...).
    """
    roles = {name: role_of(name)[0] for name in arrays}
    if not any(roles.values()):
        return _assign_by_position(arrays)
    weights = sorted(
        (name for name, array in arrays.items() if _is_weights(array, roles[name])),
        key=natural_sort_key,
    )
    candidates = [
        name
        for name, array in arrays.items()
        if name not in weights and is_vector(array) and roles[name] != "weights"
    ]
    bias_of: dict[str, str] = {}
    for matches in (_have_same_key, _has_key_as_suffix):
        for name in candidates:
            owners = [w for w in weights if w not in bias_of and matches(w, name)]
            is_free = name not in bias_of.values()
            if len(owners) == 1 and is_free and fits_bias(arrays[owners[0]], arrays[name]):
                bias_of[owners[0]] = name
    return _collect(arrays, tuple((w, bias_of.get(w)) for w in weights))


def role_of(name: str) -> tuple[str | None, str]:
    """Return what a name says: ``"weights"``, ``"bias"`` or None; and the rest of the name."""
    for pattern in (ROLE_WORDS, ROLE_LETTERS):
        matches = list(pattern.finditer(name))
        if matches:
            match = matches[-1]
            role = str(match.lastgroup).removeprefix("capital_")
            return role, _simplify(name[: match.start()] + " " + name[match.end() :])
    return None, _simplify(name)


def _simplify(name: str) -> str:
    """Return letters and digits only; numbers stay apart: ``1.2`` is not ``12``."""
    return " ".join(re.findall(r"[a-z]+|\d+", name.lower()))


def _have_same_key(weights: str, bias: str) -> bool:
    return role_of(weights)[1] == role_of(bias)[1]


def _has_key_as_suffix(weights: str, bias: str) -> bool:
    """Return whether a bias is named by the targets of the weights: ``W_xh`` and ``b_h``."""
    key = role_of(bias)[1]
    return bool(key) and role_of(bias)[0] == "bias" and role_of(weights)[1].endswith(key)


def is_vector(array: np.ndarray) -> bool:
    """Return whether an array has at most one axis longer than 1, as biases have."""
    return array.ndim <= 2 and max(array.shape, default=1) == array.size > 0


def is_recurrent(name: str, array: np.ndarray) -> bool:
    """Return whether a name says that weights connect units with each other."""
    is_square = array.ndim == 2 and array.shape[0] == array.shape[1]
    return bool(RECURRENT_WORDS.search(name) or (is_square and RECURRENT_LETTERS.search(name)))


def _is_weights(array: np.ndarray, role: str | None) -> bool:
    return array.ndim >= 2 and array.size > 0 and role != "bias"


def fits_bias(weights: np.ndarray, bias: np.ndarray) -> bool:
    """Return whether a bias has one number for each row or for each column of the weights."""
    return bias.size in (weights.shape[0], weights.shape[-1])


def _assign_by_position(arrays: Arrays) -> ArrayRoles:
    """Assign roles to arrays whose names do not tell them: the one assignment that fits."""
    names = list(arrays)
    if len({re.sub(r"\d+", "", name) for name in names}) == 1:
        names.sort(key=natural_sort_key)
    half = len(names) // 2
    readings: list[Pairs] = [_pair_in_sequence(names, arrays), tuple((n, None) for n in names)]
    if len(names) % 2 == 0:
        readings.append(tuple(zip(names[::2], names[1::2], strict=True)))
        readings.append(tuple(zip(names[:half], names[half:], strict=True)))
    valid = [pairs for pairs in dict.fromkeys(readings) if _fits(pairs, arrays)]
    if len(valid) == 1:
        return _collect(arrays, valid[0])
    matrices = tuple((n, None) for n in names if _is_weights(arrays[n], None))
    return _collect(arrays, matrices, is_unique=not valid)


def _pair_in_sequence(names: Sequence[str], arrays: Arrays) -> Pairs:
    """Pair every array with one axis with the weights before it."""
    pairs: list[tuple[str, str | None]] = []
    for name in names:
        if arrays[name].ndim < 2 and pairs and pairs[-1][1] is None:
            pairs[-1] = (pairs[-1][0], name)
        else:
            pairs.append((name, None))
    return tuple(pairs)


def _fits(pairs: Pairs, arrays: Arrays) -> bool:
    """Return whether weights are matrices that form a chain, with biases of one orientation."""
    if not all(arrays[w].ndim == 2 and arrays[w].size for w, _ in pairs):
        return False
    if any(b is not None and not is_vector(arrays[b]) for _, b in pairs):
        return False
    return bool(possible_rows(pairs, arrays))


def possible_rows(pairs: Pairs, arrays: Arrays) -> tuple[str, ...]:
    """Return which meanings of the rows fit the biases and, in the given order, the chain."""
    shapes = [arrays[w].shape for w, _ in pairs]
    sizes = [None if b is None else arrays[b].size for _, b in pairs]
    fitting = []
    for rows, target, source in (("targets", 0, 1), ("sources", 1, 0)):
        is_chain = all(s[target] == after[source] for s, after in itertools.pairwise(shapes))
        fits = all(n in (None, s[target]) for n, s in zip(sizes, shapes, strict=True))
        if is_chain and fits:
            fitting.append(rows)
    return tuple(fitting)


def _collect(arrays: Arrays, pairs: Pairs, *, is_unique: bool = True) -> ArrayRoles:
    """Return the roles; every array is in one of them."""
    names = {name for pair in pairs for name in pair}
    return ArrayRoles(pairs, tuple(n for n in arrays if n not in names), is_unique)


def natural_sort_key(name: str) -> list[tuple[int, str]]:
    """Return a key that sorts ``layer2`` before ``layer10``."""
    return [(int(digits or 0), text) for text, digits in re.findall(r"(\D*)(\d*)", name)]
