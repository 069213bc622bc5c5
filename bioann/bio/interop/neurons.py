"""Makes cells and receptors of bioann from the equations of a Brian2 neuron group."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np
from brian2.stateupdaters.base import StateUpdateMethod, UnsupportedEquationsException

from bioann.base.units import brian_quantity
from bioann.bio.cells.cell import Cell
from bioann.bio.cells.grid_timed import GRID_METHODS, GridAdEx, GridEIF, GridLIF
from bioann.bio.integration.integrator import METHOD_NAME
from bioann.bio.interop.code_reader import collapse_equal
from bioann.bio.interop.firing import Firing, read_firing, read_threshold
from bioann.bio.interop.membrane import KNOWN, ROUNDING, Membrane, MembraneReader
from bioann.bio.interop.refusal import locate_equation, refuse_object
from bioann.bio.interop.state_term import StateTerm
from bioann.bio.receptors import Receptor
from bioann.bio.receptors.ampa import AMPA
from bioann.bio.receptors.current_based import TRANSMITTER_SIGNS, CurrentSynapse, DeltaSynapse
from bioann.bio.receptors.gaba_a import GABA_A
from bioann.bio.receptors.nmda import NMDA

#: Transmitters by the sign of their synapses, 1 or -1.
TRANSMITTERS = {int(sign): name for name, sign in TRANSMITTER_SIGNS.items()}


@dataclasses.dataclass(frozen=True)
class NeuronReading:
    """A neuron group as bioann reads it.

    Parameters
    ----------
    group : brian2.NeuronGroup
        The group.
    membrane : Membrane
        Its equations.
    firing : Firing
        Its threshold, reset and refractory period.
    method : str
        Brian2's integration method.
    adaptation : str
        Name of the adaptation variable; empty for none.
    """

    group: Any
    membrane: Membrane
    firing: Firing
    method: str
    adaptation: str

    @property
    def spike_threshold(self) -> float:
        """Potential in volt at which a spike starts, the mean over neurons."""
        onset = self.membrane.exponential
        return float(np.mean(self.firing.threshold if onset is None else onset[0]))

    @property
    def synaptic_states(self) -> dict[str, StateTerm]:
        """State variables that synapses increase."""
        return {n: s for n, s in self.membrane.states.items() if n != self.adaptation}

    @property
    def targets(self) -> list[str]:
        """Variables that synapses may increase."""
        return [self.membrane.potential, *self.synaptic_states]

    def check_target(self, brian_object: Any, location: str, name: str) -> None:
        """Raise `DescriptionError` unless synapses may increase a variable."""
        if name not in self.targets:
            expected = f"an increment of a variable of the target: {', '.join(self.targets)}"
            remedy = "Step a variable that changes, not a constant."
            raise refuse_object(brian_object, location, expected, name, remedy)

    def scale_of(self, name: str) -> np.ndarray:
        """Return siemens, ampere or volt of one SI unit of a synaptic variable, shape ``(n,)``."""
        scale = 1.0 if name == self.membrane.potential else self.membrane.states[name].scale
        return np.broadcast_to(np.asarray(scale, dtype=float), len(self.group))

    def make_receptor(self, name: str, sign: int) -> Receptor:
        """Return the receptor of a synaptic variable, for synapses of one sign."""
        transmitter = TRANSMITTERS[sign]
        if name == self.membrane.potential:
            return DeltaSynapse(transmitter=transmitter)
        state = self.membrane.states[name]
        tau = brian_quantity(state.tau, "ms")
        if state.reversal is None:
            return CurrentSynapse(tau, transmitter=transmitter)
        if state.block is not None:
            return _make_nmda(state)
        kind = AMPA if sign > 0 else GABA_A
        return kind(tau=tau, reversal=brian_quantity(state.reversal, "mV"))

    def sign_of(self, name: str) -> int:
        """Return the sign of the synapses on a variable: 0 if that of their weight decides."""
        if name == self.membrane.potential:
            return 0
        reversal = self.membrane.states[name].reversal
        return 0 if reversal is None else 1 if reversal > self.spike_threshold else -1

    def make_cell(self, index: np.ndarray) -> Cell:
        """Return the cell of some neurons of the group."""
        membrane, firing = self.membrane, self.firing
        values = {"C": (membrane.capacitance, "pF"), "g_L": (membrane.leak_conductance, "nS")}
        values |= {"E_L": (membrane.leak_reversal, "mV"), "V_r": (firing.reset, "mV")}
        values["t_ref"] = (firing.refractory_period, "ms")
        kind: type[GridLIF | GridEIF | GridAdEx] = GridLIF
        if membrane.exponential is None:
            values["V_th"] = (firing.threshold, "mV")
        else:
            kind = GridEIF
            values["V_cut"] = (firing.threshold, "mV")
            values["V_T"], values["Delta_T"] = ((x, "mV") for x in membrane.exponential)
        if self.adaptation:
            kind, state = GridAdEx, membrane.states[self.adaptation]
            size = -np.asarray(state.scale)
            values["tau_w"] = (state.tau, "ms")
            values["a"] = (np.asarray(state.coupling) * state.tau * size, "nS")
            values["b"] = (np.asarray(firing.increments.get(self.adaptation, 0.0)) * size, "pA")
        arguments = {n: brian_quantity(take_values(v, index), u) for n, (v, u) in values.items()}
        return kind(**arguments, method=self.method)


def _make_nmda(state: StateTerm) -> NMDA:
    """Return the NMDA receptor of a summed gating variable."""
    factor, slope = state.block or (0.0, 1.0)
    half = NMDA().half
    return NMDA(
        tau=brian_quantity(state.tau, "ms"),
        reversal=brian_quantity(state.reversal or 0.0, "mV"),
        rise=brian_quantity(state.gating[0], "ms"),
        magnesium=brian_quantity(factor * float(half), "mM"),
        slope=brian_quantity(slope, "mV"),
        occupancy=state.gating[1],
    )


def take_values(values: Any, index: np.ndarray) -> Any:
    """Return the values of some neurons: a float if they are equal, otherwise an array."""
    return collapse_equal(np.asarray(values)[index] if np.ndim(values) else values)


def read_neurons(group: Any, namespace: Mapping[str, Any], capacitance: float) -> NeuronReading:
    """Read a neuron group; `DescriptionError` names what bioann has no description for.

    Parameters
    ----------
    group : brian2.NeuronGroup
        The group.
    namespace : mapping of str to object
        Variables of the script.
    capacitance : float
        Membrane capacitance in farad for equations that state none.
    """
    if group.subexpression_updater is not None:
        expected, got = "expressions that follow the variables", "(constant over dt)"
        raise refuse_object(group, "equations", expected, got, "Leave the flag out.")
    potential, threshold = read_threshold(group, namespace)
    membrane = MembraneReader(group, namespace, potential, capacitance).read_membrane()
    firing = read_firing(group, namespace, potential, threshold)
    adaptation = _find_adaptation(group, membrane, firing)
    return NeuronReading(group, membrane, firing, choose_method(group), adaptation)


def check_group(group: Any) -> None:
    """Raise `DescriptionError` for noise, linked variables and further events."""
    for name in sorted(group.user_equations.parameter_names):
        owner = getattr(group.variables[name], "owner", None)
        if owner is not None and owner.name != group.name:
            expected, got = "variables of the group itself", f"a variable linked to {owner.name!r}"
            raise refuse_object(group, name, expected, got, "Give the group a variable of its own.")
    others = [event for event in group.events if event != "spike"]
    if others:
        expected, remedy = "spikes and no other event", "Describe the cell without the event."
        raise refuse_object(group, f"event {others[0]!r}", expected, ", ".join(others), remedy)
    noise = sorted(group.user_equations.stochastic_variables)
    if noise:
        name = next(
            n
            for n, e in group.user_equations.get_substituted_expressions()
            if e.identifiers.intersection(noise)
        )
        location = locate_equation(group.user_equations, name)
        expected = "equations without noise"
        remedy = "Replace white noise by a PoissonInput of the same mean and variance."
        raise refuse_object(group, location, expected, f"the noise {', '.join(noise)}", remedy)


def _find_adaptation(group: Any, membrane: Membrane, firing: Firing) -> str:
    """Return the adaptation variable; check that the cell is one of those that have it."""
    adaptations = [n for n, s in membrane.states.items() if np.any(np.asarray(s.coupling))]
    # Without a coupling to the potential, only the reset shows that a current is an adaptation.
    adaptations += [
        n
        for n, s in membrane.states.items()
        if n in firing.increments and n not in adaptations and s.reversal is None
    ]
    for name in firing.increments:
        if name not in adaptations:
            expected = "an increment of the adaptation current of the potential"
            remedy = "An afterhyperpolarising conductance is ba.cells.AdaptingLIF."
            raise refuse_object(group, f"reset of {name}", expected, name, remedy)
    if not adaptations:
        return ""
    name = adaptations[0]
    state, location = membrane.states[name], locate_equation(group.user_equations, name)
    remedy = "Describe the cell as a subclass of ba.cells.Cell."
    if membrane.exponential is None or len(adaptations) > 1:
        got = "several adaptations" if len(adaptations) > 1 else "adaptation without exponential"
        raise refuse_object(group, location, KNOWN, got, remedy)
    shift = np.asarray(state.coupling_potential) - membrane.leak_reversal
    is_coupled = np.any(np.asarray(state.coupling))
    if is_coupled and np.any(np.abs(shift) > ROUNDING):
        expected = "an adaptation that is zero at the leak reversal potential"
        raise refuse_object(group, location, expected, f"zero {1e3 * shift} mV above it", remedy)
    if not np.all(np.asarray(state.scale) < 0):
        expected, got = "an adaptation that hyperpolarises: -w", f"+{name}"
        raise refuse_object(group, location, expected, got, "Write -w in the potential's equation.")
    return name


def choose_method(group: Any) -> str:
    """Return the method that integrates as the one that Brian2 would choose."""
    choice = group.method_choice
    for method in [choice] if isinstance(choice, str) or callable(choice) else choice:
        is_exact = method in ("exact", "linear")
        if not is_exact and method not in GRID_METHODS:
            continue
        try:
            if method != choice:  # one of several, of which Brian2 takes the first that fits
                StateUpdateMethod.apply_stateupdater(group.equations, group.variables, method)
        except UnsupportedEquationsException:
            continue
        return METHOD_NAME if is_exact else str(method)
    expected = f"exact, or one of {', '.join(GRID_METHODS[1:])}, that fits the equations"
    raise refuse_object(group, "method", expected, repr(choice), "Name another method.")
