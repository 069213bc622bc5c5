r"""Which answers of a derived rate network lie where it is valid.

The rate of a spiking population is nearly, not wholly, a function of one signed sum. The same sum
near threshold may be near silence, or strong excitation and inhibition that cancel, whose noise
makes the cell fire; one curve runs between the two. So a point is known by two numbers: the signed
sum :math:`x` and the gross input

.. math:: y = \sum_j |W_{ij}| \, |r_j| + \sum_k |W^{in}_{ik}| \, |u_k|

(both over the divisor, where there is one). Around it the curve misses what it was made from by the
root mean square of the residuals at the `N_NEIGHBOURS` nearest points of the design; it is in range
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
SILENT_ACTIVATION, MARGIN = 1e-6, 1e-3
#: Points of the design that are asked how far the curve is off: each alone has sampling noise.
N_NEIGHBOURS = 4


def compute_gross_input(network: RateNetwork, rates: np.ndarray, inputs: np.ndarray) -> np.ndarray:
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


def estimate_misfit(points: np.ndarray, total: np.ndarray, gross_input: np.ndarray) -> np.ndarray:
    """Estimate by how much a curve misses the activation.

    Parameters
    ----------
    points : numpy.ndarray, shape (point, 3)
        Of the design, as in `ValidityRange`.
    total, gross_input : numpy.ndarray, shape (query,)
        Summed and gross input.

    Returns
    -------
    numpy.ndarray, shape (query,)
        Zero where there are no points.
    """
    if not len(points):
        return np.zeros(len(total))
    tree = KDTree(points[:, :2])
    n_nearest = min(N_NEIGHBOURS, len(points))
    _, nearest = tree.query(np.column_stack([total, gross_input]), k=np.arange(1, n_nearest + 1))
    return np.asarray(np.sqrt((points[nearest, 2] ** 2).mean(axis=1)))


def is_in_range(translation: Translation, stimulus: xr.DataArray) -> xr.DataArray:
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
    list_out_of_range : What lies out of range, and why.
    """
    network = translation.network
    unit_in_range = _find_reasons(translation, stimulus)[0] == ""
    reaches = network.W != 0
    if network.divisive is not None:
        reaches = reaches | (network.divisive != 0)
    sources = csr_array(reaches.T)  # breadth first from each source
    reaches_unit = np.isfinite(dijkstra(sources, unweighted=True)).T
    in_range = ((~unit_in_range).astype(int) @ reaches_unit.T.astype(int)) == 0
    coords = {"condition": stimulus.condition.values, "unit": list(network.units)}
    in_range_of_units = xr.DataArray(in_range, dims=("condition", "unit"), coords=coords)
    return in_range_of_units.sel(unit=[v.unit for v in translation.validity])


def list_out_of_range(translation: Translation, stimulus: xr.DataArray) -> pd.DataFrame:
    """List the conditions in which a unit leaves its range by itself, and why.

    Parameters
    ----------
    translation, stimulus
        As for `is_in_range`, which counts the units that hear of these as well.

    Returns
    -------
    pandas.DataFrame
        One row a condition and unit: ``condition``, ``unit``, ``total`` and ``gross`` (its summed
        and gross input), ``why`` (``"sum below"``, ``"sum above"``, ``"not a function of the
        sum"``), and the mean of every channel over the second half, by its name.
    """
    why, total, gross_input, channel_means = _find_reasons(translation, stimulus)
    units, channels = translation.network.units, translation.network.channels
    condition = stimulus.condition.values
    rows = [
        (condition[c], units[k], total[c, k], gross_input[c, k], why[c, k], *channel_means[c])
        for c, k in np.argwhere(why != "")
    ]
    return pd.DataFrame(rows, columns=["condition", "unit", "total", "gross", "why", *channels])


def describe_out_of_range(translation: Translation, stimulus: xr.DataArray) -> tuple[str, ...]:
    """Say in a sentence for each unit which conditions of a stimulus are out of its range."""
    sentences = []
    n_conditions = stimulus.sizes["condition"]
    for unit, rows in list_out_of_range(translation, stimulus).groupby("unit", sort=False):
        conditions = [f"'{c}' ({why})" for c, why in zip(rows.condition, rows.why, strict=True)]
        sentences.append(
            f"{len(conditions)} of {n_conditions} conditions of the stimulus are out of the range "
            f"of {unit!r}: {join_names(conditions)}."
        )
    return tuple(sentences)


def _find_reasons(translation: Translation, stimulus: xr.DataArray) -> tuple[np.ndarray, ...]:
    """Give why each unit is out of range, ``""`` where it is not; sums, gross inputs, channels."""
    if not translation.validity:
        raise DescriptionError(
            "Translation, validity", "ranges of its units", "none", "Make it with to_ann."
        )
    network = translation.network
    bin_width = float(stimulus.attrs["dt"]) * 1e3 * ms
    activation = network.run(stimulus, trials=1, seed=0, bin_width=bin_width)["activation"]
    second_half = slice(stimulus.sizes["time"] // 2, None)
    steady_activation = activation.isel(trial=0, time=second_half).mean("time")
    rates = steady_activation.transpose("condition", "unit").values
    means = stimulus.sel(channel=list(network.channels)).isel(time=second_half).mean("time")
    channel_means = means.transpose("condition", "channel").values
    total = network.summed_input(rates, channel_means)
    gross_input = compute_gross_input(network, rates, channel_means)
    why = np.full(rates.shape, "", dtype=object)
    for v in translation.validity:
        k = network.units.index(v.unit)
        is_silent_below = float(network.activation[k](np.array(v.low))) <= SILENT_ACTIVATION
        why[:, k] = _find_reason(v, total[:, k], gross_input[:, k], is_silent_below)
    return why, total, gross_input, channel_means


def _find_reason(
    validity: ValidityRange, total: np.ndarray, gross_input: np.ndarray, is_silent_below: bool
) -> np.ndarray:
    """Say why each point is out of a unit's range.

    A unit that is silent below its lowest sum may be below it.
    """
    # A constant sum comes out other by rounding.
    margin = MARGIN * max(validity.high - validity.low, 1.0)
    conditions = [
        (total < validity.low - margin) & (not is_silent_below),
        total > validity.high + margin,
        estimate_misfit(validity.points, total, gross_input) > validity.tolerance,
    ]
    return np.select(conditions, ["sum below", "sum above", "not a function of the sum"], "")
