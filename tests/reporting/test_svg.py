"""Inline drawings: same bytes, own ids, nothing outside."""

import re

import numpy as np
import pytest
from matplotlib.figure import Figure

from bioann.base.errors import DescriptionError
from bioann.reporting.svg import equation_svg, to_svg


def test_coordinates_have_three_decimals():
    figure = Figure()
    panel = figure.subplots()
    panel.plot(np.linspace(0, 1, 50) ** 0.5)
    svg = to_svg(figure, "line")
    assert re.search(r"L \d+\.\d{3} ", svg)
    assert not re.search(r"[ML] \d\d+\.\d{4}", svg)


def test_same_figure_same_bytes(draw):
    assert draw("a") == draw("a")


def test_a_figure_drawn_twice_gives_the_same_bytes():
    figure = Figure()
    figure.subplots().scatter([1, 2], [3, 4])
    assert to_svg(figure, "a") == to_svg(figure, "a")


def test_every_id_has_the_key_and_every_reference_its_target(draw):
    svg = draw("scatter")
    ids = re.findall(r'\bid="([^"]*)"', svg)
    references = re.findall(r'href="#([^"]*)"', svg) + re.findall(r"url\(#([^)]*)\)", svg)
    assert len(ids) > 20
    assert len(ids) == len(set(ids))
    assert all(name.startswith("scatter-") for name in ids)
    assert references
    assert set(references) <= set(ids)


def test_two_figures_share_no_id(draw):
    first, second = (set(re.findall(r'\bid="([^"]*)"', draw(key))) for key in ("a", "b"))
    assert not first & second


def test_one_element_that_asks_for_nothing_and_styles_nothing_else(draw):
    svg = draw("a")
    assert svg.startswith("<svg")
    assert svg.endswith("</svg>")
    assert not re.search(r"<\?xml|<!DOCTYPE|<metadata|<style|<text", svg)
    assert not re.search(r'href="(?!#|data:)', svg)
    # What matplotlib says in a rule for every element stays with this drawing.
    assert re.match(r'<svg style="[^"]*stroke-linejoin: ?round', svg)


@pytest.mark.parametrize("key", ["", "1a", 'a"', "a b", "é"])
def test_key_must_be_part_of_an_id(key):
    with pytest.raises(DescriptionError, match="to_svg key"):
        to_svg(Figure(), key)


def test_equation_takes_the_colour_of_the_text_and_has_no_ids():
    svg = equation_svg('(dif V)/(dif t) = sqrt(g_"th")')
    assert "currentColor" in svg
    assert not re.search(r"#000|\bid=|href=|<use|<symbol", svg)
    assert svg.count("<path") >= 10  # every glyph is written out, the bars as well
    assert svg.count("<svg") == 1


def test_equation_is_cut_to_its_ink():
    width, height = (
        float(size) for size in re.findall(r"(?:width|height):([\d.]+)em", equation_svg("x"))
    )
    assert 0.3 < width < 0.8
    assert 0.3 < height < 0.6  # an x has no more than that


def test_inline_equations_share_one_height_and_so_one_baseline():
    heights = {
        re.search(r"height:([\d.]+)em", equation_svg(math, inline=True))[1]
        for math in ("x", "V", 'V_"th"', "bold(W)")
    }
    assert heights == {"1.15"}


def test_equation_keeps_colours_it_was_given():
    assert "#ff0000" in equation_svg("text(fill: #rgb(255, 0, 0), x)")


def test_wrong_equation_names_itself_and_says_why():
    with pytest.raises(DescriptionError, match=r"Equation 'foo x'.*unknown variable: foo"):
        equation_svg("foo x")
