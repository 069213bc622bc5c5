"""What a connection does at a position of the sliders, from responses that were simulated.

An effect is computed for each trial of the spiking model and for the rate model in the same way.
"""

from __future__ import annotations

import abc
from dataclasses import dataclass

import xarray as xr


@dataclass(frozen=True)
class Effect(abc.ABC):
    """What a connection does to a response.

    Parameters
    ----------
    label : str
        Name of the quantity, with the connection.
    unit : str
        Its unit.
    curve : str
        The response that changes.
    """

    label: str
    unit: str
    curve: str

    @property
    @abc.abstractmethod
    def definition(self) -> str:
        """The effect in a sentence, for the page."""

    @abc.abstractmethod
    def __call__(self, responses: xr.DataArray) -> xr.DataArray:
        """Compute the effect at each position.

        Parameters
        ----------
        responses : xarray.DataArray
            Responses of one model along the axes of the lesson, ``curve`` and, of the spiking
            model, ``trial``; in the unit of the lesson.

        Returns
        -------
        xarray.DataArray
            In `unit`, without ``curve``; NaN where it does not exist.
        """


@dataclass(frozen=True)
class EffectiveWeight(Effect):
    """The change of a response per change of its cause, between neighbouring computed values.

    At the first and the last value of `along` it is the difference to the only neighbour.

    Parameters
    ----------
    label, unit, curve : str
        As for `Effect`.
    along : str
        The axis of the cause.
    """

    along: str

    @property
    def definition(self) -> str:
        """The effect in a sentence, for the page."""
        return (
            f"The {self.label} is the change of the response between the neighbouring simulated "
            f"values of the {self.along}, per change of that value."
        )

    def __call__(self, responses: xr.DataArray) -> xr.DataArray:
        """Compute the effective weight; see `Effect`."""
        response, n = responses.sel(curve=self.curve, drop=True), responses.sizes[self.along]
        before = [max(k - 1, 0) for k in range(n)]
        after = [min(k + 1, n - 1) for k in range(n)]
        cause = responses[self.along]
        rise, run = (
            values.isel({self.along: after}).drop_vars(self.along)
            - values.isel({self.along: before}).drop_vars(self.along)
            for values in (response, cause)
        )
        return (rise / run).assign_coords({self.along: cause})


@dataclass(frozen=True)
class LossPerRate(Effect):
    """The change of a response by a connection, per response of the source of that connection.

    Parameters
    ----------
    label, unit, curve : str
        As for `Effect`.
    source : str
        The response of the source.
    along : str
        The axis of the strength of the connection; at its first value there is none.
    """

    source: str
    along: str

    @property
    def definition(self) -> str:
        """The effect in a sentence, for the page."""
        return (
            f"The {self.label} is the change of the rate of {self.curve} by the {self.along}, "
            f"over the rate of {self.source}."
        )

    def __call__(self, responses: xr.DataArray) -> xr.DataArray:
        """Compute the change per response; see `Effect`."""
        target = responses.sel(curve=self.curve, drop=True)
        source = responses.sel(curve=self.source, drop=True)
        change = target - target.isel({self.along: 0}, drop=True)
        # Of a silent source there is nothing to divide by: 1 Hz counts as silent.
        mean = source.mean("trial") if "trial" in source.dims else source
        is_connected = responses[self.along] > responses[self.along][0]
        result: xr.DataArray = (change / mean).where((mean > 1.0) & is_connected)
        return result.transpose(*target.dims)


@dataclass(frozen=True)
class ResponseItself(Effect):
    """A response that is an effect already: a difference from a reference condition."""

    @property
    def definition(self) -> str:
        """The effect in a sentence, for the page."""
        return f"The {self.label} is the rate with it minus the rate without it."

    def __call__(self, responses: xr.DataArray) -> xr.DataArray:
        """Return the response; see `Effect`."""
        return responses.sel(curve=self.curve, drop=True)
