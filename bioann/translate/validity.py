"""Which answers of a derived rate network lie where it is valid."""

from __future__ import annotations

import numpy as np
import xarray as xr
from brian2 import ms
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from bioann.errors import DescriptionError
from bioann.translate.translation import Translation

#: Activation below which a unit counts as silent; how far beyond a range still counts as inside.
SILENT, MARGIN = 1e-6, 1e-3


def inside(translation: Translation, stimulus: xr.DataArray) -> xr.DataArray:
    """Tell where the units of a translation stay in the range that their curves were made for.

    Parameters
    ----------
    translation : Translation
        From `bioann.to_ann`.
    stimulus : xarray.DataArray
        Any stimulus of the network.

    Returns
    -------
    xarray.DataArray
        Boolean, dimensions ``(condition, unit)``: whether the summed input of the unit, averaged
        over the second half of the stimulus, lies in its range, and that of all units that it can
        be reached from. A unit whose curve begins at zero may be below it.

    Raises
    ------
    DescriptionError
        If the translation says nothing of its validity.
    """
    if not translation.validity:
        raise DescriptionError(
            "Translation, validity", "ranges of its units", "none", "Make it with to_ann."
        )
    network = translation.network
    width = float(stimulus.attrs["dt"]) * 1e3 * ms
    run = network.run(stimulus, trials=1, seed=0, bin_width=width)["activation"].isel(trial=0)
    late = slice(stimulus.sizes["time"] // 2, None)
    rates = run.isel(time=late).mean("time").transpose("condition", "unit").values
    shown = stimulus.sel(channel=list(network.channels)).isel(time=late).mean("time")
    total = network.summed(rates, shown.transpose("condition", "channel").values)
    good = np.ones(rates.shape, bool)
    for v in translation.validity:
        k = network.units.index(v.unit)
        silent = float(network.activation[k](np.array(v.low))) <= SILENT
        margin = MARGIN * (v.high - v.low)
        low = -np.inf if silent else v.low - margin
        good[:, k] = (total[:, k] >= low) & (total[:, k] <= v.high + margin)
    reaches = network.W != 0
    if network.divisive is not None:
        reaches = reaches | (network.divisive != 0)
    sources = csr_array(reaches.T)  # breadth first from each source
    reached = np.isfinite(dijkstra(sources, unweighted=True)).T
    found = ((~good).astype(int) @ reached.T.astype(int)) == 0
    coords = {"condition": stimulus.condition.values, "unit": list(network.units)}
    whole = xr.DataArray(found, dims=("condition", "unit"), coords=coords)
    return whole.sel(unit=[v.unit for v in translation.validity])
