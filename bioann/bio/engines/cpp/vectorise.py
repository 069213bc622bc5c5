"""Brian2's code, changed so that a compiler makes vector instructions of its loops over neurons.

What keeps it from that, or keeps such loops slow:

- The value of a timed array is looked up for every neuron, by two divisions and in a row that is
  the same for all of them. Here each neuron has its value by its side until the row changes.
- What is true or false is a byte, of which a vector has eight times as many as of numbers: it is
  an integer of 32 bits.
- Whether a neuron fires is a branch for each of them, though hardly any does in a time step: as
  many as a number has bits are asked at once, and of these only who fires is looked at.
- The compiler has to fear that what is written for one neuron is what is read for the next; and
  without the name of the processor it may use only instructions that every processor knows
  (`bioann.bio.engines.cpp.compiler`).

None of this changes a bit of a result: each neuron and each synapse goes through the same
additions, multiplications and divisions, in the same order.
"""

from __future__ import annotations

import re

#: A timed array, as Brian2 writes it: the row of time `t`, and in it column `i`.
_TIMED_ARRAY = re.compile(
    r"static double\* _namespace(?P<name>\w+)_values;\s*"
    r"static inline double (?P=name)\(const double t, const int i\)\s*\{"
    r"(?P<step>[^{}]*?)if \(i < 0 [^;]*NAN;(?P<row>[^{}]*)"
    r"return _namespace(?P=name)_values\[timestep\*(?P<columns>[^;]*) \+ i\];\s*\}"
)
_TIME = re.compile(r"^\s*const double t = \w+\[0\];$", re.MULTILINE)
#: For what follows only: to look for vectors everywhere would take a quarter more of compiling.
_VECTOR_PRAGMAS = (
    '#pragma GCC push_options\n#pragma GCC optimize("tree-vectorize", "vect-cost-model=dynamic")'
)
_NO_DEPENDENCE = "#pragma GCC ivdep\n"
_NEURON_LOOP = re.compile(r"^(?=[ \t]*for\(int _idx=0; _idx<_N; _idx\+\+\)$)", re.MULTILINE)
#: Every neuron is asked whether it fires, and what is done if it does.
_THRESHOLD = re.compile(
    r"for\(size_t _idx=0; _idx<N; _idx\+\+\)\s*\{(?P<asked>.*?)"
    r"if\(_cond\) \{(?P<done>[^{}]*)\}\s*\}",
    re.DOTALL,
)
_BLOCKED_THRESHOLD = """const auto _fires = [&](int64_t _idx) -> int32_t {\\g<asked>return _cond; };
    const auto _fire = [&](int64_t _idx) {\\g<done>};
    const int64_t _many = 32;
    int64_t _first = 0;
    for (; _first + _many <= N; _first += _many) {
        uint32_t _who = 0;
        for (int64_t _k = 0; _k < _many; _k++) _who |= uint32_t(_fires(_first + _k) != 0) << _k;
        for (; _who; _who &= _who - 1) _fire(_first + __builtin_ctz(_who));
    }
    for (; _first < N; _first++) if (_fires(_first)) _fire(_first);"""


def vectorise(name: str, text: str) -> str:
    """Change the code of one of Brian2's files.

    Parameters
    ----------
    name : str
        Of the file, without its ending.
    text : str
        C++.

    Returns
    -------
    str
        C++ that does the same.
    """
    text = re.sub(r"\bchar\b", "int32_t", text)
    text = _hoist_row_lookups(text)
    if name.startswith("population_") and "_stateupdater_codeobject" in name:
        # The step of a neuron reads and writes its own place in every array, and no other.
        return _wrap_vector_pragmas(text, _NEURON_LOOP.sub(_NO_DEPENDENCE, text))
    if "_thresholder_codeobject" in name:
        return _wrap_vector_pragmas(text, _THRESHOLD.sub(_BLOCKED_THRESHOLD, text))
    return text


def _wrap_vector_pragmas(before: str, text: str) -> str:
    """Ask for vector instructions where something was changed for their sake."""
    return text if text == before else f"{_VECTOR_PRAGMAS}\n{text}\n#pragma GCC pop_options"


def _hoist_row_lookups(text: str) -> str:
    """Look the row of each timed array up once in a step, and its values where it has changed."""
    times, names = _TIME.findall(text), [array["name"] for array in _TIMED_ARRAY.finditer(text)]
    if len(times) != 1:
        return text
    calls = {name: set(re.findall(rf"\b{name}\((?!const )([^()]*)\)", text)) for name in names}
    for name, arguments in calls.items():
        columns = [a.removeprefix("t, ") for a in arguments if re.fullmatch(r"t, \w+", a)]
        if len(arguments) == len(columns) == 1:
            text = _hoist_row_lookup(text, name, columns[0])
    return text


def _hoist_row_lookup(text: str, name: str, column: str) -> str:
    """Look the row of one timed array up once; `column` says which of its values is needed."""

    def write_row_lookup(array: re.Match[str]) -> str:
        if array["name"] != name:
            return array[0]
        return (
            f"static const double* _row_{name};\nstatic std::vector<double> _held_{name};\n"
            f"static double* _namespace{name}_values;\n"
            f"static inline const double* _find_{name}(const double t) "
            f"{{{array['step']}{array['row']}"
            f"return _namespace{name}_values + timestep*{array['columns']}; }}"
        )

    text = _TIMED_ARRAY.sub(write_row_lookup, text)
    index = re.search(rf"const int32_t {column} = (\w+)\[_idx\];", text)
    if index is None or not _NEURON_LOOP.search(text):
        text = text.replace(f"{name}(t, {column})", f"_row_{name}[{column}]")
        return _TIME.sub(lambda time: f"{time[0]}\n    _row_{name} = _find_{name}(t);", text)
    # Beside the neurons' own numbers they are read in order, not gathered.
    text = text.replace(f"{name}(t, {column})", f"_at_{name}[_idx]")
    values_of_row = (
        f"\n    const double* const _new_{name} = _find_{name}(t);\n"
        f"    if (_row_{name} != _new_{name}) {{\n"
        f"        _row_{name} = _new_{name}; _held_{name}.resize(N);\n"
        f"        for (int64_t k = 0; k < N; k++) _held_{name}[k] = _new_{name}[{index[1]}[k]];\n"
        f"    }}\n    const double* __restrict _at_{name} = _held_{name}.data();"
    )
    return _TIME.sub(lambda time: time[0] + values_of_row, text)
