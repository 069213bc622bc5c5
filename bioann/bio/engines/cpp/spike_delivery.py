"""Delivery of spikes to synapses in a program, which replaces Brian2's queues of synapses.

Brian2 lists every synapse of every lane with its two neurons, and queues the synapses that a spike
reaches. Here neurons are queued instead of their synapses (``runtime.h``). Synapses that do not
learn are listed for one lane only, sorted by presynaptic neuron, in two bytes each where that is
enough: a spike reads much less memory, which stays in the processor's cache. Input spikes, which
are drawn before the run, carry the index of the neuron they reach and are read in blocks.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping

import numpy as np

from bioann.bio.builder.plan import SynapsesPlan

#: Declaration of the synapses at which spikes arrive, as Brian2 writes it.
_SYNAPSE_LIST = re.compile(
    r"std::vector<int> \*_spiking_synapses = (?P<path>\w+)\.peek\(\);\s*"
    r"const int _num_spiking_synapses = _spiking_synapses->size\(\);"
)
_SPIKE_LOOP = re.compile(
    r"for\(int _spiking_synapse_idx=0;\s*_spiking_synapse_idx<_num_spiking_synapses;\s*"
    r"_spiking_synapse_idx\+\+\)\s*\{\s*"
    r"const size_t _idx = \(\*_spiking_synapses\)\[_spiking_synapse_idx\];"
)
#: Look-up of the neuron at an end of a synapse, which a pathway passes as an argument.
_SYNAPSE_END = re.compile(r"const int32_t _(?:pre|post)synaptic_idx = \w+\[_idx\];")
_HEADER = re.compile(r"void _run_\w+\((?=\)\s*\{)")
_PUSH = re.compile(r"(\w+)\.push\([^;]*\);")
#: What a pathway passes for a synapse: its neurons, the first index of its lane, its index there.
_ARRIVAL_ARGUMENTS = (
    "const int32_t _presynaptic_idx, const size_t _base, const size_t _place, "
    "const int32_t _postsynaptic_idx"
)


def pathway_class(synapses: SynapsesPlan, texts: Mapping[str, str]) -> str:
    """Return the class in ``runtime.h`` that delivers spikes to these synapses.

    Parameters
    ----------
    synapses : SynapsesPlan
        Synapses of one projection, afferent or background.
    texts : mapping of str to str
        Brian2's C++ code, by name. Code other than that for arriving spikes may use the neurons of
        any synapse, which needs a list of all lanes.

    Returns
    -------
    str
        ``"Direct"`` if spikes carry the index of the neuron they reach, ``"Fixed"`` if the synapses
        of one lane are listed, ``"Delayed"`` if each of them has a delay of its own,
        ``"SynapticPathway"`` if the synapses of all lanes are listed.
    """
    name, neurons = synapses.name, f"_array_{synapses.name}__synaptic_"
    prefixes = (f"{name}_pre_", f"{name}_synapses_create_", f"before_run_{name}_")
    others = (n for n in texts if n.startswith(f"{name}_") and not n.startswith(prefixes))
    if synapses.code["post"] or any(neurons in texts[n] for n in others):
        return "SynapticPathway"
    if np.ndim(synapses.delay):
        return "Delayed"
    return "Direct" if synapses.pre is None else "Fixed"


@dataclasses.dataclass(frozen=True)
class Pathway:
    """Delivers spikes to synapses.

    Parameters
    ----------
    name : str
        Name of the Brian2 object that it replaces.
    cpp_class : {'Direct', 'Fixed', 'Delayed', 'SynapticPathway'}
        Class in ``runtime.h`` (`pathway_class`).
    generator : str
        Name of the generator of input spikes; empty if the source is a population.
    per_synapse_arrays : mapping of str to str
        Constant values of each synapse, of one lane or of every lane: pointer names in Brian2's
        code, with the names of the vectors that hold them.
    n_post : str
        Number of neurons of the target in all lanes, as a C++ expression.
    """

    name: str
    cpp_class: str
    generator: str
    per_synapse_arrays: Mapping[str, str]
    n_post: str = "0"

    @property
    def lists_all_lanes(self) -> bool:
        """Whether the synapses of all lanes are listed, not those of one lane."""
        return self.cpp_class == "SynapticPathway"

    @property
    def lists_one_lane(self) -> bool:
        """Whether the synapses of one lane are listed."""
        return self.cpp_class in ("Fixed", "Delayed")

    def replace_push(self, text: str) -> str:
        """Replace the source of input spikes by the object that reads them from the input."""
        return _PUSH.sub(f"{self.name}.push({spike_source_name(self.generator)});", text)

    def replace_loop(self, text: str) -> str:
        """Replace the loop over listed synapses by one over spikes and the synapses of each."""
        text = _SYNAPSE_LIST.sub("", text)
        loop = _SPIKE_LOOP.search(text)
        if loop is None:
            raise ValueError(f"no loop over synapses in Brian2's code of {self.name}")
        before, (body, after) = text[: loop.start()], _split_block(text[loop.end() :])
        arguments, range_of_part = "const size_t _idx", ""
        if not self.lists_all_lanes:
            arguments = _ARRIVAL_ARGUMENTS
            before = _HEADER.sub(lambda header: f"{header[0]}const int _part", before)
            bounds = (f"bioann::part_begin({self.n_post}, {end})" for end in ("_part", "_part + 1"))
            range_of_part = f"_part, {', '.join(bounds)}, "
            for k, (array, vector) in enumerate(self.per_synapse_arrays.items()):
                before += f"const size_t _own_{k} = {self.name}.own({vector}.size());\n"
                body = body.replace(f"{array}[_idx]", f"{array}[_place + (_own_{k} & _base)]")
            body = f"const size_t _idx = _base + _place;{_SYNAPSE_END.sub('', body)}"
        function = f"[&]({arguments}) __attribute__((always_inline)) {{{body}}}"
        call = f"{self.name}.each({range_of_part}{function});"
        return before + call + after


def replace_delivery(pathways: Mapping[str, Pathway], code_name: str, text: str) -> str:
    """Adapt Brian2's code of this name if it queues or delivers spikes on a pathway."""
    pathway = pathways.get(code_name.removesuffix("_push_spikes"))
    if pathway is not None and pathway.generator:
        return pathway.replace_push(text)
    synapse_list = _SYNAPSE_LIST.search(text)
    return pathways[synapse_list["path"]].replace_loop(text) if synapse_list else text


def spike_source_name(generator: str) -> str:
    """Return the name of the C++ object that reads the spikes of a generator."""
    return f"drawn_{generator}"


def _split_block(text: str) -> tuple[str, str]:
    """Split text that follows an opening brace at the brace that closes it."""
    depth = 1
    for brace in re.finditer(r"[{}]", text):
        depth += 1 if brace[0] == "{" else -1
        if not depth:
            return text[: brace.start()], text[brace.end() :]
    raise ValueError("a brace is missing in Brian2's code")
