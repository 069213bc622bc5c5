"""The decisions of a translation: every number and choice, and its origin."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable

import numpy as np
import pandas as pd

from bioann.base.annotations import is_real_number
from bioann.base.errors import DescriptionError
from bioann.base.text import shorten_repr
from bioann.base.type_checks import check_field_types


@dataclasses.dataclass(frozen=True)
class Decision:
    """One number or choice that a translation made.

    Parameters
    ----------
    quantity : str
        Name of the quantity or choice: ``"weight"``, ``"gain"``.
    value : float or str
        The number in `unit`, or the choice.
    unit : str
        Unit of the number; empty for a choice or a dimensionless number.
    why : str
        Origin of the value, one sentence without a full stop.
    component : str, optional
        Population or connection that the quantity belongs to: ``"pool -> left"``; empty if it
        concerns the whole model.
    """

    quantity: str
    value: float | str
    unit: str
    why: str
    component: str = ""

    @property
    def what(self) -> str:
        """The quantity and the component that it belongs to, for a table."""
        return f"{self.quantity} of {self.component}" if self.component else self.quantity

    def __post_init__(self) -> None:
        """Raise `DescriptionError` for a value that a reader cannot use."""
        text_fields = [f for f in dataclasses.fields(self) if f.name != "value"]
        check_field_types(text_fields, vars(self), type(self), "Decision")
        value = self.value
        is_number = isinstance(value, (int, float, np.number)) and not isinstance(value, bool)
        if not is_number and not isinstance(value, str):
            raise DescriptionError(
                f"Decision {self.what!r}, value",
                "a number or a text",
                shorten_repr(value),
                "Record each number as a decision of its own.",
            )
        if isinstance(value, str):
            return
        if is_real_number(value) and math.isfinite(value):
            object.__setattr__(self, "value", float(value))
        else:
            raise DescriptionError(
                f"Decision {self.what!r}, value",
                "a finite number",
                shorten_repr(value),
                "Record in words why there is no number.",
            )


def make_decision_table(decisions: Iterable[Decision]) -> pd.DataFrame:
    """Return a table of decisions, one row each: what, value, unit, why."""
    columns = ["what", "value", "unit", "why"]
    return pd.DataFrame([[d.what, d.value, d.unit, d.why] for d in decisions], columns=columns)
