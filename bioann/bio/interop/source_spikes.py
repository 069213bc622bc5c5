"""Reads the rates of Brian2 Poisson groups, and the spike times of spike generators."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import brian2 as b2
import numpy as np

from bioann.bio.interop.code_reader import CodeReader
from bioann.bio.interop.refusal import refuse_object
from bioann.bio.interop.regular_rates import list_regular_code, read_regular_rate

#: Share of a time step by which a spike may be early: Brian2 moves spikes on by it.
_EARLY = 1e-3


def read_poisson_rates(group: Any, namespace: Mapping[str, Any]) -> np.ndarray:
    """Return the rates of a Poisson group; the peak of one that follows a timed array.

    Parameters
    ----------
    group : brian2.PoissonGroup
        The group.
    namespace : mapping of str to object
        Variables of the script.

    Returns
    -------
    numpy.ndarray, shape (n,)
        Rates in Hz, >= 0, at least one of them above 0.

    Raises
    ------
    DescriptionError
        For rates that depend on more than constants or one timed array, are negative or all 0.
    """
    if list_regular_code(group):
        return np.full(len(group), read_regular_rate(group, namespace))
    location = f"rates {_shorten(group._rates)}"
    rates: Any
    if isinstance(group._rates, str):
        reader = CodeReader(group, namespace)
        expression = reader.read_expression(group._rates, location)
        if len(reader.timed_arrays) == 1 and expression.is_Symbol:
            rates = float(next(iter(reader.timed_arrays.values())).values.max())
        elif reader.timed_arrays:
            expected = "a TimedArray of rates, without other factors"
            remedy = "Put the factors into the array."
            raise refuse_object(group, location, expected, str(expression), remedy)
        else:
            rates = reader.evaluate_expression(expression)
    else:
        rates = group.variables["rates"].get_value()
    rates = np.broadcast_to(np.asarray(rates, dtype=float), len(group))
    if not (rates >= 0).all() or not (rates > 0).any():
        expected = "rates that are not negative, and some above 0"
        got = f"{np.min(rates):g} to {np.max(rates):g} Hz"
        remedy = "Set the rates before from_brian2() is called: they are those of activation 1."
        raise refuse_object(group, location, expected, got, remedy)
    return rates


def _shorten(rates: Any) -> str:
    """Return rates for an error: code as it is, values without the list of all neurons."""
    values = np.asarray(rates) if not isinstance(rates, str) else rates
    return repr(rates) if isinstance(values, str) or values.size == 1 else "of its neurons"


def list_spike_times(group: Any, fibres: np.ndarray) -> list[Any]:
    """Return the spike times of some neurons of a spike generator, in its own time steps.

    Parameters
    ----------
    group : brian2.SpikeGeneratorGroup
        The group.
    fibres : numpy.ndarray of int
        Its neurons.

    Raises
    ------
    DescriptionError
        If the spikes repeat with a period.
    """
    period = float(group.variables["period"].get_value().item())
    if 0 < period < np.inf:
        expected, got = "spikes that do not repeat", f"a period of {period * 1e3:g} ms"
        raise refuse_object(group, "period", expected, got, "List the spikes of all periods.")
    dt = float(group.clock.dt_)
    steps = np.floor(np.asarray(group._spike_time) / dt + _EARLY)
    # Digits beyond the precision of a step would make the times hard to read.
    times, index = np.round(steps * dt, 12), np.asarray(group._neuron_index)
    return [np.sort(times[index == fibre]) * b2.second for fibre in fibres]
