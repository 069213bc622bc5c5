"""Two channels of noise whose means, variances and correlation are exact in every sample."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr
from brian2 import ms

from bioann.base.arguments import check_minimum, check_whole_number, name_argument_errors
from bioann.base.arrays import to_floats
from bioann.base.errors import StimulusError
from bioann.base.randomness import make_rng
from bioann.base.units import SI, to_si
from bioann.stimuli.stimulus import count_steps, make_stimulus


@name_argument_errors
def correlated_noise(
    channels: tuple[str, str],
    *,
    correlations: Sequence[float] | np.ndarray,
    std: float,
    tau: SI = 20 * ms,
    samples: int,
    seed: int,
    duration: SI,
    dt: SI = 1 * ms,
) -> xr.DataArray:
    r"""Draw Ornstein-Uhlenbeck noise about 0 on two channels that correlate.

    .. math:: x_1 = \sigma z_1, \quad x_2 = \sigma (\rho z_1 + \sqrt{1 - \rho^2} z_2)

    The noises :math:`z` of a sample are the same at all correlations. They are sums of sines with
    random phases and the power spectrum of the process; the frequencies alternate between the two.
    Hence, not only on average, the means over time are 0, the variances 1, and the two do not
    correlate at any lag: the moments of the inputs of a learner are known.

    Parameters
    ----------
    channels : tuple of str
        Names of the two channels, which must differ.
    correlations : sequence of float
        Correlation coefficients :math:`\rho`, from -1 to 1.
    std : float
        Standard deviation :math:`\sigma`, in activation, at least 0.
    tau : quantity, optional
        Correlation time, in ms.
    samples : int
        Number of independent samples of each correlation; each becomes a condition.
    seed : int
        Seed of the noise; a sample does not depend on the number of samples.
    duration, dt : quantity
        Duration of every condition, at least five steps, and time step, in ms.

    Returns
    -------
    xarray.DataArray
        Dimensions ``(condition, time, channel)``, coordinates ``correlation`` and ``sample``.

    Raises
    ------
    StimulusError
        If a correlation is beyond -1 or 1, or there are fewer than five time steps.
    """
    samples = check_whole_number(samples, "correlated_noise, samples")
    check_minimum("correlated_noise", 0, std=std)
    rho = to_floats(correlations, "correlated_noise, correlations", StimulusError)
    n_steps, step = count_steps(duration, dt, "correlated_noise", 2 * samples * rho.size)
    if rho.ndim != 1 or not (np.abs(rho) <= 1).all() or n_steps < 5:
        raise StimulusError(
            "correlated_noise",
            "correlations from -1 to 1, and at least five time steps",
            f"{rho.tolist()} and {n_steps} steps",
            "Write correlated_noise(('a', 'b'), correlations=[0, 0.5], ...).",
        )
    decay = float(np.exp(-step / to_si(tau, "ms", "correlated_noise, tau")))
    theta = 2 * np.pi * np.arange(n_steps // 2 + 1) / n_steps
    amplitude = np.sqrt(1 / (1 - 2 * decay * np.cos(theta) + decay**2))
    amplitude[0] = 0.0
    rows = []
    for sample in range(samples):
        phase = make_rng(seed, "correlated noise", sample).uniform(0, 2 * np.pi, theta.size)
        waves = amplitude * np.exp(1j * phase)
        odd, even = np.zeros((2, theta.size), complex)
        odd[1::2], even[2::2] = waves[1::2], waves[2::2]
        z = np.fft.irfft([odd, even], n_steps)
        rows.append(z / z.std(axis=1, keepdims=True))
    first, second = np.moveaxis(np.tile(rows, (len(rho), 1, 1)), 1, 0)
    coords = {
        "correlation": np.repeat(rho, samples),
        "sample": np.tile(np.arange(samples, dtype=float), len(rho)),
    }
    share = coords["correlation"][:, None]
    mixed = share * first + np.sqrt(1 - share**2) * second
    values = std * np.stack([first, mixed], axis=-1)
    return make_stimulus(values, channels=channels, dt=dt, coords=coords)
