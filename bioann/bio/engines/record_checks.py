"""Checks that a run can record what it is asked to."""

from __future__ import annotations

from bioann.base.errors import SimulationError, unknown_name_error
from bioann.bio.description import NetworkDescription
from bioann.bio.engines.results import Record


def check_record(record: Record, network: NetworkDescription) -> None:
    """Check that the populations, neurons and projections exist that are to be recorded."""
    sizes = network.sizes
    requested = [("voltage", name, neurons) for name, neurons in record.voltage.items()]
    for name, variables in record.states.items():
        requested += [("states", name, neurons) for neurons in (*variables.values(), ())]
    for field, name, neurons in requested:
        if name not in sizes:
            raise unknown_name_error(f"Record, {field}", "population", name, sizes)
        if neurons and not 0 <= min(neurons) <= max(neurons) < sizes[name]:
            raise SimulationError(
                f"Record, {field} of {name!r}",
                f"neurons from 0 to {sizes[name] - 1}",
                f"{list(neurons)}",
                "Choose among the neurons that are there.",
            )
    pathways = (*network.fibres, *network.projections)
    learning = [p.name for p in pathways if p.long_term_rule is not None]
    for name in record.weights:
        if name not in learning:
            kind = "projection or afferent with long-term plasticity"
            raise unknown_name_error("Record, weights", kind, name, learning)


def count_steps_per_sample(record: Record, dt: float) -> int:
    """Return the number of time steps between two samples; `SimulationError` unless it is whole."""
    steps = max(round(record.interval / dt), 1)
    if (record.states or record.weights) and abs(record.interval / dt - steps) > 1e-6:
        raise SimulationError(
            "Record, interval",
            f"a whole number of time steps of {dt * 1e3:g} ms",
            f"{record.interval * 1e3:g} ms",
            "Take a multiple of the time step.",
        )
    return steps
