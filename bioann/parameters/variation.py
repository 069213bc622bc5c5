"""A parameter that a pair varies, and the grid of its values."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from bioann.base.arguments import check_whole_number, name_argument_errors, shorten_repr
from bioann.base.description import Description
from bioann.base.errors import DescriptionError, unknown_name_error
from bioann.parameters.addresses import (
    MAX_SUGGESTED_FROM,
    Parameter,
    collect_parameters,
    get_parameter,
)
from bioann.parameters.replace_value import replace_parameter

#: Values of a grid: each is a run of both models, and a panel of the figure.
MIN_VALUES, MAX_VALUES = 2, 25


@dataclasses.dataclass(frozen=True)
class ParameterGrid:
    """The values of one parameter on a grid, as numbers.

    Parameters
    ----------
    address : str
        Address of the parameter.
    unit : str
        Display unit of its values; empty if it is dimensionless.
    values : tuple of float
        Its values in that unit, one for each point of the grid.
    own_value : float
        Its value in the models of the pair, in that unit.
    """

    address: str
    unit: str
    values: tuple[float, ...]
    own_value: float


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Variation(Description):
    """A parameter that a pair varies: both models run at each of its values.

    Parameters
    ----------
    address : str
        Address of the parameter in the spiking or in the rate model, as
        `bioann.parameters.collect_parameters` lists it.
    values : tuple of quantity or float
        Values of the parameter, 2 to 25, in the order of the slider.
    linked : mapping of str to tuple, optional
        Parameters that change with it, by address, each with one value per value of the first: the
        weight of the rate model that corresponds to a conductance.
    label : str, optional
        The parameter in words, for reports; the address unless given.
    trials : int, optional
        Trials of each condition at each value, at least 1; a run with fewer trials has fewer here,
        too.

    Raises
    ------
    DescriptionError
        If there are too few or too many values, or a linked parameter has another number of them.
    """

    address: str
    values: tuple[Any, ...]
    linked: Mapping[str, tuple[Any, ...]] = dataclasses.field(default_factory=dict)
    label: str = ""
    trials: int = 2

    def check(self) -> None:
        """Check the numbers of values and trials."""
        self.set_field("values", tuple(self.values))
        self.set_field("linked", {name: tuple(values) for name, values in self.linked.items()})
        self.set_field("label", self.label or self.address)
        obj = f"Variation of {self.address!r}"
        n_values = len(self.values)
        _check_count(n_values, f"{obj}, values")
        for name, values in self.linked.items():
            if len(values) != n_values:
                raise DescriptionError(
                    f"{obj}, linked {name!r}",
                    f"{n_values} values, one for each of the parameter",
                    f"{len(values)}",
                    "Give it as many values.",
                )
        check_whole_number(self.trials, f"{obj}, trials")

    @property
    def settings(self) -> dict[str, tuple[Any, ...]]:
        """Values of all parameters that change, by address."""
        return {self.address: self.values, **self.linked}

    def find_in(self, models: Mapping[str, Any]) -> dict[str, tuple[str, Parameter]]:
        """Find the model that has each parameter.

        Parameters
        ----------
        models : mapping of str to Model
            The models of the pair by name, ``bio`` and ``ann``.

        Returns
        -------
        dict of str to tuple
            Name of the model, and the parameter with its present value, by address.

        Raises
        ------
        UnknownNameError
            If no model has a parameter; the message suggests similar addresses.
        DescriptionError
            If both models have one of that address.
        """
        parameters = {
            name: {p.address: p for p in collect_parameters(model)}
            for name, model in models.items()
            if isinstance(model, Description)
        }
        obj, located = f"Variation of {self.address!r}", {}
        for address in self.settings:
            names = [name for name, by_address in parameters.items() if address in by_address]
            if not names:
                known_names = [a for by_address in parameters.values() for a in by_address]
                raise unknown_name_error(
                    obj, "parameter", address, known_names[:MAX_SUGGESTED_FROM]
                )
            if len(names) > 1:
                raise DescriptionError(
                    obj,
                    "an address in one of the models",
                    f"{address!r} in each of them",
                    "Rename a population or unit of one model.",
                )
            located[address] = names[0], parameters[names[0]][address]
        return located

    def replace_in(self, models: Mapping[str, Any], point: int) -> dict[str, Any]:
        """Return the models with the values of one point of the grid.

        Parameters
        ----------
        models : mapping of str to Model
            The models of the pair by name, ``bio`` and ``ann``.
        point : int
            Index into `values`, from 0.

        Returns
        -------
        dict of str to Model
            Copies of the models that change, and the others as they are.

        Raises
        ------
        DescriptionError
            If a model does not have a parameter or does not allow its value.
        """
        copies = dict(models)
        for address, (name, _) in self.find_in(models).items():
            copies[name] = replace_parameter(copies[name], address, self.settings[address][point])
        return copies

    def tabulate_values(self, models: Mapping[str, Any]) -> tuple[ParameterGrid, ...]:
        """Return the values of all parameters that change, the varied one first, as numbers."""
        grids = []
        for address, (name, parameter) in self.find_in(models).items():
            values = [
                get_parameter(replace_parameter(models[name], address, v), address).value_in_unit
                for v in self.settings[address]
            ]
            own_value = parameter.value_in_unit
            grids.append(ParameterGrid(address, parameter.unit, tuple(values), own_value))
        return tuple(grids)


def check_variation(variation: Any, models: Mapping[str, Any], obj: str) -> None:
    """Check that the models of a pair allow every value of a grid.

    Parameters
    ----------
    variation : Variation or None
        The parameter that the pair varies, if any.
    models : mapping of str to Model
        The models of the pair by name, ``bio`` and ``ann``.
    obj : str
        The pair, for errors.

    Raises
    ------
    DescriptionError
        If it is no `Variation`, or a model does not allow a value of the grid.
    """
    if variation is None:
        return
    if not isinstance(variation, Variation):
        raise DescriptionError(
            f"{obj}, vary",
            "a Variation",
            shorten_repr(variation),
            "Write vary=bioann.vary('projection a -> b, weight', [0, 1] * nS).",
        )
    for point in range(len(variation.values)):
        variation.replace_in(models, point)


@name_argument_errors
def vary(
    address: str,
    values: Any,
    *,
    points: int | None = None,
    linked: Mapping[str, Any] | None = None,
    label: str = "",
    trials: int = 2,
) -> Variation:
    """Describe a parameter that a pair varies, for its field `vary`.

    A run then also runs both models at each value, on the same stimuli and with the same seed, and
    its report has a figure of their responses and, in HTML, a slider. That costs as many runs of
    both models with `trials` trials as there are values; ``Pair.run(vary=False)`` and
    ``bioann run --no-vary`` leave it out.

    Parameters
    ----------
    address : str
        Address of the parameter in one of the models, such as ``"projection E -> E, weight"``.
    values : sequence of quantity or float, or quantity array
        Values of the parameter, 2 to 25; with `points` the first and the last value.
    points : int, optional
        Number of evenly spaced values from the first to the last.
    linked : mapping of str to sequence, optional
        Parameters that change with it, by address, with values like `values`: the weight of the
        rate model that corresponds to a conductance.
    label : str, optional
        The parameter in words, for reports; the address unless given.
    trials : int, optional
        Trials of each condition at each value, at least 1.

    Returns
    -------
    Variation
        The parameter and the grid of its values.

    Raises
    ------
    DescriptionError
        If there are too few or too many values, or a linked parameter has another number of them.

    Examples
    --------
    >>> import bioann as ba
    >>> from brian2 import nS
    >>> variation = ba.vary("projection I -> E, weight", [0, 1] * nS, points=5)
    >>> [float(weight / nS) for weight in variation.values]
    [0.0, 0.25, 0.5, 0.75, 1.0]
    """
    grids = {name: _make_grid(name, v, points) for name, v in (linked or {}).items()}
    return Variation(address, _make_grid(address, values, points), grids, label, trials)


def _make_grid(address: str, values: Any, points: int | None) -> tuple[Any, ...]:
    """Return values as a tuple; with a number of points, those between the first and the last."""
    is_array = isinstance(values, np.ndarray) and values.ndim == 1
    if not is_array and not (isinstance(values, Sequence) and not isinstance(values, str)):
        raise DescriptionError(
            f"Variation of {address!r}, values",
            "several values",
            shorten_repr(values),
            "Write them like [0, 0.5, 1] * nS.",
        )
    items = tuple(values)
    if points is None:
        return items
    if len(items) != 2:
        raise DescriptionError(
            f"Variation of {address!r}, values",
            "the first and the last value, because points are given",
            f"{len(items)} values",
            "Leave points out, or give two values.",
        )
    n = check_whole_number(points, f"Variation of {address!r}, points", MIN_VALUES)
    _check_count(n, f"Variation of {address!r}, points")
    return tuple(items[0] + (items[1] - items[0]) * k / (n - 1) for k in range(n))


def _check_count(n_values: int, obj: str) -> None:
    """Raise `DescriptionError` for too few or too many values."""
    if not MIN_VALUES <= n_values <= MAX_VALUES:
        expected, got = f"{MIN_VALUES} to {MAX_VALUES} values", shorten_repr(n_values)
        remedy = "Both models run once for each of them: choose those that show the effect."
        raise DescriptionError(obj, expected, got, remedy)
