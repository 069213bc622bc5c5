"""Both circuits side by side: who connects to whom, with which sign, how strongly."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure, SubFigure

from bioann.reporting import style
from bioann.reporting.figures.diagram import (
    SIGN_STYLES,
    DiagramLayout,
    draw_diagram,
    draw_sign_key,
    draw_text_box,
    make_canvas,
)
from bioann.reporting.figures.labels import place_labels
from bioann.reporting.figures.layout import (
    DiagramEdge,
    compute_diagram_height,
    make_node,
    place_nodes,
    route_edges,
)
from bioann.reporting.figures.matrix import compute_matrix_height, draw_matrix
from bioann.reporting.style import Drawing, format_count, format_label, house_style

#: Beyond either of these a diagram is a tangle, and the signed matrix says more.
MAX_UNITS = 10
MAX_CONNECTIONS = 24

# Inches; models that stand above one another share what fits a page.
_KEY_HEIGHT, _LOW_HEIGHT, _MAX_HEIGHT = 0.34, 5.6, 7.5


@dataclass(frozen=True)
class _CircuitModel:
    """What is drawn of a model; units are also those inside it that only its connections name."""

    kind: str
    channels: tuple[str, ...]
    units: tuple[str, ...]
    sizes: dict[str, int]


def _read_model(model: Any, table: pd.DataFrame) -> _CircuitModel:
    targets = table.target if len(table) else ()
    units = tuple(dict.fromkeys([*targets, *model.units]))
    if set(units) == set(model.units):
        units = tuple(model.units)
    kind, sizes = getattr(model, "kind", "model"), dict(getattr(model, "sizes", None) or {})
    return _CircuitModel(kind, tuple(model.channels), units, sizes)


@dataclass(frozen=True)
class _CircuitPanel:
    """One model and how it will be drawn: by its plan, else as a matrix, else as a box."""

    name: str
    model: _CircuitModel
    colour: str
    connections: pd.DataFrame
    layout: DiagramLayout | None

    @property
    def n_columns(self) -> int:
        if self.layout:
            return len({node.x for node in self.layout.nodes})
        return 3 if len(self.connections) else 2

    @property
    def height(self) -> float:
        if self.layout:
            return self.layout.height
        return compute_matrix_height(self.model, self.connections) if len(self.connections) else 1.6


def draw_circuits(bio: Any, ann: Any) -> Drawing:
    """Draw the spiking model and the rate model side by side.

    Excitatory connections end in arrows, inhibitory ones in bars, unclear ones in dots. The models
    stand above one another where only that gives the labels room, and are drawn as matrices of
    signed strengths where a diagram would be a tangle.

    Parameters
    ----------
    bio, ann : Model
        Read: ``kind``, ``channels``, ``units``, ``connections()`` and, where there is one,
        ``sizes`` (neurons by population). A model without connections becomes a labelled box.
    """
    circuits, widths = _arrange_circuits(bio, ann)
    with house_style():
        figure, panels = _make_subfigures(circuits, widths)
        for panel, circuit in zip(panels, circuits, strict=True):
            title = f"{circuit.name}: {circuit.model.kind}"
            if circuit.layout:
                draw_diagram(make_canvas(panel), circuit.layout, title, circuit.colour)
            elif len(circuit.connections):
                draw_matrix(panel, circuit.model, circuit.connections, title, circuit.colour)
            else:
                draw_text_box(
                    make_canvas(panel), _write_box_text(circuit.model), title, circuit.colour
                )
    return Drawing(
        figure, " ".join(map(_describe_circuit, circuits)), _write_circuit_caption(circuits)
    )


def _arrange_circuits(bio: Any, ann: Any) -> tuple[list[_CircuitPanel], tuple[float, ...]]:
    """Lay both models out, and tell the width of their panels: the full one where they stack."""
    half_widths = (style.FIGURE_WIDTH / 2,) * 2
    n_columns = [circuit.n_columns for circuit in _lay_out_circuits(bio, ann, half_widths)]
    left_width = style.FIGURE_WIDTH * float(np.clip(n_columns[0] / sum(n_columns), 0.4, 0.6))
    widths: tuple[float, ...] = (left_width, style.FIGURE_WIDTH - left_width)
    # As low as their labels allow, so that their print stays large where the page is shared.
    for max_height in (_LOW_HEIGHT, _MAX_HEIGHT):
        circuits = _lay_out_circuits(bio, ann, widths, max_height)
        if not any(c.layout and c.layout.is_crowded for c in circuits):
            break
    else:
        stacked_circuits = _lay_out_circuits(bio, ann, (style.FIGURE_WIDTH,) * 2, _MAX_HEIGHT / 2)
        if any(c.layout and not c.layout.is_crowded for c in stacked_circuits):
            circuits, widths = stacked_circuits, (style.FIGURE_WIDTH,) * 2
    circuits = [
        replace(c, layout=None) if c.layout and c.layout.is_crowded else c for c in circuits
    ]
    return circuits, widths


def _lay_out_circuits(
    bio: Any, ann: Any, widths: Sequence[float], max_height: float = _MAX_HEIGHT
) -> list[_CircuitPanel]:
    circuits = []
    names, colours = ("Biology", "ANN"), (style.SPIKING_COLOUR, style.RATE_COLOUR)
    for name, model, colour, width in zip(names, (bio, ann), colours, widths, strict=True):
        list_connections = getattr(model, "connections", None)
        table = list_connections() if list_connections else pd.DataFrame()
        circuit_model = _read_model(model, table)
        layout = None
        if 0 < len(table) <= MAX_CONNECTIONS and len(circuit_model.units) <= MAX_UNITS:
            layout = _lay_out_diagram(
                circuit_model, table, (width, max_height), "circle" if name == "Biology" else "box"
            )
        circuits.append(_CircuitPanel(name, circuit_model, colour, table, layout))
    return circuits


def _lay_out_diagram(
    model: _CircuitModel, table: pd.DataFrame, size: tuple[float, float], shape: str
) -> DiagramLayout:
    notes = {u: f"n = {model.sizes[u]}" if u in model.sizes else "" for u in model.units}
    nodes = [make_node(("channel", name), "", "box") for name in model.channels]
    nodes += [make_node(("unit", name), notes[name], shape) for name in model.units]
    # Strengths compare only within one unit of measure.
    strongest = table.groupby("strength_unit")["strength"].transform("max").replace(0, 1)
    shares = (table["strength"] / strongest).fillna(0)
    edges = [
        DiagramEdge(
            (r.source_kind, r.source), ("unit", r.target), r.sign, share, _break_label(r.label)
        )
        for r, share in zip(table.itertuples(), shares, strict=True)
    ]
    placed_nodes = place_nodes(nodes, edges, size)
    routes = route_edges(placed_nodes, edges, size[0])
    boxes, is_crowded = place_labels(
        placed_nodes, routes, size[0], compute_diagram_height(placed_nodes)
    )
    bounds = [(box.y - box.height, box.y + box.height) for box in boxes]
    bounds += [(node.y - node.height, node.y + node.height) for node in placed_nodes]
    ys = np.concatenate([np.ravel(bounds), *(route.points[:, 1] for route in routes)])
    return DiagramLayout(
        placed_nodes, routes, tuple(boxes), is_crowded, ys.min() - 0.1, ys.max() + 0.1
    )


def _break_label(label: object) -> str:
    """Break "GABA_A 0.1 nS" before its number, as short lines find a place, and lower its A."""
    text = re.sub(r" x (?=\d)", " × ", format_label(label))
    lines = re.sub(r" (?=[\d.+\N{MINUS SIGN}])", "\n", text, count=1)
    return re.sub(r"_([A-Z])\b", r"$_\\mathrm{\1}$", lines)


def _make_subfigures(
    circuits: Sequence[_CircuitPanel], widths: Sequence[float]
) -> tuple[Figure, list[SubFigure]]:
    """Make the figure, draw the key of signs at its foot, and return a panel for each model."""
    heights = [circuit.height for circuit in circuits]
    is_stacked = sum(widths) > style.FIGURE_WIDTH
    signs = {route.edge.sign for c in circuits if c.layout for route in c.layout.routes}
    body, key = sum(heights) if is_stacked else max(heights), _KEY_HEIGHT * bool(signs)
    figure = Figure((style.FIGURE_WIDTH, body + key), layout="constrained")
    if signs:
        top, foot = figure.subfigures(2, 1, height_ratios=(body, key), squeeze=False)[:, 0]
        draw_sign_key(make_canvas(foot), [sign for sign in SIGN_STYLES if sign in signs])
    else:
        top = figure.subfigures(1, 1, squeeze=False)[0, 0]
    if is_stacked:
        return figure, list(top.subfigures(2, 1, height_ratios=heights, squeeze=False)[:, 0])
    return figure, list(top.subfigures(1, 2, width_ratios=widths, squeeze=False)[0])


def _write_box_text(model: _CircuitModel) -> str:
    return f"{_list_names(model.channels)}\n→ {_list_names(model.units)}\n(connections not listed)"


def _list_names(names: Sequence[str], max_names: int = 4) -> str:
    text = ", ".join(style.shorten_label(name) for name in names[:max_names])
    return text + (f" and {len(names) - max_names} more" if len(names) > max_names else "")


def _describe_circuit(circuit: _CircuitPanel) -> str:
    """Say one model in words, connection by connection where there are few."""
    start = f"{circuit.name}, {circuit.model.kind}: "
    start += f"{format_count(len(circuit.model.channels), 'channel')}, "
    start += format_count(len(circuit.model.units), "unit")
    if not len(circuit.connections):
        return f"{start}, connections not listed."
    if len(circuit.connections) > MAX_CONNECTIONS:
        signs = circuit.connections["sign"].value_counts()
        counts = [f"{signs[s]} {word}" for s, (word, *_) in SIGN_STYLES.items() if s in signs]
        n = len(circuit.connections)
        return f"{start}, {n} connections ({', '.join(counts)}), drawn as a matrix."
    rows = [
        f"{r.source} to {r.target} {SIGN_STYLES[int(r.sign)][0]} ({r.label})"
        for r in circuit.connections.itertuples()
    ]
    return f"{start}. Connections: {'; '.join(rows)}."


def _write_circuit_caption(circuits: Sequence[_CircuitPanel]) -> str:
    sentences = []
    for circuit in circuits:
        sizes = circuit.model.sizes
        n = f"{format_count(sum(sizes.values()), 'neuron')} in " if sizes else ""
        noun = "population" if circuit.name == "Biology" else "unit"
        sentence = f"{circuit.name}: {n}{format_count(len(circuit.model.units), noun)}"
        if len(circuit.connections):
            sentence += f", {format_count(len(circuit.connections), 'connection')}"
        sentences.append(f"{sentence}.")
    text = " ".join(sentences)
    if any(circuit.layout for circuit in circuits):
        text += (
            " Arrows excite, bars inhibit; in biology the sign belongs to the transmitter and the "
            "reversal potential, in the ANN to the weight. Line width grows with strength within a "
            "model."
        )
    if any(circuit.layout is None and len(circuit.connections) for circuit in circuits):
        text += " Matrix: colour is sign times strength, from source (row) to target (column)."
    return f"The two circuits that are compared. {text}"
