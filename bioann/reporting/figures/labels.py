"""Where the labels of a circuit diagram go: on or beside their line, where they hide least."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bioann.reporting.figures.layout import DiagramNode, Route, measure_text

_PAD = 0.02
#: Between two labels side by side, as wide as a letter; else they read as one.
_GAP = 0.06
#: Costs from here on mean that a label covers a node, an end mark or another label.
FORBIDDEN_COST = 100.0


@dataclass(frozen=True)
class LabelBox:
    """A rectangle around (`x`, `y`) with half-sizes, in inches."""

    x: float
    y: float
    width: float
    height: float

    def count_points(self, points: np.ndarray, margin: float = 0.0) -> int:
        """Count the points, shape (n, 2), inside the box or nearer to it than `margin`."""
        distance = np.abs(points - (self.x, self.y))
        return int((distance < (self.width + margin, self.height + margin)).all(axis=1).sum())

    def overlaps(self, other: LabelBox) -> bool:
        """Tell whether two boxes overlap."""
        distance = abs(self.x - other.x), abs(self.y - other.y)
        return distance[0] < self.width + other.width and distance[1] < self.height + other.height

    def covers_node(self, node: DiagramNode) -> bool:
        """Tell whether the box reaches into a node."""
        dx = max(abs(self.x - node.x) - self.width, 0)
        dy = max(abs(self.y - node.y) - self.height, 0)
        if node.is_round:
            return float(np.hypot(dx, dy)) < node.width + 0.02
        return dx < node.width + 0.02 and dy < node.height + 0.02


def place_labels(
    nodes: Sequence[DiagramNode], routes: Sequence[Route], width: float, height: float
) -> tuple[list[LabelBox], bool]:
    """Find a box for the label of every route.

    Returns
    -------
    boxes : list of LabelBox
        One per route, of zero size where the label is empty.
    is_crowded : bool
        Whether some label had to cover a node, an end mark or another label.
    """
    candidates = [_list_candidates(route) for route in routes]
    fixed_costs = [
        [_compute_fixed_cost(box, bias, i, nodes, routes, (width, height)) for box, bias in options]
        for i, options in enumerate(candidates)
    ]
    # Which labels give way depends on who moves first; of two orders the better one is taken.
    solutions = [
        _settle_labels(candidates, fixed_costs, order)
        for order in (range(len(routes)), range(len(routes))[::-1])
    ]
    choice = min(
        solutions,
        key=lambda indices: sum(c[k] for c, k in zip(fixed_costs, indices, strict=True)),
    )
    boxes = [options[k][0] for options, k in zip(candidates, choice, strict=True)]
    is_crowded = any(
        costs[k] >= FORBIDDEN_COST for costs, k in zip(fixed_costs, choice, strict=True)
    )
    any_overlap = any(a.overlaps(b) for i, a in enumerate(boxes) for b in boxes[:i])
    return boxes, is_crowded or any_overlap


def _settle_labels(
    candidates: list[list[tuple[LabelBox, float]]],
    fixed_costs: list[list[float]],
    order: Sequence[int],
) -> list[int]:
    """Move each label in turn, seeing the others where they are now, until none moves."""
    choice = [int(np.argmin(costs)) for costs in fixed_costs]
    options = [
        np.array([(b.x, b.y, b.width + _GAP, b.height) for b, _ in boxes]) for boxes in candidates
    ]
    for _ in range(5):
        before = list(choice)
        for i in order:
            others = np.array([options[j][choice[j]] - (0, 0, _GAP, 0) for j in order if j != i])
            if len(others):
                distance = np.abs(options[i][:, None, :2] - others[:, :2])
                min_distance = options[i][:, None, 2:] + others[:, 2:]
                clash = (distance < min_distance).all(axis=-1).sum(axis=1)
                choice[i] = int(np.argmin(fixed_costs[i] + FORBIDDEN_COST * clash))
        if choice == before:
            break
    return choice


def _list_candidates(route: Route) -> list[tuple[LabelBox, float]]:
    """List places on the line and on either side of it, each with what it costs by itself."""
    if not route.edge.label:
        x, y = route.points[0]
        return [(LabelBox(x, y, 0.0, 0.0), 0.0)]
    width, height = (extent / 2 + _PAD for extent in measure_text(route.edge.label))
    candidates = []
    for t in np.linspace(0.1, 0.9, 41):
        i = round(t * (len(route.points) - 1))
        along = route.points[min(i + 2, len(route.points) - 1)] - route.points[max(i - 2, 0)]
        normal = np.array([-along[1], along[0]]) / max(np.hypot(*along), 1e-9)
        reach = abs(normal[0]) * width + abs(normal[1]) * height + 0.04
        for side in (0, 1, -1):
            x, y = route.points[i] + side * reach * normal
            candidates.append((LabelBox(x, y, width, height), 2 * abs(t - 0.5) + 0.5 * abs(side)))
    return candidates


def _compute_fixed_cost(
    box: LabelBox,
    bias: float,
    index: int,
    nodes: Sequence[DiagramNode],
    routes: Sequence[Route],
    size: tuple[float, float],
) -> float:
    """Weigh what a box hides, apart from other labels."""
    outside = abs(box.x - size[0] / 2) + box.width > size[0] / 2
    outside |= abs(box.y - size[1] / 2) + box.height > size[1] / 2
    cost = bias + FORBIDDEN_COST * (outside + sum(box.covers_node(node) for node in nodes))
    distances = [float(np.hypot(*(route.points - (box.x, box.y)).T).min()) for route in routes]
    for i, route in enumerate(routes):
        # A label that stands as near to another line could be taken for that one's.
        cost += 3 * (i != index and distances[i] < distances[index] + 0.06)
        cost += FORBIDDEN_COST * box.count_points(route.points[-1:], 0.07)
        if i == index:
            share_on_line = box.count_points(route.points) / len(route.points)
            cost += 2 * share_on_line + 40 * max(share_on_line - 0.45, 0)
        else:
            cost += 120 * box.count_points(route.points, 0.03) / len(route.points)
            cost += 5 * bool(box.count_points(route.points, 0.01))
    return cost
