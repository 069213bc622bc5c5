"""Python source of a pair that was read from a Brian2 script."""

from __future__ import annotations

import ast
import dataclasses
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from bioann.base.as_code import to_code, write_docstring_line
from bioann.bio.cells.equation_cell import write_equation_cell
from bioann.bio.network import SpikingNetwork
from bioann.bio.scheduled_afferent import ScheduledAfferent
from bioann.pair_files.template import (
    list_classes,
    list_imports,
    list_translation_texts,
    shorten_derivation,
    write_comments,
)
from bioann.translate.translation import Translation

#: Longest list of numbers that is written into the file, not into the file of arrays.
MAX_NUMBERS = 50
#: Activations of the channels; 1 is the input of the script.
LEVELS = (0.5, 0.75, 1.0, 1.25, 1.5)
#: Channel of the stimulus of a network without any, whose single condition needs a name.
NO_INPUT = "no_input"
#: Shortest and longest duration of the stimulus in ms: a rate needs some spikes, and a run of the
#: pair has many conditions and trials.
_DURATIONS = (50.0, 1000.0)
_WIDTH = 100


@dataclasses.dataclass(frozen=True)
class ImportedPair:
    """What the file of an imported pair contains.

    Parameters
    ----------
    name : str
        Name of the pair.
    script : str
        Name of the script.
    network : SpikingNetwork
        The network that was read.
    translation : Translation or None
        The rate network that was derived from it; None for a file without a pair.
    duration : float
        Duration in seconds of the script's first ``run()``.
    levels : dict of str to list of float
        Activation of each channel in each condition.
    """

    name: str
    script: str
    network: SpikingNetwork
    translation: Translation | None
    duration: float
    levels: Mapping[str, Sequence[float]]


def choose_levels(channels: Sequence[str]) -> dict[str, list[float]]:
    """Return levels around 1: all channels together, then one alone while the others stay at 1.

    Parameters
    ----------
    channels : sequence of str
        Channels of the network.

    Returns
    -------
    dict of str to list of float
        One activation per condition; those of an unused channel if there is no other.
    """
    if not channels:
        return {NO_INPUT: [0.0]}
    rows = [dict.fromkeys(channels, level) for level in LEVELS]
    if len(channels) > 1:
        extremes = (LEVELS[0], LEVELS[-1])
        rows += [{**rows[LEVELS.index(1.0)], c: level} for c in channels for level in extremes]
    return {c: [row[c] for row in rows] for c in channels}


def write_imported_source(
    pair: ImportedPair, decisions: Sequence[str], flags: Sequence[str]
) -> tuple[str, dict[str, np.ndarray]]:
    """Return the source of the pair file, and its long arrays by name.

    Parameters
    ----------
    pair : ImportedPair
        The pair.
    decisions, flags : sequence of str
        Decisions and warnings about the network that was read, which become comments.
    """
    translation = pair.translation
    values: tuple[Any, ...] = (pair.network,)
    if translation is not None:
        values += (translation.network, shorten_derivation(translation.correspondence))
    classes = {c.__name__: c for c in list_classes(values)}
    cells = [c for _, c in sorted(classes.items()) if hasattr(c, "definition")]
    extractor = ArrayExtractor(classes)
    trees = [extractor.visit(ast.parse(to_code(v), mode="eval").body) for v in values]
    units, imports = list_imports(values, trees)
    script = write_docstring_line(pair.script)
    summary = f"the network of the Brian2 script {script}"
    summary += ", and the rate network derived from it" if translation is not None else ""
    lines = [
        f'"""{pair.name}: {summary}."""',
        "",
        "# Written by 'bioann import'. The decisions about the spiking network and their reasons:",
        *write_comments([*decisions, *(f"Warning: {flag}" for flag in flags)]),
        *_write_translation_comments(translation),
        "",
        *write_preamble(units, imports, bool(extractor.arrays), has_cells=bool(cells)),
        "",
        *(line for cell in cells for line in [*write_equation_cell(cell), "", ""]),
        "def build_network() -> ba.SpikingNetwork:",
        f'    """Return the network of {script}."""',
        *write_code_lines(trees[0], "    ", "return ", ""),
        *(["", "", *_write_pair_function(pair, trees[1], trees[2])] if translation else [""]),
    ]
    return "\n".join(lines), extractor.arrays


def _write_translation_comments(translation: Translation | None) -> list[str]:
    """Return the decisions about the rate network as comments."""
    if translation is None:
        return []
    texts = list_translation_texts(translation)
    return ["# Those about the rate network:", *write_comments(texts)]


def write_preamble(
    units: Sequence[str], imports: Sequence[str], has_arrays: bool, *, has_cells: bool = False
) -> list[str]:
    """Return the imports, and the lines that read the file of arrays."""
    standard = ["import dataclasses"] if has_cells else []
    imported = {*units, "ms"} - ({"np"} if has_arrays else set())
    names = f"from brian2 import {', '.join(sorted(imported))}"
    if not has_arrays:
        gap = [*standard, ""] if standard else []
        return [*gap, names, "", "import bioann as ba", *imports, ""]
    return [
        *standard,
        "from pathlib import Path",
        "",
        "import numpy as np",
        names,
        "",
        "import bioann as ba",
        *imports,
        "",
        'with np.load(Path(__file__).with_suffix(".npz")) as file:',
        "    ARRAYS = dict(file)",
        "",
    ]


def _write_pair_function(pair: ImportedPair, ann: ast.expr, correspondence: ast.expr) -> list[str]:
    """Return the lines of the function that makes the pair."""
    duration = choose_duration(pair)
    run = f"the script's first run() takes {pair.duration * 1e3:g} ms."
    comment = f"Activation 1 is the input of the script, of a time course its peak; {run}"
    if not pair.network.channels:
        comment = f"The network has no stimulus channel: one condition; {run}"
    levels = ast.parse(repr(dict(pair.levels)), mode="eval").body
    return [
        "def pair() -> ba.Pair:",
        '    """Return the pair."""',
        *write_code_lines(ann, "    ", "ann = ", ""),
        *write_code_lines(correspondence, "    ", "correspondence = ", ""),
        f"    # {comment}",
        *write_code_lines(levels, "    ", "levels = ", ""),
        "    return ba.Pair(",
        f"        {pair.name!r},",
        "        build_network(),",
        "        ann,",
        "        correspondence,",
        '        question="Does the derived rate network match the spiking network?",',
        f"        source={f'read from the Brian2 script {pair.script}'!r},",
        f"        stimulus=ba.steps(levels, duration={duration:.12g} * ms),",
        f"        settle={min(200, duration / 4):g} * ms,",
        "    )",
        "",
    ]


def choose_duration(pair: ImportedPair) -> float:
    """Return the duration of the stimulus in ms: that of the script's run, neither short nor long.

    It lasts until all scheduled spikes have arrived, which a run of the pair requires.
    """
    lowest, highest = _DURATIONS
    last_arrival = max(
        (
            float(np.max(np.asarray(times))) + float(np.max(afferent.delay))
            for afferent in pair.network.afferents
            if isinstance(afferent, ScheduledAfferent)
            for times in afferent.times
            if len(times)
        ),
        default=0.0,
    )
    duration = min(max(round(pair.duration * 1e3), lowest), highest)
    return max(duration, math.floor(last_arrival * 1e3) + 1.0)


class ArrayExtractor(ast.NodeTransformer):
    """Replaces long lists of numbers in code by items of ``ARRAYS``, and omits empty defaults.

    Parameters
    ----------
    classes : mapping of str to type
        Descriptions in the code, by name.
    has_field_names : bool, optional
        Whether items are called after the field that they belong to, ``W_1``, not ``array_1``.
    """

    def __init__(self, classes: Mapping[str, type], has_field_names: bool = False) -> None:
        self.classes, self.has_field_names = classes, has_field_names
        self._field = "array"
        self.arrays: dict[str, np.ndarray] = {}

    def visit_List(self, node: ast.List) -> ast.AST:
        """Return the expression for an item, or the list itself if it is short."""
        array = _make_array(node)
        if array is None or array.size <= MAX_NUMBERS:
            return self.generic_visit(node)
        name = f"{self._field}_{len(self.arrays) + 1}"
        self.arrays[name] = array
        return ast.parse(f"ARRAYS[{name!r}]", mode="eval").body

    def visit_keyword(self, node: ast.keyword) -> ast.AST:
        """Return the argument, and remember its name for the arrays in it."""
        outer = self._field
        if self.has_field_names and node.arg is not None:
            self._field = node.arg
        visited = self.generic_visit(node)
        self._field = outer
        return visited

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """Return the call without those arguments that are None or empty by default."""
        cls = self.classes.get(ast.unparse(node.func))
        if cls is not None:
            defaults = {f.name: _write_empty_default(f) for f in dataclasses.fields(cls)}
            node.keywords = [
                k for k in node.keywords if defaults.get(str(k.arg)) != ast.unparse(k.value)
            ]
        return self.generic_visit(node)


def _write_empty_default(field: dataclasses.Field[Any]) -> str:
    """Return the code of a default that is None or an empty tuple or mapping; else ""."""
    if isinstance(field.default_factory, type):
        return {dict: "{}", tuple: "()"}.get(field.default_factory, "")
    is_empty = field.default is None or (type(field.default) is tuple and not field.default)
    return repr(field.default) if is_empty else ""


def _make_array(node: ast.List) -> np.ndarray | None:
    """Return a list of numbers, or of equally long lists of numbers, as an array; else None."""
    try:
        array = np.array(ast.literal_eval(node))
    except (ValueError, TypeError):
        return None
    return array if array.dtype.kind in "iuf" else None


def write_code_lines(node: ast.expr, indent: str, before: str, after: str) -> list[str]:
    """Return code on one line if it fits, and otherwise with one line for each argument or item."""
    line = f"{indent}{before}{ast.unparse(node)}{after}"
    if len(line) <= _WIDTH:
        return [line]
    inner = indent + "    "
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):  # numbers and their unit
        return write_code_lines(node.left, indent, before, f" * {ast.unparse(node.right)}{after}")
    if isinstance(node, ast.Call) and node.args + [k.value for k in node.keywords]:
        items = [("", a) for a in node.args] + [(f"{k.arg}=", k.value) for k in node.keywords]
        opening, closing = f"{ast.unparse(node.func)}(", ")"
    elif isinstance(node, (ast.Tuple, ast.List)) and node.elts:
        if all(isinstance(e, (ast.Constant, ast.UnaryOp)) for e in node.elts):
            return [f"{indent}{before}[", *_fill_lines(node.elts, inner), f"{indent}]{after}"]
        items = [("", element) for element in node.elts]
        opening, closing = ("(", ")") if isinstance(node, ast.Tuple) else ("[", "]")
    elif isinstance(node, ast.Dict):
        pairs = zip(node.keys, node.values, strict=True)
        items = [(f"{ast.unparse(key)}: ", value) for key, value in pairs if key is not None]
        opening, closing = "{", "}"
    else:
        return [line]
    lines = [line for label, item in items for line in write_code_lines(item, inner, label, ",")]
    return [f"{indent}{before}{opening}", *lines, f"{indent}{closing}{after}"]


def _fill_lines(items: Sequence[ast.expr], indent: str) -> list[str]:
    """Return items separated by commas on lines that are as long as possible."""
    lines = [indent]
    for text in (f"{ast.unparse(item)}," for item in items):
        if len(lines[-1]) + len(text) + 1 > _WIDTH and lines[-1] != indent:
            lines.append(indent)
        lines[-1] += text if lines[-1] == indent else f" {text}"
    return lines
