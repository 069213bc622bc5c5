"""Both circuits side by side: connections, their signs and their strengths."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import pandas as pd
from matplotlib.figure import Figure, SubFigure

from bioann.base.text import format_count, join_names
from bioann.model import connections_of, constant_inputs_of, gates_of, kind_of, sizes_of
from bioann.reporting import style
from bioann.reporting.figures.diagram import (
    GATE,
    MARGIN,
    SIGN_STYLES,
    TITLE_HEIGHT,
    compute_key_height,
    draw_diagram,
    draw_sign_key,
    draw_text_box,
    make_canvas,
)
from bioann.reporting.figures.layout import (
    DiagramEdge,
    DiagramLayout,
    DiagramNode,
    lay_out_diagram,
    make_node,
    make_text_node,
)
from bioann.reporting.figures.matrix import compute_matrix_height, draw_matrix
from bioann.reporting.style import Drawing, draw_for_widths, format_label, house_style

#: Line width of a constant input, as a share: its strength compares with that of no connection.
_CONSTANT_SHARE = 0.3
#: Larger circuits are drawn as a matrix of signed strengths.
MAX_UNITS = 10
MAX_CONNECTIONS = 24

# Inches: what fits a page, and the width for a phone, which shows it at three quarters of its size.
_MAX_HEIGHT, _PHONE_WIDTH = 7.5, 4.4
#: Inches of a character in the bold letters of a title.
CHARACTER_WIDTH = 0.085


@dataclass(frozen=True)
class _Circuit:
    """One model, drawn as a diagram if it has a layout, else as a matrix, else as a box."""

    name: str
    kind: str
    channels: tuple[str, ...]
    units: tuple[str, ...]
    sizes: dict[str, int]
    connections: pd.DataFrame
    constant_inputs: pd.DataFrame
    gates: dict[str, str]
    colour: str
    layout: DiagramLayout | None

    @property
    def title(self) -> str:
        """What stands above the circuit."""
        return f"{self.name}: {self.kind}"

    @property
    def width(self) -> float:
        """Inches that the model asks for."""
        if self.layout:
            return max(self.layout.width, CHARACTER_WIDTH * len(self.title)) + 2 * MARGIN
        lines = [self.title] if len(self.connections) else [self.title, *self.box_text.split("\n")]
        return max(0.4 * style.FIGURE_WIDTH, CHARACTER_WIDTH * max(map(len, lines)) + 2 * MARGIN)

    @property
    def box_text(self) -> str:
        """What stands in place of a circuit whose connections are not known."""
        channels, units = _list_names(self.channels), _list_names(self.units)
        return f"{channels}\n→ {units}\n(connections not listed)"

    @property
    def height(self) -> float:
        """Inches that the model asks for, with its title."""
        if self.layout:
            return self.layout.height + TITLE_HEIGHT + 2 * MARGIN
        return compute_matrix_height(self, self.connections) if len(self.connections) else 1.6


def draw_circuits(bio: Any, ann: Any) -> Drawing:
    """Draw the spiking model and the rate model side by side.

    Excitatory connections end in arrows, inhibitory ones in bars, unclear ones in dots; background
    input, biases and injected currents are texts with such lines. The models are stacked if they
    are too wide for one row; a circuit that is too large for a diagram is drawn as a matrix of
    signed strengths.

    Parameters
    ----------
    bio, ann : Model
        Read: ``kind``, ``channels``, ``units``, ``connections()`` and, if they exist,
        ``constant_inputs()`` and ``sizes`` (neurons by population). A model without connections is
        drawn as a box with a text.
    """
    return draw_for_widths(lambda width: _draw_circuits(bio, ann, width), _PHONE_WIDTH)


def _draw_circuits(bio: Any, ann: Any, width: float) -> Drawing:
    circuits = (
        _make_circuit("Spiking model", bio, style.SPIKING_COLOUR, "circle", width),
        _make_circuit("Rate model", ann, style.RATE_COLOUR, "box", width),
    )
    with house_style():
        figure, panels = _make_subfigures(circuits, width)
        for panel, circuit in zip(panels, circuits, strict=True):
            title = circuit.title
            if circuit.layout:
                draw_diagram(make_canvas(panel), circuit.layout, title, circuit.colour)
            elif len(circuit.connections):
                draw_matrix(panel, circuit, circuit.connections, title, circuit.colour)
            else:
                draw_text_box(make_canvas(panel), circuit.box_text, title, circuit.colour)
    data = pd.concat(
        table.assign(model=circuit.name)
        for circuit in circuits
        for table in (circuit.connections, circuit.constant_inputs)
    )
    alt = " ".join(map(_describe_circuit, circuits))
    return Drawing(figure, alt, _write_circuit_caption(circuits), data=data)


def _make_circuit(
    name: str, model: Any, colour: str, shape: Literal["box", "circle"], width: float
) -> _Circuit:
    """Read a model; its units are also those inside it that only its connections name."""
    table, constant_inputs = connections_of(model), constant_inputs_of(model)
    units = tuple(dict.fromkeys([*table.target, *model.units]))
    if set(units) == set(model.units):
        units = tuple(model.units)
    sizes = sizes_of(model) or {}
    gates = gates_of(model)
    layout = None
    if 0 < len(table) <= MAX_CONNECTIONS and len(units) <= MAX_UNITS:
        nodes = [make_node(("channel", c), "", "box") for c in model.channels]
        nodes += [
            make_node(("unit", u), f"n = {sizes[u]}" if u in sizes else "", shape) for u in units
        ]
        gate_edges = [
            DiagramEdge(("unit", gate), ("unit", unit), GATE, _CONSTANT_SHARE, "")
            for unit, gate in gates.items()
        ]
        layout = _fit_layout(nodes, [*_list_edges(table), *gate_edges], constant_inputs, width)
    return _Circuit(
        name, kind_of(model), tuple(model.channels), units, sizes, table, constant_inputs, gates,
        colour, layout,
    )  # fmt: skip


def _fit_layout(
    nodes: list[DiagramNode], edges: list[DiagramEdge], constant_inputs: pd.DataFrame, width: float
) -> DiagramLayout | None:
    """Lay out a circuit in at most `width` inches; None if it fits in no way."""
    inputs = list(enumerate(constant_inputs.itertuples()))
    input_nodes = [
        make_text_node(("constant", str(k)), format_label(f"{row.source}\n{row.label}"))
        for k, row in inputs
    ]
    input_edges = [
        DiagramEdge(("constant", str(k)), ("unit", row.target), row.sign, _CONSTANT_SHARE, "")
        for k, row in inputs
    ]
    broken_edges = list(map(_break_label, edges))
    directions: tuple[Literal["LR", "TB"], ...] = ("LR", "TB")
    for direction in directions:
        for labelled_edges, limit in ((edges, style.FIGURE_WIDTH / 2), (broken_edges, width)):
            layout = lay_out_diagram(
                [*nodes, *input_nodes], [*labelled_edges, *input_edges], direction=direction
            )
            fits = layout.width + 2 * MARGIN <= min(limit, width)
            if fits and layout.height <= _MAX_HEIGHT:
                return layout
    return None


def _list_edges(table: pd.DataFrame) -> list[DiagramEdge]:
    # Strengths compare only within one unit of measure.
    strongest = table.groupby("strength_unit")["strength"].transform("max").replace(0, 1)
    shares = (table["strength"] / strongest).fillna(0)
    return [
        DiagramEdge((r.source_kind, r.source), ("unit", r.target), r.sign, x, format_label(r.label))
        for r, x in zip(table.itertuples(), shares, strict=True)
    ]


def _break_label(edge: DiagramEdge) -> DiagramEdge:
    """Break a label of more than two words after its first, the receptor."""
    n_breaks = 1 if edge.label.count(" ") > 1 else 0
    return replace(edge, label=edge.label.replace(" ", "\n", n_breaks))


def _make_subfigures(circuits: Sequence[_Circuit], width: float) -> tuple[Figure, list[SubFigure]]:
    """Make the figure, draw the key of signs at its foot, and return a panel for each model."""
    widths, heights = [c.width for c in circuits], [c.height for c in circuits]
    is_stacked = sum(widths) > width or width < style.FIGURE_WIDTH
    signs = {edge.sign for c in circuits if c.layout for edge in c.layout.edges}
    body = sum(heights) if is_stacked else max(heights)
    key = compute_key_height(len(signs), width)
    # Only the labels of a matrix need a solver, and its last bits vary from process to process.
    has_matrix = any(c.layout is None and len(c.connections) for c in circuits)
    solver: Literal["constrained"] | None = "constrained" if has_matrix else None
    figure = Figure((width, body + key * bool(signs)), layout=solver)
    if signs:
        top, foot = figure.subfigures(2, 1, height_ratios=(body, key), squeeze=False)[:, 0]
        draw_sign_key(make_canvas(foot), [sign for sign in SIGN_STYLES if sign in signs])
    else:
        top = figure.subfigures(1, 1, squeeze=False)[0, 0]
    grid: dict[str, Any] = {"nrows": 1, "ncols": 2, "width_ratios": widths}
    if is_stacked:
        grid = {"nrows": 2, "ncols": 1, "height_ratios": heights}
    panels = list(top.subfigures(**grid))
    for panel in panels:
        panel.patch.set_visible(False)  # its edge is at 0 or -0, depending on rounding
    return figure, panels


def _list_names(names: Sequence[str], max_names: int = 4) -> str:
    text = ", ".join(style.shorten_label(name) for name in names[:max_names])
    return text + (f" and {len(names) - max_names} more" if len(names) > max_names else "")


def _describe_circuit(circuit: _Circuit) -> str:
    """Describe a circuit, connection by connection if there are few."""
    start = f"{circuit.name}, {circuit.kind}: "
    start += f"{format_count(len(circuit.channels), 'channel')}, "
    start += format_count(len(circuit.units), "unit")
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
    constant = [
        f"{r.source} of {r.target} ({r.label})" for r in circuit.constant_inputs.itertuples()
    ]
    ending = f" Constant input: {'; '.join(constant)}." if constant else ""
    gates = [f"{gate} multiplies {unit}" for unit, gate in circuit.gates.items()]
    ending += f" Gates: {'; '.join(gates)}." if gates else ""
    return f"{start}. Connections: {'; '.join(rows)}.{ending}"


def _write_circuit_caption(circuits: Sequence[_Circuit]) -> str:
    sentences = []
    for circuit in circuits:
        sizes = circuit.sizes
        n = f"{format_count(sum(sizes.values()), 'neuron')} in " if sizes else ""
        noun = "population" if circuit.name == "Spiking model" else "unit"
        sentence = f"{circuit.name}: {n}{format_count(len(circuit.units), noun)}"
        if len(circuit.connections):
            sentence += f", {format_count(len(circuit.connections), 'connection')}"
        if n_inputs := len(circuit.constant_inputs):
            sentence += f", {format_count(n_inputs, 'constant input')}"
        sentences.append(f"{sentence}.")
    text = " ".join(sentences)
    if any(circuit.layout for circuit in circuits):
        has_gates = any(circuit.gates for circuit in circuits)
        gates = ", diamonds: one unit multiplies the activation of another" * has_gates
        text += (
            f" Arrows: excitatory, bars: inhibitory{gates}. The sign comes from the reversal "
            "potential in the spiking model, and from the weight in the rate model. Line width: "
            "strength of a connection, within each model."
        )
    if any(circuit.layout is None and len(circuit.connections) for circuit in circuits):
        text += " Matrix: colour is sign times strength, from source (row) to target (column)."
    inputs = pd.concat([circuit.constant_inputs for circuit in circuits])
    if len(inputs):
        names = join_names(list(dict.fromkeys(inputs["source"])))
        text += f" Constant input ({names}) acts at all times, without a stimulus, too."
    return f"Circuits of both models. {text}"
