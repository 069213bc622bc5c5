"""A rate network that learns while it runs."""

from __future__ import annotations

import dataclasses
import itertools

import numpy as np
import pandas as pd
import xarray as xr
from brian2 import ms

from bioann.ann.learning.learned_weights import label_learned_weights, read_rule_states
from bioann.ann.learning.learning_rule import LearningRule
from bioann.ann.learning.simulate_learning import LearnedBlock, simulate_learning
from bioann.ann.network import RateNetwork
from bioann.base.arguments import name_argument_errors
from bioann.base.description import Description
from bioann.base.equations import Equation
from bioann.base.errors import DescriptionError, unknown_name_error
from bioann.base.units import SI, to_si
from bioann.recordings.recording import check_trials, label_activations, make_response_bins
from bioann.stimuli.stimulus import check_stimulus


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class PlasticRateNetwork(Description):
    """A rate network with learning rules; every condition learns on its own.

    Parameters
    ----------
    network : RateNetwork
        The network with its initial weights, without divisive weights. Static units may not form
        a loop.
    rules : LearningRule or tuple of LearningRule
        At least one; no weight may learn by two rules.

    Raises
    ------
    DescriptionError
        If a weight learns by two rules, or the network is divisive.
    UnknownNameError
        If a rule names a unit or channel that the network does not have.

    Examples
    --------
    >>> import bioann as ba
    >>> from brian2 import Hz, ms
    >>> network = ba.RateNetwork("y", channels="x", W_in=[[0.5]], activation="linear")
    >>> oja = ba.learning.Oja("y", channels="x", rate=10 * Hz)
    >>> learner = ba.learning.PlasticRateNetwork(network, oja)
    >>> run = learner.run(ba.steps({"x": [1.0]}, duration=2000 * ms), trials=1, seed=0)
    >>> round(float(run.weight_x_to_y.item()), 3)
    1.0
    """

    network: RateNetwork
    rules: tuple[LearningRule, ...]

    kind = "learning rate network"

    def check(self) -> None:
        """Store the rules as a tuple, and check that they fit the network and each other."""
        rules = (self.rules,) if isinstance(self.rules, LearningRule) else tuple(self.rules)
        self.set_field("rules", rules)
        self.network.require_additive("PlasticRateNetwork", allow_gates=True)
        if not rules or len({rule.name for rule in rules}) < len(rules):
            raise DescriptionError(
                "PlasticRateNetwork, rules",
                "at least one learning rule, each with a name of its own",
                f"{[rule.name for rule in rules]}",
                "Pass name='...' to one of two rules between the same units.",
            )
        self._check_owners()

    def _check_owners(self) -> None:
        """Raise `DescriptionError` if two rules change one weight."""
        owners: dict[tuple[bool, int, int], str] = {}
        for block in self._list_blocks(seed=0):
            for row, column in itertools.product(block.rows.tolist(), block.columns.tolist()):
                owner = owners.setdefault((block.is_input, row, column), block.rule.name)
                if owner != block.rule.name:
                    raise DescriptionError(
                        f"{block.rule.title()}, weights of unit {self.units[row]!r}",
                        "weights that no other rule changes",
                        f"one that {owner!r} changes",
                        "Give each weight to one rule.",
                    )

    @property
    def units(self) -> tuple[str, ...]:
        """Names of the units."""
        return self.network.units

    @property
    def channels(self) -> tuple[str, ...]:
        """Stimulus channels of the network, then those that only rules read."""
        assert self.network.channels is not None
        signals = [name for rule in self.rules for name in rule.signal_channels]
        return tuple(dict.fromkeys((*self.network.channels, *signals)))

    @property
    def initial_weights(self) -> dict[str, np.ndarray]:
        """The weights of each rule before a run, in the order of the recording."""
        network = self.network
        return {
            block.rule.name: (network.W_in if block.is_input else network.W)[
                np.ix_(block.rows, block.columns)
            ].ravel()
            for block in self._list_blocks(seed=0)
        }

    def _list_blocks(self, seed: int) -> list[LearnedBlock]:
        """Return the weights of each rule; raise `UnknownNameError` for unknown names."""
        blocks = []
        assert self.network.channels is not None
        for rule in self.rules:
            is_input = bool(rule.channels)
            columns_of = self.network.channels if is_input else self.network.units
            kind = "channel" if is_input else "unit"
            rows = _find_names(rule, rule.target, self.network.units, "unit")
            columns = _find_names(rule, rule.channels or rule.sources, columns_of, kind)
            matrix = self.network.W_in if is_input else self.network.W
            bounds = rule.compute_bounds(matrix[np.ix_(rows, columns)], seed)
            blocks.append(LearnedBlock(rule, rows, columns, is_input, bounds))
        return blocks

    @name_argument_errors
    def run(
        self,
        stimulus: xr.DataArray,
        *,
        trials: int,
        seed: int,
        engine: str = "auto",
        dt: SI | None = None,
        bin_width: SI = 10 * ms,
        weights: xr.Dataset | None = None,
    ) -> xr.Dataset:
        """Simulate the network over a stimulus while its weights learn.

        Parameters
        ----------
        stimulus : xarray.DataArray, dimensions (condition, time, channel)
            Activation of the stimulus channels; weights change at each of its steps.
        trials, engine : optional
            Arguments of `bioann.model.Model.run` without effect: the network is deterministic.
        seed : int
            Seed of the signs that a constraint draws.
        dt : quantity, optional
            Longest integration step of the rates.
        bin_width : quantity, optional
            Width of the bins over which activation is averaged, and at whose end weights are kept.
        weights : xarray.Dataset, optional
            Recording of an earlier run, from whose final weights and hidden variables this one
            starts.

        Returns
        -------
        xarray.Dataset
            ``activation`` (condition, trial = 1, time, unit); for each rule
            ``weight_<name>`` (condition, trial, synapse_<name>) at the end, its course
            ``weight_course_<name>`` (condition, trial, time, synapse_<name>), and each hidden
            variable at the end, ``<variable>_<name>``.

        Raises
        ------
        SimulationError
            If weights diverge.
        """
        check_trials(trials)
        stimulus = check_stimulus(stimulus, self.channels)
        centres, steps_per_bin = make_response_bins(stimulus, to_si(bin_width, "ms", "bin_width"))
        blocks = self._list_blocks(seed)
        conditions = tuple(str(c) for c in stimulus.condition.values)
        states = read_rule_states(blocks, self.network, conditions, weights)
        run = simulate_learning(
            self.network,
            blocks,
            stimulus.sel(channel=list(self.network.channels or ())).values,
            [stimulus.sel(channel=list(rule.signal_channels)).values for rule in self.rules],
            dt=float(stimulus.attrs["dt"]),
            max_step=None if dt is None else to_si(dt, "ms", "PlasticRateNetwork.run, dt"),
            steps_per_bin=steps_per_bin,
            states=states,
        )
        recording = label_activations(run.activation[:, None], self.units, conditions, centres)
        return recording.assign(label_learned_weights(blocks, self.network, run))

    def connections(self) -> pd.DataFrame:
        """Return the initial weights that are not zero, with the columns of `bioann.model`."""
        return self.network.connections()

    def constant_inputs(self) -> pd.DataFrame:
        """Return the biases that are not zero, with the columns of `bioann.model`."""
        return self.network.constant_inputs()

    def explain(self) -> tuple[Equation, ...]:
        """Return the equations of the units, and those of the rules."""
        return (*self.network.explain(), *(rule.explain() for rule in self.rules))

    def flags(self, recording: xr.Dataset) -> tuple[str, ...]:
        """Return a message that names the units whose activation is always zero."""
        return self.network.flags(recording)


def _find_names(
    rule: LearningRule, names: tuple[str, ...], known_names: tuple[str, ...], kind: str
) -> np.ndarray:
    """Return the index of each name; `UnknownNameError` for one that the network does not have."""
    for name in names:
        if name not in known_names:
            raise unknown_name_error(rule.title(), kind, name, known_names)
    return np.array([known_names.index(name) for name in names])
