"""Brian2's code, changed so that a compiler makes vector instructions of its loops over neurons.

Three things keep it from that. It looks up the row of a table for every neuron, by two divisions,
though it is the same for all of them; it has to fear that what it writes for one neuron is what it
reads for the next; and without the name of the processor it may use only instructions that every
processor knows (`bioann.bio.engines.compiler`). None of this changes a bit of a result: each neuron
goes through the same additions, multiplications and divisions, now several neurons at a time.
"""

from __future__ import annotations

import re

#: A table over time, as Brian2 writes it: the row of time `t`, and in it column `i`.
_TABLE = re.compile(
    r"static double\* _namespace(?P<name>\w+)_values;\s*"
    r"static inline double (?P=name)\(const double t, const int i\)\s*\{"
    r"(?P<step>[^{}]*?)if \(i < 0 [^;]*NAN;(?P<row>[^{}]*)"
    r"return _namespace(?P=name)_values\[timestep\*(?P<columns>[^;]*) \+ i\];\s*\}"
)
_TIME = re.compile(r"^\s*const double t = \w+\[0\];$", re.MULTILINE)
#: For what follows only: to look for vectors everywhere would take a quarter more of compiling.
_VECTORS = (
    '#pragma GCC push_options\n#pragma GCC optimize("tree-vectorize", "vect-cost-model=dynamic")'
)
_APART = "#pragma GCC ivdep\n"
_LOOP = re.compile(r"^(?=[ \t]*for\(int _idx=0; _idx<_N; _idx\+\+\)$)", re.MULTILINE)


def tuned(name: str, text: str) -> str:
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
    text = _rows(text)
    step = name.startswith("population_") and "_stateupdater_codeobject" in name
    if step and _LOOP.search(text):
        # The step of a neuron reads and writes its own place in every array, and no other.
        text = f"{_VECTORS}\n{_LOOP.sub(_APART, text)}\n#pragma GCC pop_options"
    return text


def _rows(text: str) -> str:
    """Look the row of each table up once in a time step."""
    times, tables = _TIME.findall(text), _TABLE.findall(text)
    if len(times) != 1 or not tables:
        return text
    text = _TABLE.sub(
        r"static const double* _row_\g<name>;\n"
        r"static double* _namespace\g<name>_values;\n"
        r"static inline const double* _find_\g<name>(const double t) {\g<step>\g<row>"
        r"return _namespace\g<name>_values + timestep*\g<columns>; }\n"
        r"static inline double \g<name>(const double t, const int i) { return _row_\g<name>[i]; }",
        text,
    )
    found = "".join(f" _row_{name} = _find_{name}(t);" for name, *_ in tables)
    return _TIME.sub(lambda m: m[0] + found, text)
