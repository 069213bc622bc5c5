"""The equation and the numbers of a rate network, for a report."""

from __future__ import annotations

from collections.abc import Iterator

from bioann.ann.description import RateDescription
from bioann.base.units import in_unit
from bioann.model import Explanation, Parameter

#: As many units are told one by one; of more the range is.
MANY = 12


def told(network: RateDescription) -> tuple[Explanation, ...]:
    """Give the rate equation, with the parameters of every unit, and the activations."""
    drive = 'sum_j W_(i j) r_j + sum_k W^"in"_(i k) u_k + b_i'
    if network.divisive is not None:
        drive = f'({drive}) / (1 + sum_j D_(i j) r_j + sum_k D^"in"_(i k) u_k)'
    static = all(t is None for t in network.tau)
    left = "r_i =" if static else "tau_i (d r_i) / (d t) = -r_i +"
    formulas = dict.fromkeys(phi.formula for phi in network.activation)
    parameters = _each(network) if len(network.units) <= MANY else _ranges(network)
    return (
        Explanation("Rate network", f"{left} phi.alt({drive})", tuple(parameters)),
        *(Explanation("Activation", f"phi.alt(x) = {text}", ()) for text in formulas),
    )


def _each(network: RateDescription) -> Iterator[Parameter]:
    for name, symbol, what, value, unit in _numbers(network):
        yield Parameter(f'{symbol}_"{name}"', f"{what} of {name}", f"{value:.4g}", unit, "the pair")


def _ranges(network: RateDescription) -> Iterator[Parameter]:
    of: dict[tuple[str, str, str], dict[str, float]] = {}
    for name, symbol, what, value, unit in _numbers(network):
        of.setdefault((symbol, what, unit), {})[name] = value
    for (symbol, what, unit), values in of.items():
        names = list(values)
        low, high = (f"{x:.4g}" for x in (min(values.values()), max(values.values())))
        span = low if low == high else f"{low} to {high}"
        meaning = f"{what} of {len(names)} units, {names[0]} to {names[-1]}"
        yield Parameter(f"{symbol}_i", meaning, span, unit, "the pair")


def _numbers(network: RateDescription) -> Iterator[tuple[str, str, str, float, str]]:
    """Give unit, symbol, meaning, value and unit of measure of every parameter."""
    of_units = zip(network.units, network.bias, network.tau, network.activation, strict=True)
    for name, b, tau, phi in of_units:
        yield name, "b", "bias", float(b), "activation"
        if tau is not None:
            yield name, "tau", "time constant", in_unit(tau.tau, "ms"), "ms"
        for symbol, what, value in phi.parameters():
            yield name, symbol, what, float(value), ""
