"""The result of a translation: the derived model, the decisions behind it, and its limits."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from bioann.base.annotations import is_real_number, list_allowed_types
from bioann.base.derivation import Derivation, Flag, ValidityRange
from bioann.base.errors import DescriptionError, unknown_name_error
from bioann.base.text import shorten_repr
from bioann.base.type_checks import as_tuple, check_field_types
from bioann.base.views import render_for_notebook
from bioann.correspondence import Correspondence
from bioann.model import check_model


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


class Assessment(NamedTuple):
    """How a derived model was made and how far it can be trusted: the fields of `Translation`."""

    decisions: tuple[Decision, ...]
    flags: tuple[Flag, ...] = ()
    validity: tuple[ValidityRange, ...] = ()


@dataclasses.dataclass(frozen=True)
class Translation:
    """A model that was derived from another, and how.

    It unpacks as ``network, correspondence``.

    Parameters
    ----------
    network : Model
        The model that was derived.
    correspondence : Correspondence
        Correspondence between the units of both models.
    decisions : tuple of Decision
        Every number and choice of the translation.
    flags : tuple of Flag, optional
        Respects in which the derived model may differ from the original.
    validity : tuple of ValidityRange, optional
        Valid range and error bound of each unit.
    """

    network: Any
    correspondence: Correspondence
    decisions: tuple[Decision, ...]
    flags: tuple[Flag, ...] = ()
    validity: tuple[ValidityRange, ...] = ()

    def __post_init__(self) -> None:
        """Let the correspondence carry flags and validity, so that reports of a pair state them."""
        for name, allowed in list_allowed_types(type(self)).items():  # type: ignore[arg-type]
            object.__setattr__(self, name, as_tuple(getattr(self, name), allowed))
        check_field_types(dataclasses.fields(self), vars(self), type(self), "Translation")
        check_model(self.network, "Translation, network")
        if self.flags or self.validity:
            derivation = Derivation(self.flags, self.validity)
            correspondence = dataclasses.replace(self.correspondence, derivation=derivation)
            object.__setattr__(self, "correspondence", correspondence)

    def __iter__(self) -> Iterator[Any]:
        """Iterate over the network and the correspondence: ``network, same = ...``."""
        return iter((self.network, self.correspondence))

    def _repr_html_(self) -> str:
        return render_for_notebook("translation", self)

    def decided_number(self, quantity: str, component: str = "") -> float:
        """Return the number of one decision.

        Parameters
        ----------
        quantity : str
            Name of the quantity, as in `Decision`.
        component : str, optional
            Population or connection that the quantity belongs to; empty for the whole model.

        Raises
        ------
        UnknownNameError
            If there is no decision of that name, or its value is no number.
        """
        for d in self.decisions:
            if (d.quantity, d.component) == (quantity, component) and not isinstance(d.value, str):
                return d.value
        known_names = [d.what for d in self.decisions if not isinstance(d.value, str)]
        name = f"{quantity} of {component}" if component else quantity
        raise unknown_name_error("Translation", "decided number", name, known_names)

    def decision_table(self) -> pd.DataFrame:
        """List the decisions, one row each: what, value, unit, why."""
        columns = ["what", "value", "unit", "why"]
        rows = [[d.what, d.value, d.unit, d.why] for d in self.decisions]
        return pd.DataFrame(rows, columns=columns)
