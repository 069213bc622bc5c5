"""Iterate a state over time: one definition for NumPy's loop and JAX's scan."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from bioann.ann.time_constant import TimeConstant
from bioann.base.errors import SimulationError


def validate_time_constant(tau: Any) -> TimeConstant | None:
    """Convert a quantity to a `TimeConstant`; None stands for a static layer."""
    return tau if tau is None or isinstance(tau, TimeConstant) else TimeConstant(tau)


def unroll(step: Callable[[Any, Any], tuple[Any, Any]], state: Any, x: Any, xp: Any) -> Any:
    """Apply a step function along the time axis.

    Parameters
    ----------
    step : callable
        ``step(state, x_t) -> (state, y_t)`` for inputs ``(batch, ...)`` of one time step.
    state : array or tuple of arrays
        State before the first step.
    x : array, shape (batch, time, ...)
        Inputs at all time steps.
    xp : module
        Array namespace of state and inputs, `numpy` or `jax.numpy`.

    Returns
    -------
    array, shape (batch, time, ...)
        Outputs `y_t` of all steps.
    """
    if xp is np:
        outputs = []
        for k in range(x.shape[1]):
            state, y = step(state, x[:, k])
            outputs.append(y)
        return np.stack(outputs, axis=1)
    from jax import lax  # only for JAX arrays, so that JAX stays an optional dependency

    _, stacked_outputs = lax.scan(step, state, xp.moveaxis(x, 1, 0))
    return xp.moveaxis(stacked_outputs, 0, 1)


def relaxation_factor(tau: float, dt: float | None) -> float:
    r"""Compute :math:`1 - e^{-\Delta t/\tau}`, the fraction of the decay in one time step.

    Raises
    ------
    SimulationError
        If the time step is missing or longer than the time constant.
    """
    if dt is None or not 0 < dt <= tau:
        raise SimulationError(
            "layer with a time constant, dt",
            f"a time step above 0 and of at most {tau * 1e3:g} ms, the time constant",
            "none" if dt is None else f"{dt * 1e3:g} ms",
            "Use a stimulus with a shorter time step.",
        )
    return float(1 - np.exp(-dt / tau))


def leaky_integrate(target: Any, tau: float, dt: float | None, xp: Any) -> Any:
    r"""Low-pass filter a target from zero, exactly if it is constant within each time step.

    .. math:: y \leftarrow y + (1 - e^{-\Delta t/\tau}) (\text{target} - y)
    """
    factor = relaxation_factor(tau, dt)

    def step(y: Any, x: Any) -> tuple[Any, Any]:
        y = y + factor * (x - y)
        return y, y

    return unroll(step, xp.zeros_like(target[:, 0]), target, xp)
