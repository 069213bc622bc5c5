"""Assess a rate network that was derived from a spiking one: decisions, flags, valid ranges."""

from __future__ import annotations

from bioann.ann.network import RateNetwork
from bioann.translate.to_ann.decisions import list_decisions
from bioann.translate.to_ann.error_bounds import bound_errors, flag_misfits
from bioann.translate.to_ann.flags import compute_input_spread, flag_rate_network
from bioann.translate.to_ann.population_curves import PopulationCurves
from bioann.translate.translation import Assessment


def assess_rate_network(curves: PopulationCurves, rate_network: RateNetwork) -> Assessment:
    """Return the decisions behind a rate network, its flags, and the valid range of each unit.

    Parameters
    ----------
    curves : PopulationCurves
        The curves that it was built from.
    rate_network : RateNetwork
        The derived rate network.
    """
    taus = {name: curves.time_constant(name) for name in curves.targets}
    spreads = {
        name: 0.0
        if curves.neurons_differ
        else compute_input_spread(curves.network, target, curves.seed)
        for name, target in curves.targets.items()
    }
    validity = bound_errors(curves, rate_network, spreads)
    flags = (*flag_rate_network(curves, taus, spreads), *flag_misfits(curves, validity))
    return Assessment(list_decisions(curves, taus), flags, validity)
