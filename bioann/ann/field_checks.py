"""Checks of the fields of a rate network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from bioann.base.errors import DescriptionError, unknown_name_error
from bioann.base.text import check_names


def resolve_channels(units: tuple[str, ...], channels: Any, W_in: Any) -> tuple[str, ...]:
    """Return the names of the stimulus channels, those of the units by default.

    Parameters
    ----------
    units : tuple of str
        Names of the units.
    channels : tuple of str, str or None
        Names of the channels, as the user passed them.
    W_in : array_like or None, shape (unit, channel)
        Weights from the channels; None for one channel per unit.

    Raises
    ------
    DescriptionError
        If names repeat, or are missing.
    """
    columns = len(units) if W_in is None else np.shape(W_in)[-1] if np.ndim(W_in) else 0
    if channels is None and columns == len(units):
        channels = units
    if isinstance(channels, str):
        channels = (channels,)
    if channels is None or len(set(channels)) != len(channels):
        raise DescriptionError(
            "RateNetwork, channels",
            f"{columns} different name(s), one per column of W_in",
            repr(channels),
            "Pass channels=('name', ...).",
        )
    check_names(channels, "RateNetwork, channels")
    return tuple(channels)


def check_divisive(divisive: np.ndarray, divisive_in: np.ndarray) -> None:
    """Raise `DescriptionError` for divisive weights below 0."""
    smallest = min(divisive.min(), divisive_in.min(initial=0.0))
    if smallest < 0:
        raise DescriptionError(
            "RateNetwork, divisive",
            "weights of 0 or more",
            f"{smallest:g}",
            "A shunt divides whatever the sign of its synapse; W has the subtractive weights.",
        )


def check_gates(units: Sequence[str], gates: Mapping[str, str]) -> None:
    """Check that gates connect different units of a network.

    Parameters
    ----------
    units : sequence of str
        Names of the units.
    gates : mapping of str to str
        The gating unit of each gated one.

    Raises
    ------
    UnknownNameError
        If there is no such unit.
    DescriptionError
        If a unit gates itself.
    """
    for unit, gate in gates.items():
        for name in (unit, gate):
            if name not in units:
                raise unknown_name_error("RateNetwork, gates", "unit", name, units)
        if unit == gate:
            raise DescriptionError(
                f"RateNetwork, gate of {unit!r}",
                "another unit",
                "the unit itself",
                "The square of an activation is activation=bioann.activations.Power(2).",
            )
