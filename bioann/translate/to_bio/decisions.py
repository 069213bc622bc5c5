"""Tell what a translation into neurons decided, what Dale's law cost, and where it misses."""

from __future__ import annotations

import xarray as xr

from bioann.bio.network import SpikingNetwork
from bioann.translate.to_bio.calibration import CalibrationFit
from bioann.translate.to_bio.conductance_network import NetworkBlueprint, Transfer
from bioann.translate.to_bio.recurrent_gain import CRITICAL_AMPLIFICATION
from bioann.translate.translation import Decision

#: Left error of a calibrated population, and share of the highest possible rate, that are flagged.
FLAGGED_ERROR, SATURATED_SHARE = 0.1, 0.7


def list_initial_decisions(
    blueprint: NetworkBlueprint, dale: str, inputs: str, calibration: xr.DataArray, seed: int
) -> tuple[Decision, ...]:
    """List what was decided before the calibration."""
    cell = blueprint.cell_properties
    decisions = [
        Decision("cell", type(cell.cell).__name__, "", repr(cell.cell)),
        Decision("rheobase", cell.rheobase * 1e12, "pA", "injected in every neuron, so that it "
                 "fires for whatever comes on top: onset of the cell's noise-free curve"),
        Decision("charge of a spike", cell.spike_charge * 1e15, "fC", "current above rheobase over "
                 "rate, at the highest rate of the cell's noise-free curve"),
        Decision("potential of driving forces", cell.driving_potential * 1e3, "mV", "middle "
                 "between reset and threshold, where a regularly firing cell is on average"),
        Decision("excitatory reversal", cell.excitatory_reversal * 1e3, "mV", "as asked"),
        Decision("inhibitory reversal", cell.inhibitory_reversal * 1e3, "mV", "as asked"),
        Decision("Dale", dale, "", "how one unit gets outgoing weights of both signs"),
        Decision("inputs", inputs, "", "how stimulus channels reach the neurons"),
        Decision("calibration stimuli", calibration.sizes["condition"], "", f"seed {seed}; gains "
                 "and offsets are measured on these alone"),
    ]  # fmt: skip
    for group in blueprint.groups:
        decisions += [
            Decision(f"rate of {group.name} at activation 1", group.rate_per_activation, "Hz",
                     "its largest activation in the calibration is at the highest rate"),
            Decision(f"synaptic time constant of {group.name}", group.tau * 1e3, "ms",
                     "the unit's time constant, or synapse_tau for a static unit: long synapses "
                     "average the spikes of single neurons"),
        ]  # fmt: skip
    return tuple(decisions)


def list_dale_costs(
    blueprint: NetworkBlueprint, network: SpikingNetwork, dale: str
) -> tuple[Decision, ...]:
    """Say what Dale's law costs against the rate network."""
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
    return (
        Decision("neurons", sum(network.sizes.values()), "", f"for {len(ann.units)} units"),
        Decision("neurons for Dale's law", n_partners, "", f"GABAergic {dale}"),
        Decision("synapses", n_synapses, "", f"for {n_weights} weights"),
        Decision("delay added by Dale's law", delay * 1e3, "ms", "twins get the same input at the "
                 "same time; an interneuron adds a synapse, its delay and its time constant"),
    )  # fmt: skip


def list_transfer_decisions(name: str, transfer: Transfer) -> tuple[Decision, ...]:
    """Tell how a population was calibrated."""
    spread = Decision(
        f"spread of {name}",
        transfer.spread,
        "activation",
        "calibrated: range over "
        "which the offsets of copies are spread, so that they do not begin together",
    )
    return (
        Decision(f"gain of {name}", transfer.gain, "", "calibrated: times the charge per rate"),
        Decision(f"offset of {name}", transfer.offset, "activation", "calibrated: current above "
                 "rheobase without input, as activation"),
        *((spread,) if transfer.spread else ()),
    )  # fmt: skip


def record_calibration_error(name: str, fit: CalibrationFit) -> Decision:
    """Tell what the calibration leaves wrong."""
    why = "root mean square of rate minus wanted rate in the calibration, over the largest wanted"
    return Decision(f"error of {name}", fit.rms_error, "", why)


def flag_calibration(blueprint: NetworkBlueprint, fits: dict[str, CalibrationFit]) -> list[str]:
    """Say where the calibration found the network outside of what it means."""
    flags = []
    refractory = blueprint.cell_properties.cell.refractory_period
    for name, fit in fits.items():
        if fit.rms_error > FLAGGED_ERROR:
            flags.append(
                f"Population {name!r} misses what it should fire for by {fit.rms_error:.0%} of its "
                "largest rate in the calibration."
            )
        if refractory > 0 and fit.highest_rate > SATURATED_SHARE / refractory:
            flags.append(
                f"Population {name!r} reaches {fit.highest_rate:.0f} Hz in the calibration, near "
                f"1 / t_ref = {1 / refractory:.0f} Hz."
            )
        if fit.silent_neurons:
            flags.append(
                f"Neurons {list(fit.silent_neurons)} of {name!r} are silent in the calibration and "
                "should not be."
            )
    return flags + _flag_unmeasured_units(blueprint, fits)


def _flag_unmeasured_units(
    blueprint: NetworkBlueprint, fits: dict[str, CalibrationFit]
) -> list[str]:
    """Say which units never fired in the calibration, as they should not: nothing is known."""
    activity_of: dict[tuple[int, ...], float] = {}
    for group in blueprint.unit_groups():
        fit = fits.get(f"{group.name}_glutamate")
        if fit is not None:
            members = tuple(group.members.tolist())
            activity = activity_of.get(members, 0.0)
            activity_of[members] = activity + fit.highest_rate + len(fit.silent_neurons)
    names = blueprint.ann.units
    return [
        f"Units {[names[k] for k in members]} are at zero in all of the calibration: the gain of "
        "their neurons was not measured. Calibrate with stimuli that they answer."
        for members, activity in activity_of.items()
        if activity == 0
    ]


def list_loop_decisions(amplification: float, largest_error: float) -> tuple[Decision, ...]:
    """Tell what loops make of an error of all gains, and of any population's `largest_error`."""
    why = (
        "1 / (1 - leading eigenvalue of slopes times weights), reached in a quarter of the "
        "calibration's conditions"
    )
    why_weak = "largest error of a population's curve, mostly where firing begins, times that"
    weak_input_error, unit = amplification * largest_error, "of the largest activation"
    return (
        Decision("amplification by loops", amplification, "", why),
        Decision("error of weak inputs", weak_input_error, unit, why_weak),
    )


def flag_near_critical(amplification: float, largest_error: float) -> list[str]:
    """Say where loops make too much of small errors.

    Parameters
    ----------
    amplification : float
        What loops multiply an error by
        (`bioann.translate.to_bio.recurrent_gain.compute_amplification`).
    largest_error : float
        Largest error of any population's straightened curve, over its largest activation.
    """
    weak_input_error = amplification * largest_error
    if amplification <= CRITICAL_AMPLIFICATION and (
        amplification <= 1 or weak_input_error <= FLAGGED_ERROR
    ):
        return []
    return [
        f"Loops amplify: an error of 1% in the gain of all neurons is one of {amplification:.0f}% "
        f"in the network, and where firing begins, one of {largest_error:.1%} of the largest "
        f"activation becomes {weak_input_error:.0%}: the weakest inputs may leave units silent "
        "that should fire. The gain was calibrated with the loops closed if they amplify more than "
        f"{CRITICAL_AMPLIFICATION:g} times, on the calibration's stimuli; with other stimuli it "
        "may be off. Smaller weights between units, or more neurons per unit, make it surer."
    ]
