"""Follow a state through time: one definition for NumPy's loop and JAX's scan."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from bioann.ann.network import TimeConstant
from bioann.base.errors import SimulationError


def validate_time_constant(tau: Any) -> TimeConstant | None:
    """Keep a time constant as rate networks do; None is a static layer."""
    return tau if tau is None or isinstance(tau, TimeConstant) else TimeConstant(tau)


def unroll(step: Callable[[Any, Any], tuple[Any, Any]], state: Any, x: Any, xp: Any) -> Any:
    """Apply a step along time.

    Parameters
    ----------
    step : callable
        ``step(state, x_t) -> (state, y_t)`` for inputs ``(batch, ...)`` of one moment.
    state : array or tuple of arrays
        The state before the first moment.
    x : array, shape (batch, time, ...)
        The inputs.
    xp : module
        `numpy` or `jax.numpy`.

    Returns
    -------
    array, shape (batch, time, ...)
        All `y_t`.
    """
    if xp is np:
        outputs = []
        for k in range(x.shape[1]):
            state, y = step(state, x[:, k])
            outputs.append(y)
        return np.stack(outputs, axis=1)
    from jax import lax  # only reached with arrays that JAX made

    _, stacked_outputs = lax.scan(step, state, xp.moveaxis(x, 1, 0))
    return xp.moveaxis(stacked_outputs, 0, 1)


def relaxation_factor(tau: float, dt: float | None) -> float:
    r"""Give :math:`1 - e^{-\Delta t/\tau}`, the share of the way that a step covers.

    Raises
    ------
    SimulationError
        If there is no time step, or it is longer than the time constant.
    """
    if dt is None or not 0 < dt <= tau:
        raise SimulationError(
            "layer with a time constant, dt",
            f"a time step above 0 and of at most {tau * 1e3:g} ms, the time constant",
            "none" if dt is None else f"{dt * 1e3:g} ms",
            "Give a stimulus with a shorter time step.",
        )
    return float(1 - np.exp(-dt / tau))


def leaky_integrate(target: Any, tau: float, dt: float | None, xp: Any) -> Any:
    r"""Let values follow a target from zero, exactly for a target that is constant in a step.

    .. math:: y \leftarrow y + (1 - e^{-\Delta t/\tau}) (\text{target} - y)
    """
    factor = relaxation_factor(tau, dt)

    def step(y: Any, x: Any) -> tuple[Any, Any]:
        y = y + factor * (x - y)
        return y, y

    return unroll(step, xp.zeros_like(target[:, 0]), target, xp)
