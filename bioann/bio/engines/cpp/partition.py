"""Division of a network's neurons into parts, which a program runs on several threads.

Brian2's functions for a time step go through all neurons. Here those that integrate states, test
thresholds, deliver spikes and reset neurons get the number of a part (``parts.h``) and go through
its neurons only. A network can be divided if these functions read and write nothing but their own
neurons, so that one part need not wait for another within a function. Three stretches of a time
step remain, between which the threads wait for each other (``simulate.h``).
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Collection, Mapping, Sequence

#: Kinds of functions that a time step calls; those of any other kind cannot be divided.
UPDATE, THRESHOLD, RESET, QUEUE, DELIVERY, OTHER = (
    "update", "threshold", "reset", "queue", "delivery", "other",
)  # fmt: skip
_POPULATION_CODE = re.compile(
    r"(?P<group>population_\w+)_(?P<kind>stateupdater|spike_thresholder|spike_resetter)_codeobject"
    r"(_\d+)?"  # Brian2 appends a number if another existing network uses the same name
)
_KINDS = {"stateupdater": UPDATE, "spike_thresholder": THRESHOLD, "spike_resetter": RESET}
_HEADER = re.compile(r"void _run_\w+\((?=\)\s*\{)")
_SIZE = re.compile(r"^\s*const int64_t N = [^;]+;$", re.MULTILINE)
_NEURON_LOOP = re.compile(r"for\(int _idx=0; _idx<_N; _idx\+\+\)")
_ARRAY = re.compile(r"\b_ptr(_array_\w+)")
#: An assignment to a variable that all neurons share.
_SHARED_WRITE = re.compile(r"\b_ptr_array_\w+\[0\]\s*[-+*/]?=(?!=)")
_SUBSCRIPT = re.compile(r"\b(_ptr_array_\w+|_row_\w+)\[([^][]*)\]")
#: What the code of an arriving spike may use as an index: its synapse or the neuron it reaches.
_SYNAPSE_INDEX = re.compile(r"0|_idx|_postsynaptic_idx|_place \+ \(_own_\d+ & _base\)")
_EVENTS = re.compile(r"const int32_t \*_events = \w+;")
_EVENT_COUNT = re.compile(r"const int32_t _num_events = \w+\[N\];")
_SPIKE_COUNT = re.compile(r"(?P<spikes>_ptr_array_\w+__spikespace)\[N\] = _count;")


def name_firing(group: str) -> str:
    """Return the name of the C++ object that lists which neurons of a population fire."""
    return f"firing_{group}"


def match_population(code_name: str, groups: Collection[str]) -> tuple[str, str]:
    """Return kind and population of the code of this name; ``OTHER`` for code of another kind."""
    match = _POPULATION_CODE.fullmatch(code_name)
    if match is None or match["group"] not in groups:
        return OTHER, ""
    return _KINDS[match["kind"]], match["group"]


def divide_population_code(kind: str, group: str, text: str) -> str:
    """Let a function of a population go through the neurons of one part.

    Parameters
    ----------
    kind : str
        ``UPDATE``, ``THRESHOLD``, ``RESET``, or ``OTHER`` for code that goes through all neurons.
    group : str
        Name of the population.
    text : str
        C++ code of the function, after `bioann.bio.engines.cpp.vectorise.vectorise`.

    Returns
    -------
    str
        C++ code.
    """
    if kind == OTHER:
        whole = "\nconst int _part = 0; const int64_t _from = 0, _to = N;"
        return _SIZE.sub(lambda n: n[0] + whole, text) if "[_part]" in text else text
    text = _HEADER.sub(lambda header: f"{header[0]}const int _part", text)
    bounds = (
        "\nconst int _from = bioann::part_begin(N, _part);"
        "\nconst int _to = bioann::part_begin(N, _part + 1);"
    )
    text = _SIZE.sub(lambda n: n[0] + bounds, text, count=1)
    firing = f"brian::{name_firing(group)}"
    if kind == UPDATE:
        return _NEURON_LOOP.sub("for(int _idx=_from; _idx<_to; _idx++)", text)
    if kind == THRESHOLD:
        count = _SPIKE_COUNT.search(text)
        if count is None:
            return text
        spikes = count["spikes"]
        text = text.replace(count[0], f"{firing}.count(_part) = _count;")
        fired = f"int32_t* const _fired = {firing}.list(_part, {spikes}, _to - _from);"
        text = text.replace(f"{spikes}[_count++]", "_fired[_count++]")
        return text.replace("long _count = 0;", f"long _count = 0;\n    {fired}")
    spikes = re.search(r"const int32_t \*_events = (\w+);", text)
    if spikes is None:
        return text
    declaration = f"const int32_t *_events = {firing}.list(_part, {spikes[1]}, _to - _from);"
    text = _EVENTS.sub(declaration, text)
    return _EVENT_COUNT.sub(f"const int32_t _num_events = {firing}.count(_part);", text)


def is_divided(kind: str, text: str, own_arrays: Collection[str]) -> bool:
    """Return whether a population's function uses the neurons of its part only.

    Parameters
    ----------
    kind : str
        ``UPDATE``, ``THRESHOLD`` or ``RESET``.
    text : str
        C++ code that `divide_population_code` returned.
    own_arrays : collection of str
        C++ names of the population's variables, and of the clocks.
    """
    marks = {UPDATE: "_idx=_from;", THRESHOLD: "= _from;", RESET: ".count(_part);"}
    counts = {UPDATE: 1, THRESHOLD: 1, RESET: 1}
    uses_own = set(_ARRAY.findall(text)) <= set(own_arrays)
    loops = _NEURON_LOOP.search(text) is None and text.count(marks[kind]) == counts[kind]
    return loops and uses_own and not _SHARED_WRITE.search(text) and "__spikespace[N]" not in text


def is_delivery_divided(text: str) -> bool:
    """Return whether the code of arriving spikes uses only synapses and the neurons they reach."""
    head, _, body = text.partition(".each(")
    subscripts = (subscript for _, subscript in _SUBSCRIPT.findall(body))
    columns = re.findall(r"_row_\w+\[(\w+)\]", body)
    allowed = all(s in columns or _SYNAPSE_INDEX.fullmatch(s) for s in subscripts)
    return bool(body) and allowed and not _SHARED_WRITE.search(text) and "_ptr" in head


@dataclasses.dataclass(frozen=True)
class StepCall:
    """A call in a time step: its kind, and the C++ statement that runs it, or a part of it."""

    kind: str
    statement: str
    group: str = ""
    is_divided: bool = False

    @property
    def for_all_parts(self) -> str:
        """Statement that runs it for all parts, one after the other."""
        if self.kind in (QUEUE, OTHER):
            return self.statement
        return f"for (int part = 0; part < PARTS; part++) {self.statement}"


@dataclasses.dataclass(frozen=True)
class StepPlan:
    """The statements of a time step, by the function of ``network.tmpl`` that holds them.

    Attributes
    ----------
    is_divisible : bool
        Whether several threads may run the network.
    prepare, exchange : tuple of str
        Statements that one thread runs.
    integrate, deliver : tuple of str
        Statements that each thread runs for its parts.
    """

    is_divisible: bool
    prepare: tuple[str, ...]
    integrate: tuple[str, ...]
    exchange: tuple[str, ...]
    deliver: tuple[str, ...]


def plan_step(calls: Sequence[StepCall], joins: Mapping[str, str]) -> StepPlan:
    """Group the calls of a time step into what threads do together and what one does for all.

    Parameters
    ----------
    calls : sequence of StepCall
        Calls in Brian2's order.
    joins : mapping of str to str
        By population, the C++ statement that joins the lists of neurons that fired in each part.

    Returns
    -------
    StepPlan
        The same calls; every neuron and synapse goes through them in the same order.
    """
    divisible = [k for k, call in enumerate(calls) if call.kind in (UPDATE, THRESHOLD)]
    first, end = (divisible[0], divisible[-1] + 1) if divisible else (0, 0)
    by_neuron = [c for c in calls if c.kind in (UPDATE, THRESHOLD, RESET)]
    is_contiguous = len(divisible) == end - first
    if not divisible or not is_contiguous or not all(call.is_divided for call in by_neuron):
        statements = [
            [call.for_all_parts, *([joins[call.group]] if call.kind == THRESHOLD else [])]
            for call in calls
        ]
        return StepPlan(False, (), (), tuple(s for group in statements for s in group), ())
    before, after = calls[:first], calls[end:]
    prepare = tuple(call.statement for call in before)
    integrate = tuple(call.statement for call in calls[first:end])
    if all(call.kind == QUEUE or call.is_divided for call in after):
        queues = tuple(call.statement for call in after if call.kind == QUEUE)
        deliver = tuple(call.statement for call in after if call.kind != QUEUE)
        return StepPlan(True, prepare, integrate, (*joins.values(), *queues), deliver)
    exchange = (*joins.values(), *(call.for_all_parts for call in after))
    return StepPlan(True, prepare, integrate, exchange, ())
