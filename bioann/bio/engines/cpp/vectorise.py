"""Changes to Brian2's code that let the compiler vectorise its loops over neurons.

What prevents vector instructions, or makes such loops slow, and what is done about it:

- Brian2 looks up the value of a timed array for every neuron with two divisions, although all
  neurons read the same row. Here the row is looked up once per time step, and the values of the
  neurons are copied when the row changes.
- A Boolean is one byte, so that a vector holds eight times as many of them as of doubles. Here it
  is an integer of 32 bits.
- Testing each neuron for a spike takes a branch per neuron, though hardly any fires in a time step.
  Here 32 neurons are tested at once into the bits of a number, and only set bits are visited.
- The compiler must assume that writing one neuron's state changes what is read for the next. Here
  a pragma excludes that; the flags that allow instructions of this processor are in
  `bioann.bio.engines.cpp.compiler`.

Results stay the same bit for bit: each neuron and synapse goes through the same additions,
multiplications and divisions in the same order.
"""

from __future__ import annotations

import re

#: Definition of a timed array in Brian2's code: value in the row of time `t` and column `i`.
_TIMED_ARRAY = re.compile(
    r"static double\* _namespace(?P<name>\w+)_values;\s*"
    r"static inline double (?P=name)\(const double t, const int i\)\s*\{"
    r"(?P<step>[^{}]*?)if \(i < 0 [^;]*NAN;(?P<row>[^{}]*)"
    r"return _namespace(?P=name)_values\[timestep\*(?P<columns>[^;]*) \+ i\];\s*\}"
)
_TIME = re.compile(r"^\s*const double t = \w+\[0\];$", re.MULTILINE)
#: Vectorisation for the code in between; for all code it would take a quarter longer to compile.
_VECTOR_PRAGMAS = (
    '#pragma GCC push_options\n#pragma GCC optimize("tree-vectorize", "vect-cost-model=dynamic")'
)
_NO_DEPENDENCE = "#pragma GCC ivdep\n"
_NEURON_LOOP = re.compile(r"^(?=[ \t]*for\(int _idx=0; _idx<_N; _idx\+\+\)$)", re.MULTILINE)
#: Brian2's loop that tests each neuron for a spike, and what it does for one that fires.
_THRESHOLD = re.compile(
    r"for\(size_t _idx=0; _idx<N; _idx\+\+\)\s*\{(?P<asked>.*?)"
    r"if\(_cond\) \{(?P<done>[^{}]*)\}\s*\}",
    re.DOTALL,
)
_BLOCKED_THRESHOLD = """const auto _fires = [&](int64_t _idx) -> int32_t {\\g<asked>return _cond; };
    const auto _fire = [&](int64_t _idx) {\\g<done>};
    const int64_t _many = 32;
    int64_t _first = _from;
    for (; _first + _many <= _to; _first += _many) {
        uint32_t _who = 0;
        for (int64_t _k = 0; _k < _many; _k++) _who |= uint32_t(_fires(_first + _k) != 0) << _k;
        for (; _who; _who &= _who - 1) _fire(_first + __builtin_ctz(_who));
    }
    for (; _first < _to; _first++) if (_fires(_first)) _fire(_first);"""


def vectorise(name: str, text: str) -> str:
    """Rewrite one file of Brian2's code so that its loops can be vectorised.

    Parameters
    ----------
    name : str
        Name of the file, without ending.
    text : str
        C++ code of the file.

    Returns
    -------
    str
        C++ code that gives the same results.
    """
    text = re.sub(r"\bchar\b", "int32_t", text)
    text = _hoist_row_lookups(text)
    if name.startswith("population_") and "_stateupdater_codeobject" in name:
        # A neuron's time step reads and writes only its own element of every array.
        return _wrap_vector_pragmas(text, _NEURON_LOOP.sub(_NO_DEPENDENCE, text))
    if "_thresholder_codeobject" in name:
        return _wrap_vector_pragmas(text, _THRESHOLD.sub(_BLOCKED_THRESHOLD, text))
    return text


def _wrap_vector_pragmas(before: str, text: str) -> str:
    """Enclose text that was changed in the pragmas that turn vectorisation on."""
    return text if text == before else f"{_VECTOR_PRAGMAS}\n{text}\n#pragma GCC pop_options"


def _hoist_row_lookups(text: str) -> str:
    """Look up the row of each timed array once per time step, its values when it changes."""
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
    """Look up the row of one timed array once; `column` is the C++ index of the value."""

    def write_row_lookup(array: re.Match[str]) -> str:
        if array["name"] != name:
            return array[0]
        return (
            # A thread looks up the row that it reads, while another one may look up the next.
            f"static thread_local const double* _row_{name};\n"
            f"static bioann::PerPart<bioann::Row> _held_{name};\n"
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
    # Copied in the order of neurons, so that a vector loads neighbours instead of gathering.
    text = text.replace(f"{name}(t, {column})", f"_at_{name}[_idx - _from]")
    values_of_row = (
        f"\n    const double* const _new_{name} = _find_{name}(t);\n"
        f"    bioann::Row& _own_{name} = _held_{name}[_part];\n"
        f"    if (_own_{name}.source != _new_{name}) {{\n"
        f"        _own_{name}.source = _new_{name}; _own_{name}.values.resize(_to - _from);\n"
        f"        for (int64_t k = _from; k < _to; k++)\n"
        f"            _own_{name}.values[k - _from] = _new_{name}[{index[1]}[k]];\n"
        f"    }}\n    const double* __restrict _at_{name} = _own_{name}.values.data();"
    )
    return _TIME.sub(lambda time: time[0] + values_of_row, text)
