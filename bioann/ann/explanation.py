"""Equation and parameters of a rate network, for the report."""

from __future__ import annotations

from collections.abc import Iterator

from bioann.ann.description import RateDescription
from bioann.base.equations import Equation, Symbol
from bioann.base.text import format_setting
from bioann.base.units import in_unit

#: Largest number of units whose parameters are listed individually; of more units the range is.
MAX_UNITS_LISTED = 12


def explain_rate_network(network: RateDescription) -> tuple[Equation, ...]:
    """Return the rate equation with the parameters of every unit, and the activation functions."""
    summed_input = 'sum_j W_(i j) r_j + sum_k W^"in"_(i k) u_k + b_i'
    if network.divisive is not None:
        summed_input = f'({summed_input}) / (1 + sum_j D_(i j) r_j + sum_k D^"in"_(i k) u_k)'
    gate = "r_(g(i)) thin " if network.gates else ""
    static = all(t is None for t in network.tau)
    left_hand_side = "r_i =" if static else "tau_i (d r_i) / (d t) = -r_i +"
    formulas = dict.fromkeys(phi.formula for phi in network.activation)
    parameters = (
        *(
            _list_unit_parameters(network)
            if len(network.units) <= MAX_UNITS_LISTED
            else _summarise_parameters(network)
        ),
        *_list_gates(network),
    )
    return (
        Equation("Rate network", f"{left_hand_side} {gate}phi.alt({summed_input})", parameters),
        *(Equation("Activation", f"phi.alt(x) = {text}", ()) for text in formulas),
    )


def _list_unit_parameters(network: RateDescription) -> Iterator[Symbol]:
    for name, symbol, meaning, value, unit in _iterate_parameters(network):
        yield Symbol(
            f'{symbol}_"{name}"',
            f"{meaning} of {name}",
            format_setting(value, digits=4),
            unit,
            "the pair",
        )


def _list_gates(network: RateDescription) -> Iterator[Symbol]:
    for unit, gate in network.gates.items():
        meaning = f"unit that multiplies the output of {unit}"
        yield Symbol(f'g("{unit}")', meaning, gate, "", "the pair")
    if len(network.gates) < len(network.units) and network.gates:
        yield Symbol("r_(g(i))", "gate of every other unit", "1", "", "the pair")


def _summarise_parameters(network: RateDescription) -> Iterator[Symbol]:
    values_by_parameter: dict[tuple[str, str, str], dict[str, float]] = {}
    for name, symbol, quantity_name, value, unit in _iterate_parameters(network):
        values_by_parameter.setdefault((symbol, quantity_name, unit), {})[name] = value
    for (symbol, quantity_name, unit), values in values_by_parameter.items():
        names = list(values)
        bounds = min(values.values()), max(values.values())
        low, high = (format_setting(x, digits=4) for x in bounds)
        value_range = low if low == high else f"{low} to {high}"
        meaning = f"{quantity_name} of {len(names)} units, {names[0]} to {names[-1]}"
        yield Symbol(f"{symbol}_i", meaning, value_range, unit, "the pair")


def _iterate_parameters(network: RateDescription) -> Iterator[tuple[str, str, str, float, str]]:
    """Yield unit, symbol, meaning, value and unit of measure of every parameter."""
    per_unit = zip(network.units, network.bias, network.tau, network.activation, strict=True)
    for name, b, tau, phi in per_unit:
        yield name, "b", "bias", float(b), "activation"
        if tau is not None:
            yield name, "tau", "time constant", in_unit(tau.tau, "ms"), "ms"
        for symbol, meaning, value in phi.list_parameters():
            yield name, symbol, meaning, float(value), ""
