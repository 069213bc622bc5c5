"""A rate network in JAX: the steps of `bioann.ann.simulate`, through which gradients pass."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np

from bioann.ann.evaluation_order import order
from bioann.ann.init import Draw, Initialisation
from bioann.ann.network import RateNetwork
from bioann.ann.signs.constraints import Sources
from bioann.ann.simulate import integration_step
from bioann.ann.training.jax_optax import import_jax
from bioann.ann.training.model import Model, Named, Weight
from bioann.base.errors import DescriptionError
from bioann.base.randomness import make_rng

FIELDS = ("W_in", "W", "bias")


def follow(network: RateNetwork, dt: float | None, every: int = 1) -> Callable[[Named, Any], Any]:
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
        unit) for inputs (batch, time, channel), as `bioann.ann.simulate.simulate` does.

    Raises
    ------
    DescriptionError
        If static units feed each other in a loop, or there is no time step.
    """
    taus = network.taus()
    dynamic = np.flatnonzero(taus > 0)
    levels = [_parts(network, level) for level in order(network)]
    for level in order(network):
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
        step = integration_step(float(taus[dynamic].min()), dt, None)
        substeps = int(np.ceil(dt / step - 1e-9))
        gain = 1 - np.exp(-dt / substeps / taus[dynamic])
    moving = _parts(network, dynamic)

    def rates_of(p: Named, x: Any) -> Any:
        xp, lax = import_jax().numpy, import_jax().lax

        def settle(rates: Any, now: Any) -> Any:
            for level in levels:
                for at, phi in level:
                    rates = rates.at[:, at].set(phi(rates @ p["W"][at].T + now[:, at]))
            return rates

        def move(rates: Any, now: Any) -> Any:
            rates = settle(rates, now)
            target = [phi(rates @ p["W"][at].T + now[:, at]) for at, phi in moving]
            there = xp.concatenate(target, axis=1)
            at = np.concatenate([at for at, _ in moving])
            share = gain[np.searchsorted(dynamic, at)].astype(there.dtype)
            return rates.at[:, at].add(share * (there - rates[:, at]))

        def advance(rates: Any, now: Any) -> tuple[Any, Any]:
            if len(dynamic):
                rates = lax.fori_loop(0, substeps, lambda _, r: move(r, now), rates)
            rates = settle(rates, now)
            return rates, rates

        drive = xp.moveaxis(x @ p["W_in"].T + p["bias"], 1, 0)
        _, course = lax.scan(advance, xp.zeros_like(drive[0]), drive)
        bins = len(course) // every
        binned = course[: bins * every].reshape(bins, every, *course.shape[1:]).mean(axis=1)
        return xp.moveaxis(binned, 0, 1)

    return rates_of


def _parts(network: RateNetwork, index: np.ndarray) -> list[tuple[np.ndarray, Any]]:
    """Sort units by their activation."""
    kinds = dict.fromkeys(network.activation[i] for i in index)
    return [(np.array([i for i in index if network.activation[i] == phi]), phi) for phi in kinds]


class RateModel(Model):
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
        self.given = network
        self.readout = np.eye(len(network.units)) if readout is None else readout
        self.how = f"dt={dt}, every={every}, readout={self.readout.tolist()}"
        self.follow = follow(network, dt, every)
        self.weights = (
            Weight("network.W_in", "network", True, False, True, "input", network.W_in == 0),
            Weight("network.W", "network", True, False, True, "network", network.W == 0),
            Weight("network.bias", "network", False, False, False, ""),
        )

    @property
    def described(self) -> str:
        """The network and how it is followed and read."""
        return f"{self.given!r}, {self.how}"

    @property
    def structure(self) -> str:
        """The same, with the connections in place of their weights."""
        there = {name: (getattr(self.given, name) != 0).astype(float) for name in ("W_in", "W")}
        return f"{dataclasses.replace(self.given, bias=0.0, **there)!r}, {self.how}"

    def initial(self, initialisation: Initialisation | None, seed: int) -> dict[str, np.ndarray]:
        """Draw the weights of all connections, or take the network's own; biases are its own."""
        found = {f"network.{name}": np.array(getattr(self.given, name)) for name in FIELDS}
        if initialisation is not None:
            for weight in self.weights[:2]:
                present = found[weight.name] != 0
                fan_in, fan_out = (max(1, int(present.sum(axis=k).max())) for k in (1, 0))
                rng = make_rng(seed, "initialisation", weight.name)
                sources = Sources(weight.source, seed)
                drawn = initialisation.draw(Draw(present.shape, fan_in, fan_out, rng, sources))
                found[weight.name] = np.where(present, drawn, 0.0)
        return found

    def forward(self, parameters: Named, x: Any, key: Any | None) -> Any:
        """Follow the rates and read them."""
        by_field = {name: parameters[f"network.{name}"] for name in FIELDS}
        return self.follow(by_field, x) @ self.readout.T.astype(x.dtype)

    def effective(self, parameters: Named) -> Named:
        """Give the weights."""
        return {name: parameters[name] for name in ("network.W_in", "network.W")}

    def network(self, parameters: dict[str, np.ndarray]) -> RateNetwork:
        """Give the network with these parameters."""
        by_field: dict[str, Any] = {name: parameters[f"network.{name}"] for name in FIELDS}
        return dataclasses.replace(self.given, **by_field)
