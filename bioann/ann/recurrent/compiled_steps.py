"""Time steps of small recurrent rate networks in compiled code (``rate_steps.cpp``).

Where units are few, NumPy spends its time on calls: some 10 us per operation and step. The compiled
steps take a few nanoseconds per unit, lane and step. One library serves all networks, because
weights and activations are numbers to it; it is compiled once, which takes a second or two.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from bioann.ann.activations import activation, foreign, transfer_functions
from bioann.ann.activations.activation import Activation
from bioann.ann.evaluation_order import EvaluationOrder
from bioann.base.cores import count_cores
from bioann.base.shared_library import load_library

#: Activations of the library, in the order of their codes, with up to two parameters each. Those
#: with jumps are missing: there, a difference in the last digit of the input would be one of order
#: 1 in the output.
ACTIVATION_CODES: dict[type[Activation], Callable[..., Sequence[float]]] = {
    activation.Linear: lambda phi: (),
    activation.Relu: lambda phi: (),
    activation.LeakyRelu: lambda phi: (phi.slope,),
    foreign.Clip: lambda phi: phi.limits,
    foreign.Absolute: lambda phi: (),
    foreign.Softsign: lambda phi: (),
    activation.Tanh: lambda phi: (),
    activation.Sigmoid: lambda phi: (),
    activation.Softplus: lambda phi: (phi.width,),
    foreign.Elu: lambda phi: (phi.depth,),
    transfer_functions.Exponential: lambda phi: (transfer_functions.LARGEST_EXPONENT,),
    transfer_functions.LIFRate: lambda phi: (phi.refractory, phi.width),
    transfer_functions.Tabulated: lambda phi: (),
}
#: Estimated seconds of NumPy per operation and step, per unit and lane, and per weight and lane;
#: and those of the library per unit and lane, and per weight that is not zero and lane.
NUMPY_CALL, NUMPY_UNIT, NUMPY_WEIGHT = 1e-5, 5e-9, 1e-10
COMPILED_UNIT, COMPILED_WEIGHT = 5e-9, 3e-10
#: Seconds that must be saved. Small runs, such as those of a test, then need no compiler.
MIN_SAVED_SECONDS = 0.02
#: Lanes that the library integrates at a time, and seconds of work that are worth a thread.
LANES, MIN_THREAD_SECONDS = 16, 0.002


class _Rows(ctypes.Structure):
    _fields_ = tuple((name, ctypes.c_void_p) for name in ("starts", "columns", "weights"))


class _Network(ctypes.Structure):
    _fields_ = (
        *((n, ctypes.c_int64) for n in ("n_units", "n_channels", "n_static", "has_divisor")),
        *((n, _Rows) for n in ("recurrent", "input", "divisive", "divisive_input")),
        *((n, ctypes.c_void_p) for n in ("bias", "factors", "parameters")),
        *((n, ctypes.c_void_p) for n in ("codes", "gates", "tables")),
        *((n, ctypes.c_void_p) for n in ("knots", "values", "slopes", "table_starts")),
    )


class _Run(ctypes.Structure):
    _fields_ = (
        *((n, ctypes.c_int64) for n in ("n_lanes", "n_times", "substeps", "steps_per_bin")),
        *((n, ctypes.c_int64) for n in ("lane_stride", "time_stride", "channel_stride")),
        *((n, ctypes.c_void_p) for n in ("inputs", "means")),
    )


def integrate_compiled(
    order: EvaluationOrder,
    inputs: np.ndarray,
    relaxation_factors: np.ndarray,
    substeps: int,
    steps_per_bin: int,
) -> np.ndarray | None:
    """Integrate a rate network in compiled code, if that is possible and saves time.

    Parameters
    ----------
    order : EvaluationOrder
        The network, static units first.
    inputs : numpy.ndarray, shape (condition, time, channel)
        Activation of the stimulus channels.
    relaxation_factors : numpy.ndarray, shape (unit,)
        Share of the way to their activation that dynamic units go in an integration step; 1 for
        static units.
    substeps, steps_per_bin : int
        Integration steps in each stimulus step, and stimulus steps in each bin.

    Returns
    -------
    numpy.ndarray or None, shape (condition, bin, unit)
        Mean activation of the units, in the order of evaluation. None where NumPy has to integrate:
        for static units in a loop, for activations that the library does not have, for networks
        that are large, runs that are short, rates that are not finite, and without a compiler.
    """
    is_static = (relaxation_factors == 1.0).all()
    if is_static or not _is_supported(order) or not _saves_time(order, inputs, substeps):
        return None
    library = load_library(Path(__file__).with_name("rate_steps.cpp"))
    if library is None:
        return None
    arrays: list[np.ndarray] = []  # as long as the library reads them
    network = _describe_network(order, relaxation_factors, arrays)
    n_lanes, n_times, _ = inputs.shape
    means = np.zeros((n_lanes, n_times // steps_per_bin, len(order.unit_order)))
    inputs = np.asarray(inputs, np.float64)
    strides = (stride // inputs.itemsize for stride in inputs.strides)
    pointers = (inputs.ctypes.data, means.ctypes.data)
    run = _Run(n_lanes, n_times, substeps, steps_per_bin, *strides, *pointers)
    stops = _share_lanes(n_lanes, _estimate_seconds(order, inputs, substeps)[1])

    def integrate_lanes(start: int, stop: int) -> None:
        lanes = (ctypes.c_int64(start), ctypes.c_int64(stop))
        library.integrate_rates(ctypes.byref(network), ctypes.byref(run), *lanes)

    if len(stops) == 1:
        integrate_lanes(0, n_lanes)
    else:  # the library runs without the interpreter
        with ThreadPoolExecutor(len(stops)) as pool:
            list(pool.map(integrate_lanes, (0, *stops[:-1]), stops))
    # NumPy's own rules for infinite and undefined numbers differ from those of the library.
    return means if np.isfinite(means).all() else None


def _is_supported(order: EvaluationOrder) -> bool:
    if any(group.has_loop for group in order.groups[:-1]):
        return False
    phis = {phi for group in order.groups for _, phi in group.activation_slices}
    return all(_is_known(_unwrap(phi)[0]) for phi in phis)


def _is_known(phi: Activation) -> bool:
    has_vertical_onset = isinstance(phi, transfer_functions.LIFRate) and phi.width == 0
    return type(phi) in ACTIVATION_CODES and not has_vertical_onset


def _saves_time(order: EvaluationOrder, inputs: np.ndarray, substeps: int) -> bool:
    """Return whether the library is expected to be faster; a matter of sizes alone."""
    numpy_seconds, compiled_seconds = _estimate_seconds(order, inputs, substeps)
    return numpy_seconds - compiled_seconds > MIN_SAVED_SECONDS


def _share_lanes(n_lanes: int, seconds: float) -> list[int]:
    """Return where the lanes of each thread end; one thread for what takes `seconds` of little."""
    n_blocks = -(-n_lanes // LANES)
    n_threads = min(count_cores(), n_blocks, max(1, int(seconds / MIN_THREAD_SECONDS)))
    blocks = (-(-n_blocks * (k + 1) // n_threads) for k in range(n_threads))
    return [min(LANES * block, n_lanes) for block in blocks]


def _estimate_seconds(
    order: EvaluationOrder, inputs: np.ndarray, substeps: int
) -> tuple[float, float]:
    """Return the estimated seconds that NumPy and, on one core, the library take."""
    n_lanes, n_times, n_channels = inputs.shape
    n_units, n_steps = len(order.unit_order), n_times * substeps
    n_weights = sum(np.count_nonzero(group.weights) for group in order.groups)
    n_input_weights = n_units * n_channels / substeps
    numpy_step = 5 * NUMPY_CALL * len(order.groups) + n_lanes * (
        n_units * NUMPY_UNIT + n_units**2 * NUMPY_WEIGHT
    )
    compiled_step = n_lanes * (
        n_units * COMPILED_UNIT + (n_weights + n_input_weights) * COMPILED_WEIGHT
    )
    return n_steps * numpy_step, n_steps * compiled_step


def _unwrap(phi: Activation) -> tuple[Activation, tuple[float, float, float]]:
    """Return a function without its scaling, and height, gain and threshold of that."""
    if type(phi) is transfer_functions.Scaled:
        return phi.inner, (phi.height, phi.gain, phi.threshold)
    return phi, (1.0, 1.0, 0.0)


def _keep(array: np.ndarray, arrays: list[np.ndarray], dtype: type = np.float64) -> int:
    """Return the address of an array, which `arrays` keeps in memory; a copy if need be."""
    arrays.append(np.ascontiguousarray(array, dtype))
    return int(arrays[-1].ctypes.data)


def _describe_rows(matrix: np.ndarray, arrays: list[np.ndarray]) -> _Rows:
    """Return the non-zero entries of a matrix, row by row."""
    rows, columns = np.nonzero(matrix)
    starts = np.searchsorted(rows, np.arange(len(matrix) + 1))
    weights = _keep(matrix[rows, columns], arrays)
    return _Rows(_keep(starts, arrays, np.int64), _keep(columns, arrays, np.int64), weights)


def _describe_network(
    order: EvaluationOrder, relaxation_factors: np.ndarray, arrays: list[np.ndarray]
) -> _Network:
    groups, n_units = order.groups, len(order.unit_order)
    weights = np.concatenate([group.weights.T for group in groups])
    no_division = np.zeros((n_units, 0))
    division = [group.divisive.T for group in groups if group.divisive is not None]
    division_in = no_division if order.divisive_in is None else order.divisive_in.T
    gates = np.full(n_units, -1)
    for group in groups:
        gates[group.columns.start + group.gated] = group.gates
    matrices = (
        weights, order.w_in.T, np.concatenate(division) if division else no_division, division_in
    )  # fmt: skip
    return _Network(
        n_units,
        order.w_in.shape[0],
        n_units - len(groups[-1].names),
        int(bool(division)),
        *(_describe_rows(matrix, arrays) for matrix in matrices),
        _keep(order.bias, arrays),
        _keep(relaxation_factors, arrays),
        *_describe_activations(order, gates, arrays),
    )


def _describe_activations(
    order: EvaluationOrder, gates: np.ndarray, arrays: list[np.ndarray]
) -> tuple[int, ...]:
    """Return addresses of parameters, codes, gates and tables of the units."""
    n_units, codes = len(order.unit_order), list(ACTIVATION_CODES)
    parameters, code, table = np.zeros((n_units, 5)), np.zeros(n_units), np.full(n_units, -1)
    tables: list[tuple[np.ndarray, ...]] = []
    for group in order.groups:
        for part_of_group, phi in group.activation_slices:
            first = group.columns.start
            units = slice(first + part_of_group.start, first + part_of_group.stop)
            inner, scaling = _unwrap(phi)
            code[units] = codes.index(type(inner))
            numbers = (*scaling, *ACTIVATION_CODES[type(inner)](inner))
            parameters[units, : len(numbers)] = numbers
            if isinstance(inner, transfer_functions.Tabulated):
                table[units] = len(tables)
                knots, values = np.array(inner.inputs), np.array(inner.outputs)
                slopes = np.diff(values) / np.diff(knots)
                tables.append((knots, values, np.append(slopes, slopes[-1])))
    starts = np.cumsum([0, *(len(knots) for knots, *_ in tables)])
    columns = (np.concatenate([*column, []]) for column in zip(*tables, strict=True))
    knots, values, slopes = columns if tables else (np.zeros(0),) * 3
    return (
        _keep(parameters, arrays),
        *(_keep(numbers, arrays, np.int64) for numbers in (code, gates, table)),
        *(_keep(numbers, arrays) for numbers in (knots, values, slopes)),
        _keep(starts, arrays, np.int64),
    )
