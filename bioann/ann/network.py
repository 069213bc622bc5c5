"""The rate model: a rate network with signed weights."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from brian2 import ms

from bioann.ann import explanation, simulate
from bioann.ann.activations.activation import resolve_activation
from bioann.ann.signs import shuffle
from bioann.base.errors import DescriptionError
from bioann.base.units import SI, Description, to_si
from bioann.model import CONNECTION_COLUMNS, Explanation
from bioann.recordings.recording import check_trials, label_activations, make_response_bins
from bioann.stimuli.stimulus import check_stimulus


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class TimeConstant(Description):
    """A unit's time constant, kept so that a network prints it with its unit."""

    tau: SI = dataclasses.field(metadata={"unit": "ms", "above": 0})

    def __repr__(self) -> str:
        from_code = super().__repr__()
        return from_code.removeprefix("TimeConstant(tau=").removesuffix(")")

    def remedy_for(self, field: str) -> str:
        """Say how a static unit is written."""
        return "Give a positive time, or tau=None for a static unit."


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class RateNetwork(Description):
    r"""Units with signed weights, biases and, where given, time constants.

    .. math:: \tau_i \frac{dr_i}{dt} = -r_i + \phi_i\Big(\sum_j W_{ij} r_j
              + \sum_k W^{in}_{ik} u_k + b_i\Big)

    A unit without a time constant is static: :math:`r_i = \phi_i(...)` at every moment; static
    units in a loop are at the fixed point that they reach from zero. Rows are targets, columns are
    sources. With divisive weights :math:`D \ge 0`, as a shunt has them (Carandini and Heeger 1994),
    the argument of :math:`\phi` is divided by

    .. math:: 1 + \sum_j D_{ij} r_j + \sum_k D^{in}_{ik} u_k

    Parameters
    ----------
    units : tuple of str
        Names of the units.
    W : array_like, shape (unit, unit), optional
        Weights between units; zero unless given.
    W_in : array_like, shape (unit, channel), optional
        Weights from stimulus channels; the identity unless given.
    bias : float or array_like, shape (unit,), optional
        Added to the summed input.
    tau : quantity, None, or sequence of these, optional
        Time constant of all units or of each; None is a static unit.
    activation : str, Activation or sequence of these, optional
        Of all units or of each.
    channels : tuple of str, optional
        Names of the columns of `W_in`; the unit names if there are equally many.
    divisive : array_like, shape (unit, unit), optional
        Divisive weights between units, none of them negative.
    divisive_in : array_like, shape (unit, channel), optional
        Divisive weights from stimulus channels.

    Raises
    ------
    DescriptionError
        If shapes do not fit or a number is not finite.
    """

    units: tuple[str, ...]
    W: Any = None
    W_in: Any = None
    bias: Any = 0.0
    tau: Any = None
    activation: Any = "relu"
    channels: tuple[str, ...] | None = None
    divisive: Any = None
    divisive_in: Any = None

    kind = "rate network"

    def check(self) -> None:
        """Bring all fields to arrays and tuples, and check that they fit."""
        units = (self.units,) if isinstance(self.units, str) else tuple(self.units)
        n = len(units)
        if not n or len(set(units)) != n:
            raise DescriptionError(
                "RateNetwork, units", "at least one name, none twice", f"{units}", "Name each unit."
            )
        self.set_field("units", units)
        self._check_channels(n)
        assert self.channels is not None
        self._set_matrix("W", np.zeros((n, n)), (n, n), "(unit, unit)")
        eye = np.eye(n, len(self.channels))
        self._set_matrix("W_in", eye, (n, len(self.channels)), "(unit, channel)")
        self.set_field("bias", np.zeros(n) + self.bias if np.ndim(self.bias) == 0 else self.bias)
        self._set_matrix("bias", None, (n,), "(unit,)")
        if self.divisive is not None or self.divisive_in is not None:
            self._set_matrix("divisive", np.zeros((n, n)), (n, n), "(unit, unit)")
            self._set_matrix("divisive_in", 0 * eye, eye.shape, "(unit, channel)")
            self._check_divisive()
        self.set_field("tau", self._repeat_per_unit("tau", self.tau))
        self.set_field("activation", self._repeat_per_unit("activation", self.activation))

    def _check_divisive(self) -> None:
        smallest = min(self.divisive.min(), self.divisive_in.min(initial=0.0))
        if smallest < 0:
            raise DescriptionError(
                "RateNetwork, divisive",
                "weights of 0 or more",
                f"{smallest:g}",
                "A shunt divides whatever the sign of its synapse; W holds what it subtracts.",
            )

    def _check_channels(self, n: int) -> None:
        columns = n if self.W_in is None else np.shape(self.W_in)[-1] if np.ndim(self.W_in) else 0
        channels = self.channels
        if channels is None and columns == n:
            channels = self.units
        if isinstance(channels, str):
            channels = (channels,)
        if channels is None or len(set(channels)) != len(channels):
            raise DescriptionError(
                "RateNetwork, channels",
                f"{columns} different name(s), one per column of W_in",
                repr(channels),
                "Give channels=('name', ...).",
            )
        self.set_field("channels", tuple(channels))

    def _set_matrix(self, name: str, default: Any, shape: tuple[int, ...], axes: str) -> None:
        value = getattr(self, name)
        array = np.array(default if value is None else value, dtype=float)
        if array.shape != shape or not np.isfinite(array).all():
            raise DescriptionError(
                f"RateNetwork, {name}",
                f"finite numbers of shape {axes} = {shape}",
                f"shape {array.shape}" if array.shape != shape else "NaN or infinite values",
                "Rows are targets, columns are sources.",
            )
        array.setflags(write=False)
        self.set_field(name, array)

    def _repeat_per_unit(self, name: str, value: Any) -> tuple[Any, ...]:
        per_unit = isinstance(value, Sequence) and not isinstance(value, str)
        values = tuple(value) if per_unit else (value,) * len(self.units)
        if len(values) != len(self.units):
            raise DescriptionError(
                f"RateNetwork, {name}",
                f"one value, or one per unit ({len(self.units)})",
                f"{len(values)} values",
                f"Give {name} once or for each unit.",
            )
        if name == "activation":
            return tuple(resolve_activation(v, "RateNetwork") for v in values)
        return tuple(self._validate_time_constant(v) for v in values)

    def _validate_time_constant(self, value: Any) -> Any:
        if value is None or isinstance(value, TimeConstant):
            return value
        return TimeConstant(value)

    def time_constants(self) -> np.ndarray:
        """Give the time constants in seconds, shape ``(unit,)``; 0 for static units."""
        return np.array([0.0 if t is None else t.tau for t in self.tau])

    def input_divisor(self, rates: np.ndarray, inputs: np.ndarray) -> np.ndarray:
        """Give what the summed input is divided by, shape ``(lane, unit)``; 1 without a shunt."""
        divisor = np.ones((len(rates), len(self.units)))
        if self.divisive is not None:
            divisor += rates @ self.divisive.T + inputs @ self.divisive_in.T
        return divisor

    def summed_input(self, rates: np.ndarray, inputs: np.ndarray) -> np.ndarray:
        """Give the argument of the activations.

        Parameters
        ----------
        rates, inputs : numpy.ndarray, shapes (lane, unit) and (lane, channel)
            Activation of units and channels.

        Returns
        -------
        numpy.ndarray, shape (lane, unit)
            The signed sum and the bias, over the divisor.
        """
        total = rates @ self.W.T + inputs @ self.W_in.T + self.bias
        return np.asarray(total / self.input_divisor(rates, inputs))

    def require_additive(self, caller: str) -> None:
        """Refuse divisive weights where they have no place; `caller` names it."""
        if self.divisive is not None:
            raise DescriptionError(
                caller,
                "a rate network of signed sums",
                "divisive weights",
                "Leave out divisive and divisive_in.",
            )

    def run(
        self,
        stimulus: xr.DataArray,
        *,
        trials: int,
        seed: int,
        engine: str = "auto",
        dt: SI | None = None,
        bin_width: SI = 10 * ms,
    ) -> xr.Dataset:
        """Answer a stimulus; nothing is random, so one trial stands for all.

        Parameters
        ----------
        stimulus : xarray.DataArray
            Dimensions ``(condition, time, channel)``.
        trials, seed, engine
            Taken for the sake of `bioann.model.Model`; a rate network needs none of them.
        dt : quantity, optional
            Longest integration step; the stimulus step, or a twentieth of the shortest time
            constant if that is less.
        bin_width : quantity, optional
            Width of the bins over which activation is averaged.

        Returns
        -------
        xarray.Dataset
            ``resolve_activation`` (condition, trial = 1, time, unit).
        """
        check_trials(trials)
        assert self.channels is not None
        stimulus = check_stimulus(stimulus, self.channels)
        centres, steps = make_response_bins(stimulus, to_si(bin_width, "ms", "bin_width"))
        max_step = None if dt is None else to_si(dt, "ms", "RateNetwork.run, dt")
        inputs = stimulus.sel(channel=list(self.channels)).values
        rates = simulate.simulate_rates(self, inputs, stimulus.attrs["dt"], max_step, steps)
        return label_activations(rates[:, None], self.units, stimulus.condition.values, centres)

    def connections(self) -> pd.DataFrame:
        """List the weights that are not zero; columns as in `bioann.model`."""
        assert self.channels is not None
        rows = []
        for kind, names, weights in (
            ("channel", self.channels, self.W_in),
            ("unit", self.units, self.W),
        ):
            for i, j in np.argwhere(weights):
                w = float(weights[i, j])
                label = f"{w:+.3g}".replace("-", "\N{MINUS SIGN}")
                row = (names[j], kind, self.units[i], int(np.sign(w)), abs(w), "", label)
                rows.append((*row, "weight", 1))
        return pd.DataFrame(rows, columns=list(CONNECTION_COLUMNS))

    def explain(self) -> tuple[Explanation, ...]:
        """Give the rate equation and the parameters of every unit."""
        return explanation.explain_rate_network(self)

    def shuffle_signs(self, count: int, *, seed: int) -> tuple[RateNetwork, ...]:
        """Give up to `count` networks with the same magnitudes and random signs."""
        return tuple(
            dataclasses.replace(self, W_in=W_in, W=W)
            for W_in, W in shuffle.shuffle_weight_signs((self.W_in, self.W), count, seed)
        )

    def flags(self, recording: xr.Dataset) -> tuple[str, ...]:
        """Name the units that never leave zero."""
        return shuffle.describe_silent_units(recording)
