"""Assess a spiking network that was derived from a rate network: decisions and flags."""

from __future__ import annotations

from collections.abc import Mapping

from bioann.base.decision import Decision
from bioann.bio.network import SpikingNetwork
from bioann.translate.to_bio.calibration import CalibrationFit
from bioann.translate.to_bio.conductance_network import NetworkBlueprint, Transfer
from bioann.translate.to_bio.decisions import (
    list_dale_costs,
    list_fit_decisions,
    list_initial_decisions,
    list_loop_decisions,
)
from bioann.translate.to_bio.flags import flag_calibration, flag_near_critical
from bioann.translate.translation import Assessment


def assess_spiking_network(
    blueprint: NetworkBlueprint,
    network: SpikingNetwork,
    transfers: Mapping[str, Transfer],
    fits: Mapping[str, CalibrationFit],
    amplification: float,
    options: tuple[Decision, ...],
) -> Assessment:
    """Return the decisions behind a spiking network, and its flags.

    Parameters
    ----------
    blueprint : NetworkBlueprint
        The blueprint that it was built from.
    network : SpikingNetwork
        The derived spiking network.
    transfers : mapping of str to Transfer
        Transfer of each population.
    fits : mapping of str to CalibrationFit
        Result of the last calibration of each population; empty without a calibration.
    amplification : float
        Factor by which recurrent loops multiply errors
        (`bioann.translate.to_bio.recurrent_gain.compute_amplification`).
    options : tuple of Decision
        Choices of the caller.
    """
    largest_error = max((fit.largest_error for fit in fits.values()), default=0.0)
    decisions = (
        *list_initial_decisions(blueprint, options),
        *list_dale_costs(blueprint, network),
        *list_fit_decisions({n: t for n, t in transfers.items() if n in network.sizes}, fits),
        *list_loop_decisions(amplification, largest_error),
    )
    near_critical = flag_near_critical(amplification, largest_error)
    return Assessment(decisions, (*flag_calibration(blueprint, fits), *near_critical))
