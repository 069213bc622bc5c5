"""Steady rates by simulation, of many inputs at once, for cells with any equations."""

from __future__ import annotations

from typing import Any

import brian2 as b2
import numpy as np
from brian2.codegen.runtime.numpy_rt import NumpyCodeObject

from bioann.bio.brian_state import isolate_brian_state
from bioann.bio.cells.cell import Cell

#: Simulated time in seconds, and the share of it that is left out of the mean.
DURATION, SETTLING = 0.4, 1 / 2


def simulate_rates(
    cell: Cell, current: np.ndarray, conductance: np.ndarray, reversal_current: np.ndarray
) -> np.ndarray:
    r"""Compute firing rates by simulation at the cell's longest time step.

    Parameters
    ----------
    cell : Cell
        Cell with spikes on the grid of time steps.
    current, conductance, reversal_current : numpy.ndarray
        Constant current in ampere, :math:`\Sigma g` in siemens and :math:`\Sigma gE` in ampere;
        they broadcast.

    Returns
    -------
    numpy.ndarray
        Rate in Hz over the second half of 0.4 s, of the broadcast shape.
    """
    inputs = np.broadcast_arrays(current, conductance, reversal_current)
    drive = [np.ravel(x).astype(float) for x in inputs]
    values = {n: np.asarray(v) for n, v in cell.brian_namespace().items()}
    namespace = {n: b2.Quantity(float(v), dim=b2.get_dimensions(cell.brian_namespace()[n]))
                 for n, v in values.items()}  # fmt: skip
    method = "exact" if cell.method == "exponential_midpoint" else cell.method
    with isolate_brian_state(cell.max_step):
        group = b2.NeuronGroup(
            len(drive[0]),
            f"{cell.model}\nI_syn = pull_ - g_*v : amp\nI_inj : amp\ng_ : siemens\npull_ : amp",
            threshold=cell.threshold,
            reset=cell.reset,
            refractory=cell.refractory_condition or cell.refractory_period * b2.second,
            method=(method, "euler") if method == "exact" else method,
            namespace=namespace,
            dt=cell.max_step * b2.second,
            codeobj_class=NumpyCodeObject,
        )
        state: dict[str, Any] = {**cell.resting_state(), "I_inj": drive[0], "g_": drive[1]}
        for name, value in {**state, "pull_": drive[2]}.items():
            group.variables[name].set_value(value)
        counter = b2.SpikeMonitor(group, record=False, codeobj_class=NumpyCodeObject)
        network = b2.Network(group, counter)
        network.run(DURATION * SETTLING * b2.second)
        before = np.array(counter.count[:])
        network.run(DURATION * (1 - SETTLING) * b2.second)
        spikes = np.array(counter.count[:]) - before
    return np.reshape(spikes / (DURATION * (1 - SETTLING)), inputs[0].shape)
