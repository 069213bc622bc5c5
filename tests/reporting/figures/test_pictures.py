"""The figures of every pair that ships can be read on a phone, on a screen and in print."""

import matplotlib.pyplot as plt
import pytest
from matplotlib.figure import Figure

import bioann as ba
from bioann.pair_files.find import list_pairs
from bioann.reporting import style
from bioann.reporting.figures import panels
from bioann.reporting.figures.agreement import draw_agreement
from bioann.reporting.figures.circuit import draw_circuits
from bioann.reporting.figures.named_figures import name_pair_figures
from bioann.reporting.figures.responses import draw_responses
from bioann.reporting.figures.stimulus import draw_stimulus
from bioann.reporting.figures.tuning import draw_tuning
from tests.reporting.figures.laws import (
    SHOWN_WIDTHS,
    choose_figure,
    find_broken_laws,
    make_up_run,
)

#: Pairs whose pictures are drawn in every test run.
QUICK = ("inverter",)
DRAWERS = {
    "tuning": draw_tuning,
    "responses": draw_responses,
    "agreement": draw_agreement,
    "stimulus": lambda comparison: draw_stimulus(comparison.responses),
    "circuits": lambda comparison: draw_circuits(comparison.pair.bio, comparison.pair.ann),
}


@pytest.mark.parametrize(
    "name",
    [pytest.param(n, marks=() if n in QUICK else pytest.mark.slow) for n in list_pairs()],
)
def test_pictures_of_a_pair_keep_the_laws_at_every_width(name, monkeypatch):
    monkeypatch.setattr(panels, "quote_scores", lambda *_: "")  # nothing was scored
    comparison = make_up_run(ba.load(name))
    broken = []
    for title, draw in (DRAWERS | name_pair_figures(comparison.pair)).items():
        with style.house_style():
            drawing = draw(comparison)
        shares = {}  # the smallest share of its size at which a figure is shown
        for medium in SHOWN_WIDTHS:
            figure, share = choose_figure(drawing, medium)
            is_narrow = figure is not drawing.figure
            shares[is_narrow] = min((share, medium, figure), shares.get(is_narrow, (2.0,)))
        for share, medium, figure in shares.values():
            broken += [f"{title}, {medium}: {law}" for law in find_broken_laws(figure, share)]
    assert not broken, "\n".join(["", *broken])


def plot_badly():
    """Draw a figure that breaks each law once."""
    figure = Figure((3, 2))
    panel = figure.add_axes((0.2, 0.2, 0.7, 0.7))
    panel.plot([0, 1], [0, 1], label="a line")
    panel.set(xlabel="time [s]", ylabel="rate")
    panel.legend(loc="upper right")
    panel.text(0.5, 0.2, "one")
    panel.text(0.5, 0.2, "two", fontsize=4)
    panel.text(1.2, 0.5, "outside of the canvas")
    return figure


def test_the_laws_tell_bad_figures():
    laws = "\n".join(find_broken_laws(plot_badly()))
    for words in (
        "small: 'two'",
        "leaves the canvas: 'outside of the canvas'",
        "overlap: 'one' and 'two'",
        "legend over data",
        "no unit: 'rate'",
    ):
        assert words in laws


def test_a_figure_for_a_page_would_be_too_small_for_a_phone(make_comparison):
    figure = draw_tuning(make_comparison()).figure
    share = SHOWN_WIDTHS["phone"] / (96 * figure.get_figwidth())
    assert any(law.startswith("small") for law in find_broken_laws(figure, share))
    assert not plt.get_fignums()
