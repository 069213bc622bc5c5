"""Cells that are made from Brian2 equations, without a class that somebody wrote."""

from __future__ import annotations

import dataclasses
import functools
from typing import Any, ClassVar

import numpy as np

from bioann.base.units import SI, quantity
from bioann.bio.cells.cell import Cell
from bioann.bio.cells.simulated_rate import simulate_rates


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class EquationCell(Cell):
    """Base of the cells that are read from the equations of a Brian2 script.

    Spikes lie on the grid of time steps, as in the script. A subclass has the equations, and one
    field for each of their constants; `make_equation_cell` makes it, and a pair file writes it out.

    Attributes
    ----------
    initial_fields : dict of str to str
        State variables other than the potential, and the fields with their initial values.
    membrane_time : float
        Membrane time constant at rest in seconds, from the slope of the equations.
    """

    spike_timing = "step"
    refractory_period = 0.0
    spike_onset_width = 0.0
    initial_fields: ClassVar[dict[str, str]] = {}
    membrane_time: ClassVar[float] = 20e-3

    @property
    def leak_conductance(self) -> float:
        """Slope of the current at rest in siemens."""
        return float(np.mean(self.capacitance)) / self.membrane_time

    def time_constants(self) -> dict[str, float]:
        """Return the membrane time constant at rest in seconds."""
        return {"membrane": self.membrane_time}

    def state_at(self, potential: np.ndarray) -> dict[str, np.ndarray]:
        """Return the state at a potential: all other variables at their initial values."""
        state = {"v": potential}
        for variable, field in self.initial_fields.items():
            state[variable] = np.broadcast_to(getattr(self, field), np.shape(potential))
        return state

    def draw_initial_state(self, rng: np.random.Generator, n: int) -> dict[str, np.ndarray]:
        """Draw potentials uniform from rest to threshold; other variables are not drawn."""
        return self.state_at(super().draw_initial_state(rng, n)["v"])

    def steady_rate(
        self,
        current: np.ndarray,
        conductance: np.ndarray,
        reversal_current: np.ndarray,
        compartment: str = "soma",
    ) -> np.ndarray:
        """Compute the steady rate by simulation; arguments as for `Cell.steady_rate`."""
        return simulate_rates(self, current, conductance, reversal_current)

    def resting_state(self) -> dict[str, float]:
        """Return the initial state for `rate`: at rest, other variables at their initial values."""
        state = self.state_at(np.array(float(self.resting_potential)))
        return {name: float(np.mean(value)) for name, value in state.items()}


@dataclasses.dataclass(frozen=True)
class CellDefinition:
    """What distinguishes one class of cells from another.

    Parameters
    ----------
    name : str
        Name of the class.
    fields : tuple of (str, str)
        Name and unit of each constant, as for `bioann.base.units.quantity`.
    initial_fields : tuple of (str, str)
        State variable and field of its initial value.
    members : tuple of (str, str or float)
        Code (``model``, ``threshold``, ``reset``, ``refractory_condition``, ``method``) and numbers
        in SI units (``membrane_time``, ``resting_potential``, ``firing_threshold``,
        ``reset_potential``, ``spike_onset_width``, ``max_step``) of the class.
    aliases : tuple of (str, str)
        Quantity of the cell (``capacitance``, ``refractory_period``) and field that has its value.
    """

    name: str
    fields: tuple[tuple[str, str], ...]
    initial_fields: tuple[tuple[str, str], ...]
    members: tuple[tuple[str, Any], ...]
    aliases: tuple[tuple[str, str], ...]


@functools.cache
def make_equation_cell(definition: CellDefinition) -> type[EquationCell]:
    """Return the class of a definition: the same one for an equal definition.

    Parameters
    ----------
    definition : CellDefinition
        Equations, constants and quantities.
    """
    namespace: dict[str, Any] = {
        "__doc__": f"Cell made from the equations of a Brian2 script: {definition.name}.",
        "__module__": __name__,
        "definition": definition,
        "initial_fields": dict(definition.initial_fields),
        "__annotations__": {},
        **dict(definition.members),
    }
    for name, unit in definition.fields:
        namespace["__annotations__"][name] = SI
        namespace[name] = quantity(unit)
    for member, field in definition.aliases:
        if member != field:
            namespace[member] = property(functools.partial(_read_field, field))
    metaclass: Any = type(EquationCell)
    cls = metaclass(definition.name, (EquationCell,), namespace)
    cell_class: type[EquationCell] = dataclasses.dataclass(frozen=True, repr=False, eq=False)(cls)
    return cell_class


def _read_field(field: str, cell: Cell) -> Any:
    """Return the value of a field: a float, or an array of the values of single neurons."""
    value = getattr(cell, field)
    return value if isinstance(value, np.ndarray) else float(value)


def write_equation_cell(cls: type[EquationCell]) -> list[str]:
    """Return the lines of Python code that define a class of `make_equation_cell`.

    Parameters
    ----------
    cls : type
        The class.
    """
    definition: CellDefinition = cls.definition  # type: ignore[attr-defined]
    lines = [
        "@dataclasses.dataclass(frozen=True, repr=False, eq=False)",
        f"class {definition.name}(ba.cells.EquationCell):",
        f'    """{cls.__doc__}"""',
        "",
        *(f'    {name}: ba.SI = ba.quantity("{unit}")' for name, unit in definition.fields),
        "",
    ]
    for member, field in definition.aliases:
        if member != field:
            lines.append(f"    {member} = property(lambda cell: cell.{field})")
    if definition.initial_fields:
        lines.append(f"    initial_fields = {dict(definition.initial_fields)!r}")
    for member, value in definition.members:
        is_block = isinstance(value, str) and "\n" in value
        if not is_block:
            lines.append(f"    {member} = {value!r}")
            continue
        lines += [f'    {member} = """', *(f"    {line}" for line in value.splitlines()), '    """']
    return lines
