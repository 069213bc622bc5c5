"""Plasticity whose code is that of a Brian2 script."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np

from bioann.base.errors import DescriptionError
from bioann.base.text import shorten_repr
from bioann.bio.plasticity.plasticity import LongTermPlasticity, Plasticity, ShortTermPlasticity


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class CodeOfSynapses(Plasticity):
    """What the rules of this module have in common: equations, code and initial values.

    Parameters
    ----------
    equations : str
        Brian2 equations of each synapse; linear equations are ``(event-driven)``.
    pre_code : str, optional
        Statements at a presynaptic spike, one per line.
    values : mapping of str to float or array, optional
        Initial values in SI units of variables of `equations`, one for all synapses or one for
        each, in the order of the postsynaptic, then the presynaptic neuron.
    """

    equations: str = ""
    pre_code: str = "released = 1"
    values: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    equation = '"code of the script"'
    source = "the Brian2 script"

    def check(self) -> None:
        """Store initial values as numbers and arrays."""
        super().check()
        values = {name: np.asarray(value)[()] for name, value in self.values.items()}
        for name, value in values.items():
            if np.asarray(value).dtype.kind not in "bif" or not np.isfinite(value).all():
                expected, remedy = (
                    "finite numbers in SI units",
                    "Pass one number, or one per synapse.",
                )
                obj = f"{self.title()}, values[{name!r}]"
                raise DescriptionError(obj, expected, shorten_repr(value), remedy)
        self.set_field("values", values)

    @property
    def model(self) -> str:  # type: ignore[override]
        """Brian2 equations of each synapse."""
        return self.equations

    @property
    def initial_values(self) -> Mapping[str, Any]:
        """Initial values in SI units."""
        return self.values


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class CodeRelease(CodeOfSynapses, ShortTermPlasticity):
    """Release of each spike by Brian2 code, which sets ``released`` in units of the weight.

    Parameters are those of `CodeOfSynapses`.
    """

    @property
    def release_code(self) -> str:
        """Brian2 code run when a spike arrives."""
        return self.pre_code


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class CodeRule(CodeOfSynapses, LongTermPlasticity):
    """Plasticity by Brian2 code, which changes ``strength``, in units of the projection's weight.

    The code of a presynaptic spike sets ``released``, its effect in units of the weight. It runs
    before the spike takes effect.

    Parameters
    ----------
    post_code : str, optional
        Statements at a postsynaptic spike, one per line. The other parameters are those of
        `CodeOfSynapses`.
    """

    post_code: str = ""

    transmits_first = False
    amplitude = "nominal*released"

    @property
    def on_pre(self) -> str:
        """Brian2 code run when a presynaptic spike arrives; sets ``released``."""
        return self.pre_code

    @property
    def on_post(self) -> str:
        """Brian2 code run when a postsynaptic spike is fired."""
        return self.post_code

    def change_code(self, gate: str) -> str:
        """Return nothing: the code changes the strength itself."""
        return ""
