r"""A linear unit that inhibits itself after a delay, and when it oscillates.

.. math:: \tau \dot r(t) = -r(t) - w\, r(t - d)

With :math:`r = e^{\lambda t}` and time in units of :math:`\tau` this is :math:`1 + \lambda + w
e^{-\lambda d} = 0`. The largest real part of :math:`\lambda` passes zero at :math:`\lambda = i
\omega`, where :math:`\tan(\omega d) = -\omega` with :math:`\pi / 2 < \omega d < \pi`, and :math:`w
= \sqrt{1 + \omega^2}`: a Hopf boundary. Without a delay the loop is stable for every weight.
"""

from __future__ import annotations

import numpy as np
import scipy

#: Duration of a simulation in time constants; the first third is the transient.
DURATION = 60.0


def compute_hopf_weight(delay: float) -> float:
    """Compute the inhibitory weight from which the loop oscillates.

    Parameters
    ----------
    delay : float
        Delay in time constants of the unit, above 0.

    Returns
    -------
    float
        Magnitude of the weight, above 1.
    """
    bracket = (1e-9 + np.pi / 2 / delay, np.pi / delay)
    omega = scipy.optimize.brentq(lambda w: w * np.cos(w * delay) + np.sin(w * delay), *bracket)
    return float(np.sqrt(1 + omega**2))


def simulate_growth(weights: np.ndarray, delay: float, dt: float = 0.001) -> np.ndarray:
    """Simulate loops, and return the rates at which their oscillations grow.

    Parameters
    ----------
    weights : numpy.ndarray, shape (loop,)
        Magnitudes of the inhibitory weights.
    delay : float
        Delay in time constants, a whole number of steps.
    dt : float, optional
        Step of Heun's rule in time constants. Euler's rule would move the boundary by ``dt / 2``.

    Returns
    -------
    numpy.ndarray, shape (loop,)
        Growth of the logarithm of the amplitude per time constant; below 0 for loops that settle.
    """
    n_delay, n_steps = round(delay / dt), round(DURATION / dt)
    r = np.zeros((n_delay + n_steps + 1, len(weights)))
    r[: n_delay + 1] = 1.0
    for k in range(n_delay, n_delay + n_steps):
        slope = -r[k] - weights * r[k - n_delay]
        ahead = -(r[k] + dt * slope) - weights * r[k - n_delay + 1]
        r[k + 1] = r[k] + dt / 2 * (slope + ahead)
    third = n_steps // 3
    early, late = (
        np.abs(r[n_delay + k : n_delay + k + third]).max(axis=0) for k in (third, 2 * third)
    )
    growth: np.ndarray = np.log(late / early) / (third * dt)
    return growth
