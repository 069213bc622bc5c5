"""The parameter that differs most between the points where a verdict stays and where it turns."""

from __future__ import annotations

import dataclasses
import itertools
import math
from collections.abc import Mapping, Sequence

import numpy as np

from bioann.base.randomness import make_rng

#: Error level at which a parameter stands out among all that change.
LEVEL = 0.05
#: Divisions of the points into two groups that are all tried; of more, as many are drawn.
MAX_DIVISIONS = 5000


@dataclasses.dataclass(frozen=True)
class TurningParameter:
    """The parameter with the largest difference between two groups of points.

    Parameters
    ----------
    label : str
        Address of the first parameter with its role.
    difference : float
        Mean factor where the verdict turns minus that where it stays, in standard deviations of the
        factor over all points.
    p_value : float
        Share of the divisions of the points into groups of the same sizes in which some parameter
        differs as much: small numbers of points always have a largest difference. Above 0, because
        the division that was observed is one of them.
    """

    label: str
    difference: float
    p_value: float

    @property
    def stands_out(self) -> bool:
        """Whether chance alone rarely gives as large a difference."""
        return self.p_value <= LEVEL

    def describe(self, event: str) -> str:
        """Return the parameter and its direction in words, after an event such as ``"turns"``."""
        direction = "larger" if self.difference > 0 else "smaller"
        size = f"{abs(self.difference):.1f} SD"
        if self.stands_out:
            return f"{event} where {self.label} is {direction} ({size}, p = {self.p_value:.2g})"
        return (
            f"no single parameter stands out where it {event} (most: {self.label} {direction}, "
            f"p = {self.p_value:.2g})"
        )


def find_turning_parameter(
    factors: Sequence[Mapping[str, float]], turns: Sequence[bool]
) -> TurningParameter | None:
    """Find the parameter that tells the points where a verdict turns from the others best.

    Parameters
    ----------
    factors : sequence of mapping of str to float
        Factor of each parameter, one mapping for each point, all with the same names.
    turns : sequence of bool
        Whether the verdict of the point differs from the original.

    Returns
    -------
    TurningParameter or None
        With its p-value by permutation of the points, for the largest of all differences; None if
        the verdict turns nowhere or everywhere.
    """
    is_turned = np.asarray(turns, bool)
    n_points, n_turned = is_turned.size, int(is_turned.sum())
    if not 0 < n_turned < n_points:
        return None
    labels = list(factors[0])
    table = np.array([[point[label] for label in labels] for point in factors])
    z = (table - table.mean(0)) / table.std(0, ddof=1)
    observed = _compute_differences(z, is_turned[None])[0]
    best = int(np.abs(observed).argmax())
    largest = np.abs(_compute_differences(z, _list_divisions(is_turned))).max(1)
    is_as_large = largest >= abs(observed[best]) - 1e-9
    return TurningParameter(labels[best], float(observed[best]), float(is_as_large.mean()))


def _compute_differences(z: np.ndarray, divisions: np.ndarray) -> np.ndarray:
    """Return mean inside minus mean outside a group of points, shape (division, parameter)."""
    n_points, n_turned = divisions.shape[1], divisions[0].sum()
    sums: np.ndarray = divisions.astype(float) @ z  # the columns of z have mean zero
    return sums / n_turned + sums / (n_points - n_turned)


def _list_divisions(is_turned: np.ndarray) -> np.ndarray:
    """Return divisions of points into groups of the observed sizes, shape (division, point).

    The observed division is one of them; without it a p-value could be 0 (Phipson and Smyth 2010).
    """
    n_points, n_turned = is_turned.size, int(is_turned.sum())
    if math.comb(n_points, n_turned) <= MAX_DIVISIONS:
        groups = np.array(list(itertools.combinations(range(n_points), n_turned)))
    else:
        rng = make_rng(0, "robustness", "permutation", n_points, n_turned)
        order = rng.random((MAX_DIVISIONS, n_points)).argsort(1)
        groups = order[:, :n_turned]
    divisions = np.zeros((len(groups), n_points), bool)
    np.put_along_axis(divisions, groups, True, 1)
    is_listed = len(groups) < MAX_DIVISIONS or (divisions == is_turned).all(1).any()
    return divisions if is_listed else np.vstack([divisions, is_turned])
