"""Flags of a derived spiking network: errors that its calibration left or could not see."""

from __future__ import annotations

from collections.abc import Mapping

from bioann.base.derivation import Flag
from bioann.bio.network_flags import SATURATION_SHARE
from bioann.translate.to_bio.calibration import CalibrationFit
from bioann.translate.to_bio.conductance_network import NetworkBlueprint
from bioann.translate.to_bio.recurrent_gain import CRITICAL_AMPLIFICATION

#: Remaining error of a calibrated population, over its largest rate, from which it is flagged.
FLAGGED_ERROR = 0.1
#: Sentence of each kind of flag.
SENTENCES = {
    "calibration error": (
        "Population {name!r} differs from its target by {rms_error:.0%} of its largest rate in the "
        "calibration."
    ),
    "saturation": (
        "Population {name!r} reaches {highest_rate:.0f} Hz in the calibration, near 1 / t_ref = "
        "{limit:.0f} Hz."
    ),
    "silent neurons": (
        "Neurons {neurons} of {name!r} are silent in the calibration and should fire."
    ),
    "unmeasured gain": (
        "Units {units} are at zero in all of the calibration: the gain of their neurons was not "
        "measured. Calibrate with stimuli that activate them."
    ),
    "near critical": (
        "Loops amplify: an error of 1% in the gain of all neurons is one of {amplification:.0f}% "
        "in the network, and at the onset of firing an error of {largest_error:.1%} of the largest "
        "activation becomes {weak_input_error:.0%}: the weakest inputs may leave units silent that "
        "should fire. The gain was calibrated with closed loops if they amplify more than "
        "{critical:g} times, on the stimuli of the calibration; with other stimuli it may be off. "
        "Smaller weights between units, or more neurons per unit, reduce the error."
    ),
}


def flag_calibration(blueprint: NetworkBlueprint, fits: Mapping[str, CalibrationFit]) -> list[Flag]:
    """Flag populations that missed their targets in the calibration.

    Parameters
    ----------
    blueprint : NetworkBlueprint
        The blueprint of the network.
    fits : mapping of str to CalibrationFit
        Result of the last calibration of each population.
    """
    flags = []
    refractory = blueprint.cell_properties.cell.refractory_period
    for name, fit in fits.items():
        if fit.rms_error > FLAGGED_ERROR:
            flags.append(_make_flag("calibration error", name, rms_error=fit.rms_error))
        if refractory > 0 and fit.highest_rate > SATURATION_SHARE / refractory:
            limits = {"highest_rate": fit.highest_rate, "limit": 1 / refractory}
            flags.append(_make_flag("saturation", name, **limits))
        if fit.silent_neurons:
            flags.append(_make_flag("silent neurons", name, neurons=list(fit.silent_neurons)))
    return flags + _flag_unmeasured_units(blueprint, fits)


def _flag_unmeasured_units(
    blueprint: NetworkBlueprint, fits: Mapping[str, CalibrationFit]
) -> list[Flag]:
    """Flag units that never fired in the calibration and were not to: their gain is unknown."""
    activity_of: dict[tuple[int, ...], float] = {}
    for group in blueprint.unit_groups():
        fit = fits.get(f"{group.name}_glutamate")
        if fit is not None:
            members = tuple(group.members.tolist())
            activity = activity_of.get(members, 0.0)
            activity_of[members] = activity + fit.highest_rate + len(fit.silent_neurons)
    names = blueprint.ann.units
    return [
        _make_flag("unmeasured gain", "", units=[names[k] for k in members])
        for members, activity in activity_of.items()
        if activity == 0
    ]


def flag_near_critical(amplification: float, largest_error: float) -> list[Flag]:
    """Flag a network whose loops amplify small errors.

    Parameters
    ----------
    amplification : float
        Factor by which loops multiply an error
        (`bioann.translate.to_bio.recurrent_gain.compute_amplification`).
    largest_error : float
        Largest error of any population's calibrated curve, over its largest activation.
    """
    weak_input_error = amplification * largest_error
    if amplification <= CRITICAL_AMPLIFICATION and (
        amplification <= 1 or weak_input_error <= FLAGGED_ERROR
    ):
        return []
    values = {
        "amplification": amplification,
        "largest_error": largest_error,
        "weak_input_error": weak_input_error,
        "critical": CRITICAL_AMPLIFICATION,
    }
    return [_make_flag("near critical", "", **values)]


def _make_flag(kind: str, component: str, **values: object) -> Flag:
    return Flag(kind, SENTENCES[kind], component, values)
