"""Sampling of named variables of neurons during a run.

Engines sample state variables, which have an array of their own. Other variables of the equations
(the conductance of a receptor with two exponentials, a magnesium block, a synaptic current) are
functions of state variables and constants: they are computed from the samples after the run, by the
same code for all engines.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr
from brian2.core.namespace import DEFAULT_UNITS
from brian2.equations.equations import Equations
from brian2.parsing.rendering import NumpyNodeRenderer
from brian2.units.fundamentalunits import DIMENSIONLESS, get_unit
from brian2.utils.stringtools import get_identifiers

from bioann.base.errors import unknown_name_error
from bioann.bio.builder.plan import NetworkPlan, NeuronGroupPlan
from bioann.bio.engines.results import PopulationActivity, Record
from bioann.bio.input_spikes.draw import Lanes
from bioann.bio.plasticity.weight_courses import SAMPLE_TIME

_FUNCTIONS: dict[str, Any] = {
    name: getattr(np, name)
    for name in ("exp", "log", "sqrt", "sin", "cos", "tan", "sinh", "cosh", "tanh", "clip", "abs")
} | {"int": np.int64, "int_": np.int64, "inf": np.inf, "pi": np.pi}
#: Names that numpy code of Brian2 uses for numpy's functions.
_NUMPY_NAMES = {name: getattr(np, name) for name in ("logical_and", "logical_or", "logical_not")}


@dataclasses.dataclass(frozen=True)
class SampledVariable:
    """A variable of the neurons of one population, and how it follows from state variables.

    Parameters
    ----------
    population, name : str
        Names of the population and of the variable.
    neurons : tuple of int
        Indices of the neurons in their population that are recorded.
    unit : str
        SI unit; ``"1"`` for a number.
    states : tuple of str
        State variables that it depends on.
    statements : tuple of (str, str)
        Names and expressions to compute one after the other, the last for the variable itself;
        empty for a state variable.
    constants : mapping of str to float or numpy.ndarray
        Constants in the expressions, in SI; an array of shape ``(lane, neuron)`` where neurons
        differ.
    """

    population: str
    name: str
    neurons: tuple[int, ...]
    unit: str
    states: tuple[str, ...]
    statements: tuple[tuple[str, str], ...]
    constants: Mapping[str, Any]

    def compute_values(self, samples: Mapping[str, np.ndarray]) -> np.ndarray:
        """Compute the variable from samples of state variables, shape (sample, lane, neuron)."""
        values = {**_FUNCTIONS, **self.constants, **samples}
        for name, expression in self.statements:
            code = NumpyNodeRenderer().render_expr(expression)
            scope = {"__builtins__": {}, **_NUMPY_NAMES, **values}
            values[name] = eval(code, scope, _UnitNames())
        shape = np.shape(next(iter(samples.values())))
        return np.array(np.broadcast_to(values[self.name], shape), dtype=float)


class _UnitNames(dict[str, object]):
    """Names of an expression that are none of its variables: units."""

    def __missing__(self, name: str) -> float:
        return float(np.asarray(DEFAULT_UNITS[name]))


def plan_samples(plan: NetworkPlan, record: Record, sizes: Mapping[str, int]) -> SamplingPlan:
    """Plan the sampling of the variables that a run records.

    Parameters
    ----------
    plan : NetworkPlan
        Code and numbers of the network.
    record : Record
        What the run records; its populations and neurons exist.
    sizes : mapping of str to int
        Number of neurons of each population in one lane.

    Returns
    -------
    SamplingPlan
        The variables, and what they are computed from.

    Raises
    ------
    UnknownNameError
        If a population has no such variable that is a state or follows from states.
    """
    groups = {group.name: group for group in plan.neuron_groups}
    variables = []
    for population, neurons_by_variable in record.states.items():
        group = groups[f"population_{population}"]
        known_variables = dict(_iter_variables(group))
        for name, neurons in neurons_by_variable.items():
            if name not in known_variables:
                obj = f"Record, states of {population!r}"
                raise unknown_name_error(obj, "variable", name, sorted(known_variables))
            states, statements = known_variables[name]
            variables.append(
                SampledVariable(
                    population,
                    name,
                    neurons,
                    _unit_of_variable(group, name),
                    states,
                    statements,
                    _select_constants(group, statements, neurons, sizes[population]),
                )
            )
    return SamplingPlan(tuple(variables))


@dataclasses.dataclass(frozen=True)
class SamplingPlan:
    """The variables that a run samples."""

    variables: tuple[SampledVariable, ...] = ()

    @property
    def neurons(self) -> dict[str, dict[str, np.ndarray]]:
        """Recorded neurons of each state variable, by population: sorted indices in a lane."""
        neurons: dict[str, dict[str, set[int]]] = {}
        for variable in self.variables:
            by_state = neurons.setdefault(variable.population, {})
            for state in variable.states:
                by_state.setdefault(state, set()).update(variable.neurons)
        return {
            population: {
                state: np.array(sorted(indices), dtype=np.int32)
                for state, indices in sorted(by_state.items())
            }
            for population, by_state in neurons.items()
        }

    def compute_variables(
        self, activity: Mapping[str, PopulationActivity]
    ) -> dict[tuple[str, str], np.ndarray]:
        """Compute the variables from the states that a run has sampled.

        Parameters
        ----------
        activity : mapping of str to PopulationActivity
            What each population recorded.

        Returns
        -------
        dict of (str, str) to numpy.ndarray, shape (sample, lane, neuron)
            Values in SI, by population and variable.
        """
        neurons, values = self.neurons, {}
        for variable in self.variables:
            samples = activity[variable.population].states
            of_neurons = {
                state: samples[state][
                    ..., np.searchsorted(neurons[variable.population][state], variable.neurons)
                ]
                for state in variable.states
            }
            values[variable.population, variable.name] = variable.compute_values(of_neurons)
        return values

    def label_variables(
        self, values: Sequence[Mapping[tuple[str, str], np.ndarray]], lanes: Lanes, interval: float
    ) -> dict[str, xr.DataArray]:
        """Label the variables of all batches of lanes.

        Parameters
        ----------
        values : sequence of mapping
            Variables of each batch, in the order of the lanes.
        lanes : Lanes
            Lanes of all batches together.
        interval : float
            Time between two samples in seconds.

        Returns
        -------
        dict of str to xarray.DataArray
            ``state_<population>_<variable>``, dimensions ``(condition, trial, sample_time,
            probe_<population>_<variable>)``, with the neurons as coordinate of the last.
        """
        arrays = {}
        for v in self.variables:
            joined = np.concatenate([of_batch[v.population, v.name] for of_batch in values], axis=1)
            courses = np.moveaxis(joined, 0, 1)
            probe = f"probe_{v.population}_{v.name}"
            arrays[f"state_{v.population}_{v.name}"] = xr.DataArray(
                courses.reshape(len(lanes.conditions), lanes.trials, *courses.shape[1:]),
                dims=("condition", "trial", SAMPLE_TIME, probe),
                coords={
                    probe: list(v.neurons),
                    SAMPLE_TIME: np.arange(courses.shape[1]) * interval,
                },
                attrs={"units": v.unit},
            )
        return arrays


def _iter_variables(
    group: NeuronGroupPlan,
) -> Iterator[tuple[str, tuple[tuple[str, ...], tuple[tuple[str, str], ...]]]]:
    """Yield each variable that is a state or follows from states: its states and statements."""
    equations = Equations(group.code["equations"])
    states = set(equations.diff_eq_names)
    yield from ((name, ((name,), ())) for name in sorted(states))
    texts = {name: equations[name].expr.code for name in equations.subexpr_names}
    constants = {name for name in group.values if name not in states}
    allowed_names = constants | {*_FUNCTIONS, *DEFAULT_UNITS, "and", "or", "not", "True", "False"}
    for name in sorted(texts):
        order = _order_statements(name, texts)
        used_names = set().union(*(get_identifiers(texts[n]) for n in order))
        if not used_names - states - allowed_names - set(order) and used_names & states:
            yield (
                name,
                (
                    tuple(sorted(used_names & states)),
                    tuple((n, texts[n]) for n in order),
                ),
            )


def _order_statements(name: str, texts: Mapping[str, str]) -> list[str]:
    """List the subexpressions that one needs, each after those that it uses; itself last."""
    order: list[str] = []
    for used_name in sorted(get_identifiers(texts[name]) & texts.keys()):
        order += [n for n in _order_statements(used_name, texts) if n not in order]
    return [*order, name]


def _unit_of_variable(group: NeuronGroupPlan, name: str) -> str:
    dimensions = Equations(group.code["equations"])[name].dim
    return "1" if dimensions is DIMENSIONLESS else str(get_unit(dimensions))


def _select_constants(
    group: NeuronGroupPlan,
    statements: Sequence[tuple[str, str]],
    neurons: Sequence[int],
    size: int,
) -> dict[str, Any]:
    """Return the constants in some statements; of neurons that differ, those recorded."""
    names = set().union(*(get_identifiers(text) for _, text in statements)) & group.values.keys()
    constants = {}
    for name in names:
        value = np.asarray(group.values[name])
        constants[name] = value.reshape(-1, size)[:, list(neurons)] if value.ndim else float(value)
    return constants
