"""Simulate a rate network whose weights change: every lane has weights of its own."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np

from bioann.ann.description import RateDescription
from bioann.ann.evaluation_order import sort_into_levels
from bioann.ann.learning.learning_rule import LearningRule, LearningStep
from bioann.ann.signs.constraints import Bounds
from bioann.ann.simulate import choose_integration_step
from bioann.base.errors import SimulationError

#: Magnitude of a weight beyond which learning counts as diverged, long before it overflows.
WEIGHT_LIMIT = 1e6

#: Variable name -> values with the lane first; "weights" is (lane, target, source).
RuleState = dict[str, np.ndarray]


@dataclasses.dataclass(frozen=True)
class LearnedBlock:
    """The weights of one rule within the matrices of the network.

    Attributes
    ----------
    rule : LearningRule
        The rule that changes them.
    rows, columns : numpy.ndarray of int
        Indices of the target units, and of the source units or channels.
    is_input : bool
        Whether the sources are stimulus channels.
    bounds : Bounds
        Bounds of the weights, shape (target, source).
    """

    rule: LearningRule
    rows: np.ndarray
    columns: np.ndarray
    is_input: bool
    bounds: Bounds

    def locate(self) -> tuple[slice, np.ndarray, np.ndarray]:
        """Return the index of the block in an array (lane, unit, source)."""
        return (slice(None), self.rows[:, None], self.columns[None, :])


@dataclasses.dataclass(frozen=True)
class LearningRun:
    """What a run of a learning network produces.

    Attributes
    ----------
    activation : numpy.ndarray, shape (lane, bin, unit)
        Mean activation in each bin.
    courses : list of numpy.ndarray, shape (lane, bin, target, source)
        Weights of each rule at the end of each bin.
    states : list of RuleState
        Weights and hidden variables of each rule at the end.
    """

    activation: np.ndarray
    courses: list[np.ndarray]
    states: list[RuleState]


class _LaneNetwork:
    """A rate network with weights of each lane, evaluated in one step of the stimulus at a time."""

    def __init__(
        self, network: RateDescription, n_lanes: int, dt: float, max_step: float | None
    ) -> None:
        self.network = network
        self.W = np.repeat(network.W[None], n_lanes, axis=0)
        self.W_in = np.repeat(network.W_in[None], n_lanes, axis=0)
        self.rates = np.zeros((n_lanes, len(network.units)))
        self.gates = network.gate_indices()
        self.levels = sort_into_levels(network)
        taus = network.time_constants()
        self.dynamic = np.flatnonzero(taus > 0)
        self.n_substeps, self.shares = 1, np.zeros(0)
        if len(self.dynamic):
            step = choose_integration_step(float(taus[self.dynamic].min()), dt, max_step)
            self.n_substeps = int(np.ceil(dt / step - 1e-9))
            self.shares = 1 - np.exp(-dt / self.n_substeps / taus[self.dynamic])
        for level in self.levels:
            if network.W[np.ix_(level, level)].any() or np.isin(self.gates[level], level).any():
                raise SimulationError(
                    f"PlasticRateNetwork, static units {[network.units[i] for i in level]}",
                    "no loop of static units",
                    "one",
                    "Give the units a time constant, tau=10 * ms.",
                )

    def _activate(self, units: np.ndarray, inputs: np.ndarray) -> np.ndarray:
        total = np.einsum("lus,ls->lu", self.W[:, units], self.rates)
        total += np.einsum("luc,lc->lu", self.W_in[:, units], inputs)
        total += self.network.bias[units]
        columns = [self.network.activation[i](total[:, k]) for k, i in enumerate(units)]
        activations = np.stack(columns, axis=1)
        gates = self.gates[units]
        activations[:, gates >= 0] *= self.rates[:, gates[gates >= 0]]
        return activations

    def advance(self, inputs: np.ndarray) -> np.ndarray:
        """Advance all rates by one step of the stimulus, and return them (lane, unit)."""
        for _ in range(self.n_substeps if len(self.dynamic) else 0):
            self._evaluate_static_units(inputs)
            goal = self._activate(self.dynamic, inputs)
            self.rates[:, self.dynamic] += self.shares * (goal - self.rates[:, self.dynamic])
        self._evaluate_static_units(inputs)
        return self.rates

    def _evaluate_static_units(self, inputs: np.ndarray) -> None:
        for level in self.levels:
            self.rates[:, level] = self._activate(level, inputs)


def simulate_learning(
    network: RateDescription,
    blocks: Sequence[LearnedBlock],
    inputs: np.ndarray,
    signals: Sequence[np.ndarray],
    *,
    dt: float,
    max_step: float | None,
    steps_per_bin: int,
    states: Sequence[Mapping[str, np.ndarray]],
) -> LearningRun:
    """Simulate all lanes of a learning network.

    Parameters
    ----------
    network : RateDescription
        The network with its initial weights.
    blocks : sequence of LearnedBlock
        The weights that learn.
    inputs : numpy.ndarray, shape (lane, time, channel)
        Activation of the network's channels.
    signals : sequence of numpy.ndarray, shape (lane, time, signal)
        For each rule, activation of the channels that it reads besides its sources.
    dt : float
        Step of the stimulus in seconds, at which weights change.
    max_step : float or None
        Longest integration step of the rates in seconds.
    steps_per_bin : int
        Steps that are averaged into one bin.
    states : sequence of mapping of str to numpy.ndarray
        For each rule, the weights and hidden variables that the run starts from.

    Returns
    -------
    LearningRun
        Activations and weights.

    Raises
    ------
    SimulationError
        If weights diverge: the message names rule, unit, step and time.
    """
    n_bins = inputs.shape[1] // steps_per_bin
    lanes = _LaneNetwork(network, len(inputs), dt, max_step)
    current = [dict(state) for state in states]
    for block, state in zip(blocks, current, strict=True):
        _write_weights(lanes, block, state["weights"])
    activation = np.zeros((len(inputs), n_bins, len(network.units)))
    courses = [np.zeros((len(inputs), n_bins, *s["weights"].shape[1:])) for s in current]
    for k in range(n_bins * steps_per_bin):
        rates = lanes.advance(inputs[:, k])
        activation[:, k // steps_per_bin] += rates / steps_per_bin
        for number, (block, state) in enumerate(zip(blocks, current, strict=True)):
            pre = inputs[:, k] if block.is_input else rates
            step = LearningStep(
                state["weights"], pre[:, block.columns], rates[:, block.rows],
                signals[number][:, k], state, dt,
            )  # fmt: skip
            change = block.rule.compute_change(step)
            state["weights"] = block.rule.apply_change(state["weights"], change, block.bounds)
            _check_weights(network, block, state["weights"], k, dt)
            courses[number][:, k // steps_per_bin] = state["weights"]
        for block, state in zip(blocks, current, strict=True):
            _write_weights(lanes, block, state["weights"])
    return LearningRun(activation, courses, current)


def _write_weights(lanes: _LaneNetwork, block: LearnedBlock, weights: np.ndarray) -> None:
    (lanes.W_in if block.is_input else lanes.W)[block.locate()] = weights


def _check_weights(
    network: RateDescription, block: LearnedBlock, weights: np.ndarray, step: int, dt: float
) -> None:
    """Raise `SimulationError` if a weight is beyond `WEIGHT_LIMIT`, or not a number."""
    if (np.abs(weights) < WEIGHT_LIMIT).all():
        return
    _, row, _ = np.argwhere(~(np.abs(weights) < WEIGHT_LIMIT))[0]
    raise SimulationError(
        f"{block.rule.title()}, weights of unit {network.units[block.rows[row]]!r}",
        f"weights below {WEIGHT_LIMIT:g}",
        f"one beyond it after step {step + 1}, at {(step + 1) * dt * 1e3:g} ms",
        "Lower the rate, or bound the weights: Oja's rule, or a constraint.",
    )
