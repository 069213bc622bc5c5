"""A rate network in JAX, with the integration of `bioann.ann.simulate`, for training."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np

from bioann.ann.evaluation_order import sort_into_levels
from bioann.ann.init import Initialisation, WeightSpec
from bioann.ann.network import RateNetwork
from bioann.ann.signs.constraints import WeightSources
from bioann.ann.simulate import choose_integration_step
from bioann.ann.training.jax_optax import import_jax
from bioann.ann.training.model import LearnedArray, NamedArrays, TrainableNetwork, is_rectified
from bioann.base.errors import DescriptionError
from bioann.base.randomness import make_rng

FIELDS = ("W_in", "W", "bias")


def make_rate_function(
    network: RateNetwork, dt: float | None, every: int = 1
) -> Callable[[NamedArrays, Any], Any]:
    """Return the function that computes a network's rates from its parameters.

    Parameters
    ----------
    network : RateNetwork
        The network; its weights only matter for which connections exist.
    dt : float or None
        Stimulus step in seconds; None for a static network.
    every : int, optional
        Number of stimulus steps that are averaged into one value, at least 1.

    Returns
    -------
    callable
        ``compute_rates({"W_in": ..., "W": ..., "bias": ...}, x)`` returns the rates (batch,
        time // every, unit) for inputs (batch, time, channel), like
        `bioann.ann.simulate.simulate_rates`.

    Raises
    ------
    DescriptionError
        If static units form a loop, or the time step is missing.
    """
    return _RateIntegrator(network, dt, every).compute_rates


class _RateIntegrator:
    """Exponential Euler integration of a rate network in JAX."""

    def __init__(self, network: RateNetwork, dt: float | None, every: int) -> None:
        self.every = every
        levels = sort_into_levels(network)
        _require_no_static_loop(network, levels)
        self.static_levels = [_group_by_activation(network, level) for level in levels]
        taus = network.time_constants()
        dynamic = np.flatnonzero(taus > 0)
        self.dynamic_groups = _group_by_activation(network, dynamic)
        if not len(dynamic):
            return
        if dt is None:
            raise DescriptionError(
                "RateNetwork, time constants",
                "a time step",
                "samples without dt",
                "Pass dt to make_samples.",
            )
        step = choose_integration_step(float(taus[dynamic].min()), dt, None)
        self.substeps = int(np.ceil(dt / step - 1e-9))
        #: Dynamic units in the order of their groups, and their relaxation in one integration step.
        self.dynamic = np.concatenate([units for units, _ in self.dynamic_groups])
        self.relaxation = 1 - np.exp(-dt / self.substeps / taus[self.dynamic])

    def compute_rates(self, p: NamedArrays, x: Any) -> Any:
        """Compute the rates (batch, bin, unit) for inputs (batch, time, channel)."""
        xp, lax = import_jax().numpy, import_jax().lax

        def advance_step(rates: Any, drive: Any) -> tuple[Any, Any]:
            if self.dynamic_groups:
                rates = lax.fori_loop(
                    0, self.substeps, lambda _, r: self._step_dynamic(p["W"], r, drive), rates
                )
            rates = self._evaluate_static(p["W"], rates, drive)
            return rates, rates

        drive = xp.moveaxis(x @ p["W_in"].T + p["bias"], 1, 0)
        _, trajectory = lax.scan(advance_step, xp.zeros_like(drive[0]), drive)
        n_bins = len(trajectory) // self.every
        steps = trajectory[: n_bins * self.every]
        binned = steps.reshape(n_bins, self.every, *trajectory.shape[1:]).mean(axis=1)
        return xp.moveaxis(binned, 0, 1)

    def _evaluate_static(self, W: Any, rates: Any, drive: Any) -> Any:
        for level in self.static_levels:
            for units, phi in level:
                rates = rates.at[:, units].set(phi(rates @ W[units].T + drive[:, units]))
        return rates

    def _step_dynamic(self, W: Any, rates: Any, drive: Any) -> Any:
        rates = self._evaluate_static(W, rates, drive)
        targets = [phi(rates @ W[units].T + drive[:, units]) for units, phi in self.dynamic_groups]
        target = import_jax().numpy.concatenate(targets, axis=1)
        change = self.relaxation.astype(target.dtype) * (target - rates[:, self.dynamic])
        return rates.at[:, self.dynamic].add(change)


def _require_no_static_loop(network: RateNetwork, levels: list[np.ndarray]) -> None:
    for level in levels:
        if network.W[np.ix_(level, level)].any():
            raise DescriptionError(
                f"RateNetwork, static units {[network.units[i] for i in level]}",
                "time constants in a loop, so that gradients can be computed",
                "static units that feed each other",
                "Pass tau=10 * ms (or one per unit).",
            )


def _group_by_activation(network: RateNetwork, index: np.ndarray) -> list[tuple[np.ndarray, Any]]:
    """Return unit indices grouped by activation, with the activation of each group."""
    kinds = dict.fromkeys(network.activation[i] for i in index)
    return [(np.array([i for i in index if network.activation[i] == phi]), phi) for phi in kinds]


class TrainableRateNetwork(TrainableNetwork):
    """A trainable rate network; weights of zero are absent connections and stay zero.

    Parameters
    ----------
    network : RateNetwork
        The network, with the parameters before training.
    dt : float or None
        Stimulus step in seconds; None for a static network.
    every : int, optional
        Number of stimulus steps that are averaged into one value, at least 1.
    readout : numpy.ndarray, shape (match, unit), optional
        Weights of the units in each output; the identity by default.
    """

    def __init__(
        self,
        network: RateNetwork,
        dt: float | None,
        every: int = 1,
        readout: np.ndarray | None = None,
    ) -> None:
        self.network = network
        self.readout = np.eye(len(network.units)) if readout is None else readout
        self.settings = f"dt={dt}, every={every}, readout={self.readout.tolist()}"
        self.compute_rates = make_rate_function(network, dt, every)
        self.learned_arrays = (
            LearnedArray("network.W_in", "network", True, False, True, "input", network.W_in == 0),
            LearnedArray("network.W", "network", True, False, True, "network", network.W == 0),
            LearnedArray("network.bias", "network", False, False, False, ""),
        )

    @property
    def rectified_arrays(self) -> dict[str, tuple[str, ...]]:
        """Names of the arrays if all units are rectified."""
        is_flat = all(is_rectified(phi) for phi in self.network.activation)
        return {"network.bias": ("network.W_in", "network.W")} if is_flat else {}

    @property
    def description(self) -> str:
        """The network with its parameters, time step, bins and read-out."""
        return f"{self.network!r}, {self.settings}"

    @property
    def structure(self) -> str:
        """The network with all weights 1 and all biases 0, time step, bins and read-out."""
        W_in, W = ((w != 0).astype(float) for w in (self.network.W_in, self.network.W))
        network = dataclasses.replace(self.network, bias=0.0, W_in=W_in, W=W)
        return f"{network!r}, {self.settings}"

    def initial_parameters(
        self, initialisation: Initialisation | None, seed: int
    ) -> dict[str, np.ndarray]:
        """Draw the weights of all connections, or return the network's own, with its biases."""
        fields = zip(FIELDS, (self.network.W_in, self.network.W, self.network.bias), strict=True)
        parameters = {f"network.{name}": np.array(values) for name, values in fields}
        if initialisation is not None:
            for weight in self.learned_arrays[:2]:
                is_connected = parameters[weight.name] != 0
                fan_in, fan_out = (max(1, int(is_connected.sum(axis=k).max())) for k in (1, 0))
                rng = make_rng(seed, "initialisation", weight.name)
                sources = WeightSources(weight.source, seed)
                values = initialisation.draw_weights(
                    WeightSpec(is_connected.shape, fan_in, fan_out, rng, sources)
                )
                parameters[weight.name] = np.where(is_connected, values, 0.0)
        return parameters

    def forward(self, parameters: NamedArrays, x: Any, key: Any | None) -> Any:
        """Compute the outputs: the rates, weighted by the read-out."""
        by_field = {name: parameters[f"network.{name}"] for name in FIELDS}
        return self.compute_rates(by_field, x) @ self.readout.T.astype(x.dtype)

    def signed_weights(self, parameters: NamedArrays) -> NamedArrays:
        """Return input weights and recurrent weights."""
        return {name: parameters[name] for name in ("network.W_in", "network.W")}

    def make_network(self, parameters: dict[str, np.ndarray]) -> RateNetwork:
        """Return the network with these parameters."""
        by_field: dict[str, Any] = {name: parameters[f"network.{name}"] for name in FIELDS}
        return dataclasses.replace(self.network, **by_field)
