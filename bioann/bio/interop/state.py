"""Initial state of imported populations, and the decisions and flags about their neurons."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from bioann.base.decision import Decision
from bioann.base.derivation import Flag
from bioann.base.units import brian_quantity
from bioann.bio.integration.integrator import METHOD_NAME
from bioann.bio.interop.code_reader import collapse_equal
from bioann.bio.interop.connections import Connection
from bioann.bio.interop.neurons import NeuronReading
from bioann.bio.interop.populations import NeuronBlock

#: Largest exponent of the spike onset in `bioann.cells.EIF` and `bioann.cells.AdEx`.
LARGEST_EXPONENT = 10


def make_initial_state(block: NeuronBlock) -> tuple[dict[str, Any], list[Flag]]:
    """Return the arguments of a population that hold the present state of its neurons.

    Returns
    -------
    arguments : dict of str to object
        ``initial_potential`` and ``initial_conductances``.
    flags : list of Flag
        States that no argument can hold.
    """
    reading, flags = block.reading, []
    name = reading.membrane.potential
    potential = collapse_equal(_list_values(block, name) * reading.scale_of(name)[block.index])
    conductances = {}
    for name in reading.synaptic_states:
        if reading.membrane.states[name].block is not None:  # a sum of gating variables
            continue
        value = collapse_equal(_list_values(block, name) * reading.scale_of(name)[block.index])
        if not np.any(value):
            continue
        sign = reading.sign_of(name) or int(np.sign(np.mean(value))) or 1
        if np.any(value * sign < 0) if not reading.sign_of(name) else np.any(value < 0):
            sentence = "{name!r} starts with {variable} = 0; the script sets values of both signs"
            flags.append(Flag("initial state", sentence, block.name, {"variable": name}))
            continue
        receptor = reading.make_receptor(name, sign)
        conductances[receptor] = brian_quantity(np.abs(value), receptor.weight_unit)
    adaptation = reading.adaptation
    if adaptation and np.any(_list_values(block, adaptation)):
        sentence = "{name!r} starts with an adaptation of 0; the script sets another"
        flags.append(Flag("initial state", sentence, block.name))
    arguments = {
        "initial_potential": brian_quantity(potential, "mV"),
        "initial_conductances": conductances,
    }
    return arguments, flags


def _list_values(block: NeuronBlock, name: str) -> np.ndarray:
    """Return the values in SI units that a variable of the script has now, shape ``(n,)``."""
    group = block.reading.group
    values = np.asarray(group.variables[name].get_value(), dtype=float)
    return np.asarray(np.broadcast_to(values, len(group))[block.index])


def describe_block(block: NeuronBlock) -> tuple[list[Decision], list[Flag]]:
    """Return the decisions and flags about the neurons of a population."""
    reading, name = block.reading, block.name
    membrane, group = reading.membrane, reading.group.name
    cell = type(reading.make_cell(block.index)).__name__
    origin = f"the equation of {membrane.potential} in NeuronGroup {group!r}"
    decisions = [
        Decision("cell", cell, "", f"{_explain_cell(reading)} {origin}", name),
        Decision("integration method", reading.method, "", _explain_method(reading), name),
        Decision(
            "membrane capacitance",
            float(np.mean(membrane.capacitance)) * 1e12,
            "pF",
            membrane.capacitance_source,
            name,
        ),
        Decision("transmitter", block.transmitter, "", explain_transmitter(block), name),
    ]
    flags = []
    for variable, state in reading.synaptic_states.items():
        if state.reversal is None:
            continue
        decisions.append(_decide_receptor(block, variable, state.reversal))
        if state.block is not None:
            sentence = (
                "each spike opens a share {share:.3g} of the closed NMDA channels behind "
                "{variable} at once; the script opens them over {rise:g} ms, so that spikes differ"
            )
            values = {"share": state.gating[1], "variable": variable, "rise": state.gating[0] * 1e3}
            flags.append(Flag("NMDA gating", sentence, name, values))
        lowest = float(np.mean(reading.firing.reset))
        if lowest < state.reversal <= reading.spike_threshold:
            sentence = (
                "the reversal potential of {variable} in {name!r}, {reversal:g} mV, lies between "
                "reset and threshold: read as shunting inhibition by GABA"
            )
            values = {"variable": variable, "reversal": round(state.reversal * 1e3, 9)}
            flags.append(Flag("reversal potential", sentence, name, values))
    return decisions, [*flags, *_flag_exponent(block)]


def _explain_cell(reading: NeuronReading) -> str:
    """Return what decided the cell, a phrase before the equation."""
    is_known = type(reading) is NeuronReading
    return "the terms of" if is_known else "made from the equations themselves, with"


def _explain_method(reading: NeuronReading) -> str:
    """Return why a population has its integration method, a phrase."""
    if reading.method == METHOD_NAME:
        return "it is exact for linear equations, as the method 'exact' of the script"
    return f"that of NeuronGroup {reading.group.name!r}"


def _flag_exponent(block: NeuronBlock) -> list[Flag]:
    """Return the flag of a spike onset whose exponent is clipped before the cut-off."""
    onset = block.reading.membrane.exponential
    if onset is None:
        return []
    threshold, slope = (np.asarray(x) for x in onset)
    exponent = float(np.max((np.asarray(block.reading.firing.threshold) - threshold) / slope))
    if exponent <= LARGEST_EXPONENT * (1 + 1e-9):
        return []
    sentence = (
        "the exponent of the spike onset of {name!r} reaches {exponent:.3g} at the cut-off; it is "
        "clipped at {limit}, where the upswing takes microseconds"
    )
    values = {"exponent": exponent, "limit": LARGEST_EXPONENT}
    return [Flag("clipped exponent", sentence, block.name, values)]


def _decide_receptor(block: NeuronBlock, variable: str, reversal: float) -> Decision:
    """Return the decision which receptor a conductance is."""
    threshold = block.reading.spike_threshold
    side = "above" if reversal > threshold else "not above"
    why = (
        f"it reverses at {reversal * 1e3:.6g} mV, {side} the threshold of {threshold * 1e3:.6g} mV"
    )
    receptor = block.reading.make_receptor(variable, block.reading.sign_of(variable))
    return Decision("receptor", receptor.name, "", why, f"{variable} on {block.name}")


def explain_transmitter(block: NeuronBlock) -> str:
    """Return why a population has its transmitter, a phrase."""
    if not block.has_synapses:
        return "it has no outgoing synapses in the script, which could decide"
    effect = "excite" if block.transmitter == "glutamate" else "inhibit"
    return f"its synapses {effect}: by their reversal potential, or the sign of their weight"


def describe_learning(connections: Iterable[Connection]) -> tuple[list[Decision], list[Flag]]:
    """Return the decisions and flags about synapses that change."""
    decisions, flags = [], []
    for connection in connections:
        code = connection.code
        if code is None:
            continue
        name = connection.synapses.name
        kind = "CodeRule" if code.post_code else "CodeRelease"
        why = f"the code of Synapses {name!r}, whose variables are those of the rule"
        decisions.append(Decision("plasticity", kind, "", why, name))
        for constant in code.zeros:
            sentence = (
                "{constant} is 0 in the code of {name!r} at this run(): if it scales learning, the "
                "synapses keep their weight"
            )
            flags.append(Flag("learning", sentence, name, {"constant": constant}))
    return decisions, flags
