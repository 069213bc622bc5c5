"""Rate networks with signed weights."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from brian2 import ms

from bioann.ann import added_units, explanation, simulate
from bioann.ann.activations.activation import resolve_activation
from bioann.ann.field_checks import (
    check_divisive,
    check_gates,
    resolve_channels,
    select_by_name,
    to_matrix,
    to_vector,
)
from bioann.ann.signs import shuffle
from bioann.ann.time_constant import TimeConstant
from bioann.ann.weight_table import make_bias_table, make_weight_table
from bioann.base.arguments import name_argument_errors
from bioann.base.description import Description
from bioann.base.equations import Equation
from bioann.base.errors import DescriptionError
from bioann.base.text import check_names
from bioann.base.units import SI, to_si
from bioann.recordings.recording import check_trials, label_activations, make_response_bins
from bioann.stimuli.stimulus import check_stimulus


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class RateNetwork(Description):
    r"""Rate units with signed weights, biases and optional time constants.

    .. math:: \tau_i \frac{dr_i}{dt} = -r_i + \phi_i\Big(\sum_j W_{ij} r_j
              + \sum_k W^{in}_{ik} u_k + b_i\Big)

    A unit without a time constant is static: :math:`r_i = \phi_i(...)` at all times; static units
    in a loop are at the fixed point that iteration from zero reaches. With divisive weights
    :math:`D \ge 0`, a model of shunting inhibition (Carandini and Heeger 1994), the argument of
    :math:`\phi` is divided by

    .. math:: 1 + \sum_j D_{ij} r_j + \sum_k D^{in}_{ik} u_k

    A gate multiplies :math:`\phi_i(...)` by the activation :math:`r_{g(i)}` of another unit.

    Parameters
    ----------
    units : tuple of str
        Names of the units, all different.
    W : array_like, shape (unit, unit), or mapping, optional
        Weights between units; rows are targets, columns are sources. Zero by default. A mapping has
        those that are not zero, by target and source: ``{"T": {"I": -1.5}}``.
    W_in : array_like, shape (unit, channel), or mapping, optional
        Weights from stimulus channels, as a matrix or by unit and channel; the identity by default.
    bias : float, array_like of shape (unit,), or mapping, optional
        Bias :math:`b` of all units, of each, or by name (others 0), in activation.
    tau : quantity, None, sequence or mapping of these, optional
        Time constant of all units, of each, or by name, above 0; None, and the others in a mapping,
        for a static unit.
    activation : str, Activation, sequence or mapping of these, optional
        Activation function :math:`\phi` of all units, of each, or by name (others ``"relu"``).
    channels : tuple of str, optional
        Names of the stimulus channels, one per column of `W_in`; the names of the units by default,
        if their numbers agree.
    divisive : array_like, shape (unit, unit), optional
        Divisive weights :math:`D` between units, 0 or more; None for no shunting.
    divisive_in : array_like, shape (unit, channel), optional
        Divisive weights :math:`D^{in}` from stimulus channels, 0 or more.
    gates : mapping of str to str, optional
        For some units the name of the unit :math:`g(i)` that gates them; none by default.

    Raises
    ------
    DescriptionError
        If a shape does not fit or a number is not finite.
    UnknownNameError
        If there is no unit with a name in `gates`.

    Examples
    --------
    >>> import bioann as ba
    >>> weights = {"I": {"E": 0.5}, "E": {"I": -1.0}}
    >>> loop = ba.RateNetwork(("E", "I"), weights, W_in=[[1], [0]], channels=("x",))
    >>> loop.W
    array([[ 0. , -1. ],
           [ 0.5,  0. ]])
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
    gates: Mapping[str, str] = dataclasses.field(default_factory=dict)

    kind = "rate network"

    def check(self) -> None:
        """Convert all fields to arrays and tuples, and check their shapes."""
        units = (self.units,) if isinstance(self.units, str) else tuple(self.units)
        n = len(units)
        if not n or len(set(units)) != n:
            raise DescriptionError(
                "RateNetwork, units",
                "at least one name, all different",
                f"{units}",
                "Name each unit.",
            )
        check_names(units, "RateNetwork, units")
        self.set_field("units", units)
        self.set_field("channels", resolve_channels(units, self.channels, self.W_in))
        assert self.channels is not None
        channels, zeros = self.channels, np.zeros((n, n))
        eye = np.eye(n, len(channels))
        self.set_field("W", to_matrix(zeros if self.W is None else self.W, units, units, "W"))
        W_in = eye if self.W_in is None else self.W_in
        self.set_field("W_in", to_matrix(W_in, units, channels, "W_in"))
        self.set_field("bias", to_vector(self.bias, units, "bias"))
        if self.divisive is not None or self.divisive_in is not None:
            divisive = zeros if self.divisive is None else self.divisive
            divisive_in = 0 * eye if self.divisive_in is None else self.divisive_in
            self.set_field("divisive", to_matrix(divisive, units, units, "divisive"))
            self.set_field("divisive_in", to_matrix(divisive_in, units, channels, "divisive_in"))
            check_divisive(self.divisive, self.divisive_in)
        check_gates(units, self.gates)
        self.set_field("tau", self._repeat_per_unit("tau", self.tau, None))
        activation = self._repeat_per_unit("activation", self.activation, "relu")
        self.set_field("activation", activation)

    def _repeat_per_unit(self, name: str, value: Any, default: Any) -> tuple[Any, ...]:
        if isinstance(value, Mapping):
            value = select_by_name(value, self.units, default, name)
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
        """Return the time constants in seconds, shape ``(unit,)``; 0 for static units."""
        return np.array([0.0 if t is None else t.tau for t in self.tau])

    def gate_indices(self) -> np.ndarray:
        """Return the index of the gating unit of each unit, -1 without; shape ``(unit,)``."""
        gates = [self.gates.get(unit) for unit in self.units]
        return np.array([-1 if g is None else self.units.index(g) for g in gates], dtype=int)

    def input_divisor(self, rates: np.ndarray, inputs: np.ndarray) -> np.ndarray:
        """Compute the divisor of the summed input, shape ``(lane, unit)``; 1 without shunting."""
        divisor = np.ones((len(rates), len(self.units)))
        if self.divisive is not None:
            divisor += rates @ self.divisive.T + inputs @ self.divisive_in.T
        return divisor

    def summed_input(self, rates: np.ndarray, inputs: np.ndarray) -> np.ndarray:
        """Compute the argument of the activation functions.

        Parameters
        ----------
        rates : numpy.ndarray, shape (lane, unit)
            Activation of the units; a lane is one condition or sample.
        inputs : numpy.ndarray, shape (lane, channel)
            Activation of the stimulus channels.

        Returns
        -------
        numpy.ndarray, shape (lane, unit)
            Weighted sum plus bias, divided by `input_divisor`.
        """
        total = rates @ self.W.T + inputs @ self.W_in.T + self.bias
        return np.asarray(total / self.input_divisor(rates, inputs))

    def require_additive(self, caller: str, *, allow_gates: bool = False) -> None:
        """Raise `DescriptionError` for divisive weights or gates that `caller` does not support."""
        supported = "a rate network of signed sums"
        if self.divisive is not None:
            remedy = "Leave out divisive and divisive_in."
            raise DescriptionError(caller, supported, "divisive weights", remedy)
        if self.gates and not allow_gates:
            got = f"gates of {list(self.gates)}"
            raise DescriptionError(caller, supported, got, "Leave out gates, and depression.")

    def add_adaptation(self, unit: str, strength: float, tau: SI) -> RateNetwork:
        r"""Return a network in which a unit adapts; see `bioann.ann.added_units.add_adaptation`.

        Parameters
        ----------
        unit : str
            Name of the unit.
        strength : float
            What is subtracted from its input per activation in the steady state, 0 or more.
        tau : quantity
            Time constant of the adaptation, above 0, in ms.

        Returns
        -------
        RateNetwork
            With the further unit ``<unit>_adaptation``.
        """
        return added_units.add_adaptation(self, unit, strength, tau)

    def add_depression(self, unit: str, utilisation: float, tau: SI, rate: SI) -> RateNetwork:
        r"""Return a network with a depressing unit; see `bioann.ann.added_units.add_depression`.

        Parameters
        ----------
        unit : str
            Name of the unit, whose output depresses.
        utilisation : float
            Share of the resources that a spike uses, above 0 and at most 1.
        tau : quantity
            Time constant of recovery, above 0, in ms.
        rate : quantity
            Firing rate that activation 1 of the unit stands for, in Hz.

        Returns
        -------
        RateNetwork
            With ``<unit>_depletion``, ``<unit>_resources`` and ``<unit>_transmitted``.
        """
        return added_units.add_depression(self, unit, utilisation, tau, rate)

    def add_regional_gain(
        self, region: str, connections: Mapping[str, Sequence[str]], gain: str
    ) -> RateNetwork:
        r"""Return a network whose regional weights share a gain; see `bioann.ann.added_units`.

        Parameters
        ----------
        region : str
            Name of the region.
        connections : mapping of str to sequence of str
            By source, a unit or a channel, the units that its connections in the region reach.
        gain : str
            Name of the unit whose activation multiplies the weights.

        Returns
        -------
        RateNetwork
            With the further unit ``<source>_<region>`` for each source.
        """
        return added_units.add_regional_gain(self, region, connections, gain)

    @name_argument_errors
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
        """Simulate the network over a stimulus, in a single trial because it is deterministic.

        Parameters
        ----------
        stimulus : xarray.DataArray, dimensions (condition, time, channel)
            Activation of the stimulus channels, with the time step ``dt`` in seconds as attribute.
        trials, seed, engine : optional
            Arguments of `bioann.model.Model.run` without effect here.
        dt : quantity, optional
            Longest integration step; by default the stimulus step, or a twentieth of the shortest
            time constant if that is shorter.
        bin_width : quantity, optional
            Width of the bins over which activation is averaged.

        Returns
        -------
        xarray.Dataset
            ``activation`` (condition, trial = 1, time, unit).
        """
        check_trials(trials)
        assert self.channels is not None
        stimulus = check_stimulus(stimulus, self.channels)
        centres, steps = make_response_bins(stimulus, to_si(bin_width, "ms", "bin_width"))
        max_step = None if dt is None else to_si(dt, "ms", "RateNetwork.run, dt")
        is_ordered = tuple(stimulus.channel.values.tolist()) == self.channels
        # Without a selection there is no copy.
        inputs = (stimulus if is_ordered else stimulus.sel(channel=list(self.channels))).values
        rates = simulate.simulate_rates(self, inputs, stimulus.attrs["dt"], max_step, steps)
        return label_activations(rates[:, None], self.units, stimulus.condition.values, centres)

    def connections(self) -> pd.DataFrame:
        """Return the non-zero weights as a table with the columns of `bioann.model`."""
        return make_weight_table(self)

    def constant_inputs(self) -> pd.DataFrame:
        """Return the biases that are not zero as a table with the columns of `bioann.model`."""
        return make_bias_table(self)

    def explain(self) -> tuple[Equation, ...]:
        """Return the rate equation and the parameters of every unit."""
        return explanation.explain_rate_network(self)

    def shuffle_signs(self, count: int, *, seed: int) -> tuple[RateNetwork, ...]:
        """Return up to `count` networks with the same weight magnitudes and random signs."""
        return tuple(
            dataclasses.replace(self, W_in=W_in, W=W)
            for W_in, W in shuffle.shuffle_weight_signs((self.W_in, self.W), count, seed)
        )

    def flags(self, recording: xr.Dataset) -> tuple[str, ...]:
        """Return a message that names the units whose activation is always zero."""
        return shuffle.describe_silent_units(recording)
