"""Laws of a readable figure, measured on the drawing, and a made-up run of any pair to draw."""

import warnings
from itertools import combinations
from types import SimpleNamespace

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.text import Text

from bioann.model import sizes_of
from bioann.reporting import style

#: Smallest letters on a screen, in CSS pixels of 1/96 inch.
MIN_PIXELS = 8.0
#: Widths in pixels that a page has for a figure: a phone of 390, a screen, an A4 page.
SHOWN_WIDTHS = {"phone": 334, "screen": 800, "print": 642}


def choose_figure(drawing, medium):
    """Return the figure that a medium shows, and by how much it is enlarged, at most 1."""
    figure = drawing.narrow() if medium == "phone" and drawing.narrow else drawing.figure
    return figure, min(1.0, SHOWN_WIDTHS[medium] / (96 * figure.get_figwidth()))


def draw_texts(figure):
    """Draw a figure; return the texts that are really drawn, each with its box in pixels."""
    texts, draw = [], Text.draw

    def note(text, renderer, *args, **kwargs):
        if text.get_visible() and text.get_text().strip():
            texts.append((text, text.get_window_extent(renderer)))
        return draw(text, renderer, *args, **kwargs)

    Text.draw = note
    try:
        with style.house_style(), warnings.catch_warnings():
            warnings.simplefilter("error", UserWarning)  # of a layout that does not fit
            figure.draw(FigureCanvasAgg(figure).get_renderer())
    finally:
        Text.draw = draw
    return texts


def find_broken_laws(figure, shrunk=1.0):
    """List what makes a figure hard to read; `shrunk` is the share of its size that is shown."""
    texts = draw_texts(figure)
    broken = []
    for text, box in texts:
        if text.get_fontsize() * 96 / 72 * shrunk < MIN_PIXELS:
            broken.append(f"small: {text.get_text()!r}")
        if not all(figure.bbox.padded(1).contains(*corner) for corner in (box.min, box.max)):
            broken.append(f"leaves the canvas: {text.get_text()!r}")
    # Slanted labels run beside one another; their upright boxes say nothing about that.
    upright = [(text, box) for text, box in texts if text.get_rotation() % 90 == 0]
    for (a, box), (b, other) in combinations(upright, 2):
        # Line spacing makes neighbouring boxes touch by a pixel where no ink does.
        if box.padded(-1.5).overlaps(other.padded(-1.5)):
            broken.append(f"overlap: {a.get_text()!r} and {b.get_text()!r}")
    return broken + list(_find_legends_over_data(figure)) + list(_find_axes_without_unit(figure))


def _find_legends_over_data(figure):
    renderer = figure.canvas.get_renderer()
    legends = [*figure.legends, *filter(None, (panel.get_legend() for panel in figure.axes))]
    boxes = [legend.get_window_extent(renderer) for legend in legends]
    for panel in figure.axes:
        points = [trace_line(line) for line in panel.lines]
        for collection in panel.collections:
            if isinstance(collection, PathCollection):
                points.append(panel.transData.transform(collection.get_offsets()))
            elif isinstance(collection, LineCollection):
                points += [panel.transData.transform(s) for s in collection.get_segments()]
        inside = panel.get_window_extent(renderer).padded(2)
        for x, y in (point for group in points for point in group if np.isfinite(point).all()):
            if inside.contains(x, y) and any(box.contains(x, y) for box in boxes):
                yield f"legend over data in {panel.get_title(loc='left')!r}"
                break


def trace_line(line):
    """Return points along a line in pixels, its marks and ten more on the way to the next."""
    marks = line.get_transform().transform(line.get_xydata())
    if line.get_linestyle() in ("None", "none", "") or len(marks) < 2:
        return marks
    share = np.linspace(0, 1, 11)[:, None, None]
    return (marks[:-1] * (1 - share) + marks[1:] * share).reshape(-1, 2)


def _find_axes_without_unit(figure):
    shared = [t for t in (figure.get_supxlabel(), figure.get_supylabel()) if t]
    panels = [ax for ax in figure.axes if ax.axison and ax.has_data()]
    labels = [t for ax in panels for t in (ax.get_xlabel(), ax.get_ylabel()) if t]
    allowed = ("condition", "(number)", "source", "target")
    for label in shared + labels:
        if "[" not in label and not any(word in label for word in allowed):
            yield f"no unit: {label!r}"
    ticks = [t.get_text() for ax in panels for t in (*ax.get_xticklabels(), *ax.get_yticklabels())]
    if panels and not labels and not shared and not any(text.isidentifier() for text in ticks):
        yield "no axis has a label, and none has names at its ticks"


def make_up_run(pair, *, trials=3, seed=0):
    """Make up the responses of both models of a pair, and its controls, to its own stimulus."""
    rng = np.random.default_rng(seed)
    stimulus = pair.stimulus.transpose("condition", "time", "channel").rename(time="stimulus_time")
    matches = [m.name for m in pair.correspondence.matches]
    duration = float(stimulus.stimulus_time[-1]) + float(pair.stimulus.attrs["dt"]) / 2
    settle = float(pair.settle) if pair.settle else duration / 3
    time = np.arange(0.005, duration, max(0.01, duration / 80))
    time[-1] = max(time[-1], (settle + duration) / 2)  # also if the window is the last step
    levels = rng.uniform(-0.1, 1.3, (stimulus.sizes["condition"], 1, len(matches)))
    ann = levels * (1 - np.exp(-time / 0.05))[:, None]
    four, three = ("condition", "trial", "time", "match"), ("condition", "time", "match")

    def make_noisy():
        shape = (ann.shape[0], trials, *ann.shape[1:])
        return four, np.maximum(ann[:, None] + 0.1 * rng.normal(size=shape), 0)

    data = {"bio": make_noisy(), "ceiling": make_noisy(), "ann": (three, ann)}
    data |= {name: make_noisy() for name in pair.controls}
    data["chance"] = (("shuffle", *three), np.stack([ann[::-1], -ann]))
    data["scale_hz"] = ("match", list(pair.correspondence.scales_in_hertz().values()))
    responses = xr.Dataset(data, coords={"time": time, "match": matches})
    responses = responses.assign(stimulus=stimulus).assign_coords(
        {n: c for n, c in stimulus.coords.items() if c.dims == ("condition",)}
    )
    return SimpleNamespace(
        pair=pair,
        window=(settle, duration),
        responses=responses,
        run=xr.DataTree.from_dict({"/bio": _make_up_spikes(pair, responses, duration, rng)}),
        scores=pd.DataFrame(),
        interval_name="95 % CI",
        effective_weights=None,
    )


def _make_up_spikes(pair, responses, duration, rng):
    sizes = sizes_of(pair.bio) or dict.fromkeys(pair.bio.units, 10)
    conditions, n = responses.sizes["condition"], 40 * responses.sizes["condition"]
    fields = {
        "spike_condition": rng.integers(conditions, size=n),
        "spike_trial": np.zeros(n, int),
        "spike_time": rng.uniform(0, duration, n),
        "spike_unit": rng.integers(len(sizes), size=n),
    }
    numbers = np.array(list(sizes.values()))
    fields["spike_neuron"] = rng.integers(numbers[fields["spike_unit"]])
    data = {name: ("spike", values) for name, values in fields.items()}
    data["n_neurons"] = ("unit", numbers)
    return xr.Dataset(data, coords={"unit": list(sizes)})
