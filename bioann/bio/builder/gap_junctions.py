"""Plans of gap junctions: the same in every lane, none across lanes."""

from __future__ import annotations

import dataclasses

import numpy as np

from bioann.base.randomness import make_rng
from bioann.bio.builder.context import BuildContext

#: Brian2 variable of a neuron's current through its gap junctions.
CURRENT_NAME = "I_gap"


@dataclasses.dataclass(frozen=True, eq=False)
class GapJunctionsPlan:
    """Gap junctions within a population, each listed in both directions.

    Parameters
    ----------
    name, group : str
        Names of the Brian2 objects: of the junctions, and of the neurons that they couple.
    pre, post : numpy.ndarray of int, shape (2 * junction,)
        Indices within a lane of the neighbour, and of the neuron that receives the current.
    conductance : numpy.ndarray, shape (2 * junction,)
        Conductance of each junction in siemens, once for each of its two cells.
    n_lanes, n : int
        Number of lanes, and of neurons in each.
    """

    name: str
    group: str
    pre: np.ndarray
    post: np.ndarray
    conductance: np.ndarray
    n_lanes: int
    n: int

    @property
    def model(self) -> str:
        """Brian2 equations of a junction."""
        return (
            "conductance : siemens (constant)\n"
            f"{CURRENT_NAME}_post = conductance*(v_pre - v_post) : amp (summed)"
        )

    def junction_indices(self) -> tuple[np.ndarray, np.ndarray]:
        """Return neighbour and neuron of every junction in all lanes."""
        first = np.arange(self.n_lanes)[:, None] * self.n
        return (first + self.pre).ravel(), (first + self.post).ravel()


def plan_gap_junctions(context: BuildContext) -> tuple[GapJunctionsPlan, ...]:
    """Plan the gap junctions of all populations that have some."""
    lanes, plans = context.lanes, []
    labels = ("wiring", lanes.wiring) if lanes.wiring else ()
    for population in context.network.populations:
        junctions = population.placed_gap_junctions
        if junctions is None:
            continue
        rng = make_rng(lanes.seed, "gap junctions", population.name, *labels)
        post, pre, conductance = junctions.draw_junctions(population.n, rng)
        plans.append(
            GapJunctionsPlan(
                f"gap_junctions_{population.name}",
                f"population_{population.name}",
                pre,
                post,
                conductance,
                lanes.n,
                population.n,
            )
        )
    return tuple(plans)
