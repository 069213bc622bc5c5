"""How the pair of each point of a sweep is made, in any process."""

from __future__ import annotations

import abc
import dataclasses
import functools
import inspect
import pickle
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, final

from brian2.units.fundamentalunits import get_dimensions

from bioann.base.content.content import list_content
from bioann.base.content.libraries import find_version
from bioann.base.content.text import hash_values
from bioann.base.errors import DescriptionError, DimensionError, PairError, unknown_name_error
from bioann.base.text import shorten_repr
from bioann.base.units import brian_quantity
from bioann.base.user_code import name_user_errors
from bioann.pair import Pair
from bioann.pair_files.find import find_subject_file
from bioann.pair_files.load import load
from bioann.parameters.addresses import MAX_SUGGESTED_FROM, Parameter
from bioann.runs.claim_record import read_claims
from bioann.runs.pair_record import read_experiment
from bioann.sweeps.axes import ParameterAxis
from bioann.sweeps.change_pair import PairChanger

#: Packages whose versions the responses of a pair depend on.
VERSIONED_PACKAGES = ("bioann", "brian2", "numpy", "scipy")


@dataclasses.dataclass(frozen=True)
class PairSource(abc.ABC):
    """Makes the pair of a point; it can be sent to another process."""

    @property
    @abc.abstractmethod
    def title(self) -> str:
        """What makes the pairs, for errors."""

    @abc.abstractmethod
    def resolve_axis(self, axis: ParameterAxis) -> ParameterAxis:
        """Return an axis with the full address and the unit of its parameter."""

    @abc.abstractmethod
    def make_pair(self, values: Mapping[str, Any]) -> Pair:
        """Return the pair in which the parameters have these values."""

    @abc.abstractmethod
    def identify(self) -> dict[str, str]:
        """Return name, and hashes of the content and code that the results depend on."""


@final
@dataclasses.dataclass(frozen=True)
class FixedPair(PairSource):
    """Parameters of one pair vary, by their addresses.

    Parameters
    ----------
    pair : Pair or str
        The pair, or the name or file that it is loaded from in each process.
    """

    pair: Any

    @functools.cached_property
    def base(self) -> Pair:
        """The pair whose parameters vary."""
        return self.pair if isinstance(self.pair, Pair) else load(self.pair)

    def __getstate__(self) -> dict[str, Any]:
        """Return what another process needs, without the loaded pair."""
        return {"pair": self.pair}

    @property
    def title(self) -> str:
        """What makes the pairs, for errors."""
        return self.base.title()

    @functools.cached_property
    def changer(self) -> PairChanger:
        """What makes the pairs of points."""
        return PairChanger(self.base)

    @property
    def parameters(self) -> dict[str, Parameter]:
        """The parameters of the pair by address."""
        return self.changer.parameters

    def resolve_axis(self, axis: ParameterAxis) -> ParameterAxis:
        """Return an axis with the full address and the unit of its parameter."""
        parameter = self._find_parameter(axis.address)
        obj = f"sweep of {self.title}, {parameter.address!r}"
        if bool(parameter.unit) != bool(axis.unit) or (
            parameter.unit
            and get_dimensions(brian_quantity(1.0, parameter.unit))
            != get_dimensions(brian_quantity(1.0, axis.unit))
        ):
            raise DimensionError(
                obj,
                f"values in {parameter.unit}" if parameter.unit else "numbers without a unit",
                f"values in {axis.unit}" if axis.unit else "numbers without a unit",
                f"It is {parameter.value_in_unit:g} {parameter.unit}".rstrip() + " in this pair.",
            )
        if isinstance(parameter.value, int):
            wrong_values = [v for v in axis.values if v != int(v)]
            if wrong_values or axis.is_range:
                got = "a range" if axis.is_range else f"{wrong_values[0]:g}"
                remedy = "List its values, such as 1,2,5."
                raise DescriptionError(obj, "whole numbers", got, remedy)
        return dataclasses.replace(axis, address=parameter.address, unit=parameter.unit)

    def _find_parameter(self, text: str) -> Parameter:
        """Return the parameter of an address, which may be written without spaces and commas."""
        if text in self.parameters:
            return self.parameters[text]
        matches = [p for a, p in self.parameters.items() if strip_marks(a) == strip_marks(text)]
        if len(matches) == 1:
            return matches[0]
        known_names = list(self.parameters)[:MAX_SUGGESTED_FROM]
        raise unknown_name_error(f"sweep of {self.title}", "parameter", text, known_names)

    def make_pair(self, values: Mapping[str, Any]) -> Pair:
        """Return the pair in which the parameters have these values."""
        return self.changer.change_values(values)

    def identify(self) -> dict[str, str]:
        """Return name, and hashes of the content and code that the results depend on."""
        return {"pair": self.base.name, **hash_pair(self.base), **list_versions()}


@final
@dataclasses.dataclass(frozen=True)
class PairFunction(PairSource):
    """A function makes the pair of each point.

    Parameters
    ----------
    function : callable
        ``function(**values)`` returns the pair of a point.
    """

    function: Callable[..., Any]

    @property
    def title(self) -> str:
        """What makes the pairs, for errors."""
        name = getattr(self.function, "__name__", type(self.function).__name__)
        return f"function {name}()"

    def resolve_axis(self, axis: ParameterAxis) -> ParameterAxis:
        """Return the axis, if the function has an argument of its name."""
        parameters = inspect.signature(self.function).parameters
        takes_any = any(p.kind is p.VAR_KEYWORD for p in parameters.values())
        if axis.address not in parameters and not takes_any:
            obj = f"sweep of {self.title}"
            raise unknown_name_error(obj, "parameter", axis.address, parameters)
        return axis

    def make_pair(self, values: Mapping[str, Any]) -> Pair:
        """Return the pair that the function makes of these values."""
        with name_user_errors(self.title, "a function that returns a pair"):
            pair = self.function(**values)
        if not isinstance(pair, Pair):
            got, remedy = shorten_repr(pair), "Return a bioann.Pair."
            raise PairError(self.title, "a bioann.Pair", got, remedy)
        return dataclasses.replace(pair, vary=None)

    def identify(self) -> dict[str, str]:
        """Return name, and the hash of the code that the results depend on."""
        content = list_content(self.function)
        return {"pair": self.title, "pair_hash": content.hash, **list_versions()}


def make_pair_source(pair_of: Any) -> PairSource:
    """Return what makes the pairs of a sweep.

    Parameters
    ----------
    pair_of : Pair, str, pathlib.Path or callable
        A pair, its name or file, or a function of the parameters that returns a pair.

    Raises
    ------
    DescriptionError
        If it is something else.
    """
    if isinstance(pair_of, Pair):
        return FixedPair(pair_of)
    if isinstance(pair_of, (str, Path)):
        path = find_subject_file(pair_of)
        is_file = Path(str(pair_of)).suffix == ".py"
        return FixedPair(str(path.resolve()) if is_file else str(pair_of))
    if callable(pair_of):
        return PairFunction(pair_of)
    raise DescriptionError(
        "sweep, pair_of",
        "a pair, its name or file, or a function that returns pairs",
        shorten_repr(pair_of),
        "Pass bioann.load('inverter'), for example.",
    )


def check_sendable(source: PairSource) -> None:
    """Raise `DescriptionError` for a source of pairs that cannot be sent to another process."""
    try:
        pickle.dumps(source)
    except Exception as error:
        raise DescriptionError(
            f"sweep of {source.title}",
            "a pair that other processes can make",
            f"one that cannot be sent to them ({type(error).__name__})",
            "Pass the name or the file of the pair, or a function of a module; or use jobs=1.",
        ) from error


def hash_pair(pair: Pair) -> dict[str, str]:
    """Return the hashes of a pair, of how it is derived, and of its claims and metrics."""
    claims = {str(k): content.hash for k, content in enumerate(read_claims(pair.claims))}
    metrics = {str(k): list_content(metric).hash for k, metric in enumerate(pair.metrics)}
    derivation = list_content(pair.derive).hash if pair.derive is not None else ""
    return {
        "pair_hash": read_experiment(pair).hash,
        "claims_hash": hash_values(claims),
        "metrics_hash": hash_values({**metrics, "derive": derivation}),
    }


def list_versions() -> dict[str, str]:
    """Return the versions of the packages that the responses depend on."""
    return {name: find_version(name) for name in VERSIONED_PACKAGES}


def strip_marks(address: str) -> str:
    """Return an address without spaces, commas and full stops between its labels."""
    return re.sub(r"[\s,]+|\.(?!\d)", "", address)
