"""Circuit diagrams: the right mark at the right end, nothing on top of anything else."""

from itertools import combinations
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from brian2 import nS, pA
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex
from matplotlib.patches import ArrowStyle, RegularPolygon
from matplotlib.text import Text

import bioann as ba
from bioann.reporting import style
from bioann.reporting.figures.circuit import draw_circuits
from bioann.reporting.figures.layout import DiagramEdge, lay_out_diagram, make_node

COLUMNS = [
    "source",
    "source_kind",
    "target",
    "sign",
    "strength",
    "strength_unit",
    "label",
    "mechanism",
]


def make_model(channels, units, rows, unit="nS", sizes=None):
    """Make a model from rows ``(source, target, signed strength)``; "@x" is channel x."""
    kinds = ["channel" if s[0] == "@" else "unit" for s, *_ in rows]
    labels = [
        f"{'GABA_A' if w < 0 else 'AMPA'} {abs(w):g} nS" if unit else f"{w:g}" for *_, w in rows
    ]
    filled = [
        (s.lstrip("@"), kind, t, np.sign(w), abs(w), unit, label, "")
        for (s, t, w), kind, label in zip(rows, kinds, labels, strict=True)
    ]
    table = pd.DataFrame(filled, columns=COLUMNS)
    model = SimpleNamespace(kind="network", channels=channels, units=units)
    model.connections = lambda: table
    if sizes:
        model.sizes = sizes
    return model


def decision():
    inputs = [("@left", "left", 1.1), ("@right", "right", 1.1)]
    recurrent = [("left", "left", 0.03), ("right", "right", 0.03)]
    pool = [("left", "pool", 0.06), ("right", "pool", 0.06)]
    pool += [("pool", "left", -0.1), ("pool", "right", -0.1)]
    sizes = {"left": 80, "right": 80, "pool": 40}
    bio = make_model(("left", "right"), tuple(sizes), inputs + recurrent + pool, sizes=sizes)
    mutual = [("left", "right", -0.5), ("right", "left", -0.5)]
    ann = make_model(("left", "right"), ("left", "right"), inputs + recurrent + mutual, unit="")
    return bio, ann


def inverter():
    rows = [("@input", "interneurons", 3.0), ("interneurons", "output", -1.2)]
    bio = make_model(("input",), ("interneurons", "output"), rows, sizes={"output": 100})
    return bio, make_model(("input",), ("output",), [("@input", "output", -1.0)], unit="")


def weighted_sum():
    channels = ("excitatory", "inhibitory")
    rows = [("@excitatory", "cell", 3.0), ("@inhibitory", "cell", -6.0)]
    weights = [("@excitatory", "cell", 1.0), ("@inhibitory", "cell", -0.4545)]
    return make_model(channels, ("cell",), rows), make_model(channels, ("cell",), weights, unit="")


def layered():
    hidden, out = ("h1", "h2", "h3"), ("a", "b")
    w = np.random.default_rng(1).normal(size=(5, 3)).round(2)
    rows = [(f"@{c}", h, w[i, j]) for i, c in enumerate("xy") for j, h in enumerate(hidden)]
    rows += [(h, o, w[2 + i, j]) for i, o in enumerate(out) for j, h in enumerate(hidden)]
    sparse = [r for i, r in enumerate(rows) if i % 2]
    return make_model(("x", "y"), hidden + out, sparse), make_model(
        ("x", "y"), hidden + out, rows, unit=""
    )


def fan():
    sizes = (1, -0.178, -0.107, -0.0578, -0.0354, -0.0052, 0.023, 0.049, 0.335)
    channels = tuple(f"c{k}" for k in range(len(sizes)))
    rows = [(f"@{c}", "cell", w) for c, w in zip(channels, sizes, strict=True)]
    return make_model(channels, ("cell",), rows), make_model(channels, ("cell",), rows, unit="")


CIRCUITS = {f.__name__: f for f in (decision, inverter, weighted_sum, layered, fan)}


def canvases(figure):
    """Return the axes of the spiking model and the rate model; the key of signs has its own."""
    titled = {t.get_text().split(":")[0]: ax for ax in figure.axes for t in ax.texts}
    return titled["Spiking model"], titled["Rate model"]


def marks(axes):
    artists = [*axes.patches, *axes.lines]
    return {a.get_label(): a for a in artists if "->" in str(a.get_label())}


def curve_of(connection):
    """Return points along the curve of a connection, from source to target."""
    return connection._path_original.to_polygons(closed_only=False)[0]


def boxes(axes, figure):
    renderer = FigureCanvasAgg(figure).get_renderer()
    figure.draw(renderer)
    return {t: t.get_window_extent(renderer) for t in axes.texts if t.get_text()}


def test_excitation_ends_in_an_arrow_and_inhibition_in_a_bar():
    bio, ann = map(marks, canvases(draw_circuits(*decision()).figure))
    assert {"arrow unit left -> pool", "bar unit pool -> left"} < set(bio)
    assert {"arrow unit left -> left", "arrow channel left -> left"} < set(bio)
    assert {"bar unit left -> right", "arrow unit right -> right"} < set(ann)
    assert len(bio) == 8
    assert len(ann) == 6
    arrow, bar = bio["arrow unit left -> pool"], bio["bar unit pool -> left"]
    assert to_hex(arrow.get_facecolor()) == style.EXCITATORY_COLOUR.lower()
    assert to_hex(bar.get_edgecolor()) == style.INHIBITORY_COLOUR.lower()
    assert isinstance(arrow.get_arrowstyle(), ArrowStyle.CurveFilledB)
    assert isinstance(bar.get_arrowstyle(), ArrowStyle.BracketB)


def test_a_gate_ends_in_a_diamond_and_is_in_the_words():
    gated = ba.RateNetwork(units=("gate", "out"), channels="x", W_in=[[1], [1]])
    plain = marks(canvases(draw_circuits(gated, gated).figure)[1])
    gated = ba.RateNetwork(
        units=("gate", "out"), channels="x", W_in=[[1], [1]], gates={"out": "gate"}
    )
    drawing = draw_circuits(inverter()[0], gated)
    _, ann = canvases(drawing.figure)
    (added,) = set(marks(ann)) - set(plain)
    assert added == "diamond unit gate -> out"
    end = curve_of(marks(ann)[added])[-1]
    (diamond,) = (patch for patch in ann.patches if isinstance(patch, RegularPolygon))
    np.testing.assert_allclose(diamond.xy, end, atol=1e-9)
    assert "Gates: gate multiplies out." in drawing.alt
    assert "diamonds: one unit multiplies" in drawing.caption


def test_an_unclear_sign_ends_in_a_dot():
    bio, _ = canvases(
        draw_circuits(make_model(("x",), ("u",), [("@x", "u", 0.0)]), inverter()[1]).figure
    )
    assert list(marks(bio)) == ["dot channel x -> u"]


def test_a_mark_stands_at_the_target_not_at_the_source():
    axes, _ = canvases(draw_circuits(*inverter()).figure)
    at = {t.get_text().split("\n")[0]: np.array(t.get_position()) for t in axes.texts}
    bar = curve_of(marks(axes)["bar unit interneurons -> output"])[-1]
    assert np.hypot(*(bar - at["output"])) < 0.6 < np.hypot(*(bar - at["interneurons"]))


@pytest.mark.parametrize("name", CIRCUITS)
def test_no_label_touches_another_one(name):
    figure = draw_circuits(*CIRCUITS[name]()).figure
    for axes in canvases(figure):
        box_by_text = boxes(axes, figure)
        for (a, box), (b, other) in combinations(box_by_text.items(), 2):
            assert not box.overlaps(other), (a.get_text(), b.get_text())
        for box in box_by_text.values():
            assert figure.bbox.contains(*box.min)
            assert figure.bbox.contains(*box.max)


@pytest.mark.parametrize("name", CIRCUITS)
def test_no_node_is_run_over_and_no_node_covers_a_label(name):
    figure = draw_circuits(*CIRCUITS[name]()).figure
    for axes in canvases(figure):
        nodes = [p for p in axes.patches if p.get_zorder() == 5]
        lines = marks(axes).values()
        box_by_text = boxes(axes, figure)
        for node in nodes:
            shape = node.get_path().transformed(node.get_transform())
            for line in lines:
                assert not shape.contains_points(axes.transData.transform(curve_of(line))).any()
            outside = [b for t, b in box_by_text.items() if t.get_zorder() == 4]
            assert not any(shape.intersects_bbox(b, filled=True) for b in outside)


def test_labels_side_by_side_do_not_read_as_one():
    figure = draw_circuits(*fan()).figure
    axes = canvases(figure)[1]
    label_boxes = [box for text, box in boxes(axes, figure).items() if text.get_zorder() == 4]
    assert len(label_boxes) == 9
    letter = 0.05 * figure.dpi
    for box, other in combinations(label_boxes, 2):
        level = box.y0 < other.y1 and other.y0 < box.y1
        assert not level or max(box.x0 - other.x1, other.x0 - box.x1) > letter


def test_every_connection_shows_its_label():
    axes, other = canvases(draw_circuits(*decision()).figure)
    texts = [t.get_text() for t in axes.texts]
    assert texts.count("AMPA\n0.03 nS") == 2
    assert sum("GABA" in t for t in texts) == 2
    assert [t.get_text() for t in other.texts].count("\N{MINUS SIGN}0.5") == 2
    assert "pool\nn = 40" in texts


def lay_out_units(*connections):
    """Lay out units from pairs of names such as "ab", from a to b."""
    nodes = [make_node(("unit", name), "", "circle") for name in sorted({*"".join(connections)})]
    edges = [DiagramEdge(("unit", a), ("unit", b), 1, 1.0, "0.5") for a, b in connections]
    return lay_out_diagram(nodes, edges)


def test_reciprocal_connections_keep_apart():
    there, back = (e.points[len(e.points) // 2] for e in lay_out_units("ab", "ba").edges)
    assert np.hypot(*(there - back)) > 0.1


def test_a_layout_is_the_same_every_time():
    first, second = (lay_out_units("ab", "bc", "ca", "cb", "aa") for _ in range(2))
    assert first.nodes == second.nodes
    for edge, other in zip(first.edges, second.edges, strict=True):
        np.testing.assert_array_equal(edge.points, other.points)


def test_activity_flows_from_left_to_right():
    x = {node.text: node.x for node in lay_out_units("ab", "bc", "cb", "cc").nodes}
    assert x["a"] < x["b"] < x["c"]


def test_a_line_is_wider_where_the_connection_is_stronger():
    axes, _ = canvases(draw_circuits(*weighted_sum()).figure)
    width = {label: line.get_linewidth() for label, line in marks(axes).items()}
    assert width["bar channel inhibitory -> cell"] > width["arrow channel excitatory -> cell"]


def mesh_of(drawing):
    """Find the coloured squares of the matrix."""
    titled = (ax for ax in drawing.figure.axes if ax.get_ylabel() == "source")
    return next(iter(next(titled).collections))


def test_many_connections_become_a_signed_matrix():
    units = tuple(f"u{i}" for i in range(6))
    w = np.random.default_rng(0).normal(size=(6, 6))
    rows = [(s, t, w[i, j]) for i, s in enumerate(units) for j, t in enumerate(units)]
    drawing = draw_circuits(make_model((), units, rows, unit=""), inverter()[1])
    image = mesh_of(drawing)
    np.testing.assert_allclose(image.get_array().reshape(w.shape), w)
    assert image.norm.vmin == -image.norm.vmax == -np.abs(w).max()
    assert "matrix" in drawing.alt
    assert "Matrix" in drawing.caption


def test_what_is_not_connected_is_blank_in_the_matrix():
    units = tuple(f"u{i}" for i in range(12))
    rows = [("u0", "u3", 2.0), ("u0", "u3", -0.5)]
    drawing = draw_circuits(make_model((), units, rows), inverter()[1])
    array = mesh_of(drawing).get_array().ravel()
    assert array[3] == 1.5
    assert array.mask.sum() == 11


def test_a_half_that_lists_no_connections_is_a_box():
    bare = SimpleNamespace(kind="function", channels=("x",), units=("u",))
    drawing = draw_circuits(bare, make_model(("x",), ("u",), []))
    texts = [t.get_text() for t in drawing.figure.findobj(Text)]
    assert sum("connections not listed" in t for t in texts) == 2
    assert drawing.alt.count("not listed") == 2


def test_names_that_look_like_math_or_do_not_fit_are_drawn():
    name = "contrast_of_the_left_grating_in_the_surround"
    rows = [(f"@{name}", "$x$", 1.0), ("$x$", "$x$", -1.0)]
    figure = draw_circuits(make_model((name,), ("$x$",), rows), inverter()[1]).figure
    figure.draw(FigureCanvasAgg(figure).get_renderer())
    assert any("…" in t.get_text() for t in figure.findobj(Text))


def test_alt_and_caption_carry_the_connections_and_the_sizes():
    drawing = draw_circuits(*decision())
    assert "pool to left inhibitory (GABA_A 0.1 nS)" in drawing.alt
    assert "200 neurons in 3 populations, 8 connections" in drawing.caption


@pytest.mark.parametrize("hidden", [3, 30], ids=["diagram", "matrix"])
def test_a_layered_network_shows_its_hidden_units(hidden):
    rng = np.random.default_rng(0)
    layered = ba.LayeredNetwork(
        (
            ba.layers.Dense(rng.normal(size=(hidden, 2)), np.zeros(hidden), "relu"),
            ba.layers.Dense(rng.normal(size=(1, hidden)), np.zeros(1)),
        ),
        channels=("p", "q"),
        outputs=("out",),
    )
    drawing = draw_circuits(layered, layered.to_rate_network())
    sentence = f"Rate model: {hidden + 1} units, {3 * hidden} connections."
    assert sentence in drawing.caption
    assert sentence.replace("Rate", "Spiking").replace("units", "populations") in drawing.caption


def spiking_with_constant_inputs():
    return ba.SpikingNetwork(
        populations=(
            ba.Population("a", 5, "glutamate", background=3 * nS),
            ba.Population("b", 5, "GABA"),
        ),
        afferents=(ba.Afferent("in", "a", 1 * nS),),
        projections=(ba.Projection("a", "b", 1 * nS),),
        injections=(ba.Injection("b", current=-40 * pA, conductance=2 * nS),),
    )


def test_input_that_does_not_depend_on_the_stimulus_is_drawn_with_its_sign():
    ann = ba.RateNetwork(("a", "b"), channels=("in",), W_in=[[1.0], [0.0]], bias=[0.5, 0.0])
    drawing = draw_circuits(spiking_with_constant_inputs(), ann)
    for figure in (drawing.figure, drawing.narrow()):
        spiking, rate = canvases(figure)
        texts = {text.get_text() for text in (*spiking.texts, *rate.texts)}
        assert {"background\nAMPA 3 nS", "conductance\nGABA_A 2 nS", "bias\n+0.5"} <= texts
        assert any(text.startswith("current") and "40 pA" in text for text in texts)
        ends = {label for label in (*marks(spiking), *marks(rate)) if "constant" in label}
        assert {label.split()[0] + label[-1] for label in ends} == {"arrowa", "barb"}
    assert "Constant input: background of a (AMPA 3 nS); current of b" in drawing.alt
    assert "background, current, conductance and bias) acts at all times" in drawing.caption
    assert set(drawing.data.source_kind) == {"channel", "unit", "constant"}


def test_a_layered_network_lists_the_biases_of_its_units():
    dense = ba.layers.Dense(np.eye(2), np.array([0.0, -1.5]))
    network = ba.LayeredNetwork((dense,), channels=("p", "q"), outputs=("x", "y"))
    (bias,) = network.constant_inputs().itertuples()
    assert (bias.source, bias.target, bias.sign, bias.strength) == ("bias", "y", -1, 1.5)
