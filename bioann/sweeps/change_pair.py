"""Pairs in which parameters have other values: models, controls, and what is derived from them."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from bioann.base.description import Description
from bioann.pair import Pair
from bioann.parameters.addresses import collect_parameters, get_parameter
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
    fields = {address: get_parameter(pair, address).path[0] for address in values}
    spiking = {address: v for address, v in values.items() if fields[address] == "bio"}
    others = {address: v for address, v in values.items() if fields[address] != "bio"}
    changed = dataclasses.replace(pair, vary=None)
    if spiking:
        controls = {
            name: _change_control(control, pair.bio, spiking)
            for name, control in pair.controls.items()
        }
        bio = replace_parameters(pair.bio, spiking)
        if pair.derive is not None:
            changed = dataclasses.replace(pair.derive(bio), controls=controls, vary=None)
        else:
            changed = dataclasses.replace(changed, bio=bio, controls=controls)
    return replace_parameters(changed, others) if others else changed


def _change_control(control: Any, bio: Any, values: Mapping[str, Any]) -> Any:
    """Return a control with the values of the parameters that it shares with the spiking model."""
    if not isinstance(control, Description):
        return control
    values_before = {p.address: p.value for p in collect_parameters(control)}
    shared = {
        address: value
        for address, value in values.items()
        if values_before.get(address) == get_parameter(bio, address).value
    }
    return replace_parameters(control, shared) if shared else control
