"""Decisions of a translation to a spiking network, number by number."""

from __future__ import annotations

from collections.abc import Mapping

from bioann.base.decision import Decision
from bioann.bio.network import SpikingNetwork
from bioann.translate.to_bio.calibration import CalibrationFit
from bioann.translate.to_bio.conductance_network import NetworkBlueprint, Transfer


def list_options(dale: str, inputs: str, n_conditions: int, seed: int) -> tuple[Decision, ...]:
    """List the choices of the caller of `to_bio`."""
    return (
        Decision("Dale", dale, "", "how one unit gets outgoing weights of both signs"),
        Decision("inputs", inputs, "", "how stimulus channels reach the neurons"),
        Decision("calibration stimuli", n_conditions, "", f"seed {seed}; gains and offsets are "
                 "measured on these alone"),
    )  # fmt: skip


def list_initial_decisions(
    blueprint: NetworkBlueprint, options: tuple[Decision, ...]
) -> tuple[Decision, ...]:
    """List the decisions before the calibration; `options` are those of `list_options`."""
    cell = blueprint.cell_properties
    decisions = [
        Decision("cell", type(cell.cell).__name__, "", repr(cell.cell)),
        Decision("rheobase", cell.rheobase * 1e12, "pA", "injected into every neuron, so that any "
                 "further current makes it fire: onset of the cell's noise-free curve"),
        Decision("charge of a spike", cell.spike_charge * 1e15, "fC", "current above rheobase over "
                 "rate, at the highest rate of the cell's noise-free curve"),
        Decision("potential of driving forces", cell.driving_potential * 1e3, "mV", "midpoint of "
                 "reset and threshold, the mean potential of a regularly firing cell"),
        Decision("excitatory reversal", cell.excitatory_reversal * 1e3, "mV", "as given"),
        Decision("inhibitory reversal", cell.inhibitory_reversal * 1e3, "mV", "as given"),
        *options,
    ]  # fmt: skip
    for group in blueprint.groups:
        decisions += [
            Decision("rate at activation 1", group.rate_per_activation, "Hz",
                     "its largest activation in the calibration is at the highest rate",
                     group.name),
            Decision("synaptic time constant", group.tau * 1e3, "ms",
                     "the unit's time constant, or synapse_tau for a static unit: slow synapses "
                     "average over the spikes of single neurons", group.name),
        ]  # fmt: skip
    return tuple(decisions)


def list_dale_costs(blueprint: NetworkBlueprint, network: SpikingNetwork) -> tuple[Decision, ...]:
    """List the neurons, synapses and delays that Dale's principle adds to the rate network."""
    ann = blueprint.ann
    n_synapses = sum(
        int((network.draw_conductances(p, seed=0) > 0).sum()) for p in network.projections
    )
    n_weights = int((ann.W != 0).sum() + (ann.W_in != 0).sum())
    n_partners = sum(len(blueprint.find_inhibitory_partners(b)) for b in blueprint.groups)
    slowest_tau = max(
        (b.tau for b in blueprint.groups if len(blueprint.find_inhibitory_partners(b))), default=0.0
    )
    delay = 0.0 if blueprint.twins else blueprint.delay + slowest_tau
    kind = "twins" if blueprint.twins else "interneurons"
    return (
        Decision("neurons", sum(network.sizes.values()), "", f"for {len(ann.units)} units"),
        Decision("neurons for Dale's principle", n_partners, "", f"GABAergic {kind}"),
        Decision("synapses", n_synapses, "", f"for {n_weights} weights"),
        Decision("delay added by Dale's principle", delay * 1e3, "ms", "twins get the same input "
                 "at the same time; an interneuron adds a synapse, its delay and time constant"),
    )  # fmt: skip


def list_fit_decisions(
    transfers: Mapping[str, Transfer], fits: Mapping[str, CalibrationFit]
) -> tuple[Decision, ...]:
    """List the calibrated numbers of every population, then their remaining errors."""
    decisions = []
    for name, transfer in transfers.items():
        decisions += [
            Decision("gain", transfer.gain, "", "calibrated: factor of the charge per rate", name),
            Decision("offset", transfer.offset, "activation", "calibrated: current above rheobase "
                     "without input, as activation", name),
        ]  # fmt: skip
        if transfer.spread:
            why = "calibrated: range of the offsets of copies, so that they do not start together"
            decisions.append(Decision("spread", transfer.spread, "activation", why, name))
    why = "root mean square of rate minus target rate in the calibration, over the largest target"
    return (*decisions, *(Decision("error", f.rms_error, "", why, n) for n, f in fits.items()))


def list_loop_decisions(amplification: float, largest_error: float) -> tuple[Decision, ...]:
    """List the effect of loops on errors; parameters as for `flag_near_critical`."""
    why = (
        "1 / (1 - leading eigenvalue of slopes times weights), reached in a quarter of the "
        "calibration's conditions"
    )
    why_weak = "largest error of a population's curve, mostly at the onset of firing, times that"
    weak_input_error, unit = amplification * largest_error, "of the largest activation"
    return (
        Decision("amplification by loops", amplification, "", why),
        Decision("error of weak inputs", weak_input_error, unit, why_weak),
    )
