"""A rate network in JAX: the steps of `bioann.ann.simulate`, through which gradients pass."""

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
from bioann.ann.training.model import LearnedArray, NamedArrays, TrainableNetwork
from bioann.base.errors import DescriptionError
from bioann.base.randomness import make_rng

FIELDS = ("W_in", "W", "bias")


def make_rate_function(
    network: RateNetwork, dt: float | None, every: int = 1
) -> Callable[[NamedArrays, Any], Any]:
    """Make the function that follows a network's rates.

    Parameters
    ----------
    network : RateNetwork
        Its time constants, activations and connections count.
    dt : float or None
        Stimulus step in seconds; static networks need none.
    every : int, optional
        Stimulus steps that are averaged into one value.

    Returns
    -------
    callable
        ``follow({"W_in": ..., "W": ..., "bias": ...}, x)`` gives the rates (batch, time // every,
        unit) for inputs (batch, time, channel), as `bioann.ann.simulate.simulate_rates` does.

    Raises
    ------
    DescriptionError
        If static units feed each other in a loop, or there is no time step.
    """
    taus = network.time_constants()
    dynamic = np.flatnonzero(taus > 0)
    static_levels = [_group_by_activation(network, level) for level in sort_into_levels(network)]
    for level in sort_into_levels(network):
        if network.W[np.ix_(level, level)].any():
            raise DescriptionError(
                f"RateNetwork, static units {[network.units[i] for i in level]}",
                "time constants in a loop, through which gradients can pass",
                "static units that feed each other",
                "Give tau=10 * ms (or one per unit).",
            )
    substeps, gain = 1, np.ones(0)
    if len(dynamic):
        if dt is None:
            raise DescriptionError(
                "RateNetwork, time constants", "a time step", "samples without dt", "Pass dt=...."
            )
        step = choose_integration_step(float(taus[dynamic].min()), dt, None)
        substeps = int(np.ceil(dt / step - 1e-9))
        gain = 1 - np.exp(-dt / substeps / taus[dynamic])
    dynamic_groups = _group_by_activation(network, dynamic)

    def compute_rates(p: NamedArrays, x: Any) -> Any:
        xp, lax = import_jax().numpy, import_jax().lax

        def settle_static(rates: Any, drive_now: Any) -> Any:
            for level in static_levels:
                for at, phi in level:
                    rates = rates.at[:, at].set(phi(rates @ p["W"][at].T + drive_now[:, at]))
            return rates

        def step_dynamic(rates: Any, drive_now: Any) -> Any:
            rates = settle_static(rates, drive_now)
            targets = [phi(rates @ p["W"][at].T + drive_now[:, at]) for at, phi in dynamic_groups]
            target = xp.concatenate(targets, axis=1)
            at = np.concatenate([at for at, _ in dynamic_groups])
            share = gain[np.searchsorted(dynamic, at)].astype(target.dtype)
            return rates.at[:, at].add(share * (target - rates[:, at]))

        def advance_step(rates: Any, drive_now: Any) -> tuple[Any, Any]:
            if len(dynamic):
                rates = lax.fori_loop(0, substeps, lambda _, r: step_dynamic(r, drive_now), rates)
            rates = settle_static(rates, drive_now)
            return rates, rates

        drive = xp.moveaxis(x @ p["W_in"].T + p["bias"], 1, 0)
        _, trajectory = lax.scan(advance_step, xp.zeros_like(drive[0]), drive)
        bins = len(trajectory) // every
        binned = trajectory[: bins * every].reshape(bins, every, *trajectory.shape[1:]).mean(axis=1)
        return xp.moveaxis(binned, 0, 1)

    return compute_rates


def _group_by_activation(network: RateNetwork, index: np.ndarray) -> list[tuple[np.ndarray, Any]]:
    """Sort units by their activation."""
    kinds = dict.fromkeys(network.activation[i] for i in index)
    return [(np.array([i for i in index if network.activation[i] == phi]), phi) for phi in kinds]


class TrainableRateNetwork(TrainableNetwork):
    """A rate network; a weight of zero is no connection, and stays zero.

    Parameters
    ----------
    network : RateNetwork
        The network.
    dt : float or None
        Stimulus step in seconds.
    every : int, optional
        Stimulus steps that are averaged into one value.
    readout : numpy.ndarray, shape (match, unit), optional
        What is read from the units; all of them unless given.
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
    def description(self) -> str:
        """The network and how it is followed and read."""
        return f"{self.network!r}, {self.settings}"

    @property
    def structure(self) -> str:
        """The same, with the connections in place of their weights."""
        connections = {
            name: (getattr(self.network, name) != 0).astype(float) for name in ("W_in", "W")
        }
        return f"{dataclasses.replace(self.network, bias=0.0, **connections)!r}, {self.settings}"

    def initial_parameters(
        self, initialisation: Initialisation | None, seed: int
    ) -> dict[str, np.ndarray]:
        """Draw the weights of all connections, or take the network's own; biases are its own."""
        parameters = {f"network.{name}": np.array(getattr(self.network, name)) for name in FIELDS}
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
        """Follow the rates and read them."""
        by_field = {name: parameters[f"network.{name}"] for name in FIELDS}
        return self.compute_rates(by_field, x) @ self.readout.T.astype(x.dtype)

    def signed_weights(self, parameters: NamedArrays) -> NamedArrays:
        """Give the weights."""
        return {name: parameters[name] for name in ("network.W_in", "network.W")}

    def make_network(self, parameters: dict[str, np.ndarray]) -> RateNetwork:
        """Give the network with these parameters."""
        by_field: dict[str, Any] = {name: parameters[f"network.{name}"] for name in FIELDS}
        return dataclasses.replace(self.network, **by_field)
