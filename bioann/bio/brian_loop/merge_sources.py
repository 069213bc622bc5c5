"""Merge the Cython code objects of a Brian2 network into one module that runs many time steps.

Brian2 calls each code object from Python in every time step, and a code object first looks up its
arrays. For small networks both take far longer than the arithmetic. The merged module looks up all
arrays once and then runs the unchanged statements of all code objects in their order, step by step.
Each code object keeps variables and functions of its own: their names get a prefix.
"""

from __future__ import annotations

import dataclasses
import io
import re
import tokenize
from collections.abc import Sequence

#: Templates of Brian2 whose merged code was compared, bit by bit, with what Brian2 runs. Networks
#: with code objects of other templates run as usual.
MERGEABLE_TEMPLATES = frozenset(
    {
        *("stateupdate", "threshold", "reset", "synapses", "synapses_push_spikes"),
        "spikemonitor",
    }
)
#: Marks in the code that Brian2's templates generate.
_SUPPORT, _MAIN, _OWNER = (
    "# support code",
    "def main(_namespace):",
    "    if '_owner' in _namespace:",
)
_DECLARATION = re.compile(
    r"^(?P<indent>\s*)cdef\s+(?P<type>(?:inline\s+)?[\w.]+(?:\s+(?:int|long|char|double)\b)*"
    r"(?:\[[^\]]*\])?(?:\s*\*)*)\s*(?P<names>[A-Za-z_].*)$"
)
_ASSIGNMENT = re.compile(r"^\s*(?:for\s+)?([A-Za-z_]\w*)\s*(?:=(?!=)|in\b)")
_FUNCTION = re.compile(r"^(?:cdef|def|cpdef)\b[^=(]*?(\w+)\s*\(")

_FRAME = """
def main(_namespaces, _clock, _n_steps, _progress):
    cdef _numpy.ndarray[int64_t, ndim=1, mode='c'] _loop_timestep = _clock[0]
    cdef _numpy.ndarray[double, ndim=1, mode='c'] _loop_t = _clock[1]
    cdef _numpy.ndarray[double, ndim=1, mode='c'] _loop_dt = _clock[2]
    cdef _numpy.ndarray[int64_t, ndim=1, mode='c'] _loop_progress = _progress
    cdef int64_t _loop_end = _loop_timestep[0] + _n_steps
{loads}
    while _loop_timestep[0] < _loop_end:
{steps}
        _loop_timestep[0] += 1
        _loop_t[0] = _loop_timestep[0] * _loop_dt[0]
"""


class UnmergeableCodeError(Exception):
    """Code whose form this module does not know; Brian2 itself can still run it."""


@dataclasses.dataclass(frozen=True)
class CodeSections:
    """Cython code of a code object in three sections.

    Attributes
    ----------
    header : str
        Compiler directives and imports, the same for all code objects.
    support : list of str
        Lines that define functions and the arrays that these functions use.
    load : list of str
        Lines that look up arrays, with an indent of four spaces.
    step : list of str
        Lines of a time step, with the same indent and without declarations.
    """

    header: str
    support: list[str]
    load: list[str]
    step: list[str]


def merge_sources(sources: Sequence[str], templates: Sequence[str]) -> str:
    """Write the module that runs code objects one after the other, for many time steps.

    Parameters
    ----------
    sources : sequence of str
        Cython code of the ``run`` block of each code object, in the order of execution.
    templates : sequence of str
        Name of the template of each code object.

    Returns
    -------
    str
        Code of a module with ``main(namespaces, clock, n_steps, progress)``: the namespace of each
        code object, the arrays of the clock (time step, time, dt), the number of steps, and an
        array whose element is the index of the code object that runs.

    Raises
    ------
    UnmergeableCodeError
        If the code of an object does not have the expected form.
    """
    headers, support, loads, steps = [], [], [], []
    for k, (source, template) in enumerate(zip(sources, templates, strict=True)):
        sections = _split_source(source, template)
        names = _list_defined_names(sections)
        headers.append(sections.header)
        lines = [_prefix_names(ls, names, f"_o{k}") for ls in _list_lines(sections)]
        support += lines[0]
        loads += [f"    {_namespace_name(k)} = _namespaces[{k}]", *lines[1]]
        steps += [f"        _loop_progress[0] = {k}", *(f"    {line}" for line in lines[2])]
    if len(set(headers)) != 1:
        raise UnmergeableCodeError("code objects with different imports")
    frame = _FRAME.format(loads="\n".join(loads), steps="\n".join(steps))
    return "\n".join([headers[0], *support, frame])


def _namespace_name(k: int) -> str:
    return f"_o{k}_namespace"


def _list_lines(sections: CodeSections) -> tuple[list[str], list[str], list[str]]:
    return sections.support, sections.load, sections.step


def _split_source(source: str, template: str) -> CodeSections:
    """Split the code of a code object."""
    if template not in MERGEABLE_TEMPLATES:
        raise UnmergeableCodeError(f"template {template}")
    lines = [line.rstrip() for line in source.strip().splitlines()]
    try:
        support, main, owner = (lines.index(mark) for mark in (_SUPPORT, _MAIN, _OWNER))
    except ValueError as error:
        raise UnmergeableCodeError(str(error)) from error
    body = lines[owner + 2 :]
    if template == "synapses_push_spikes":
        body = _skip_if_silent(lines[main + 1 : owner], body)
    if any(re.search(r"\b(return|yield|lambda|try|import|global)\b", line) for line in body):
        raise UnmergeableCodeError("a statement that cannot be repeated in a loop")
    declarations, step = _hoist_declarations(body)
    load = [*lines[main + 1 : owner + 2], *declarations]
    return CodeSections(
        "\n".join(lines[:support]), lines[support + 1 : main], load, step or ["    pass"]
    )


def _skip_if_silent(load: Sequence[str], body: list[str]) -> list[str]:
    """Call the Python function that queues spikes only in steps with spikes."""
    calls = [line for line in body if line.strip() and not line.strip().startswith("#")]
    arrays = [m[1] for line in load if (m := re.match(r"\s*cdef int32_t \* (\w+space) =", line))]
    if [line.strip() for line in calls] != ["_owner.push_spikes()"] or len(arrays) != 1:
        return body
    # The last element of such an array is the number of spikes.
    return [f"    if {arrays[0]}[_num{arrays[0]} - 1] > 0:", f"        {calls[0].strip()}"]


def _hoist_declarations(body: Sequence[str]) -> tuple[list[str], list[str]]:
    """Separate declarations, which Cython does not allow inside a loop, from statements."""
    declarations: list[str] = []
    statements = []
    for line in body:
        match = _DECLARATION.match(line)
        if match is None:
            if line.strip().startswith("cdef"):
                raise UnmergeableCodeError(line.strip())
            statements.append(line)
            continue
        names, equals, value = (match["names"].rstrip("; ")).partition("=")
        declaration = f"    cdef {match['type']} {names.strip()}"
        if declaration not in declarations:
            declarations.append(declaration)
        if equals:
            statements.append(f"{match['indent']}{names.strip()} = {value.strip()}")
    return declarations, [line for line in statements if line.strip()]


def _list_defined_names(sections: CodeSections) -> set[str]:
    """List the names that the code of a code object defines, in any of its sections."""
    names = {"_namespace"}
    for line in (line for lines in _list_lines(sections) for line in lines):
        if function := _FUNCTION.match(line):
            names.add(function[1])
        elif match := _DECLARATION.match(line):
            declared = match["names"].partition("=")[0]
            names |= {name.strip(" *;") for name in declared.split(",")}
        elif assignment := _ASSIGNMENT.match(line):
            names.add(assignment[1])
    if any(not name.isidentifier() for name in names):
        raise UnmergeableCodeError("a declaration of an unknown form")
    return names


def _prefix_names(lines: Sequence[str], names: set[str], prefix: str) -> list[str]:
    """Prefix the given names, but neither attributes nor text in quotes."""
    # The block makes lines of a function a text that can be split into tokens.
    block = ["if True:", *lines] if lines and lines[0].startswith(" ") else ["", *lines]
    edits, previous = [], ""
    try:
        for token in tokenize.generate_tokens(io.StringIO("\n".join([*block, ""])).readline):
            if token.type == tokenize.NAME and token.string in names and previous != ".":
                edits.append(token.start)
            previous = token.string
    except (tokenize.TokenError, SyntaxError) as error:
        raise UnmergeableCodeError(str(error)) from error
    for row, column in reversed(edits):
        line = block[row - 1]
        block[row - 1] = f"{line[:column]}{prefix}{line[column:]}"
    return block[1:]
