"""Pairs in which parameters have other values: models, controls, and what is derived from them."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from bioann.base.description import Description
from bioann.pair import Pair
from bioann.parameters.addresses import Parameter, collect_parameters, get_parameter
from bioann.parameters.replace_value import replace_parameters


def change_pair(pair: Pair, values: Mapping[str, Any]) -> Pair:
    """Return a pair in which parameters have other values.

    A parameter of the spiking model changes in the controls, too, where they have it with the same
    value: they are variants of that model. A rate model that follows from the spiking model
    (``Pair.derive``) is derived again; one that was written by hand stays.

    Parameters
    ----------
    pair : Pair
        The pair; it stays as it is.
    values : mapping of str to quantity or float
        Value of each parameter, by its address in the pair.

    Returns
    -------
    Pair
        The copy, which varies no parameter of its own.

    Raises
    ------
    UnknownNameError
        If the pair has no parameter of an address.
    DescriptionError
        If the pair does not allow a value.
    """
    return PairChanger(pair).change_values(values)


class PairChanger:
    """Makes copies of a pair with other values; keeps the list of its parameters for all of them.

    Parameters
    ----------
    pair : Pair
        The pair; it stays as it is.
    """

    def __init__(self, pair: Pair) -> None:
        self.pair = pair
        self.fixed = dataclasses.replace(pair, vary=None)
        self.parameters = index_parameters(pair)
        self.of_spiking_model = index_parameters(pair.bio)
        self.of_controls = {name: index_parameters(c) for name, c in pair.controls.items()}

    def change_values(self, values: Mapping[str, Any]) -> Pair:
        """Return the copy with some values; see `change_pair`."""
        by_field: dict[str, dict[str, Any]] = {"bio": {}, "other": {}}
        for address, value in values.items():
            # `get_parameter` raises the error of an unknown address.
            parameter = self.parameters.get(address) or get_parameter(self.pair, address)
            field = "bio" if parameter.path[0] == "bio" else "other"
            by_field[field][address] = value
        changed = self.change_spiking_model(by_field["bio"]) if by_field["bio"] else self.fixed
        return replace_parameters(changed, by_field["other"]) if by_field["other"] else changed

    def change_spiking_model(self, values: Mapping[str, Any]) -> Pair:
        """Return the copy with some values of the spiking model and of its controls."""
        controls = {
            name: self._change_control(name, control, values)
            for name, control in self.pair.controls.items()
        }
        bio = replace_parameters(self.pair.bio, values, self.of_spiking_model)
        if self.pair.derive is not None:
            return dataclasses.replace(self.pair.derive(bio), controls=controls, vary=None)
        return self.fixed.replace_spiking_models(bio, controls)

    def _change_control(self, name: str, control: Any, values: Mapping[str, Any]) -> Any:
        """Return a control with the values that it shares with the spiking model."""
        parameters = self.of_controls[name]
        shared = {
            address: value
            for address, value in values.items()
            if address in parameters
            and parameters[address].value == self.of_spiking_model[address].value
        }
        return replace_parameters(control, shared, parameters) if shared else control


def index_parameters(description: Any) -> dict[str, Parameter]:
    """Return the parameters of a description by address; none of what is no description."""
    if not isinstance(description, Description):
        return {}
    return {p.address: p for p in collect_parameters(description)}
