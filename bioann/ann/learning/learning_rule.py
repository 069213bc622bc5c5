r"""Base class of the learning rules of rate networks.

A rule changes the weights :math:`w_{ij}` from some sources to some target units while the network
runs, from the activations :math:`x_j` of the source and :math:`y_i` of the target:

.. math:: \frac{dw_{ij}}{dt} = \eta \, f(x_j, y_i, w_{ij}, \dots)

The change is integrated by Euler's method at the steps of the stimulus. An additive update adds it.
An exponentiated one multiplies the magnitude (Kivinen and Warmuth 1997),

.. math:: w_{ij} \leftarrow w_{ij} \, e^{\operatorname{sign}(w_{ij}) \, \Delta w_{ij}}

and never changes a sign. A sign constraint sets a weight that leaves its bounds back to the bound
after each step: with the gradient of an error that is the projected gradient.
"""

from __future__ import annotations

import dataclasses
from abc import ABC, abstractmethod
from typing import ClassVar

import numpy as np

from bioann.ann.signs.constraints import Bounds, Free, SignConstraint, WeightSources
from bioann.base.description import Description
from bioann.base.equations import Equation, Symbol
from bioann.base.errors import DescriptionError
from bioann.base.text import check_identifier, check_names, format_setting
from bioann.base.units import SI, in_unit, quantity

#: How a change enters the weight.
UPDATES = ("additive", "exponentiated")


@dataclasses.dataclass
class LearningStep:
    """What a rule sees in one step: every array has the lanes of the run first.

    Attributes
    ----------
    weights : numpy.ndarray, shape (lane, target, source)
        Weights that the rule learns, before the step.
    pre : numpy.ndarray, shape (lane, source)
        Activations of the sources.
    post : numpy.ndarray, shape (lane, target)
        Activations of the target units.
    signals : numpy.ndarray, shape (lane, signal)
        Activations of the stimulus channels in `LearningRule.signal_channels`.
    state : dict of str to numpy.ndarray
        Hidden variables of the rule, which a step replaces.
    dt : float
        Duration of the step in seconds.
    """

    weights: np.ndarray
    pre: np.ndarray
    post: np.ndarray
    signals: np.ndarray
    state: dict[str, np.ndarray]
    dt: float

    @property
    def coincidence(self) -> np.ndarray:
        """Products of the activations of target and source, shape (lane, target, source)."""
        return self.post[:, :, None] * self.pre[:, None, :]


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class LearningRule(Description, ABC):
    """Base of all learning rules: the weights that learn, and their bounds.

    Parameters
    ----------
    target : str or tuple of str
        Units whose incoming weights learn.
    sources : str or tuple of str, optional
        Units that the weights come from; none if they come from stimulus channels.
    channels : str or tuple of str, optional
        Stimulus channels that the weights come from; none if they come from units.
    rate : quantity
        Learning rate in Hz: the change per second at activations, errors and factors of 1.
    constraint : SignConstraint, optional
        Bounds of the weights; none by default.
    update : {'additive', 'exponentiated'}, optional
        Whether a change is added, or changes the logarithm of the magnitude.
    name : str, optional
        Name of the rule in recordings; ``<sources>_to_<target>`` by default.
    """

    target: tuple[str, ...]
    sources: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    _: dataclasses.KW_ONLY
    rate: SI = quantity("Hz", above=0)
    constraint: SignConstraint = dataclasses.field(default_factory=Free)
    update: str = "additive"
    name: str = ""

    #: Names of the hidden variables, and the rule in Typst math.
    hidden_variables: ClassVar[tuple[str, ...]] = ()
    equation = ""

    def title(self) -> str:
        """Return the name of the rule in error messages."""
        return f"{type(self).__name__} {self.name!r}"

    def check(self) -> None:
        """Store names as tuples; raise `DescriptionError` for weights from nowhere, or both."""
        for field in ("target", "sources", "channels"):
            names = getattr(self, field)
            self.set_field(field, (names,) if isinstance(names, str) else tuple(names))
            check_names(getattr(self, field), f"{type(self).__name__}, {field}")
        if not self.target or bool(self.sources) == bool(self.channels):
            raise DescriptionError(
                f"{type(self).__name__} of {', '.join(self.target) or 'no unit'}",
                "target units, and either sources (units) or channels of the stimulus",
                f"sources {self.sources}, channels {self.channels}",
                "Write Hebb('post', sources='pre', ...) or Hebb('post', channels='x', ...).",
            )
        if self.update not in UPDATES:
            raise DescriptionError(
                f"{type(self).__name__}, update",
                "'additive' or 'exponentiated'",
                repr(self.update),
                "Leave it out for additive updates.",
            )
        if not self.name:
            self.set_field("name", "_".join((*self.sources, *self.channels, "to", *self.target)))
        check_identifier(self.name, f"{type(self).__name__}, name")

    @property
    def signal_channels(self) -> tuple[str, ...]:
        """Stimulus channels that the rule reads, besides the sources of its weights."""
        return ()

    def make_state(self, shape: tuple[int, int, int]) -> dict[str, np.ndarray]:
        """Return the hidden variables at the start, for weights (lane, target, source)."""
        return {}

    @abstractmethod
    def compute_change(self, step: LearningStep) -> np.ndarray:
        """Compute the change of the weights in a step, and advance the hidden variables.

        Parameters
        ----------
        step : LearningStep
            Weights, activations and hidden variables.

        Returns
        -------
        numpy.ndarray, shape (lane, target, source)
            Change of each weight, before bounds.
        """

    def compute_bounds(self, weights: np.ndarray, seed: int) -> Bounds:
        """Return the bounds of the weights, shape (target, source), from their initial values."""
        origin = "_".join((*self.sources, *self.channels))
        return self.constraint.compute_bounds(weights, WeightSources(origin, seed))

    def explain(self) -> Equation:
        """Return the equation of the rule with its parameters, for the report."""
        symbols = [Symbol("eta", "learning rate", format_setting(self.rate), "Hz", "the pair")]
        for f in dataclasses.fields(self):
            value = getattr(self, f.name)
            if f.metadata.get("symbol") and value is not None:
                unit = f.metadata["unit"]
                setting = format_setting(in_unit(value, unit))
                symbols.append(
                    Symbol(f.metadata["symbol"], f.metadata["meaning"], setting, unit, "the pair")
                )
        return Equation(f"{type(self).__name__}: {self.name}", self.equation, tuple(symbols))

    def apply_change(self, weights: np.ndarray, change: np.ndarray, bounds: Bounds) -> np.ndarray:
        """Return the weights after a change, within their bounds."""
        if self.update == "exponentiated":
            with np.errstate(over="ignore", invalid="ignore"):  # the caller checks the weights
                changed = weights * np.exp(np.sign(weights) * change)
        else:
            changed = weights + change
        return np.clip(changed, *bounds)
