"""The result of a translation: the derived model, the decisions behind it, and its limits."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any, NamedTuple

import pandas as pd

from bioann.base.annotations import list_allowed_types
from bioann.base.decision import Decision as Decision, make_decision_table
from bioann.base.derivation import Derivation, Flag, ValidityRange
from bioann.base.errors import unknown_name_error
from bioann.base.type_checks import as_tuple, check_field_types
from bioann.base.views import render_for_notebook
from bioann.correspondence import Correspondence
from bioann.model import check_model


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

    Examples
    --------
    >>> import bioann as ba
    >>> from brian2 import nS
    >>> network = ba.SpikingNetwork((ba.Population("cell", 10, "glutamate", background=4 * nS),))
    >>> translation = ba.to_ann(network)
    >>> rates, correspondence = translation
    >>> [decision.quantity for decision in translation.decisions][:3]
    ['scale', 'effective potential', 'rheobase']
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
        return make_decision_table(self.decisions)
