"""Tell what a translation into neurons decided, what Dale's law cost, and where it misses."""

from __future__ import annotations

import xarray as xr

from bioann.bio.network import SpikingNetwork
from bioann.translate.to_bio.calibration import Fit
from bioann.translate.to_bio.conductance_network import Assembly, Transfer
from bioann.translate.to_bio.recurrent_gain import CRITICAL
from bioann.translate.translation import Decision

#: Left error of a calibrated population, and share of the highest possible rate, that are flagged.
ERROR, SATURATED = 0.1, 0.7


def decisions(
    assembly: Assembly, dale: str, inputs: str, shown: xr.DataArray, seed: int
) -> tuple[Decision, ...]:
    """List what was decided before the calibration."""
    neuron = assembly.neuron
    found = [
        Decision("cell", type(neuron.cell).__name__, "", repr(neuron.cell)),
        Decision("rheobase", neuron.rheobase * 1e12, "pA", "injected in every neuron, so that it "
                 "fires for whatever comes on top: onset of the cell's noise-free curve"),
        Decision("charge of a spike", neuron.charge * 1e15, "fC", "current above rheobase over "
                 "rate, at the highest rate of the cell's noise-free curve"),
        Decision("potential of driving forces", neuron.potential * 1e3, "mV", "middle between "
                 "reset and threshold, where a regularly firing cell is on average"),
        Decision("excitatory reversal", neuron.excitatory * 1e3, "mV", "as asked"),
        Decision("inhibitory reversal", neuron.inhibitory * 1e3, "mV", "as asked"),
        Decision("Dale", dale, "", "how one unit gets outgoing weights of both signs"),
        Decision("inputs", inputs, "", "how stimulus channels reach the neurons"),
        Decision("calibration stimuli", shown.sizes["condition"], "", f"seed {seed}; gains and "
                 "offsets are measured on these alone"),
    ]  # fmt: skip
    for bank in assembly.banks:
        found += [
            Decision(f"rate of {bank.name} at activation 1", bank.per_activation, "Hz",
                     "its largest activation in the calibration is at the highest rate"),
            Decision(f"synaptic time constant of {bank.name}", bank.tau * 1e3, "ms",
                     "the unit's time constant, or synapse_tau for a static unit: long synapses "
                     "average the spikes of single neurons"),
        ]  # fmt: skip
    return tuple(found)


def costs(assembly: Assembly, made: SpikingNetwork, dale: str) -> tuple[Decision, ...]:
    """Say what Dale's law costs against the rate network."""
    ann = assembly.ann
    synapses = sum(int((made.strengths(p, seed=0) > 0).sum()) for p in made.projections)
    weights = int((ann.W != 0).sum() + (ann.W_in != 0).sum())
    partners = sum(len(assembly.inhibitory(b)) for b in assembly.banks)
    slowest = max((b.tau for b in assembly.banks if len(assembly.inhibitory(b))), default=0.0)
    added = 0.0 if assembly.twins else assembly.delay + slowest
    return (
        Decision("neurons", sum(made.sizes.values()), "", f"for {len(ann.units)} units"),
        Decision("neurons for Dale's law", partners, "", f"GABAergic {dale}"),
        Decision("synapses", synapses, "", f"for {weights} weights"),
        Decision("delay added by Dale's law", added * 1e3, "ms", "twins get the same input at the "
                 "same time; an interneuron adds a synapse, its delay and its time constant"),
    )  # fmt: skip


def told(name: str, transfer: Transfer) -> tuple[Decision, ...]:
    """Tell how a population was calibrated."""
    copies = Decision(
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
        *((copies,) if transfer.spread else ()),
    )  # fmt: skip


def left(name: str, fit: Fit) -> Decision:
    """Tell what the calibration leaves wrong."""
    why = "root mean square of rate minus wanted rate in the calibration, over the largest wanted"
    return Decision(f"error of {name}", fit.error, "", why)


def flags(assembly: Assembly, fits: dict[str, Fit]) -> list[str]:
    """Say where the calibration found the network outside of what it means."""
    found = []
    refractory = assembly.neuron.cell.refractory_period
    for name, fit in fits.items():
        if fit.error > ERROR:
            found.append(
                f"Population {name!r} misses what it should fire for by {fit.error:.0%} of its "
                "largest rate in the calibration."
            )
        if refractory > 0 and fit.highest > SATURATED / refractory:
            found.append(
                f"Population {name!r} reaches {fit.highest:.0f} Hz in the calibration, near "
                f"1 / t_ref = {1 / refractory:.0f} Hz."
            )
        if fit.silent:
            found.append(
                f"Neurons {list(fit.silent)} of {name!r} are silent in the calibration and "
                "should not be."
            )
    return found + _unmeasured(assembly, fits)


def _unmeasured(assembly: Assembly, fits: dict[str, Fit]) -> list[str]:
    """Say which units never fired in the calibration, as they should not: nothing is known."""
    fired: dict[tuple[int, ...], float] = {}
    for bank in assembly.targets():
        fit = fits.get(f"{bank.name}_glutamate")
        if fit is not None:
            members = tuple(bank.members.tolist())
            fired[members] = fired.get(members, 0.0) + fit.highest + len(fit.silent)
    names = assembly.ann.units
    return [
        f"Units {[names[k] for k in members]} are at zero in all of the calibration: the gain of "
        "their neurons was not measured. Calibrate with stimuli that they answer."
        for members, most in fired.items()
        if most == 0
    ]


def looped(amplified: float, worst: float) -> tuple[Decision, ...]:
    """Tell what loops make of an error of all gains, and of the `worst` of any population."""
    why = (
        "1 / (1 - leading eigenvalue of slopes times weights), reached in a quarter of the "
        "calibration's conditions"
    )
    begin = "largest error of a population's curve, mostly where firing begins, times that"
    return (
        Decision("amplification by loops", amplified, "", why),
        Decision("error of weak inputs", amplified * worst, "of the largest activation", begin),
    )


def near_critical(amplified: float, worst: float) -> list[str]:
    """Say where loops make too much of small errors.

    Parameters
    ----------
    amplified : float
        What loops multiply an error by (`bioann.translate.to_bio.recurrent_gain.amplification`).
    worst : float
        Largest error of any population's straightened curve, over its largest activation.
    """
    late = amplified * worst
    if amplified <= CRITICAL and (amplified <= 1 or late <= ERROR):
        return []
    return [
        f"Loops amplify: an error of 1% in the gain of all neurons is one of {amplified:.0f}% in "
        f"the network, and where firing begins, one of {worst:.1%} of the largest activation "
        f"becomes {late:.0%}: the weakest inputs may leave units silent that should fire. The gain "
        "was calibrated with the loops closed if they amplify more than "
        f"{CRITICAL:g} times, on the calibration's stimuli; with other stimuli it may be off. "
        "Smaller weights between units, or more neurons per unit, make it surer."
    ]
