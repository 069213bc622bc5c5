"""Python source of a pair whose rate network was read from a file of another library."""

from __future__ import annotations

import ast
import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np

from bioann.ann.layered import LayeredNetwork
from bioann.base.as_code import to_code, write_docstring_line
from bioann.pair_files.imported_template import ArrayExtractor, write_code_lines, write_preamble
from bioann.pair_files.template import (
    list_classes,
    list_imports,
    list_translation_texts,
    shorten_derivation,
    write_comments,
)
from bioann.translate.translation import Translation

#: Duration in ms of each condition of the stimulus.
DURATION = 500


@dataclasses.dataclass(frozen=True)
class NetworkPair:
    """What the file of a translated network contains.

    Parameters
    ----------
    name : str
        Name of the pair.
    origin : str
        Name of the file that the network was read from.
    network : LayeredNetwork or RateNetwork
        The network that was read.
    translation : Translation
        The spiking network that was derived from it.
    inputs : numpy.ndarray, shape (condition, channel)
        Activation of the channels in each condition.
    notes : tuple of str
        What was assumed or left out when the file was read.
    """

    name: str
    origin: str
    network: Any
    translation: Translation
    inputs: np.ndarray
    notes: tuple[str, ...] = ()


def write_network_source(pair: NetworkPair) -> tuple[str, dict[str, np.ndarray]]:
    """Return the source of the pair file, and its long arrays by name.

    Parameters
    ----------
    pair : NetworkPair
        The pair.
    """
    same = shorten_derivation(pair.translation.correspondence)
    values = (pair.network, pair.translation.network, same)
    extractor = ArrayExtractor({c.__name__: c for c in list_classes(values)}, has_field_names=True)
    trees = [extractor.visit(ast.parse(to_code(v), mode="eval").body) for v in values]
    units, imports = list_imports(values, trees)
    origin = write_docstring_line(pair.origin)
    arrays = {**extractor.arrays, "stimulus": pair.inputs}
    kind = type(pair.network).__name__
    lines = [
        f'"""{pair.name}: the network of {origin}, and the spiking network derived from it."""',
        "",
        "# Written by 'bioann translate'. The decisions and their reasons:",
        *write_comments([*pair.notes, *list_translation_texts(pair.translation)]),
        "",
        *write_preamble(units, imports, has_arrays=True),
        "",
        f"def build_network() -> ba.{kind}:",
        f'    """Return the network of {origin}."""',
        *write_code_lines(trees[0], "    ", "return ", ""),
        "",
        "",
        *_write_pair_function(pair, trees[1], trees[2]),
    ]
    return "\n".join(lines), arrays


def _write_pair_function(pair: NetworkPair, bio: ast.expr, same: ast.expr) -> Sequence[str]:
    """Return the lines of the function that makes the pair."""
    is_layered = isinstance(pair.network, LayeredNetwork)
    return [
        "def pair() -> ba.Pair:",
        '    """Return the pair."""',
        f"    ann = build_network(){'.to_rate_network()' * is_layered}",
        *write_code_lines(bio, "    ", "bio = ", ""),
        *write_code_lines(same, "    ", "correspondence = ", ""),
        "    # Random inputs from -1 to 1: replace them by samples, one row each, that the network",
        "    # was trained for.",
        '    levels = dict(zip(ann.channels, ARRAYS["stimulus"].T, strict=True))',
        '    samples = {"sample": np.arange(len(ARRAYS["stimulus"]), dtype=float)}',
        "    return ba.Pair(",
        f"        {pair.name!r},",
        "        bio,",
        "        ann,",
        "        correspondence,",
        '        question="Does the derived spiking network match the rate network?",',
        f"        source={f'read from {pair.origin}'!r},",
        f"        stimulus=ba.steps(levels, duration={DURATION} * ms, coords=samples),",
        "    )",
        "",
    ]
