"""What every plasticity rule says of itself.

A rule is one frozen dataclass of Brian2 code. Its variables belong to each synapse, are 1 at most
in dimension and start at zero. A presynaptic spike counts when it arrives, after the delay; a
postsynaptic one when it is fired; of two in one time step the presynaptic one counts first.
"""

from __future__ import annotations

import dataclasses
from abc import ABC, abstractmethod
from typing import Any, ClassVar

import numpy as np

from bioann.base.errors import DescriptionError
from bioann.base.units import Description, brian_quantity


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Plasticity(Description, ABC):
    """Base of all rules.

    Attributes
    ----------
    model : str
        Brian2 equations of each synapse; linear ones ``(event-driven)``.
    equation : str
        The rule in Typst math.
    source : str
        Where the default numbers come from.
    """

    model = ""
    equation = ""
    source = ""

    def brian_namespace(self) -> dict[str, Any]:
        """Give the parameters to Brian2, with their dimensions."""
        namespace: dict[str, Any] = {}
        for f in dataclasses.fields(self):
            value = getattr(self, f.name)
            if "unit" in f.metadata:
                namespace[f.name] = brian_quantity(value, f.metadata["unit"])
            elif f.metadata.get("number"):
                namespace[f.name] = np.inf if value is None else float(value)
        return namespace

    def field_error(self, field: str, expected: str, remedy: str) -> DescriptionError:
        """Make the error for a field outside its meaning."""
        got = repr(getattr(self, field))
        return DescriptionError(f"{self.title()}, {field}", expected, got, remedy)


def dimensionless_number(
    default: float | None, *, symbol: str = "", meaning: str = "", source: str = ""
) -> Any:
    """Declare a field without dimension that the code uses by its name."""
    metadata = {"number": True, "symbol": symbol, "meaning": meaning, "source": source}
    return dataclasses.field(default=default, metadata=metadata)


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class ShortTermPlasticity(Plasticity, ABC):
    """Base of rules that change what a spike releases, and leave no lasting trace."""

    @property
    @abstractmethod
    def release_code(self) -> str:
        """Brian2 code at the arrival of a spike; sets ``released``, a share of the weight."""


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class LongTermPlasticity(Plasticity, ABC):
    """Base of rules that change the strength of a synapse.

    A strength is the weight in units of the projection's ``weight``, and so are all learning
    steps: a conductance, and never below zero.

    Parameters
    ----------
    upper : float or None, optional
        Largest strength; None for no bound.

    Attributes
    ----------
    hidden_variables : tuple of str
        Variables beside the strength that a recording keeps.
    advances_every_step : bool
        Whether `advance_code` has to run at every stimulus step, too.
    """

    upper: float | None = dataclasses.field(
        default=None, kw_only=True, metadata={"number": True, "symbol": 's_"max"', "meaning":
        "largest strength, in units of the weight", "source": ""}
    )  # fmt: skip

    hidden_variables: ClassVar[tuple[str, ...]] = ()
    advances_every_step: ClassVar[bool] = False

    def check(self) -> None:
        """Raise `DescriptionError` for a bound that is not above zero."""
        if self.upper is not None and not self.upper > 0:
            remedy = "Give a multiple of the projection's weight, 2.0 for example, or None."
            raise self.field_error("upper", "a number above 0, or None", remedy)

    @property
    @abstractmethod
    def on_pre(self) -> str:
        """Brian2 code at an arriving spike; sets ``change``."""

    @property
    @abstractmethod
    def on_post(self) -> str:
        """Brian2 code at a postsynaptic spike; sets ``change``."""

    @property
    def channels(self) -> tuple[str, ...]:
        """Stimulus channels that the rule reads."""
        return ()

    @property
    def advance_code(self) -> str:
        """Brian2 code that brings the strength up to the present, before anything else."""
        return ""

    def change_code(self, gate: str) -> str:
        """Write what ``change`` does; `gate` is Brian2 code that scales it."""
        return f"strength = clip(strength + {gate}*change, 0, upper)"

    def advance_to_end(
        self, state: dict[str, np.ndarray], end: float, reward: np.ndarray | None
    ) -> dict[str, np.ndarray]:
        """Bring ``strength`` and what is remembered up to the end of a run.

        Parameters
        ----------
        state : dict of str to numpy.ndarray, shape (synapse,)
            All variables of the synapses, in SI.
        end : float
            End of the run in seconds.
        reward : numpy.ndarray, shape (synapse,), or None
            Last value of the rule's channel.

        Returns
        -------
        dict of str to numpy.ndarray, shape (synapse,)
            ``strength`` and the `hidden_variables`.
        """
        return {name: state[name] for name in ("strength", *self.hidden_variables)}
