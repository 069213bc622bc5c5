"""How wrong a derived rate network may be, and over which inputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from bioann.ann.network import RateNetwork
from bioann.translate.presynaptic_input import ValuesByName
from bioann.translate.target import TargetPopulation
from bioann.translate.to_ann.flags import estimate_theory_error
from bioann.translate.to_ann.signed_sum import SignedSumFit
from bioann.translate.to_ann.validity import compute_gross_input, estimate_misfit
from bioann.translate.translation import ValidityRange

#: Error that the theory of slow noise is allowed where its conditions hold: a share of the largest
#: rate, and Hz. On grids of E and I rates onto LIF, EIF and AdEx cells it was off by 5% at most;
#: populations that fire without reaching threshold on average, in random networks, by 5 Hz.
THEORY_SHARE, THEORY_HZ = 0.05, 5.0
#: Share of the largest rate, and Hz, by which the rate may miss a function of the signed sum; what
#: lies between the points of a measured design may be off by as much more than they are.
TOLERANCE_SHARE, TOLERANCE_HZ = 0.025, 2.0
#: Share of the range over which the slope of a curve is taken.
SLOPE_STEP = 0.05


def bound_errors(
    targets: Mapping[str, TargetPopulation],
    fits: Mapping[str, SignedSumFit],
    design_inputs: tuple[ValuesByName, ValuesByName, ValuesByName],
    network: RateNetwork,
    unit_names_of: Mapping[str, Sequence[str]],
    method: str,
    scale: float,
    *,
    neurons_alike: bool,
) -> tuple[ValidityRange, ...]:
    r"""Bound the steady error of every unit.

    Each population's own error `e` is the largest residual of its curve in range
    (`bioann.translate.to_ann.validity`) and the error allowed to what the curve was made from; a
    wrong rate makes the targets wrong, so that together

    .. math:: |\delta| \le \max \left| (1 - S W)^{-1} \right| e

    over the points of the design, with `S` the slopes there. Where the linear response is not
    stable, or without `neurons_alike` (that the neurons of each unit are alike), there is no bound.
    """
    channels, source_rates, target_rates = design_inputs
    highest_rates = {name: float(np.max(target_rates[name])) for name in targets}
    tolerances = {
        n: max(TOLERANCE_SHARE * top, TOLERANCE_HZ) / scale for n, top in highest_rates.items()
    }
    points_of = _make_validity_points(fits, design_inputs, network, unit_names_of, scale)
    unit_errors: list[float] = []
    slopes, totals = [], []  # of each unit, around the points of the design
    for name, target in targets.items():
        error = scale * _find_largest_residual(points_of[name], tolerances[name])
        if method == "theory":
            theory_error = estimate_theory_error(
                target, channels, source_rates, np.asarray(target_rates[name])
            )
            error += THEORY_HZ + THEORY_SHARE * highest_rates[name] + float(theory_error.max())
        else:
            error += scale * tolerances[name]
        n_units, n_points = len(unit_names_of[name]), np.asarray(target_rates[name]).shape[-1]
        slope, total = _compute_slopes(target, fits[name], channels, source_rates)
        unit_errors += [error] * n_units
        slopes += [*np.broadcast_to(slope, (n_units, n_points))]
        totals += [*np.broadcast_to(total, (n_units, n_points))]
    bounds = np.full(len(unit_errors), np.inf)
    if neurons_alike:
        bounds = _propagate_errors(
            np.array(unit_errors), np.array(slopes).T, np.array(totals).T / scale, network
        )
    units = [(name, unit) for name in targets for unit in unit_names_of[name]]
    return tuple(
        ValidityRange(
            unit, fits[name].low / scale, fits[name].high / scale, float(bound) / scale,
            tolerances[name], points_of[name],
        )
        for (name, unit), bound in zip(units, bounds, strict=True)
    )  # fmt: skip


def _propagate_errors(
    unit_errors: np.ndarray, slopes: np.ndarray, totals: np.ndarray, network: RateNetwork
) -> np.ndarray:
    """Give what the errors of units make of each other; infinite where a loop is not stable.

    Parameters
    ----------
    unit_errors : numpy.ndarray, shape (unit,)
        Error of each unit's own curve.
    slopes, totals : numpy.ndarray, shape (point, unit)
        Slopes of the curves by summed input, and summed inputs in activation.
    network : RateNetwork
        Of the weights.
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


def _make_validity_points(
    fits: Mapping[str, SignedSumFit],
    design_inputs: tuple[ValuesByName, ValuesByName, ValuesByName],
    network: RateNetwork,
    unit_names_of: Mapping[str, Sequence[str]],
    scale: float,
) -> dict[str, np.ndarray]:
    """Give the points that each curve was made from, as `ValidityRange` wants them."""
    channels, source_rates, _ = design_inputs
    assert network.channels is not None
    n_points = np.asarray(next(iter(source_rates.values()))).shape[-1]
    channel_levels = np.zeros((n_points, len(network.channels)))
    for k, channel in enumerate(network.channels):
        channel_levels[:, k] = channels[channel]
    unit_rates = np.concatenate(
        [np.broadcast_to(source_rates[n], (len(u), n_points)) for n, u in unit_names_of.items()]
    )
    activations = np.zeros((n_points, len(network.units)))
    activations[:, : len(unit_rates)] = unit_rates.T / scale
    # The other units are the positive or negative part of a channel.
    for k in range(len(unit_rates), len(network.units)):
        activations[:, k] = network.activation[k](channel_levels @ network.W_in[k])
    gross_inputs = compute_gross_input(network, activations, channel_levels).T
    points_of = {}
    for name, unit_names in unit_names_of.items():
        rows = [network.units.index(unit) for unit in unit_names]
        fit = fits[name]
        gross_input = gross_inputs[rows] if len(fit.sums) > n_points else gross_inputs[rows[:1]]
        points_of[name] = np.column_stack(
            [fit.sums / scale, gross_input.ravel(), fit.residuals / scale]
        )
    return points_of


def _find_largest_residual(points: np.ndarray, tolerance: float) -> float:
    """Give the largest residual among the points that are in range."""
    in_range = estimate_misfit(points, points[:, 0], points[:, 1]) <= tolerance
    return float(np.abs(points[in_range, 2]).max(initial=0.0))


def _compute_slopes(
    target: TargetPopulation, fit: SignedSumFit, channels: ValuesByName, source_rates: ValuesByName
) -> tuple[np.ndarray, np.ndarray]:
    """Give the slope of a curve by the sum around each point of the design, and the points."""
    x = target.summed_input(fit, channels, source_rates) + np.zeros_like(source_rates[target.name])
    half_step = SLOPE_STEP * max(fit.high - fit.low, 1e-9)
    divisor = target.divisor(fit, channels, source_rates) / target.resting_divisor(fit, channels)
    return (fit(x + half_step) - fit(x - half_step)) / (2 * half_step) / divisor, x


def flag_misfits(
    validity: Sequence[ValidityRange],
    unit_names_of: Mapping[str, Sequence[str]],
    channels: ValuesByName,
    scale: float,
) -> tuple[str, ...]:
    """Say where the rate of a population is no function of its signed sum.

    Parameters
    ----------
    validity : sequence of Validity
        Of all units.
    unit_names_of : mapping of str to sequence of str
        Units of each population.
    channels : mapping of str to numpy.ndarray
        The design's activation of each channel, shape (point,).
    scale : float
        Rate in Hz that counts as activation 1.
    """
    by_unit = {v.unit: v for v in validity}
    flags = []
    for name, unit_names in unit_names_of.items():
        v = by_unit[unit_names[0]]
        out_of_range = estimate_misfit(v.points, v.points[:, 0], v.points[:, 1]) > v.tolerance
        if not out_of_range.any():
            continue
        residuals = np.where(out_of_range, v.points[:, 2], 0.0)
        largest = int(np.abs(residuals).argmax())
        levels = ", ".join(f"{c} = {x[largest % len(x)]:.2g}" for c, x in channels.items())
        direction = "more" if residuals[largest] > 0 else "less"
        flags.append(
            f"In {out_of_range.mean():.1%} of the design the rate of {name!r} is no function of "
            "its signed sum, and out of range: a sum near threshold may be strong excitation and "
            "inhibition that cancel, whose noise makes the cell fire, or weak ones, which do not. "
            f"At worst the curve says {abs(residuals[largest]) * scale:.0f} Hz {direction} than "
            f"the cell{f', at {levels}' if levels else ''}. bioann.translate.to_ann.validity."
            "list_out_of_range lists such conditions of a stimulus."
        )
    return tuple(flags)
