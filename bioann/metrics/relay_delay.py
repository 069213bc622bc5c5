"""Delay of inhibition in a network whose negative weights pass through relay neurons."""

from __future__ import annotations

import dataclasses
from functools import cached_property
from typing import Any

import numpy as np
import xarray as xr

from bioann.base.description import Description
from bioann.base.errors import DescriptionError
from bioann.base.text import shorten_repr
from bioann.metrics.parametric import ParametricMetric


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class RelayDelay(ParametricMetric):
    """Delay in ms that a relay adds to inhibition, estimated from whole time courses.

    A metric function for ``per="pair"`` and ``over="time"``, where ``other`` is the network with
    relays. The response that the relays add is regressed on its theoretical prediction; the delay
    is the slope times `relay_lag`. Only conditions in which all units are active count, because
    the network is linear in them. Means over time are subtracted, because gains may differ.

    Parameters
    ----------
    network : RateNetwork
        Network without relays, of which ``W``, ``W_in``, ``bias`` and ``channels`` are used; its
        units are the matches, in order.
    synaptic_tau : float
        Time constant of every synapse in ms.
    relay_lag : float
        Time constant of the relay plus its conduction delay, in ms.
    onset : float
        Stimulus onset in ms.
    """

    network: Any
    synaptic_tau: float
    relay_lag: float
    onset: float

    def check(self) -> None:
        """Raise `DescriptionError` without a network, or for times that are not positive."""
        if not isinstance(self.network, Description):
            raise DescriptionError(
                "RelayDelay, network",
                "a RateNetwork",
                shorten_repr(self.network),
                "Pass the rate model of the pair.",
            )
        for name, value in {"synaptic_tau": self.synaptic_tau, "relay_lag": self.relay_lag}.items():
            if value <= 0:
                raise DescriptionError(
                    f"RelayDelay, {name}", "a time in ms above 0", f"{value:g}", f"Change {name}."
                )

    def measure_options(self) -> dict[str, Any]:
        """Return the options of `bioann.measure`."""
        return {
            "best": float(self.relay_lag),
            "per": "pair",
            "over": "time",
            "unit": "ms",
            "note": "needs conditions in which every unit is active",
        }

    @cached_property
    def _step_response_cache(self) -> dict[int, np.ndarray]:
        return {}

    def added_step_response(self, n_bins: int) -> np.ndarray:
        """Compute the change in the step response by a relay in every negative weight.

        The linear network is integrated in steps of 1 ms: a synapse follows
        `x' = (r - x) / tau`, and the rates are `r = W x + u`. With relays, a negative weight
        reads a synaptic variable that is filtered once more, with `relay_lag`.

        Parameters
        ----------
        n_bins : int
            Number of bins of 10 ms after the step.

        Returns
        -------
        numpy.ndarray, shape (bin, unit, unit)
            Change in the response of a unit (second axis) to a unit step of another's input (third
            axis).
        """
        if n_bins not in self._step_response_cache:
            w = self.network.W
            plus, minus, one = np.maximum(w, 0), np.minimum(w, 0), np.eye(len(w))
            plain, relayed, relay = (np.zeros_like(one) for _ in range(3))
            differences = []
            for _ in range(10 * n_bins):
                without, with_relay = w @ plain, plus @ relayed + minus @ relay
                differences.append(with_relay - without)
                plain = plain + (without + one - plain) / self.synaptic_tau
                relay = relay + (relayed - relay) / self.relay_lag
                relayed = relayed + (with_relay + one - relayed) / self.synaptic_tau
            by_bin = np.reshape(differences, (n_bins, 10, *w.shape))
            self._step_response_cache[n_bins] = by_bin.mean(axis=1)
        return self._step_response_cache[n_bins]

    def added_time_courses(
        self, bio: xr.DataArray, other: xr.DataArray, stimulus: xr.DataArray
    ) -> tuple[xr.DataArray, xr.DataArray]:
        """Return the difference of the models after the onset and its prediction, mean-free.

        Parameters
        ----------
        bio, other : xarray.DataArray, dimensions (..., condition, time, match)
            Time courses without and with relays, in activation.
        stimulus : xarray.DataArray, dimensions (condition, channel)
            Activation of every channel after the onset.

        Returns
        -------
        difference, theory : xarray.DataArray, dimensions (..., condition, time, match)
            Time courses in activation, minus their means over time; only conditions in which all
            units are active, and bins after the onset.
        """
        network, after_onset = self.network, np.flatnonzero(bio.time.values > self.onset * 1e-3)
        step = stimulus.sel(channel=list(network.channels or ())).values @ network.W_in.T
        steady = np.linalg.solve(np.eye(len(network.W)) - network.W, (step + network.bias).T).T
        active = (steady > 0.02).all(axis=1)
        prediction = np.einsum(
            "tij,cj->cti", self.added_step_response(len(after_onset)), step[active]
        )
        difference = (other - bio).isel(time=after_onset, condition=np.flatnonzero(active))
        difference = difference.drop_vars(("condition", "time", "match"), errors="ignore")
        theory = xr.DataArray(prediction, dims=("condition", "time", "match"))
        return difference - difference.mean("time"), theory - theory.mean("time")

    def average_time_courses(
        self, bio: xr.DataArray, other: xr.DataArray, stimulus: xr.DataArray, n_bins: int = 9
    ) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        """Average `added_time_courses` over conditions and matches, signed as predicted.

        Parameters
        ----------
        bio, other, stimulus : xarray.DataArray
            As for `added_time_courses`, with the dimensions ``condition``, ``time`` and ``match``.
        n_bins : int, optional
            Length of a running mean over time, in bins of 10 ms.

        Returns
        -------
        dict
            Time after the onset in ms and mean in activation, ``measured`` and of the ``theory``.
        """
        difference, theory = self.added_time_courses(bio, other, stimulus)
        sign = np.sign(theory.isel(time=slice(2, 12)).mean("time"))  # +1 if inhibition comes late
        courses = {}
        for label, values in {"measured": difference, "theory": theory}.items():
            mean = (values * sign).mean(["condition", "match"])
            smooth = mean.rolling(time=n_bins, center=True).mean()
            courses[label] = (5 + 10 * np.arange(mean.size), smooth.values)
        return courses

    def __call__(
        self, bio: xr.DataArray, other: xr.DataArray, stimulus: xr.DataArray
    ) -> xr.DataArray:
        """Return the delay in ms; NaN without a condition that counts or with <= 0.2 s of data."""
        difference, theory = self.added_time_courses(bio, other, stimulus)
        all_dims = ["condition", "time", "match"]
        slope = (difference * theory).sum(all_dims) / (theory**2).sum(all_dims)
        return self.relay_lag * slope.where(
            theory.sizes["condition"] > 0 and theory.sizes["time"] > 20
        )
