r"""What loops make of small errors, and a calibration that takes them into account.

If every neuron fires :math:`h` times what it should, the network is
:math:`r = h \phi(W r + ...)`; around a steady state with slopes `S` an error of the gain comes out
multiplied by up to :math:`1 / (1 - \lambda)`, with :math:`\lambda` the leading eigenvalue of
:math:`S W`. A gain that is right to 2% in each neuron may so be off by 20% in the network. But its
answers show that as clearly: `fit_common_gain` finds the `h` with which it would answer so.

An error of a threshold comes out multiplied as well, and no common gain mends it. Where a cell's
rate begins with a jump (`bioann.translate.to_bio.integrator_cell.make_integrator_cell`: 5 Hz) its
straightened line begins too late by most of that; around a loop that leaves 0.15 of its input this
is the whole answer to the weakest inputs, which fall silent. Copies whose onsets are spread
(`bioann.translate.to_bio.conductance_network.Transfer`) have a smaller jump, and so has a larger
`top`.
"""

from __future__ import annotations

import dataclasses

import numpy as np
import xarray as xr
from scipy.optimize import minimize_scalar
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from bioann.ann.network import RateNetwork
from bioann.base.errors import SimulationError

#: Step of the summed input over which a slope is taken.
SLOPE_STEP = 0.05
#: Share of the operating points that amplify less than what is said of all: most of what a network
#: answers may come from its loudest conditions.
QUANTILE = 0.75
#: Largest leading eigenvalue that counts as a stable loop; nearer to 1 the answer is no estimate.
LARGEST_EIGENVALUE = 0.99
#: Amplification that is dealt with: 2% of gain, which no calibration of neurons resolves, become
#: 10%.
CRITICAL_AMPLIFICATION = 5.0
#: Common gains that are looked for, and how surely.
GAIN_RANGE, GAIN_TOLERANCE = (0.7, 1.4), 1e-3
#: Squared error of a network that runs away.
RUNAWAY_ERROR = 1e12


def compute_amplification(ann: RateNetwork, x: np.ndarray) -> float:
    """Give what an error of all gains is multiplied by, in a quarter of operating points or more.

    Parameters
    ----------
    ann : RateNetwork
        The network.
    x : numpy.ndarray, shape (condition, unit)
        Summed inputs of its units.

    Returns
    -------
    float
        1 without loops that excite; at most ``1 / (1 - LARGEST_EIGENVALUE)``.
    """
    # Layers without a way back need no eigenvalues, which would take minutes for a thousand units.
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
    """Find the gain common to all neurons with which the rate network answers as they did.

    Parameters
    ----------
    ann : RateNetwork
        What they should do, with gain 1.
    stimulus : xarray.DataArray
        Steady inputs.
    activations : numpy.ndarray, shape (condition, unit)
        Activations read from the neurons.
    settle : float
        From where on they were read, in seconds: a loop near the edge is slow, too, and what it
        has not yet reached by then is no lack of gain.

    Returns
    -------
    float
        The gain.
    """

    def squared_error(gain: float) -> float:
        scaled_network = dataclasses.replace(ann, W=gain * ann.W)
        try:
            activation = scaled_network.run(stimulus, trials=1, seed=0).activation.isel(trial=0)
        except SimulationError:  # static units whose loop grows without end
            return RUNAWAY_ERROR
        steady_activation = activation.sel(time=slice(settle, None)).mean("time")
        response = steady_activation.transpose("condition", "unit").values
        squares = np.nan_to_num(
            (gain * response - activations) ** 2, nan=RUNAWAY_ERROR, posinf=RUNAWAY_ERROR
        )
        return float(np.minimum(squares, RUNAWAY_ERROR).mean())

    best = minimize_scalar(
        squared_error, bounds=GAIN_RANGE, method="bounded", options={"xatol": GAIN_TOLERANCE}
    )
    return float(best.x)
