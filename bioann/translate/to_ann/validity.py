r"""Which answers of a derived rate network lie where it is valid.

The rate of a spiking population is nearly, not wholly, a function of one signed sum. The same sum
near threshold may be near silence, or strong excitation and inhibition that cancel, whose noise
makes the cell fire; one curve runs between the two. So a point is known by two numbers: the signed
sum :math:`x` and the gross input

.. math:: y = \sum_j |W_{ij}| \, |r_j| + \sum_k |W^{in}_{ik}| \, |u_k|

(both over the divisor, where there is one). Around it the curve misses what it was made from by the
root mean square of the residuals at the `NEIGHBOURS` nearest points of the design; it is in range
if that is no more than the tolerance.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr
from brian2 import ms
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import KDTree

from bioann.ann.network import RateNetwork
from bioann.base.errors import DescriptionError
from bioann.base.text import join_names
from bioann.translate.translation import Translation, ValidityRange

#: Activation below which a unit counts as silent; how far beyond a range still counts as inside.
SILENT, MARGIN = 1e-6, 1e-3
#: Points of the design that are asked how far the curve is off: each alone has sampling noise.
NEIGHBOURS = 4


def gross(network: RateNetwork, rates: np.ndarray, inputs: np.ndarray) -> np.ndarray:
    """Give the gross input of units, excitation and inhibition added up without their signs.

    Parameters
    ----------
    network : RateNetwork
        Of the weights.
    rates, inputs : numpy.ndarray, shapes (lane, unit) and (lane, channel)
        Activation of units and channels.

    Returns
    -------
    numpy.ndarray, shape (lane, unit)
        Without the bias; over the divisor.
    """
    total = np.abs(rates) @ np.abs(network.W).T + np.abs(inputs) @ np.abs(network.W_in).T
    return np.asarray(total / network.input_divisor(rates, inputs))


def nearby(points: np.ndarray, total: np.ndarray, size: np.ndarray) -> np.ndarray:
    """Estimate by how much a curve misses the activation.

    Parameters
    ----------
    points : numpy.ndarray, shape (point, 3)
        Of the design, as in `ValidityRange`.
    total, size : numpy.ndarray, shape (query,)
        Summed and gross input.

    Returns
    -------
    numpy.ndarray, shape (query,)
        Zero where there are no points.
    """
    if not len(points):
        return np.zeros(len(total))
    tree = KDTree(points[:, :2])
    nearest = min(NEIGHBOURS, len(points))
    _, which = tree.query(np.column_stack([total, size]), k=np.arange(1, nearest + 1))
    return np.asarray(np.sqrt((points[which, 2] ** 2).mean(axis=1)))


def inside(translation: Translation, stimulus: xr.DataArray) -> xr.DataArray:
    """Tell where the units of a translation stay in the range that their curves are good for.

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
        over the second half of the stimulus, lies between the sums that its curve was made for, and
        where the rate is a function of that sum to within the tolerance; and the same of all units
        that it can be reached from. A unit whose curve begins at zero may be below the sums.

    Raises
    ------
    DescriptionError
        If the translation says nothing of its validity.

    See Also
    --------
    outside : What lies out of range, and why.
    """
    network = translation.network
    good = _reasons(translation, stimulus)[0] == ""
    reaches = network.W != 0
    if network.divisive is not None:
        reaches = reaches | (network.divisive != 0)
    sources = csr_array(reaches.T)  # breadth first from each source
    reached = np.isfinite(dijkstra(sources, unweighted=True)).T
    found = ((~good).astype(int) @ reached.T.astype(int)) == 0
    coords = {"condition": stimulus.condition.values, "unit": list(network.units)}
    whole = xr.DataArray(found, dims=("condition", "unit"), coords=coords)
    return whole.sel(unit=[v.unit for v in translation.validity])


def outside(translation: Translation, stimulus: xr.DataArray) -> pd.DataFrame:
    """List the conditions in which a unit leaves its range by itself, and why.

    Parameters
    ----------
    translation, stimulus
        As for `inside`, which counts the units that hear of these as well.

    Returns
    -------
    pandas.DataFrame
        One row a condition and unit: ``condition``, ``unit``, ``total`` and ``gross`` (its summed
        and gross input), ``why`` (``"sum below"``, ``"sum above"``, ``"not a function of the
        sum"``), and the mean of every channel over the second half, by its name.
    """
    why, total, size, shown = _reasons(translation, stimulus)
    units, channels = translation.network.units, translation.network.channels
    rows = [
        (stimulus.condition.values[c], units[k], total[c, k], size[c, k], why[c, k], *shown[c])
        for c, k in np.argwhere(why != "")
    ]
    return pd.DataFrame(rows, columns=["condition", "unit", "total", "gross", "why", *channels])


def warnings(translation: Translation, stimulus: xr.DataArray) -> tuple[str, ...]:
    """Say in a sentence for each unit which conditions of a stimulus are out of its range."""
    told = []
    count = stimulus.sizes["condition"]
    for unit, rows in outside(translation, stimulus).groupby("unit", sort=False):
        named = [f"'{c}' ({why})" for c, why in zip(rows.condition, rows.why, strict=True)]
        told.append(
            f"{len(named)} of {count} conditions of the stimulus are out of the range of {unit!r}: "
            f"{join_names(named)}."
        )
    return tuple(told)


def _reasons(translation: Translation, stimulus: xr.DataArray) -> tuple[np.ndarray, ...]:
    """Give why each unit is out of range, ``""`` where it is not; sums, gross inputs, channels."""
    if not translation.validity:
        raise DescriptionError(
            "Translation, validity", "ranges of its units", "none", "Make it with to_ann."
        )
    network = translation.network
    width = float(stimulus.attrs["dt"]) * 1e3 * ms
    run = network.run(stimulus, trials=1, seed=0, bin_width=width)["activation"].isel(trial=0)
    late = slice(stimulus.sizes["time"] // 2, None)
    rates = run.isel(time=late).mean("time").transpose("condition", "unit").values
    means = stimulus.sel(channel=list(network.channels)).isel(time=late).mean("time")
    shown = means.transpose("condition", "channel").values
    total, size = network.summed_input(rates, shown), gross(network, rates, shown)
    why = np.full(rates.shape, "", dtype=object)
    for v in translation.validity:
        k = network.units.index(v.unit)
        silent = float(network.activation[k](np.array(v.low))) <= SILENT
        why[:, k] = _why(v, total[:, k], size[:, k], silent)
    return why, total, size, shown


def _why(v: ValidityRange, total: np.ndarray, size: np.ndarray, silent: bool) -> np.ndarray:
    """Say why each point is out of a unit's range; `silent` if it may be below its sums."""
    margin = MARGIN * max(v.high - v.low, 1.0)  # a constant sum comes out other by rounding
    chosen = [
        (total < v.low - margin) & (not silent),
        total > v.high + margin,
        nearby(v.points, total, size) > v.tolerance,
    ]
    return np.select(chosen, ["sum below", "sum above", "not a function of the sum"], "")
