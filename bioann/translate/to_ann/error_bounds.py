"""Valid range of every unit of a derived rate network, and a bound on its error there."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from bioann.ann.network import RateNetwork
from bioann.base.derivation import Flag, ValidityRange
from bioann.bio.neuron_parameters import list_neuron_parameters
from bioann.translate.to_ann.flags import ALIKE_SPREAD, estimate_theory_error
from bioann.translate.to_ann.population_curves import PopulationCurves
from bioann.translate.to_ann.validity import compute_gross_input, estimate_misfit

#: Error allowed to the theory of slow noise where its conditions hold: a share of the largest rate,
#: and Hz. On grids of E and I rates onto LIF, EIF and AdEx cells its error was 5% at most;
#: in random networks, 5 Hz for populations that fire with a mean potential below threshold.
THEORY_SHARE, THEORY_HZ = 0.05, 5.0
#: Share of the largest rate, and Hz, by which the rate may differ from a function of the signed
#: sum; between the points of a measured design the error may be larger by the same amount.
TOLERANCE_SHARE, TOLERANCE_HZ = 0.025, 2.0
#: Share of the range over which the slope of a curve is taken.
SLOPE_STEP = 0.05
MISFIT = (
    "In {share:.1%} of the design the rate of {name!r} is no function of its signed sum, and out "
    "of range: the same sum near threshold may be strong excitation and inhibition that cancel, "
    "whose noise makes the cell fire, or weak ones. The largest error of the curve is {error:+.0f} "
    "Hz{location}. bioann.translate.to_ann.validity.list_out_of_range lists such conditions of a "
    "stimulus."
)


def bound_errors(
    curves: PopulationCurves, rate_network: RateNetwork, spreads: Mapping[str, float]
) -> tuple[ValidityRange, ...]:
    r"""Bound the steady error of every unit.

    Each population's own error `e` is the largest residual of its curve in range
    (`bioann.translate.to_ann.validity`) plus the error of the rates that the curve was fitted to.
    An error of one rate changes the input of the others, so that together

    .. math:: |\delta| \le \max \left| (1 - S W)^{-1} \right| e

    over the points of the design, with `S` the slopes there. There is no bound if the linear
    response is unstable, the input of the neurons of a population differs by more than
    `ALIKE_SPREAD`, or the theory stands for neurons with different parameters by their mean.

    Parameters
    ----------
    curves : PopulationCurves
        The curves that the network was built from.
    rate_network : RateNetwork
        The derived rate network.
    spreads : mapping of str to float
        Relative spread of the input of single neurons, by population.
    """
    tolerances = {
        name: max(TOLERANCE_SHARE * float(np.max(rates)), TOLERANCE_HZ) / curves.scale
        for name, rates in curves.design.target_rates.items()
    }
    points_of = _make_validity_points(curves, rate_network)
    unit_errors: list[float] = []
    slopes, totals = [], []  # of each unit, around the points of the design
    for name, unit_names in curves.unit_names_of.items():
        error = curves.scale * _find_largest_residual(points_of[name], tolerances[name])
        error += _error_of_rates(curves, name, tolerances[name])
        shape = len(unit_names), np.asarray(curves.design.target_rates[name]).shape[-1]
        slope, total = _compute_slopes(curves, name)
        unit_errors += [error] * len(unit_names)
        slopes += [*np.broadcast_to(slope, shape)]
        totals += [*np.broadcast_to(total, shape)]
    bounds = np.full(len(unit_errors), np.inf)
    is_of_mean_neuron = curves.method == "theory" and list_neuron_parameters(curves.network)
    if max(spreads.values(), default=0.0) <= ALIKE_SPREAD and not is_of_mean_neuron:
        bounds = _propagate_errors(
            np.array(unit_errors), np.array(slopes).T, np.array(totals).T / curves.scale,
            rate_network,
        )  # fmt: skip
    units = [(name, unit) for name, units in curves.unit_names_of.items() for unit in units]
    return tuple(
        ValidityRange(
            unit, curves.fits[name].low / curves.scale, curves.fits[name].high / curves.scale,
            float(bound) / curves.scale, tolerances[name], points_of[name],
        )
        for (name, unit), bound in zip(units, bounds, strict=True)
    )  # fmt: skip


def _error_of_rates(curves: PopulationCurves, name: str, tolerance: float) -> float:
    """Return the error in Hz of the rates that a population's curve was fitted to."""
    if curves.method != "theory":
        return curves.scale * tolerance
    channels, source_rates, target_rates = curves.design
    rates = np.asarray(target_rates[name])
    theory_error = estimate_theory_error(curves.targets[name], channels, source_rates, rates)
    return THEORY_HZ + THEORY_SHARE * float(rates.max()) + float(theory_error.max())


def _propagate_errors(
    unit_errors: np.ndarray, slopes: np.ndarray, totals: np.ndarray, network: RateNetwork
) -> np.ndarray:
    """Propagate the errors of units through the network; infinite where a loop is unstable.

    Parameters
    ----------
    unit_errors : numpy.ndarray, shape (unit,)
        Error of each unit's own curve in Hz.
    slopes, totals : numpy.ndarray, shape (point, unit)
        Slopes of the curves over the summed input, and summed inputs in activation.
    network : RateNetwork
        The derived network, for its weights.
    """
    n_units = len(unit_errors)
    weights = network.W[:n_units, :n_units]
    if network.divisive is not None:
        weights = weights - totals[:, :, None] * network.divisive[:n_units, :n_units]
    linear_response = slopes[:, :, None] * weights
    if (np.linalg.eigvals(linear_response).real >= 1).any():
        return np.full(n_units, np.inf)
    amplification = np.abs(np.linalg.inv(np.eye(n_units) - linear_response))
    largest: np.ndarray = (amplification @ unit_errors).max(axis=0)
    return largest


def _make_validity_points(curves: PopulationCurves, network: RateNetwork) -> dict[str, np.ndarray]:
    """Return the points that each curve was fitted to, as in `ValidityRange`."""
    channels, source_rates, _ = curves.design
    assert network.channels is not None
    n_points = np.asarray(next(iter(source_rates.values()))).shape[-1]
    channel_levels = np.zeros((n_points, len(network.channels)))
    for k, channel in enumerate(network.channels):
        channel_levels[:, k] = channels[channel]
    unit_rates = np.concatenate(
        [
            np.broadcast_to(source_rates[n], (len(u), n_points))
            for n, u in curves.unit_names_of.items()
        ]
    )
    activations = np.zeros((n_points, len(network.units)))
    activations[:, : len(unit_rates)] = unit_rates.T / curves.scale
    # The other units are the positive or negative part of a channel.
    for k in range(len(unit_rates), len(network.units)):
        activations[:, k] = network.activation[k](channel_levels @ network.W_in[k])
    gross_inputs = compute_gross_input(network, activations, channel_levels).T
    points_of = {}
    for name, unit_names in curves.unit_names_of.items():
        rows = [network.units.index(unit) for unit in unit_names]
        fit = curves.fits[name]
        gross_input = gross_inputs[rows] if len(fit.sums) > n_points else gross_inputs[rows[:1]]
        points_of[name] = np.column_stack(
            [fit.sums / curves.scale, gross_input.ravel(), fit.residuals / curves.scale]
        )
    return points_of


def _find_largest_residual(points: np.ndarray, tolerance: float) -> float:
    """Return the largest residual among the points in range."""
    in_range = estimate_misfit(points, points[:, 0], points[:, 1]) <= tolerance
    return float(np.abs(points[in_range, 2]).max(initial=0.0))


def _compute_slopes(curves: PopulationCurves, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Compute the slope of a curve over the sum at each point of the design, and the sums in Hz."""
    channels, source_rates, _ = curves.design
    target, fit = curves.targets[name], curves.fits[name]
    x = target.summed_input(fit, channels, source_rates) + np.zeros_like(source_rates[name])
    half_step = SLOPE_STEP * max(fit.high - fit.low, 1e-9)
    divisor = target.divisor(fit, channels, source_rates) / target.resting_divisor(fit, channels)
    return (fit(x + half_step) - fit(x - half_step)) / (2 * half_step) / divisor, x


def flag_misfits(curves: PopulationCurves, validity: tuple[ValidityRange, ...]) -> tuple[Flag, ...]:
    """Flag populations whose rate is not a function of their signed sum in all of the design."""
    by_unit = {v.unit: v for v in validity}
    channels, flags = curves.design.channels, []
    for name, unit_names in curves.unit_names_of.items():
        v = by_unit[unit_names[0]]
        out_of_range = estimate_misfit(v.points, v.points[:, 0], v.points[:, 1]) > v.tolerance
        if not out_of_range.any():
            continue
        residuals = np.where(out_of_range, v.points[:, 2], 0.0)
        worst = int(np.abs(residuals).argmax())
        levels = ", ".join(f"{c} = {x[worst % len(x)]:.2g}" for c, x in channels.items())
        values = {
            "share": float(out_of_range.mean()),
            "error": float(residuals[worst]) * curves.scale,
            "location": f" (at {levels})" if levels else "",
        }
        flags.append(Flag("misfit", MISFIT, name, values))
    return tuple(flags)
