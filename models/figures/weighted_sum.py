"""What the pair `weighted_sum` shows: one rate along one signed sum, and where it is off."""

from __future__ import annotations

import numpy as np

import bioann as ba
from bioann.reporting.style import Drawing, format_label, make_subplots


def draw_map(comparison: ba.Comparison, top: float, scale: float) -> Drawing:
    """Map the rate over the grid of inputs, and where the unit is off.

    Parameters
    ----------
    comparison : Comparison
        Of the pair.
    top : float
        Rate of every fibre at activation 1, in Hz.
    scale : float
        Rate of the cell that counts as activation 1, in Hz.
    """
    steady = comparison.responses.sel(time=slice(*comparison.window)).mean("time").isel(match=0)
    bio, ann = steady["bio"].mean("trial"), steady["ann"]
    weight = comparison.pair.ann.W_in[0]
    levels = np.unique(steady.excitation)
    square = (len(levels), len(levels))
    figure, (left, right) = make_subplots(1, 2, height=3.1, sharey=True)
    x, y = np.meshgrid(levels * top, levels * top, indexing="ij")
    rate = bio.values.reshape(square) * scale
    off = (bio - ann).values.reshape(square) * scale
    shown = left.pcolormesh(x, y, rate, cmap="cividis", shading="nearest", rasterized=True)
    total = weight[0] * x + weight[1] * y
    left.contour(x, y, total, 6, colors="white", linewidths=0.8, linestyles="solid")
    most = np.abs(off).max()
    wrong = right.pcolormesh(
        x, y, off, cmap="PuOr", vmin=-most, vmax=most, shading="nearest", rasterized=True
    )
    figure.colorbar(shown, ax=left, label="rate of the cell [Hz]")
    figure.colorbar(wrong, ax=right, label="biology minus ANN [Hz]")
    left.set(ylabel="inhibitory rate per fibre [Hz]", title="one rate along each white line")
    right.set(title="where the unit is off")
    for panel in (left, right):
        panel.set(xlabel="excitatory rate per fibre [Hz]")
    worst = np.unravel_index(np.abs(off).argmax(), square)
    where = f"{x[worst]:.0f} Hz excitation and {y[worst]:.0f} Hz inhibition per fibre"
    return Drawing(
        figure,
        f"Two maps over excitatory and inhibitory rate. Left: the rate of the cell, from "
        f"{rate.min():.0f} to {rate.max():.0f} Hz. Right: biology minus ANN, largest in size "
        f"{off[worst]:.0f} Hz at {where}.",
        "The rate follows the predicted signed sum (white lines). The unit is off where the mean "
        "input is near threshold and noise decides, in the high-conductance state above all: by "
        f"{format_label(f'{off[worst]:.0f}')} Hz at most, at {where}. It follows the "
        f"saturation near 1 / (2 ms). n: 1 neuron, {bio.size} conditions, "
        f"{steady.sizes['trial']} trials each.",
    )
