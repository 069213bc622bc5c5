"""The look: colours that everybody can tell apart, settings that stay inside."""

import io
from itertools import combinations

import matplotlib
import numpy as np
import pytest
from matplotlib.colors import to_rgb

from bioann.base.text import format_count
from bioann.reporting import style

COLOURS = (
    style.SPIKING_COLOUR,
    style.RATE_COLOUR,
    style.EXCITATORY_COLOUR,
    style.INHIBITORY_COLOUR,
)
# Machado, Oliveira & Fernandes 2009, severity 1, on linear RGB.
VISION = {
    "usual": np.eye(3),
    "protan": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deutan": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritan": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}
XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])


def linear(colour):
    c = np.array(to_rgb(colour))
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)


def lab(rgb):
    x = XYZ @ np.clip(rgb, 0, 1) / (0.9505, 1, 1.089)
    f = np.where(x > 0.008856, np.cbrt(x), 7.787 * x + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("vision", VISION)
def test_colours_stay_apart_for_every_kind_of_colour_vision(vision):
    lab_colours = [lab(np.array(VISION[vision]) @ linear(c)) for c in COLOURS]
    # 15 is several times what the eye can just tell apart (about 2.3).
    assert min(np.linalg.norm(a - b) for a, b in combinations(lab_colours, 2)) > 15


@pytest.mark.parametrize("colour", [*COLOURS, style.UNCLEAR_COLOUR, style.INK])
def test_colours_can_carry_text_on_white(colour):
    assert 1.05 / (XYZ[1] @ linear(colour) + 0.05) >= 4.5  # WCAG 2, level AA


def test_the_look_stays_inside_and_ignores_the_users_own():
    with matplotlib.rc_context({"font.size": 30, "axes.grid": True}):
        figure, axes = style.make_subplots()
        assert matplotlib.rcParams["font.size"] == 30
    assert axes.xaxis.label.get_fontsize() == style.FONT_SIZE
    assert not axes.xaxis.get_gridlines()[0].get_visible()
    assert figure.get_size_inches()[0] == style.FIGURE_WIDTH


def test_the_same_drawing_gives_the_same_bytes():
    def draw():
        figure, axes = style.make_subplots(1, 2, sharey=True)
        axes[0].plot([0, 1], [1, 3])
        axes[1].set_xlabel("time [s]")
        out = io.StringIO()
        with style.house_style(), matplotlib.rc_context({"svg.hashsalt": "x"}):
            figure.savefig(out, format="svg", metadata={"Date": None})
        return out.getvalue()

    assert draw() == draw()


def test_names_are_drawn_as_they_are():
    assert style.format_label("-0.5 a-1 $x$") == "\N{MINUS SIGN}0.5 a-1 \\$x\\$"
    assert style.shorten_label("population_number_12", 12) == "popula…er_12"
    assert len(style.shorten_label("x" * 40, 13)) == 13
    assert format_count(1, "trial") == "1 trial"


def test_titles_of_conditions_leave_out_coordinates_that_they_do_not_have():
    assert style.format_condition_title("level=nan, delay=50, x=0.123456", 2.0) == (
        "delay=50\nx=0.123"
    )
