"""The record of a translation: what came out, what it was decided by, and where it is not sure."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from bioann.base.errors import DescriptionError, unknown_name_error
from bioann.correspondence import Correspondence


@dataclasses.dataclass(frozen=True)
class Decision:
    """One number or choice that a translation made.

    Parameters
    ----------
    what : str
        What was decided, naming the part: ``"weight pool -> left"``.
    value : float or str
        The number in `unit`, or the choice.
    unit : str
        Unit of the number; empty for a choice or a number without one.
    why : str
        Where it comes from, one sentence without a full stop.
    """

    what: str
    value: float | str
    unit: str
    why: str

    def __post_init__(self) -> None:
        """Raise `DescriptionError` for a value that a reader cannot use."""
        value = self.value
        is_number = isinstance(value, (int, float, np.number)) and not isinstance(value, bool)
        if not is_number and not isinstance(value, str):
            raise DescriptionError(
                f"Decision {self.what!r}, value",
                "a number or a text",
                repr(value),
                "Make one decision of each number.",
            )
        if isinstance(value, str):
            return
        object.__setattr__(self, "value", float(value))
        if not math.isfinite(value):
            raise DescriptionError(
                f"Decision {self.what!r}, value",
                "a finite number",
                repr(value),
                "Say in words why there is no number.",
            )


@dataclasses.dataclass(frozen=True)
class ValidityRange:
    """Where a derived unit can be trusted, and how far.

    Parameters
    ----------
    unit : str
        The unit.
    low, high : float
        Summed inputs (weights, bias and all) between which its curve was made.
    bound : float
        Largest error of its steady activation there, in activation; infinite if none can be
        given.
    tolerance : float, optional
        How far the curve may miss the activation, as root mean square over the nearest `points`,
        for a point to be in range.
    points : numpy.ndarray, shape (point, 3), optional
        What the curve was made from: summed input, gross input
        (`bioann.translate.to_ann.validity.compute_gross_input`), and by how much the curve misses
        the activation there.
    """

    unit: str
    low: float
    high: float
    bound: float
    tolerance: float = math.inf
    points: np.ndarray = dataclasses.field(
        default_factory=lambda: np.zeros((0, 3)), compare=False, repr=False
    )


@dataclasses.dataclass(frozen=True)
class Translation:
    """A model that was derived from another, and how.

    It unpacks as ``network, correspondence``.

    Parameters
    ----------
    network : Model
        The derived model.
    correspondence : Correspondence
        What is read as what.
    decisions : tuple of Decision
        All that was decided on the way.
    flags : tuple of str, optional
        Where the translation leaves what it is valid for; each a sentence.
    validity : tuple of Validity, optional
        Where its units can be trusted.
    """

    network: Any
    correspondence: Correspondence
    decisions: tuple[Decision, ...]
    flags: tuple[str, ...] = ()
    validity: tuple[ValidityRange, ...] = ()

    def __iter__(self) -> Iterator[Any]:
        """Give the network and the correspondence, so that ``network, same = ...`` works."""
        return iter((self.network, self.correspondence))

    def decided_number(self, what: str) -> float:
        """Give the number of one decision.

        Raises
        ------
        UnknownNameError
            If nothing of that name was decided, or not in numbers.
        """
        numbers = {d.what: d.value for d in self.decisions if not isinstance(d.value, str)}
        if what not in numbers:
            raise unknown_name_error("Translation", "decided number", what, numbers)
        return numbers[what]

    def decision_table(self) -> pd.DataFrame:
        """List the decisions, one row each: what, value, unit, why."""
        columns = [f.name for f in dataclasses.fields(Decision)]
        rows = [dataclasses.astuple(d) for d in self.decisions]
        return pd.DataFrame(rows, columns=columns)
