r"""Self-consistent firing rates of a recurrent network, and their stability.

A theory of the single cell predicts the rate of population :math:`i` from the rates of all
populations that project to it, :math:`\phi_i(r_1, \dots, r_n)`. In a steady state of the network,

.. math:: r_i = \phi_i(r_1, \dots, r_n) \quad \text{for all } i

(Amit and Brunel 1997; Brunel 2000). The Jacobian :math:`J_{ij} = \partial \phi_i / \partial r_j` is
the effective coupling of the populations there. A small additional rate :math:`h` that input alone
would cause changes the rates by :math:`(1 - J)^{-1} h`.

**Stability.** If each population follows its input within a time constant :math:`\tau`,
:math:`\tau \dot r = \phi(r) - r`, the state is stable if every eigenvalue of :math:`J` has a real
part below 1. Oscillations that need synaptic delays are outside of this criterion: it finds
populations that run away, not those that oscillate faster than they follow.

**Range.** Neurons of a population are taken for equal and independent: each receives Poisson
spikes, from the mean number of synapses. Neurons that share much of their input, or fire like
clocks, deviate. The theory of the cell adds its own limits, see `bioann.bio.theory.siegert` and
`bioann.bio.theory.adiabatic`; `SteadyState.is_valid` tells where they hold.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np
import scipy
import xarray as xr

from bioann.base.arguments import name_argument_errors
from bioann.base.errors import DescriptionError, SimulationError, unknown_name_error
from bioann.bio.network import SpikingNetwork
from bioann.bio.neuron_parameters import list_neuron_parameters
from bioann.bio.receptors import Receptor
from bioann.bio.theory.adiabatic import NODES
from bioann.bio.theory.presynaptic_inputs import PresynapticInputs, presynaptic_inputs

THEORIES = ("siegert", "adiabatic")
#: Time over which rates relax from zero, in time constants of a population, and the tolerated
#: error (Hz, and as a share), and nodes of the adiabatic theory: the end is only where the search
#: for the solution starts.
RELAXATION_TIME, RELAXATION_ERROR, RELAXATION_NODES = 30.0, (0.1, 1e-2), 4
#: Largest deviation from self-consistency in Hz, and as a share of the rate.
TOLERANCE = 1e-6
#: Step of a rate over which slopes are taken, in Hz, and as a share of the rate.
SLOPE_STEP = 1e-2


@dataclasses.dataclass(frozen=True, eq=False)
class SteadyState:
    """Self-consistent rates of a network.

    Attributes
    ----------
    rates : xarray.DataArray, shape (unit,)
        Firing rate of each population in Hz.
    jacobian : xarray.DataArray, shape (unit, source)
        Change of a population's rate per change of a source's rate, without dimension.
    is_valid : xarray.DataArray of bool, shape (unit,)
        Whether the theory's limit applies to the input of each population.
    theory : str
        Name of the theory.
    """

    rates: xr.DataArray
    jacobian: xr.DataArray
    is_valid: xr.DataArray
    theory: str

    @property
    def eigenvalues(self) -> np.ndarray:
        """Eigenvalues of the Jacobian, that with the largest real part first."""
        eigenvalues = np.linalg.eigvals(self.jacobian.values)
        return eigenvalues[np.argsort(-eigenvalues.real, kind="stable")]

    @property
    def is_stable(self) -> bool:
        """Whether small deviations decay if all populations follow their input alike."""
        return bool(self.eigenvalues[0].real < 1)


@name_argument_errors
def solve_rates(
    network: SpikingNetwork,
    activations: Mapping[str, float],
    *,
    theory: str = "siegert",
    start: Mapping[str, float] | None = None,
) -> SteadyState:
    """Solve for the self-consistent rates of a network under a constant stimulus.

    Parameters
    ----------
    network : SpikingNetwork
        A network of static synapses.
    activations : mapping of str to float
        Activation of each stimulus channel of the network.
    theory : {'siegert', 'adiabatic'}, optional
        Theory of the cell: fast noise in a leaky integrate-and-fire cell, or slow conductance noise
        in any cell.
    start : mapping of str to float, optional
        Rate of each population in Hz near which a solution, stable or not, is searched; if there is
        none, rates relax from there. Without it they relax from zero, to a stable state.

    Returns
    -------
    SteadyState
        The rates, with their Jacobian.

    Raises
    ------
    UnknownNameError
        For a theory, channel or population that does not exist.
    DescriptionError
        If a channel or a rate is missing, or the theory does not cover a part of the network.
    SimulationError
        If no self-consistent rates are found.

    Examples
    --------
    >>> import bioann as ba
    >>> from brian2 import Hz, nS
    >>> network = ba.SpikingNetwork(
    ...     (ba.Population("E", 100, "glutamate"), ba.Population("I", 50, "GABA")),
    ...     (ba.Afferent("x", "E", 1.5 * nS, fibres=40), ba.Afferent("x", "I", 1 * nS, fibres=40)),
    ...     (ba.Projection("I", "E", 0.5 * nS),),
    ... )
    >>> state = ba.theory.solve_rates(network, {"x": 0.2}, theory="adiabatic")
    >>> bool(state.jacobian.sel(unit="E", source="I") < 0)
    True
    """
    _check_coverage(network, theory)
    rate_map = _RateMap(network, _check_values(activations, network.channels, "channel"), theory)
    first_rates = np.zeros(len(network.units))
    rates = None
    if start is not None:
        values = _check_values(start, network.units, "population")
        first_rates = np.array([values[unit] for unit in network.units])
        rates = rate_map.solve(first_rates)
    if rates is None:
        rates = rate_map.solve(rate_map.relax(first_rates))
    if rates is None:
        raise SimulationError(
            "solve_rates",
            "rates that reproduce themselves",
            "none: the rates that relax from the start do not settle",
            "Pass start= with rates near a steady state, for example those of a simulation.",
        )
    unit = {"unit": list(network.units)}
    return SteadyState(
        xr.DataArray(rates, unit, ["unit"], attrs={"units": "Hz"}),
        xr.DataArray(
            rate_map.compute_jacobian(rates),
            unit | {"source": list(network.units)},
            ["unit", "source"],
        ),
        xr.DataArray(rate_map.is_valid(rates), unit, ["unit"]),
        theory,
    )


class _RateMap:
    """The rates that a theory predicts from the rates of all populations."""

    def __init__(
        self, network: SpikingNetwork, activations: Mapping[str, float], theory: str
    ) -> None:
        self.units, self.theory = network.units, theory
        self.channels = {name: np.array([value]) for name, value in activations.items()}
        self.inputs: list[PresynapticInputs] = [
            presynaptic_inputs(network, unit, seed=None) for unit in network.units
        ]

    def __call__(self, rates: np.ndarray, nodes: int = NODES) -> np.ndarray:
        """Compute the predicted rates (unit, point) in Hz from the rates (unit, point)."""
        sources = dict(zip(self.units, np.maximum(rates, 0.0), strict=True))
        points = rates.shape[1]
        return np.stack(
            [
                np.broadcast_to(
                    target.steady_rate(self.theory, self.channels, sources, nodes=nodes), points
                )
                for target in self.inputs
            ]
        )

    def relax(self, rates: np.ndarray) -> np.ndarray:
        """Follow populations that approach their predicted rates, to the end of the time."""
        solution = scipy.integrate.solve_ivp(
            lambda t, r: self(r[:, None], RELAXATION_NODES)[:, 0] - r,
            (0.0, RELAXATION_TIME), rates, method="LSODA",
            atol=RELAXATION_ERROR[0], rtol=RELAXATION_ERROR[1],
        )  # fmt: skip
        return np.maximum(solution.y[:, -1], 0.0)

    def solve(self, rates: np.ndarray) -> np.ndarray | None:
        """Solve for rates equal to the predicted ones; None if none are near the estimate."""
        solution = scipy.optimize.root(
            lambda r: self(r[:, None])[:, 0] - r, rates, method="hybr", options={"xtol": 1e-9}
        )
        solved = np.maximum(solution.x, 0.0)
        deviation = np.abs(self(solved[:, None])[:, 0] - solved)
        is_solved = (deviation <= TOLERANCE * np.maximum(solved, 1.0)).all()
        return solved if is_solved else None

    def compute_jacobian(self, rates: np.ndarray) -> np.ndarray:
        """Compute the slopes (unit, source) by central differences, one-sided at a rate of 0."""
        step = SLOPE_STEP * np.maximum(rates, 1.0)
        high, low = rates + step, np.maximum(rates - step, 0.0)
        points = np.repeat(rates[:, None], 2 * len(rates), axis=1)
        sources = np.arange(len(rates))
        points[sources, sources], points[sources, sources + len(rates)] = high, low
        predicted = self(points)
        change = predicted[:, : len(rates)] - predicted[:, len(rates) :]
        return np.asarray(change / (high - low))

    def is_valid(self, rates: np.ndarray) -> np.ndarray:
        """Test for each population whether the theory's limit applies at these rates."""
        sources = {unit: np.array([rate]) for unit, rate in zip(self.units, rates, strict=True)}
        return np.array(
            [bool(np.all(t.is_valid(self.theory, self.channels, sources))) for t in self.inputs]
        )


def _check_values(values: Mapping[str, float], names: tuple[str, ...], kind: str) -> dict[str, Any]:
    """Return one finite number for each name; `DescriptionError` for a missing one."""
    for name in values:
        if name not in names:
            raise unknown_name_error("solve_rates", kind, name, names)
    missing = [name for name in names if name not in values]
    if missing:
        raise DescriptionError(
            "solve_rates",
            f"a number for each {kind}",
            f"none for {', '.join(map(repr, missing))}",
            f"Add {missing[0]!r}: a number.",
        )
    return {name: float(values[name]) for name in names}


def _check_coverage(network: SpikingNetwork, theory: str) -> None:
    """Raise a `BioannError` if the theory is unknown or does not cover a part of the network."""
    if theory not in THEORIES:
        raise unknown_name_error("solve_rates", "theory", theory, THEORIES)
    remedy = "Simulate the network, or leave it out."
    plastic = [p.title() for p in (*network.fibres, *network.projections) if p.plasticity]
    modulated = [type(m).__name__ for m in network.modulations]
    if plastic or modulated:
        got = f"plasticity of {plastic[0]}" if plastic else modulated[0]
        raise DescriptionError("solve_rates", "static cells and synapses", got, remedy)
    for parameter in list_neuron_parameters(network):
        raise DescriptionError(
            "solve_rates",
            "populations whose neurons have equal parameters",
            f"several values of {parameter.field} in population {parameter.population!r}",
            "Pass its mean, or divide the population into groups of equal neurons.",
        )
    for unit in network.units:
        for receptor in network.receptors_of(unit):
            if not _has_linear_current(receptor):
                raise DescriptionError(
                    f"solve_rates, {receptor.title()} in population {unit!r}",
                    "a receptor in the soma whose current is linear in spikes and potential",
                    "another",
                    "Simulate the network, or use AMPA or GABA_A.",
                )


def _has_linear_current(receptor: Receptor) -> bool:
    """Test whether a receptor of the soma passes a current linear in spikes and potential."""
    low, middle, high = (receptor.driving_force(v) for v in (-0.08, -0.065, -0.05))
    is_straight = bool(np.isclose(2 * middle, low + high, rtol=1e-9, atol=0))
    return is_straight and receptor.linear and receptor.compartment == "soma"
