"""How wrong a derived rate network may be, and over which inputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from bioann.ann.network import RateNetwork
from bioann.translate.presynaptic_input import ValuesByName
from bioann.translate.target import TargetPopulation
from bioann.translate.to_ann.flags import smoothed
from bioann.translate.to_ann.signed_sum import SignedSumFit
from bioann.translate.to_ann.validity import gross, nearby
from bioann.translate.translation import ValidityRange

#: Error that the theory of slow noise is allowed where its conditions hold: a share of the largest
#: rate, and Hz. On grids of E and I rates onto LIF, EIF and AdEx cells it was off by 5% at most;
#: populations that fire without reaching threshold on average, in random networks, by 5 Hz.
SHARE, LEAST = 0.05, 5.0
#: Share of the largest rate, and Hz, by which the rate may miss a function of the signed sum; what
#: lies between the points of a measured design may be off by as much more than they are.
TOLERANCE, FINEST = 0.025, 2.0
#: Share of the range over which the slope of a curve is taken.
STEP = 0.05


def bounded(
    sites: Mapping[str, TargetPopulation],
    sums: Mapping[str, SignedSumFit],
    met: tuple[ValuesByName, ValuesByName, ValuesByName],
    network: RateNetwork,
    units: Mapping[str, Sequence[str]],
    method: str,
    scale: float,
    *,
    sure: bool,
) -> tuple[ValidityRange, ...]:
    r"""Bound the steady error of every unit.

    Each population's own error `e` is the largest residual of its curve in range
    (`bioann.translate.to_ann.validity`) and the error allowed to what the curve was made from; a
    wrong rate makes the targets wrong, so that together

    .. math:: |\delta| \le \max \left| (1 - S W)^{-1} \right| e

    over the points of the design, with `S` the slopes there. Where the linear response is not
    stable, or without being `sure` (that the neurons of each unit are alike), there is no bound.
    """
    channels, rates, answers = met
    highest = {name: float(np.max(answers[name])) for name in sites}
    tolerances = {n: max(TOLERANCE * top, FINEST) / scale for n, top in highest.items()}
    designs = _designs(sums, met, network, units, scale)
    own: list[float] = []
    slopes, totals = [], []  # of each unit, around the points of the design
    for name, at in sites.items():
        error = scale * _worst(designs[name], tolerances[name])
        if method == "theory":
            flat = smoothed(at, channels, rates, np.asarray(answers[name]))
            error += LEAST + SHARE * highest[name] + float(flat.max())
        else:
            error += scale * tolerances[name]
        count, points = len(units[name]), np.asarray(answers[name]).shape[-1]
        slope, total = _slopes(at, sums[name], channels, rates)
        own += [error] * count
        slopes += [*np.broadcast_to(slope, (count, points))]
        totals += [*np.broadcast_to(total, (count, points))]
    bound = np.full(len(own), np.inf)
    if sure:
        bound = _together(np.array(own), np.array(slopes).T, np.array(totals).T / scale, network)
    each = [(name, unit) for name in sites for unit in units[name]]
    return tuple(
        ValidityRange(
            unit, sums[name].low / scale, sums[name].high / scale, float(worst) / scale,
            tolerances[name], designs[name],
        )
        for (name, unit), worst in zip(each, bound, strict=True)
    )  # fmt: skip


def _together(
    own: np.ndarray, slopes: np.ndarray, totals: np.ndarray, network: RateNetwork
) -> np.ndarray:
    """Give what the errors of units make of each other; infinite where a loop is not stable.

    Parameters
    ----------
    own : numpy.ndarray, shape (unit,)
        Error of each unit's own curve.
    slopes, totals : numpy.ndarray, shape (point, unit)
        Slopes of the curves by summed input, and summed inputs in activation.
    network : RateNetwork
        Of the weights.
    """
    n = len(own)
    weights = network.W[:n, :n]
    if network.divisive is not None:
        weights = weights - totals[:, :, None] * network.divisive[:n, :n]
    response = slopes[:, :, None] * weights
    if (np.linalg.eigvals(response).real >= 1).any():
        return np.full(n, np.inf)
    spread = np.abs(np.linalg.inv(np.eye(n) - response))
    largest: np.ndarray = (spread @ own).max(axis=0)
    return largest


def _designs(
    sums: Mapping[str, SignedSumFit],
    met: tuple[ValuesByName, ValuesByName, ValuesByName],
    network: RateNetwork,
    units: Mapping[str, Sequence[str]],
    scale: float,
) -> dict[str, np.ndarray]:
    """Give the points that each curve was made from, as `ValidityRange` wants them."""
    channels, rates, _ = met
    assert network.channels is not None
    points = np.asarray(next(iter(rates.values()))).shape[-1]
    shown = np.zeros((points, len(network.channels)))
    for k, channel in enumerate(network.channels):
        shown[:, k] = channels[channel]
    told = np.concatenate([np.broadcast_to(rates[n], (len(u), points)) for n, u in units.items()])
    active = np.zeros((points, len(network.units)))
    active[:, : len(told)] = told.T / scale
    for k in range(len(told), len(network.units)):  # the positive or negative part of a channel
        active[:, k] = network.activation[k](shown @ network.W_in[k])
    size = gross(network, active, shown).T
    found = {}
    for name, mine in units.items():
        rows = [network.units.index(unit) for unit in mine]
        own = sums[name]
        each = size[rows] if len(own.sums) > points else size[rows[:1]]
        found[name] = np.column_stack([own.sums / scale, each.ravel(), own.residuals / scale])
    return found


def _worst(design: np.ndarray, tolerance: float) -> float:
    """Give the largest residual among the points that are in range."""
    good = nearby(design, design[:, 0], design[:, 1]) <= tolerance
    return float(np.abs(design[good, 2]).max(initial=0.0))


def _slopes(
    at: TargetPopulation, found: SignedSumFit, channels: ValuesByName, rates: ValuesByName
) -> tuple[np.ndarray, np.ndarray]:
    """Give the slope of a curve by the sum around each point of the design, and the points."""
    x = at.summed_input(found, channels, rates) + np.zeros_like(rates[at.name])
    half = STEP * max(found.high - found.low, 1e-9)
    under = at.divisor(found, channels, rates) / at.resting_divisor(found, channels)
    return (found(x + half) - found(x - half)) / (2 * half) / under, x


def missed(
    found: Sequence[ValidityRange],
    units: Mapping[str, Sequence[str]],
    channels: ValuesByName,
    scale: float,
) -> tuple[str, ...]:
    """Say where the rate of a population is no function of its signed sum.

    Parameters
    ----------
    found : sequence of Validity
        Of all units.
    units : mapping of str to sequence of str
        Units of each population.
    channels : mapping of str to numpy.ndarray
        The design's activation of each channel, shape (point,).
    scale : float
        Rate in Hz that counts as activation 1.
    """
    by_unit = {v.unit: v for v in found}
    told = []
    for name, mine in units.items():
        v = by_unit[mine[0]]
        out = nearby(v.points, v.points[:, 0], v.points[:, 1]) > v.tolerance
        if not out.any():
            continue
        off = np.where(out, v.points[:, 2], 0.0)
        worst = int(np.abs(off).argmax())
        where = ", ".join(f"{c} = {x[worst % len(x)]:.2g}" for c, x in channels.items())
        side = "more" if off[worst] > 0 else "less"
        told.append(
            f"In {out.mean():.1%} of the design the rate of {name!r} is no function of its signed "
            "sum, and out of range: a sum near threshold may be strong excitation and inhibition "
            "that cancel, whose noise makes the cell fire, or weak ones, which do not. At worst "
            f"the curve says {abs(off[worst]) * scale:.0f} Hz {side} than the cell"
            f"{f', at {where}' if where else ''}. bioann.translate.to_ann.validity.outside lists "
            "such conditions of a stimulus."
        )
    return tuple(told)
