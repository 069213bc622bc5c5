r"""Find the conditions in which a derived rate network is valid.

The rate of a spiking population is not exactly a function of one signed sum. The same sum near
threshold may be weak input, or strong excitation and inhibition that cancel, whose noise makes the
cell fire; the curve lies between the two. A point is therefore described by two numbers: the signed
sum :math:`x` and the gross input

.. math:: y = \sum_j |W_{ij}| \, |r_j| + \sum_k |W^{in}_{ik}| \, |u_k|

(both over the divisor, if there is one). The misfit of the curve there is the root mean square of
the residuals at the `N_NEIGHBOURS` nearest points of the design. The point is in range if the
misfit does not exceed the tolerance.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import scipy
import xarray as xr
from brian2 import ms

from bioann.ann.network import RateNetwork
from bioann.base.derivation import Flag, ValidityRange
from bioann.base.errors import DescriptionError
from bioann.base.text import join_names
from bioann.translate.translation import Translation

#: Activation below which a unit counts as silent, and margin of a range for rounding.
SILENT_ACTIVATION, MARGIN = 1e-6, 1e-3
#: Points of the design over which residuals are averaged, because each has sampling noise.
N_NEIGHBOURS = 4
OUT_OF_RANGE_KIND = "out of range"
OUT_OF_RANGE = (
    "{n_out} of {n_conditions} conditions of the stimulus are out of the range of {name!r}: "
    "{conditions}."
)


def compute_gross_input(network: RateNetwork, rates: np.ndarray, inputs: np.ndarray) -> np.ndarray:
    """Compute the gross input of units: excitation and inhibition summed without their signs.

    Parameters
    ----------
    network : RateNetwork
        The rate network, for its weights.
    rates, inputs : numpy.ndarray, shapes (lane, unit) and (lane, channel)
        Activations of units and channels.

    Returns
    -------
    numpy.ndarray, shape (lane, unit)
        Gross input without the bias, over the divisor.
    """
    total = np.abs(rates) @ np.abs(network.W).T + np.abs(inputs) @ np.abs(network.W_in).T
    return np.asarray(total / network.input_divisor(rates, inputs))


def estimate_misfit(points: np.ndarray, total: np.ndarray, gross_input: np.ndarray) -> np.ndarray:
    """Estimate the misfit of a curve at summed and gross inputs.

    Parameters
    ----------
    points : numpy.ndarray, shape (point, 3)
        Points of the design, as in `ValidityRange`.
    total, gross_input : numpy.ndarray, shape (query,)
        Summed and gross input of each query, in activation.

    Returns
    -------
    numpy.ndarray, shape (query,)
        Misfit in activation; zero if there are no points.
    """
    if not len(points):
        return np.zeros(len(total))
    # Submodules are imported on first use: every run of a pair would wait for them.
    tree = scipy.spatial.KDTree(points[:, :2])
    n_nearest = min(N_NEIGHBOURS, len(points))
    _, nearest = tree.query(np.column_stack([total, gross_input]), k=np.arange(1, n_nearest + 1))
    return np.asarray(np.sqrt((points[nearest, 2] ** 2).mean(axis=1)))


def is_in_range(translation: Translation, stimulus: xr.DataArray) -> xr.DataArray:
    """Test in which conditions the units of a translation are in their valid range.

    Parameters
    ----------
    translation : Translation
        A result of `bioann.to_ann`.
    stimulus : xarray.DataArray
        A stimulus of the network.

    Returns
    -------
    xarray.DataArray
        Boolean, dimensions ``(condition, unit)``: whether the summed input of the unit, averaged
        over the second half of the stimulus, is within the sums that its curve was fitted to, and
        the rate is a function of that sum to within the tolerance; and the same for all units with
        a path to it. A unit whose curve starts at zero may be below the sums.

    Raises
    ------
    DescriptionError
        If the translation contains no valid ranges.

    See Also
    --------
    list_out_of_range : Conditions out of range, and why.
    """
    network = translation.network
    unit_in_range = _find_reasons(translation, stimulus)[0] == ""
    reaches = network.W != 0
    if network.divisive is not None:
        reaches = reaches | (network.divisive != 0)
    sources = scipy.sparse.csr_array(reaches.T)  # breadth first from each source
    reaches_unit = np.isfinite(scipy.sparse.csgraph.dijkstra(sources, unweighted=True)).T
    in_range = ((~unit_in_range).astype(int) @ reaches_unit.T.astype(int)) == 0
    coords = {"condition": stimulus.condition.values, "unit": list(network.units)}
    in_range_of_units = xr.DataArray(in_range, dims=("condition", "unit"), coords=coords)
    return in_range_of_units.sel(unit=[v.unit for v in translation.validity])


def list_out_of_range(translation: Translation, stimulus: xr.DataArray) -> pd.DataFrame:
    """List the conditions in which a unit is itself out of range, and why.

    Parameters
    ----------
    translation, stimulus
        As for `is_in_range`, which includes the units that these project to.

    Returns
    -------
    pandas.DataFrame
        One row for each condition and unit: ``condition``, ``unit``, ``total`` and ``gross`` (its
        summed and gross input), ``why`` (``"sum below"``, ``"sum above"``, ``"not a function of the
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


def flag_out_of_range(translation: Translation, stimulus: xr.DataArray) -> tuple[Flag, ...]:
    """Flag each unit that is out of range in some conditions of a stimulus."""
    flags = []
    for unit, rows in list_out_of_range(translation, stimulus).groupby("unit", sort=False):
        conditions = [f"'{c}' ({why})" for c, why in zip(rows.condition, rows.why, strict=True)]
        values = {
            "n_out": len(conditions),
            "n_conditions": stimulus.sizes["condition"],
            "conditions": join_names(conditions),
        }
        flags.append(Flag(OUT_OF_RANGE_KIND, OUT_OF_RANGE, str(unit), values))
    return tuple(flags)


def _find_reasons(translation: Translation, stimulus: xr.DataArray) -> tuple[np.ndarray, ...]:
    """Return why units are out of range, ``""`` if not; sums, gross inputs and channel means."""
    if not translation.validity:
        raise DescriptionError(
            "Translation, validity", "ranges of its units", "none", "Create it with to_ann."
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
    """Return why each point is out of a unit's range, ``""`` if it is in range.

    A unit that is silent below its lowest sum may be below it.
    """
    # A constant sum varies by rounding.
    margin = MARGIN * max(validity.high - validity.low, 1.0)
    conditions = [
        (total < validity.low - margin) & (not is_silent_below),
        total > validity.high + margin,
        estimate_misfit(validity.points, total, gross_input) > validity.tolerance,
    ]
    return np.select(conditions, ["sum below", "sum above", "not a function of the sum"], "")
