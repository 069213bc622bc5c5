"""How far a model that was derived from its counterpart can be trusted."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from bioann.base.description import Description


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Flag(Description):
    """One respect in which a derived model may differ from the original.

    ``str(flag)`` is the sentence.

    Parameters
    ----------
    kind : str
        Name of the problem, the same for all parts: ``"delay"``.
    sentence : str
        Format string with the keys of `values`, and ``{name!r}`` for the component.
    component : str, optional
        Population or unit that is concerned; empty for the whole model.
    values : mapping of str to object, optional
        Numbers and names in the sentence, by name.
    """

    kind: str
    sentence: str
    component: str = ""
    values: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    def check(self) -> None:
        """Convert NumPy's numbers to Python's, so that the flag prints as code."""
        values = {n: v.item() if isinstance(v, np.generic) else v for n, v in self.values.items()}
        self.set_field("values", values)

    def __str__(self) -> str:
        return self.sentence.format(name=self.component, **self.values)


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class ValidityRange(Description):
    """Range in which a derived unit is valid, and a bound on its error there.

    Parameters
    ----------
    unit : str
        Name of the unit.
    low, high : float
        Smallest and largest summed input, bias included, that its curve was fitted to.
    bound : float
        Largest error of its steady activation in range, in activation; infinite if no bound is
        known.
    tolerance : float, optional
        Largest root mean square residual over the nearest `points`, in activation, at which a
        point is in range.
    points : numpy.ndarray, shape (point, 3), optional
        Points that the curve was fitted to: summed input, gross input
        (`bioann.translate.to_ann.validity.compute_gross_input`), and residual of the curve.
    """

    unit: str
    low: float
    high: float
    bound: float
    tolerance: float = math.inf
    points: np.ndarray = dataclasses.field(default_factory=lambda: np.zeros((0, 3)))

    def check(self) -> None:
        """Convert NumPy's numbers to Python's, so that the range prints as code."""
        for name in ("low", "high", "bound", "tolerance"):
            self.set_field(name, float(getattr(self, name)))
        self.set_field("points", np.reshape(self.points, (-1, 3)))


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Derivation(Description):
    """Flags and valid ranges of a derived model, for the reports of its pair.

    Parameters
    ----------
    flags : tuple of Flag, optional
        Respects in which the derived model may differ from the original.
    validity : tuple of ValidityRange, optional
        Valid range and error bound of each unit of a derived rate network.
    """

    flags: tuple[Flag, ...] = ()
    validity: tuple[ValidityRange, ...] = ()

    def without_points(self) -> Derivation:
        """Return it without the points that the curves were fitted to, which fill many lines."""
        no_points = np.zeros((0, 3))
        ranges = tuple(dataclasses.replace(v, points=no_points) for v in self.validity)
        return Derivation(self.flags, ranges)
