r"""What loops make of small errors, and a calibration that takes them into account.

If every neuron fires :math:`h` times what it should, the network is
:math:`r = h \phi(W r + ...)`; around a steady state with slopes `S` an error of the gain comes out
multiplied by up to :math:`1 / (1 - \lambda)`, with :math:`\lambda` the leading eigenvalue of
:math:`S W`. A gain that is right to 2% in each neuron may so be off by 20% in the network. But its
answers show that as clearly: `common_gain` finds the `h` with which it would answer so.

An error of a threshold comes out multiplied as well, and no common gain mends it. Where a cell's
rate begins with a jump (`bioann.translate.to_bio.integrator_cell.integrator_cell`: 5 Hz) its
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
STEP = 0.05
#: Share of the operating points that amplify less than what is said of all: most of what a network
#: answers may come from its loudest conditions.
SHARE = 0.75
#: Largest leading eigenvalue that counts as a stable loop; nearer to 1 the answer is no estimate.
STABLE = 0.99
#: Amplification that is dealt with: 2% of gain, which no calibration of neurons resolves, become
#: 10%.
CRITICAL = 5.0
#: Common gains that are looked for, and how surely.
BETWEEN, CLOSE = (0.7, 1.4), 1e-3
#: Squared error of a network that runs away.
RUNAWAY = 1e12


def amplification(ann: RateNetwork, x: np.ndarray) -> float:
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
        1 without loops that excite; at most ``1 / (1 - STABLE)``.
    """
    # Layers without a way back need no eigenvalues, which would take minutes for a thousand units.
    parts, _ = connected_components(csr_array(ann.W != 0), connection="strong")
    if parts == len(ann.units) and not ann.W.diagonal().any():
        return 1.0
    slopes = np.stack(
        [
            (phi(x[:, k] + STEP / 2) - phi(x[:, k] - STEP / 2)) / STEP
            for k, phi in enumerate(ann.activation)
        ],
        axis=-1,
    )
    leading = np.linalg.eigvals(slopes[:, :, None] * ann.W).real.max(axis=1)
    return float(np.quantile(1 / (1 - np.clip(leading, 0.0, STABLE)), SHARE))


def common_gain(
    ann: RateNetwork, stimulus: xr.DataArray, found: np.ndarray, settle: float
) -> float:
    """Find the gain common to all neurons with which the rate network answers as they did.

    Parameters
    ----------
    ann : RateNetwork
        What they should do, with gain 1.
    stimulus : xarray.DataArray
        Steady inputs.
    found : numpy.ndarray, shape (condition, unit)
        Activations read from the neurons.
    settle : float
        From where on they were read, in seconds: a loop near the edge is slow, too, and what it
        has not yet reached by then is no lack of gain.

    Returns
    -------
    float
        The gain.
    """

    def off(gain: float) -> float:
        scaled = dataclasses.replace(ann, W=gain * ann.W)
        try:
            run = scaled.run(stimulus, trials=1, seed=0).activation.isel(trial=0)
        except SimulationError:  # static units whose loop grows without end
            return RUNAWAY
        late = run.sel(time=slice(settle, None)).mean("time")
        answer = late.transpose("condition", "unit").values
        squares = np.nan_to_num((gain * answer - found) ** 2, nan=RUNAWAY, posinf=RUNAWAY)
        return float(np.minimum(squares, RUNAWAY).mean())

    best = minimize_scalar(off, bounds=BETWEEN, method="bounded", options={"xatol": CLOSE})
    return float(best.x)
