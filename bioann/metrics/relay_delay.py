"""How late inhibition comes in a network whose negative weights go through a relay."""

from __future__ import annotations

import dataclasses
from functools import cached_property
from typing import Any

import numpy as np
import xarray as xr

from bioann.base.units import Description


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class RelayDelay(Description):
    """Delay in ms that a relay adds to inhibition, read off whole time courses.

    The function of a metric ``per="pair"``, over time, against the network with the relay. It is
    the delay `relay_lag` times the slope of what that network adds over what theory says that it
    adds. Only stimuli to which all units are active count, since the network is linear for them.
    Means over time are left out, as gains may differ.

    Parameters
    ----------
    network : RateNetwork
        Read: ``W``, ``W_in``, ``bias`` and ``channels``; its units are the matches, in order.
    synaptic_tau : float
        Time constant of every synapse in ms.
    relay_lag : float
        That of the relay, with its delay, in ms.
    onset : float
        When a stimulus begins, in ms.
    """

    network: Any
    synaptic_tau: float
    relay_lag: float
    onset: float

    @cached_property
    def _step_response_cache(self) -> dict[int, np.ndarray]:
        return {}

    def added_step_response(self, n_bins: int) -> np.ndarray:
        """Give what a relay in every negative weight adds to the response to a unit step.

        The linear network, solved in steps of 1 ms: a synapse is `x' = (r - x) / tau`, a response
        `r = W x + u`; with a relay a negative weight reads the synapse of a synapse.

        Parameters
        ----------
        n_bins : int
            Bins of 10 ms, from the step on.

        Returns
        -------
        numpy.ndarray, shape (bin, unit, unit)
            Added response of each unit (first) to a step of the input of each (second), by 10 ms.
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
        """Return what the other adds after the onset, and what theory says, without their means.

        Parameters
        ----------
        bio, other : xarray.DataArray, dimensions (..., condition, time, match)
            Time courses in activation.
        stimulus : xarray.DataArray, dimensions (condition, channel)
            Level of every channel.

        Returns
        -------
        difference, theory : xarray.DataArray, dimensions (..., condition, time, match)
            In activation; conditions in which all units are active, and bins after the onset.
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

    def __call__(
        self, bio: xr.DataArray, other: xr.DataArray, stimulus: xr.DataArray
    ) -> xr.DataArray:
        """Return the delay; NaN with no stimulus or less than 0.2 s after its onset."""
        difference, theory = self.added_time_courses(bio, other, stimulus)
        all_dims = ["condition", "time", "match"]
        slope = (difference * theory).sum(all_dims) / (theory**2).sum(all_dims)
        return self.relay_lag * slope.where(
            theory.sizes["condition"] > 0 and theory.sizes["time"] > 20
        )
