"""How spikes come to their synapses in a program, in place of Brian2's queues of synapses.

Brian2 lists every synapse of every lane with its two neurons, and for each time step the synapses
that a spike has reached. Here neurons wait, not their synapses (``paths.tmpl``), and where synapses
do not learn, their list is that of one lane, in two bytes each where that is enough, side by side
for each presynaptic neuron: what spikes read is a small part of what it was, and stays in the
processor's cache much longer. Spikes that were drawn before the run name the neurons they reach
themselves, and are read from the input some at a time.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping

from bioann.bio.builder.plan import SynapsesPlan

#: All synapses that spikes arrive at, as Brian2 lists them.
_SYNAPSE_LIST = re.compile(
    r"std::vector<int> \*_spiking_synapses = (?P<path>\w+)\.peek\(\);\s*"
    r"const int _num_spiking_synapses = _spiking_synapses->size\(\);"
)
_SPIKE_LOOP = re.compile(
    r"for\(int _spiking_synapse_idx=0;\s*_spiking_synapse_idx<_num_spiking_synapses;\s*"
    r"_spiking_synapse_idx\+\+\)\s*\{\s*"
    r"const size_t _idx = \(\*_spiking_synapses\)\[_spiking_synapse_idx\];"
)
#: The neuron at an end of a synapse, which a pathway knows.
_SYNAPSE_END = re.compile(r"const int32_t _(?:pre|post)synaptic_idx = \w+\[_idx\];")
_PUSH = re.compile(r"(\w+)\.push\([^;]*\);")
#: What a pathway knows of a synapse: its neurons, where its lane begins, and its place there.
_ARRIVAL_ARGUMENTS = (
    "const int32_t _presynaptic_idx, const size_t _base, const size_t _place, "
    "const int32_t _postsynaptic_idx"
)


def pathway_class(synapses: SynapsesPlan, texts: Mapping[str, str]) -> str:
    """Give the class in ``paths.tmpl`` of what brings spikes to synapses.

    Parameters
    ----------
    synapses : SynapsesPlan
        The synapses.
    texts : mapping of str to str
        Brian2's code, by name. What is not code for arriving spikes may ask for any synapse's ends.

    Returns
    -------
    str
        ``"Direct"`` where spikes name the neurons they reach, ``"Fixed"`` where the synapses of one
        lane are listed, ``"SynapticPathway"`` where those of all lanes are.
    """
    name, neurons = synapses.name, f"_array_{synapses.name}__synaptic_"
    prefixes = (f"{name}_pre_", f"{name}_synapses_create_", f"before_run_{name}_")
    others = (n for n in texts if n.startswith(f"{name}_") and not n.startswith(prefixes))
    if synapses.code["post"] or any(neurons in texts[n] for n in others):
        return "SynapticPathway"
    return "Direct" if synapses.pre is None else "Fixed"


@dataclasses.dataclass(frozen=True)
class Pathway:
    """What brings spikes to synapses.

    Parameters
    ----------
    name : str
        Of the Brian2 object.
    cpp_class : str
        Its class in ``paths.tmpl``.
    generator : str
        The generator whose spikes were drawn before the run; empty where neurons fire.
    per_synapse_arrays : mapping of str to str
        Arrays of numbers that stay the same, one for each synapse of one lane or of every lane,
        with the vectors that hold them.
    """

    name: str
    cpp_class: str
    generator: str
    per_synapse_arrays: Mapping[str, str]

    @property
    def lists_all_lanes(self) -> bool:
        """Whether each synapse of every lane is listed."""
        return self.cpp_class == "SynapticPathway"

    def replace_push(self, text: str) -> str:
        """Take spikes that were drawn from where they are read."""
        return _PUSH.sub(f"{self.name}.push({spike_source_name(self.generator)});", text)

    def replace_loop(self, text: str) -> str:
        """Go from each neuron whose spike arrives to its synapses, without a list of them."""
        text = _SYNAPSE_LIST.sub("", text)
        loop = _SPIKE_LOOP.search(text)
        if loop is None:
            raise ValueError(f"no loop over synapses in Brian2's code of {self.name}")
        before, (body, after) = text[: loop.start()], _split_block(text[loop.end() :])
        arguments = "const size_t _idx"
        if not self.lists_all_lanes:
            arguments = _ARRIVAL_ARGUMENTS
            for k, (array, vector) in enumerate(self.per_synapse_arrays.items()):
                before += f"const size_t _own_{k} = {self.name}.own({vector}.size());\n"
                body = body.replace(f"{array}[_idx]", f"{array}[_place + (_own_{k} & _base)]")
            body = f"const size_t _idx = _base + _place;{_SYNAPSE_END.sub('', body)}"
        call = f"{self.name}.each([&]({arguments}) __attribute__((always_inline)) {{{body}}});"
        return before + call + after


def replace_delivery(pathways: Mapping[str, Pathway], code_name: str, text: str) -> str:
    """Change Brian2's code of this name where it is about spikes on one of these pathways."""
    pathway = pathways.get(code_name.removesuffix("_push_spikes"))
    if pathway is not None and pathway.generator:
        return pathway.replace_push(text)
    synapse_list = _SYNAPSE_LIST.search(text)
    return pathways[synapse_list["path"]].replace_loop(text) if synapse_list else text


def spike_source_name(generator: str) -> str:
    """Name the C++ object that reads the spikes of a generator."""
    return f"drawn_{generator}"


def _split_block(text: str) -> tuple[str, str]:
    """Divide at the brace that closes what is open already."""
    depth = 1
    for brace in re.finditer(r"[{}]", text):
        depth += 1 if brace[0] == "{" else -1
        if not depth:
            return text[: brace.start()], text[brace.end() :]
    raise ValueError("a brace is missing in Brian2's code")
