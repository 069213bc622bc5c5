"""Connectivity whose probability or strength depends on the distance of two neurons."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import numpy as np

from bioann.base.errors import DescriptionError
from bioann.base.text import shorten_repr
from bioann.bio.connectivity.connectivity import Connectivity, SynapseList
from bioann.bio.connectivity.distances import compute_distances
from bioann.bio.connectivity.kernels import Kernel, check_kernel_values
from bioann.bio.connectivity.neighbours import draw_neighbours
from bioann.bio.connectivity.positions import (
    ROUNDING,
    Positions,
    check_length,
)
from bioann.bio.connectivity.sampling import draw_successes, locate_pairs

#: Targets from which the number of synapses is estimated.
TARGETS_OF_ESTIMATE = 64


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class DistanceDependent(Connectivity):
    r"""Two neurons at distance :math:`d` are connected with probability :math:`p(d)`.

    The synapse has the strength :math:`s(d)`, a multiple of the projection's weight. Pairs are
    independent. With :math:`p = 1` nothing is drawn: strengths are a function of distance, as in
    a topographic map. Both populations need positions in the same space
    (``Population(..., positions=bioann.connectivity.Ring())``).

    Parameters
    ----------
    probability : float or Kernel, optional
        Connection probability :math:`p`, from 0 to 1: a number, or a kernel of the distance.
    strength : float or Kernel, optional
        Relative strength :math:`s` of a synapse, >= 0; where it is 0, there is no synapse.
    cutoff : float, optional
        Largest distance of connected neurons, above 0; none unless given. With it, time and memory
        grow with the pairs closer than that, otherwise with all pairs, times the largest
        probability.
    self_connections : bool, optional
        Whether a neuron of a recurrent projection may project to itself.
    """

    probability: float | Kernel = 1.0
    strength: float | Kernel = 1.0
    cutoff: float | None = None
    self_connections: bool = False

    def check(self) -> None:
        """Raise `DescriptionError` for a probability above 1, negative values or a wrong cutoff."""
        for field in ("probability", "strength"):
            maximum = find_maximum(getattr(self, field))
            check_kernel_values(maximum, f"DistanceDependent, {field}")
        if find_maximum(self.probability) > 1:
            raise DescriptionError(
                "DistanceDependent, probability",
                "at most 1 at all distances",
                f"{find_maximum(self.probability):g}",
                "Lower the kernel's peak.",
            )
        if self.cutoff is not None:
            check_length(self.cutoff, "DistanceDependent, cutoff")

    @property
    def is_drawn(self) -> bool:
        """Whether some pairs within the cutoff may be unconnected."""
        return self.probability != 1

    @property
    def has_equal_strengths(self) -> bool:
        """Whether the strength is the number 1."""
        return self.strength == 1

    def check_sizes(self, n_pre: int, n_post: int, recurrent: bool) -> None:
        """Raise `DescriptionError`: without positions there are no distances."""
        raise missing_positions_error("both populations")

    def draw_synapses(
        self, n_pre: int, n_post: int, recurrent: bool, rng: np.random.Generator
    ) -> SynapseList:
        """Raise `DescriptionError`: without positions there are no distances."""
        raise missing_positions_error("both populations")

    def with_positions(self, source: Positions | None, target: Positions | None) -> Connectivity:
        """Return the rule for populations at these positions, which must be in one space."""
        if source is None or target is None:
            names = {"source": source, "target": target}
            missing = " and ".join(name for name, value in names.items() if value is None)
            raise missing_positions_error(missing)
        if source.n_axes != target.n_axes or source.period != target.period:
            raise DescriptionError(
                "DistanceDependent",
                "source and target in the same space",
                f"{shorten_repr(source)} and {shorten_repr(target)}",
                "Use positions with as many axes and the same circumference or boundary.",
            )
        return PlacedRule(self, source, target)

    def describe_synapses(self) -> str:
        """Describe the kernels and the cutoff."""
        texts = []
        for name, value in (("probability", self.probability), ("strength", self.strength)):
            if isinstance(value, Kernel):
                texts.append(f"{name} {value.describe_kernel()}")
            elif value != 1:
                texts.append(f"{name} {value:g}")
        if self.cutoff is not None:
            texts.append(f"up to a distance of {self.cutoff:g}")
        return ", ".join(texts) or "all to all"


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class PlacedRule(Connectivity):
    """A distance-dependent rule together with the positions of both populations.

    Parameters
    ----------
    rule : DistanceDependent
        Probability and strength as functions of distance.
    source, target : Positions
        Positions of the presynaptic and of the postsynaptic neurons, in one space.
    """

    rule: DistanceDependent
    source: Positions
    target: Positions

    @property
    def is_drawn(self) -> bool:
        """Whether the rule draws synapses."""
        return self.rule.is_drawn

    @property
    def has_equal_strengths(self) -> bool:
        """Whether all strengths of the rule are 1."""
        return self.rule.has_equal_strengths

    def expected_synapse_count(self, n_pre: int, n_post: int) -> float:
        """Return the expected number of synapses, from evenly spaced targets if there are many."""
        targets = np.unique(np.linspace(0, n_post - 1, TARGETS_OF_ESTIMATE).astype(int))
        sources = self.source.make_coordinates(n_pre)
        coordinates = self.target.make_coordinates(n_post)
        count = 0.0
        for target in targets:
            distance = compute_distances(coordinates[target], sources, self.source.period)
            if self.rule.cutoff is not None:
                distance = distance[distance <= self.rule.cutoff * ROUNDING]
            is_synapse = evaluate_kernel(self.rule.strength, distance) > 0
            count += float(evaluate_kernel(self.rule.probability, distance)[is_synapse].sum())
        return count * n_post / len(targets)

    def draw_synapses(
        self, n_pre: int, n_post: int, recurrent: bool, rng: np.random.Generator
    ) -> SynapseList:
        """Draw candidates with a constant probability; the kernel decides which are connected."""
        rule = self.rule
        skip_self = recurrent and not rule.self_connections
        no_neurons = np.zeros(0, np.int32)
        blocks: list[SynapseList] = [(no_neurons, no_neurons, np.zeros(0))]
        constant = find_maximum(rule.probability)
        for post, pre, distance in self._draw_candidates(n_pre, n_post, skip_self, constant, rng):
            strength = evaluate_kernel(rule.strength, distance)
            is_synapse = strength > 0
            if rule.probability != constant:
                probability = evaluate_kernel(rule.probability, distance)
                is_synapse &= rng.random(len(post)) * constant < probability
            post, pre = (neuron[is_synapse].astype(np.int32) for neuron in (post, pre))
            blocks.append((post, pre, strength[is_synapse]))
        post, pre, strength = (np.concatenate(column) for column in zip(*blocks, strict=True))
        order = np.lexsort((pre, post))
        return post[order], pre[order], strength[order]

    def _draw_candidates(
        self, n_pre: int, n_post: int, skip_self: bool, p: float, rng: np.random.Generator
    ) -> Iterator[SynapseList]:
        """Draw the pairs that may be connected, each with probability `p`; add their distances."""
        sources = self.source.make_coordinates(n_pre)
        targets = self.target.make_coordinates(n_post)
        period = self.source.period
        if p == 0:
            return
        if self.rule.cutoff is not None:
            radius = self.rule.cutoff * ROUNDING
            for post, pre, distance in draw_neighbours(targets, sources, period, radius, p, rng):
                is_pair = post != pre if skip_self else slice(None)
                yield post[is_pair], pre[is_pair], distance[is_pair]
        else:
            for pairs in draw_successes(n_post * (n_pre - skip_self), p, rng):
                post, pre = locate_pairs(pairs, n_pre, skip_self)
                yield post, pre, compute_distances(targets[post], sources[pre], period)


def find_maximum(value: float | Kernel) -> float:
    """Return the largest value of a kernel, or the number that stands for one."""
    return value.maximum if isinstance(value, Kernel) else value


def evaluate_kernel(value: float | Kernel, distance: np.ndarray) -> np.ndarray:
    """Return a kernel, or the number that stands for one, at each distance; check the values."""
    if not isinstance(value, Kernel):
        return np.full(distance.shape, float(value))
    values, title = np.asarray(value(distance), dtype=float), type(value).__name__
    check_kernel_values(values, title)
    if (values > value.maximum * ROUNDING).any():
        raise DescriptionError(
            title,
            f"values up to its maximum, {value.maximum:g}",
            f"{values.max():g}",
            "Correct `maximum`: candidates are drawn with it.",
        )
    return values


def missing_positions_error(populations: str) -> DescriptionError:
    """Return the error of a rule that needs positions that some populations lack."""
    return DescriptionError(
        "DistanceDependent",
        "populations with positions",
        f"no positions of {populations}",
        "Write Population(..., positions=bioann.connectivity.Ring()), or Line(), Sheet(...) or an "
        "array of coordinates; fibres have none, so state their strengths as an ExplicitMatrix.",
    )
