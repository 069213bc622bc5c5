r"""Amplification of small errors by recurrent loops, and a calibration that corrects for it.

If the rate of every neuron is :math:`h` times its target, the network is
:math:`r = h \phi(W r + ...)`. Around a steady state with slopes `S` the error of the gain is
multiplied by up to :math:`1 / (1 - \lambda)`, with :math:`\lambda` the leading eigenvalue of
:math:`S W`: an error of 2% in each neuron may become 20% in the network. The responses of the
network show it equally amplified: `fit_common_gain` finds the `h` that explains them.

An error of a threshold is multiplied as well, and no common gain corrects it. If the rate of a cell
jumps at its onset (`bioann.translate.to_bio.integrator_cell.make_integrator_cell`: 5 Hz), its
linearised curve starts too late by most of the jump. In a loop with :math:`1 - \lambda = 0.15` this
cancels the whole response to the weakest inputs. Copies with different onsets
(`bioann.translate.to_bio.conductance_network.Transfer`) have a smaller jump, as has a larger
`top`.
"""

from __future__ import annotations

import dataclasses

import numpy as np
import scipy
import xarray as xr
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from bioann.ann.network import RateNetwork
from bioann.base.errors import SimulationError

#: Step of the summed input over which a slope is taken.
SLOPE_STEP = 0.05
#: Quantile of the amplification over operating points that is reported for the network: most of its
#: response may come from the strongest conditions.
QUANTILE = 0.75
#: Eigenvalues are limited to this; nearer to 1 the amplification is no estimate.
LARGEST_EIGENVALUE = 0.99
#: Amplification from which the common gain is calibrated: an error of 2%, which no calibration of
#: single neurons resolves, becomes 10%.
CRITICAL_AMPLIFICATION = 5.0
#: Range of common gains, and tolerance of the fit.
GAIN_RANGE, GAIN_TOLERANCE = (0.7, 1.4), 1e-3
#: Squared error of a network whose activity diverges.
RUNAWAY_ERROR = 1e12


def compute_amplification(ann: RateNetwork, x: np.ndarray) -> float:
    """Compute the factor by which an error of all gains grows in a quarter of operating points.

    Parameters
    ----------
    ann : RateNetwork
        The rate network with its weights.
    x : numpy.ndarray, shape (condition, unit)
        Summed inputs of its units.

    Returns
    -------
    float
        1 without excitatory loops; at most ``1 / (1 - LARGEST_EIGENVALUE)``.
    """
    # Without feedback no eigenvalues are needed; for a thousand units they would take minutes.
    n_components, _ = connected_components(csr_array(ann.W != 0), connection="strong")
    if n_components == len(ann.units) and not ann.W.diagonal().any():
        return 1.0
    slopes = np.stack(
        [
            (phi(x[:, k] + SLOPE_STEP / 2) - phi(x[:, k] - SLOPE_STEP / 2)) / SLOPE_STEP
            for k, phi in enumerate(ann.activation)
        ],
        axis=-1,
    )
    leading_eigenvalues = np.linalg.eigvals(slopes[:, :, None] * ann.W).real.max(axis=1)
    return float(
        np.quantile(1 / (1 - np.clip(leading_eigenvalues, 0.0, LARGEST_EIGENVALUE)), QUANTILE)
    )


def fit_common_gain(
    ann: RateNetwork, stimulus: xr.DataArray, activations: np.ndarray, settle: float
) -> float:
    """Fit the gain common to all neurons that explains the responses of the spiking network.

    Parameters
    ----------
    ann : RateNetwork
        The rate network, whose gain is 1.
    stimulus : xarray.DataArray
        Stimuli, constant in time.
    activations : numpy.ndarray, shape (condition, unit)
        Measured activations of the spiking network.
    settle : float
        Start of the averaged window in seconds. Near the critical point a loop is slow as well; the
        rate network is averaged over the same window, so that this is not mistaken for a low gain.

    Returns
    -------
    float
        The gain, within `GAIN_RANGE`.
    """

    def squared_error(gain: float) -> float:
        scaled_network = dataclasses.replace(ann, W=gain * ann.W)
        try:
            activation = scaled_network.run(stimulus, trials=1, seed=0).activation.isel(trial=0)
        except SimulationError:  # static units whose loop diverges
            return RUNAWAY_ERROR
        steady_activation = activation.sel(time=slice(settle, None)).mean("time")
        response = steady_activation.transpose("condition", "unit").values
        squares = np.nan_to_num(
            (gain * response - activations) ** 2, nan=RUNAWAY_ERROR, posinf=RUNAWAY_ERROR
        )
        return float(np.minimum(squares, RUNAWAY_ERROR).mean())

    best = scipy.optimize.minimize_scalar(
        squared_error, bounds=GAIN_RANGE, method="bounded", options={"xatol": GAIN_TOLERANCE}
    )
    return float(best.x)
