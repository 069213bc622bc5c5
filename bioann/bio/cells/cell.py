"""Base class of the cell models: equations, declared quantities and noise-free rate."""

from __future__ import annotations

import dataclasses
from abc import ABC
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
from brian2 import Equations, Quantity

from bioann.base.declared import declared_quantity
from bioann.base.description import Description
from bioann.base.equations import Symbol
from bioann.base.errors import DescriptionError, unknown_name_error
from bioann.base.units import brian_quantity, in_unit
from bioann.bio.cells.constant_input import sum_constant_input
from bioann.bio.cells.heterogeneous import check_neuron_cells
from bioann.bio.cells.steady_rate import solve_steady_rates
from bioann.bio.parameters import list_parameters

# ``@dataclass`` alone would write its own; a description prints and compares as code.
_DESCRIPTION_METHODS = ("__repr__", "__eq__", "__hash__")
#: What a population adds to the equations of its cell (`bioann.bio.integration.spike_timing`).
RESERVED_NAMES = (
    "steps_held",
    "fired_at",
    "hold_time",
    "I_gap",
    "threshold_shift",
    "adaptation_shift",
)


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Cell(Description, ABC):
    """Base of all cell models, and of those that users write.

    A cell model is one frozen dataclass. Its physical fields are the parameters of its Brian2
    equations, by the same names; the equations use ``I_syn`` (all receptors) and ``I_inj`` (all
    injected current), both in ampere and positive into the cell, and the potential ``v``::

        @dataclasses.dataclass(frozen=True)
        class QuadraticIF(ba.cells.Cell):
            capacitance: ba.SI = ba.quantity("pF", 200, above=0)
            k: ba.SI = ba.quantity("nS", 10, above=0)
            resting_potential: ba.SI = ba.quantity("mV", -65)
            firing_threshold: ba.SI = ba.quantity("mV", -50)
            reset_potential: ba.SI = ba.quantity("mV", -70)

            refractory_period = 0.0
            leak_conductance = property(lambda cell: cell.k)  # slope at rest
            spike_onset_width = 3e-3
            model = '''
            dv/dt = (k*(v - resting_potential)*(v - firing_threshold)
                     /(firing_threshold - resting_potential)
                     + I_syn + I_inj)/capacitance : volt (unless refractory)
            '''
            threshold = "v > 0*mV"
            reset = "v = reset_potential"

    A field may also be an array with one value per neuron, or a distribution (`bioann.Normal`); the
    quantities below and the noise-free `rate` are then those of a cell with the mean values.

    The noise-free `rate` is solved from the same equations. The quantities below cannot be, and a
    class declares them as fields or properties; a missing one is an error where it is needed.

    Attributes
    ----------
    capacitance, leak_conductance : float
        Membrane capacitance (farad) and leak conductance (siemens) at rest.
    resting_potential, firing_threshold, reset_potential : float
        Potentials in volt: at rest, where a spike starts, and right after a spike. A cell that
        shapes its own spike has no reset; declare the potential from which it depolarises again.
        A resting potential above threshold is never reached: the cell fires by itself.
    refractory_period, spike_onset_width : float
        Absolute refractory period (s) and slope factor of the spike onset (volt); 0 for none.
    model, threshold, reset : str
        Brian2 code. The reset may be empty.
    refractory_condition : str
        For cells that shape their own spike: no other spike is counted while this Brian2 condition
        is true. Used in place of `refractory_period`.
    method : str
        ``"exponential_midpoint"`` (see `bioann.bio.integration.integrator`: exact where the
        equations are linear, of second order elsewhere) or a Brian2 integration method.
    spike_timing : {'interpolated', 'step'}
        Whether a spike and the end of the refractory period are timed within their time step, or at
        its start as Brian2 does (`bioann.bio.cells.grid_timed`).
    max_step : float
        Longest time step in seconds at which spike times are accurate; a network takes the
        shortest of its cells' unless a step is given.
    compartments : dict of str to str
        Name of each compartment that receptors can sit in, and the variable of its potential. The
        currents into a compartment other than ``"soma"`` are ``I_syn_<name>``, ``I_inj_<name>``.
    equation, source : str
        The equations in Typst math, and the publication of the default parameters.
    """

    capacitance = declared_quantity("the membrane capacitance in farad")
    leak_conductance = declared_quantity(
        "the leak conductance in siemens", "For a nonlinear cell it is the slope at rest."
    )
    resting_potential = declared_quantity("the resting potential in volt")
    firing_threshold = declared_quantity("the potential in volt at which a spike starts")
    reset_potential = declared_quantity(
        "the potential in volt right after a spike",
        "For a cell that shapes its own spike, the potential from which it depolarises again.",
    )
    refractory_period = declared_quantity("the refractory period in seconds", "0 for none.")
    spike_onset_width = declared_quantity(
        "the slope factor of the spike onset in volt", "0 for a sharp threshold."
    )

    model: ClassVar[str] = ""
    threshold: ClassVar[str] = ""
    reset: ClassVar[str] = ""
    refractory_condition: ClassVar[str] = ""
    method: ClassVar[str] = "exponential_midpoint"
    spike_timing: ClassVar[str] = "interpolated"
    max_step: ClassVar[float] = 1e-4
    compartments: ClassVar[Mapping[str, str]] = {"soma": "v"}
    equation: ClassVar[str] = ""
    source: ClassVar[str] = ""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        for name in _DESCRIPTION_METHODS:
            if name not in cls.__dict__:
                setattr(cls, name, getattr(Description, name))

    def __post_init__(self) -> None:
        """Convert the fields, check them, and check that the equations can be read."""
        super().__post_init__()
        self._check_equations()
        if self.heterogeneous_fields:
            check_neuron_cells(self)

    def heterogeneity_of(self, f: dataclasses.Field[Any]) -> str:
        """Return ``"neuron"``: neurons may differ in every parameter of their cell."""
        return "neuron"

    def _check_equations(self) -> None:
        """Raise `DescriptionError` for equations that Brian2 cannot read or that miss a part."""
        where = f"{type(self).__name__}, model"
        remedy = "Write dv/dt = (... + I_syn + I_inj)/C : volt (unless refractory) and a threshold."
        try:
            equations = Equations(self.model)
        except Exception as error:
            raise DescriptionError(where, "Brian2 equations", str(error).strip(), remedy) from error
        names = {*equations.names, *(f.name for f in dataclasses.fields(self))}
        if reserved := sorted(names.intersection(RESERVED_NAMES)):
            expected = "names that bioann does not use itself"
            raise DescriptionError(where, expected, ", ".join(reserved), "Call them otherwise.")
        missing = [v for v in self.compartments.values() if v not in equations.diff_eq_names]
        if missing or not self.threshold:
            got = f"no equation for {', '.join(missing)}" if missing else "no threshold"
            raise DescriptionError(
                where, "a potential per compartment and a threshold", got, remedy
            )

    def time_constants(self) -> dict[str, float]:
        """Return the time constants in seconds that the integration step must stay below."""
        return {"membrane": self.capacitance / self.leak_conductance}

    def check_positive(self, field: str) -> None:
        """Raise `DescriptionError` unless a plain number is finite and above zero."""
        value = getattr(self, field)
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < np.inf:
            raise DescriptionError(
                f"{self.title()}, {field}", "a number above 0", repr(value), f"Change {field}."
            )

    def draw_initial_state(self, rng: np.random.Generator, n: int) -> dict[str, np.ndarray]:
        """Draw the initial state: potentials uniform from `starting_potential` to threshold.

        Parameters
        ----------
        rng : numpy.random.Generator
            Random generator of this population and lane.
        n : int
            Number of neurons, at least 1.

        Returns
        -------
        dict of str to numpy.ndarray, shape (n,)
            SI values of state variables; those not named start at zero.
        """
        threshold = self.firing_threshold
        # A cell that is reset above threshold and has no rest starts at threshold.
        start = np.minimum(self.starting_potential, threshold)
        return {"v": rng.uniform(start, threshold, n)}

    @property
    def starting_potential(self) -> float:
        """Potential in volt from which it depolarises without input: at rest, or after a spike.

        The reset potential of a cell that fires by itself, because its rest is not below threshold.
        """
        has_rest = self.resting_potential < self.firing_threshold
        if np.ndim(has_rest):  # one value per neuron
            values: Any = np.where(has_rest, self.resting_potential, self.reset_potential)
            return values
        return self.resting_potential if has_rest else self.reset_potential

    def state_at(self, potential: np.ndarray) -> dict[str, np.ndarray]:
        """Return the initial state at a given potential: all compartments at it, gates steady.

        Parameters
        ----------
        potential : numpy.ndarray, shape (n,)
            Potential of each neuron in volt.

        Returns
        -------
        dict of str to numpy.ndarray, shape (n,)
            SI values of state variables; those not named start at zero.
        """
        return dict.fromkeys(self.compartments.values(), potential)

    def resting_state(self) -> dict[str, float]:
        """Return the initial state for `rate`, SI values: at rest, adaptation at zero."""
        return dict.fromkeys(self.compartments.values(), self.resting_potential)

    def rate(
        self,
        current: Quantity | float = 0,
        conductances: Sequence[tuple[Quantity, Quantity]] = (),
        *,
        compartment: str = "soma",
    ) -> np.ndarray:
        r"""Compute the steady firing rate without noise.

        In closed form where there is one, otherwise by integrating the equations.

        Parameters
        ----------
        current : quantity, optional
            Constant current into the cell; scalar or array.
        conductances : sequence of (conductance, reversal potential), optional
            Constant conductances, as with a dynamic clamp; scalars or arrays that broadcast
            against `current`.
        compartment : str, optional
            The compartment that receives current and conductances.

        Returns
        -------
        numpy.ndarray
            Rate in Hz, of the broadcast shape.

        Raises
        ------
        DimensionError, DescriptionError
            If a quantity has another dimension, or a conductance is below zero.
        UnknownNameError
            If the cell has no such compartment.
        """
        self.potential_variable(compartment, f"{self.title()}, rate")
        return self.steady_rate(
            *sum_constant_input(current, conductances, f"{self.title()}, rate"), compartment
        )

    def steady_rate(
        self,
        current: np.ndarray,
        conductance: np.ndarray,
        reversal_current: np.ndarray,
        compartment: str = "soma",
    ) -> np.ndarray:
        r"""Compute the steady rate for the input :math:`I_{inj} + \Sigma gE - \Sigma g \, v`.

        Parameters
        ----------
        current, conductance, reversal_current : numpy.ndarray
            Current in ampere, :math:`\Sigma g` in siemens, :math:`\Sigma gE` in ampere; they
            broadcast.
        compartment : str, optional
            The compartment that receives all of it.

        Returns
        -------
        numpy.ndarray
            Rate in Hz, of the broadcast shape.
        """
        return solve_steady_rates(self, current, conductance, reversal_current, compartment)

    def potential_variable(self, compartment: str, obj: str) -> str:
        """Return the variable of a compartment's potential; `UnknownNameError` if there is none."""
        if compartment not in self.compartments:
            raise unknown_name_error(
                obj, f"compartment of {type(self).__name__}", compartment, self.compartments
            )
        return self.compartments[compartment]

    def brian_namespace(self) -> dict[str, Any]:
        """Return the parameters by name, as Brian2 quantities."""
        namespace = {}
        for f in dataclasses.fields(self):
            value = getattr(self, f.name)
            unit = f.metadata.get("unit")
            if not isinstance(value, str):  # an option, such as an integration method
                namespace[f.name] = brian_quantity(value, unit) if unit else value
        return namespace

    def parameters(self) -> tuple[Symbol, ...]:
        """List symbol, meaning, value, unit and source of every parameter."""
        return list_parameters(self, self.source)


def check_below(cell: Description, low: str, high: str, remedy: str) -> None:
    """Raise `DescriptionError` unless field `low` is below field `high`."""
    a, b = getattr(cell, low), getattr(cell, high)
    if not a < b:
        raise DescriptionError(
            f"{cell.title()}, {low}",
            f"a potential below {high} = {in_unit(b, 'mV'):g} mV",
            f"{in_unit(a, 'mV'):g} mV",
            remedy,
        )
