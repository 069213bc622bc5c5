"""What the pair `weighted_sum` shows: one rate along one signed sum, and where it is off."""

from __future__ import annotations

import numpy as np

import bioann as ba
from bioann.reporting.style import Drawing, format_label, make_subplots


def draw_rate_map(comparison: ba.Comparison, top_hz: float, scale_hz: float) -> Drawing:
    """Map the rate over the grid of inputs, and where the unit is off.

    Parameters
    ----------
    comparison : Comparison
        Of the pair.
    top_hz : float
        Rate of every fibre at activation 1, in Hz.
    scale_hz : float
        Rate of the cell that counts as activation 1, in Hz.
    """
    steady = comparison.responses.sel(time=slice(*comparison.window)).mean("time").isel(match=0)
    bio, ann = steady["bio"].mean("trial"), steady["ann"]
    weight = comparison.pair.ann.W_in[0]
    levels = np.unique(steady.excitation)
    shape = (len(levels), len(levels))
    figure, (rate_panel, difference_panel) = make_subplots(1, 2, height=3.1, sharey=True)
    x, y = np.meshgrid(levels * top_hz, levels * top_hz, indexing="ij")
    rate = bio.values.reshape(shape) * scale_hz
    difference = (bio - ann).values.reshape(shape) * scale_hz
    rate_mesh = rate_panel.pcolormesh(
        x, y, rate, cmap="cividis", shading="nearest", rasterized=True
    )
    weighted_sum = weight[0] * x + weight[1] * y
    rate_panel.contour(x, y, weighted_sum, 6, colors="white", linewidths=0.8, linestyles="solid")
    limit = np.abs(difference).max()
    difference_mesh = difference_panel.pcolormesh(
        x, y, difference, cmap="PuOr", vmin=-limit, vmax=limit, shading="nearest", rasterized=True
    )
    figure.colorbar(rate_mesh, ax=rate_panel, label="rate of the cell [Hz]")
    figure.colorbar(difference_mesh, ax=difference_panel, label="biology minus ANN [Hz]")
    rate_panel.set(ylabel="inhibitory rate per fibre [Hz]", title="one rate along each white line")
    difference_panel.set(title="where the unit is off")
    for panel in (rate_panel, difference_panel):
        panel.set(xlabel="excitatory rate per fibre [Hz]")
    largest = np.unravel_index(np.abs(difference).argmax(), shape)
    where = f"{x[largest]:.0f} Hz excitation and {y[largest]:.0f} Hz inhibition per fibre"
    return Drawing(
        figure,
        f"Two maps over excitatory and inhibitory rate. Left: the rate of the cell, from "
        f"{rate.min():.0f} to {rate.max():.0f} Hz. Right: biology minus ANN, largest in size "
        f"{difference[largest]:.0f} Hz at {where}.",
        "The rate follows the predicted signed sum (white lines). The unit is off where the mean "
        "input is near threshold and noise decides, in the high-conductance state above all: by "
        f"{format_label(f'{difference[largest]:.0f}')} Hz at most, at {where}. It follows the "
        f"saturation near 1 / (2 ms). n: 1 neuron, {bio.size} conditions, "
        f"{steady.sizes['trial']} trials each.",
    )
