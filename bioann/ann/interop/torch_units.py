"""Modules of PyTorch for layers that PyTorch itself does not have; needs PyTorch to be imported."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from bioann.ann.activations.activation import Activation

#: Elementwise function of two tensors, by the way of combining branches.
COMBINATIONS = {
    "sum": torch.add,
    "product": torch.mul,
    "maximum": torch.maximum,
    "minimum": torch.minimum,
}


def to_tensor(array: Any, dtype: Any = torch.float64) -> Any:
    """Return a copy of an array as a tensor."""
    return torch.as_tensor(np.array(array), dtype=dtype)


def to_parameter(array: Any) -> Any:
    """Return a copy of an array as a trainable parameter."""
    return torch.nn.Parameter(to_tensor(array))


class ActivationUnits(torch.nn.Module):
    """An activation function of bioann, computed by PyTorch."""

    def __init__(self, activation: Activation) -> None:
        super().__init__()
        self.activation = activation

    def forward(self, x: Any) -> Any:
        """Return the activation of every number."""
        return self.activation(x)


class FixedScaling(torch.nn.Module):
    """Multiply every number by a fixed factor, and add a fixed offset."""

    def __init__(self, scale: Any, shift: Any) -> None:
        super().__init__()
        self.register_buffer("scale", to_tensor(scale))
        self.register_buffer("shift", to_tensor(shift))

    def forward(self, x: Any) -> Any:
        """Return the scaled numbers."""
        return x * self.scale + self.shift


class CopiedInputs(torch.nn.Module):
    """Copy inputs to other positions; -1 in `index` stands for the constant `fill`."""

    def __init__(self, index: np.ndarray, fill: float, n_lead: int) -> None:
        super().__init__()
        self.shape, self.fill, self.n_lead = index.shape, fill, n_lead
        self.has_fill = bool((index < 0).any())
        self.register_buffer("index", to_tensor(index.ravel(), torch.int64))

    def forward(self, x: Any) -> Any:
        """Return the copies, in the shape of the index."""
        values = torch.flatten(x, self.n_lead)
        if self.has_fill:
            values = torch.nn.functional.pad(values, (0, 1), value=self.fill)
            index = torch.where(self.index < 0, values.shape[-1] - 1, self.index)
            return values[..., index].reshape(*x.shape[: self.n_lead], *self.shape)
        return values[..., self.index].reshape(*x.shape[: self.n_lead], *self.shape)


class ParallelBranches(torch.nn.Module):
    """Send the input through several branches, and combine their outputs."""

    def __init__(self, branches: Sequence[Any], combination: str, n_lead: int) -> None:
        super().__init__()
        self.branches = torch.nn.ModuleList(branches)
        self.combination, self.n_lead = combination, n_lead

    def forward(self, x: Any) -> Any:
        """Return the combined outputs; concatenation is along the first axis of a sample."""
        outputs = [branch(x) for branch in self.branches]
        if self.combination == "concatenation":
            return torch.cat(outputs, dim=self.n_lead)
        total = outputs[0]
        for output in outputs[1:]:
            total = COMBINATIONS[self.combination](total, output)
        return total


class RecurrentOutput(torch.nn.Module):
    """Return the output of a recurrent module at all steps without its state."""

    def __init__(self, recurrent: Any, is_reversed: bool = False) -> None:
        super().__init__()
        self.recurrent, self.is_reversed = recurrent, is_reversed

    def forward(self, x: Any) -> Any:
        """Return the outputs ``(batch, time, unit)``, in the order of the input."""
        if not self.is_reversed:
            return self.recurrent(x)[0]
        return torch.flip(self.recurrent(torch.flip(x, [1]))[0], [1])


class LeakyUnits(torch.nn.Module):
    r"""Units with a time constant or an activation that PyTorch's recurrent modules lack.

    .. math:: y \leftarrow y + f (\phi(W x + b + U y) - y)
    """

    def __init__(self, W: Any, U: Any, bias: Any, activation: Any, factor: float) -> None:
        super().__init__()
        self.W, self.U, self.bias = to_parameter(W), to_parameter(U), to_parameter(bias)
        self.activation, self.factor = activation, factor

    def forward(self, x: Any) -> tuple[Any, Any]:
        """Return the outputs ``(batch, time, unit)`` and the last one."""
        drive = x @ self.W.T + self.bias
        y, outputs = torch.zeros_like(drive[:, 0]), []
        for k in range(drive.shape[1]):
            target = self.activation(drive[:, k] + y @ self.U.T)
            y = target if self.factor == 1 else y + self.factor * (target - y)
            outputs.append(y)
        return torch.stack(outputs, 1), y


class LeakyFilter(torch.nn.Module):
    """Low-pass filter of every number, from zero."""

    def __init__(self, factor: float) -> None:
        super().__init__()
        self.factor = factor

    def forward(self, x: Any) -> Any:
        """Return the filtered course ``(batch, time, ...)``."""
        y, outputs = torch.zeros_like(x[:, 0]), []
        for k in range(x.shape[1]):
            y = y + self.factor * (x[:, k] - y)
            outputs.append(y)
        return torch.stack(outputs, 1)


class RateNetworkUnits(torch.nn.Module):
    """A rate network: its units are evaluated level by level, and dynamic ones integrated.

    Parameters
    ----------
    arrays : mapping of str to numpy.ndarray
        ``W``, ``W_in`` and ``bias``; ``divisive`` and ``divisive_in`` or None.
    levels : sequence of numpy.ndarray of int
        Static units in the order of evaluation.
    dynamic : numpy.ndarray of int
        Units with a time constant.
    factors : numpy.ndarray
        Relaxation factor of each of these in one integration step.
    substeps : int
        Integration steps in each step of the input.
    gates : numpy.ndarray of int
        Gating unit of each unit, -1 without.
    activations : sequence of Activation
        Activation function of each unit.
    """

    def __init__(
        self,
        arrays: Any,
        levels: Sequence[np.ndarray],
        dynamic: np.ndarray,
        factors: np.ndarray,
        substeps: int,
        gates: np.ndarray,
        activations: Sequence[Activation],
    ) -> None:
        super().__init__()
        for name in ("W", "W_in", "bias"):
            setattr(self, name, to_parameter(arrays[name]))
        self.has_divisor = arrays["divisive"] is not None
        if self.has_divisor:
            for name in ("divisive", "divisive_in"):
                setattr(self, name, to_parameter(arrays[name]))
        self.register_buffer("factors", to_tensor(factors))
        self.register_buffer("gates", to_tensor(gates, torch.int64))
        self.substeps = substeps
        self.groups = [_group_by_activation(level, activations) for level in levels]
        self.dynamic = [int(k) for k in dynamic]
        self.dynamic_groups = _group_by_activation(dynamic, activations)

    def forward(self, x: Any) -> Any:
        """Return the activation of all units.

        Parameters
        ----------
        x : torch.Tensor, shape (batch, time, channel)
            Activation of the stimulus channels.

        Returns
        -------
        torch.Tensor, shape (batch, time, unit)
            Activation at the end of each time step.
        """
        drive = x @ self.W_in.T + self.bias
        divisor = 1 + x @ self.divisive_in.T if self.has_divisor else torch.ones_like(drive)
        if not self.dynamic:
            return self._evaluate_levels(torch.zeros_like(drive), drive, divisor)
        rates, outputs = torch.zeros_like(drive[:, 0]), []
        for k in range(drive.shape[1]):
            inputs = drive[:, k], divisor[:, k]
            for _ in range(self.substeps):
                rates = self._evaluate_levels(rates, *inputs)
                targets = self._compute_activation(rates, *inputs, self.dynamic_groups)
                current = rates[..., self.dynamic]
                relaxed = current + self.factors * (targets[..., self.dynamic] - current)
                rates = rates.clone()
                rates[..., self.dynamic] = relaxed
            rates = self._evaluate_levels(rates, *inputs)
            outputs.append(rates)
        return torch.stack(outputs, 1)

    def _evaluate_levels(self, rates: Any, drive: Any, divisor: Any) -> Any:
        """Return the rates with those of static units, level by level."""
        for groups in self.groups:
            rates = self._compute_activation(rates, drive, divisor, groups)
        return rates

    def _compute_activation(self, rates: Any, drive: Any, divisor: Any, groups: Any) -> Any:
        """Return the rates with the activation of groups of units in place of theirs."""
        updated = rates.clone()
        for units, activation in groups:
            total = rates @ self.W[units].T + drive[..., units]
            if self.has_divisor:
                total = total / (divisor[..., units] + rates @ self.divisive[units].T)
            gates = torch.nn.functional.pad(rates, (0, 1), value=1.0)[..., self.gates[units]]
            updated[..., units] = activation(total) * gates
        return updated


def _group_by_activation(
    units: np.ndarray, activations: Sequence[Activation]
) -> list[tuple[list[int], Activation]]:
    """Return units with the same activation object together."""
    groups: dict[int, tuple[list[int], Activation]] = {}
    for k in units:
        activation = activations[k]
        groups.setdefault(id(activation), ([], activation))[0].append(int(k))
    return list(groups.values())
