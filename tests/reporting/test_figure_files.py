"""Figures by name, as files with their data, and a user's own in the report."""

import io
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

import bioann as ba
from bioann.reporting.figure_data import extract_figure_data
from bioann.reporting.figure_files import render_figure
from bioann.reporting.figures.named_figures import (
    REPORT_FIGURES,
    list_figures,
    name_pair_figures,
)
from bioann.reporting.report import report

NAMES = ("tuning", "responses", "agreement", "circuits", "stimulus")
KINDS = ("svg", "pdf", "png")


def fail(comparison):
    raise RuntimeError("no data")


def plot_line():
    figure = Figure()
    panel = figure.subplots()
    panel.plot([0, 1, 2], [3, 4, 5], label="mine")
    panel.set(xlabel="time [s]", ylabel="rate [Hz]", title="My figure")
    return figure


@pytest.fixture(scope="module")
def folder(tiny_comparison, tmp_path_factory):
    """Write a report with figures and additions."""
    folder = tmp_path_factory.mktemp("report")
    own = ba.figures.Drawing(plot_line(), "Three points.", "A line by hand.")
    extra = ["## Why\n\nIt is **important** <script>.", own, ba.figures.ResponseCurves("in")]
    options = {"figures": KINDS, "extra": extra, "effective_weights": False}
    report(tiny_comparison, folder / "x.html", folder / "x.pdf", **options)
    return folder


def test_a_comparison_draws_its_figures_by_name(tiny_comparison):
    assert set(NAMES) <= set(list_figures(tiny_comparison)) <= REPORT_FIGURES
    figure = tiny_comparison.figure("tuning")
    assert isinstance(figure, Figure)
    assert any("response" in panel.get_ylabel() for panel in figure.axes)
    with pytest.raises(ba.BioannError, match="Did you mean 'responses'"):
        tiny_comparison.figure("respones")


def test_the_figures_of_a_pair_have_names_of_their_own():
    curves = ba.figures.ResponseCurves("in")

    def tuning(comparison):
        return comparison

    other, first = ba.figures.ResponseCurves("out"), ba.figures.TimeCourses()
    pair = SimpleNamespace(figures=(first, curves, other, tuning, lambda c: c))
    assert list(name_pair_figures(pair)) == [
        *("time_courses", "response_curves", "response_curves_2", "own_tuning", "lambda")
    ]


def test_each_figure_is_written_with_its_data(folder):
    files = {path.name for path in (folder / "x_figures").iterdir()}
    assert files == {f"{name}.{kind}" for name in NAMES for kind in (*KINDS, "csv")}
    for name in NAMES:
        table = pd.read_csv(folder / "x_figures" / f"{name}.csv")
        assert len(table)
        if name != "circuits":
            assert any("[" in column for column in table.columns)


@pytest.mark.parametrize("kind", KINDS)
def test_files_are_the_same_every_time(kind, folder, tiny_comparison):
    figure = tiny_comparison.figure("tuning")
    data = (folder / "x_figures" / f"tuning.{kind}").read_bytes()
    assert render_figure(figure, "tuning", kind) == data
    assert render_figure(figure, "tuning", kind) == data


def test_the_page_links_to_the_files_and_holds_the_additions(folder, read):
    page = read((folder / "x.html").read_text(encoding="utf-8"))
    links = [href for href in page.values("href") if "_figures/" in href]
    assert "x_figures/responses.csv" in links
    assert all((folder / href).is_file() for href in links)
    assert "A line by hand." in page.text
    assert "<script>" in page.text
    assert not page.named("script")
    assert page.named("strong")


def test_the_data_of_a_figure_are_what_was_drawn(tiny_comparison):
    data = extract_figure_data(tiny_comparison.figure("tuning"))
    rows = data[(data.series == "rate model") & (data.title == "out")]
    ann = tiny_comparison.responses["ann"].sel(time=slice(*tiny_comparison.window)).mean("time")
    np.testing.assert_allclose(rows["response [activation]"], ann.sel(match="out"))
    np.testing.assert_allclose(rows["in [activation]"], [0.0, 0.5])


def test_bands_bars_and_maps_are_read():
    figure = Figure()
    panel, other = figure.subplots(1, 2)
    panel.fill_between([0, 1, 2], [0, 1, 2], [3, 4, 5], label="band")
    panel.axhline(7)
    other.bar([1, 2], [3, 4], label="bars")
    other.pcolormesh([[1.0, 2.0], [3.0, np.nan]])
    other.set_xticks([1, 2], ["p", "q"])
    data = extract_figure_data(figure)
    band = data[data.series == "band"]
    assert band[band.mark == "low"].y.tolist() == [0, 1, 2]
    assert band[band.mark == "high"].y.tolist() == [3, 4, 5]
    assert data[data.mark == "bar"]["x (label)"].tolist() == ["p", "q"]
    assert data[data.mark == "cell"].value.tolist()[:3] == [1, 2, 3]
    assert 7 not in data.y.values


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"figures": ("svg", "gif")}, "wanted the name of a figure format, got 'gif'"),
        ({"extra": "text"}, "report, extra: wanted a sequence, got 'text'"),
        ({"extra": [3]}, r"extra\[0\]: wanted a Matplotlib figure.* got int 3"),
        ({"extra": ["ok", " "]}, r"extra\[1\]: .*Markdown with words in it, got str ' '"),
        ({"extra": [fail]}, r"extra\[0\]: .*RuntimeError: no data \(in test_figure_files.py"),
        ({"extra": [lambda c: 3]}, "functions that return a drawing, got int"),
    ],
)
def test_what_cannot_be_drawn_is_an_error_and_leaves_nothing(
    options, text, tiny_comparison, tmp_path
):
    with pytest.raises(ba.BioannError, match=text):
        report(tiny_comparison, tmp_path / "x.html", effective_weights=False, **options)
    assert not list(tmp_path.iterdir())


def test_a_figure_without_a_caption_is_described_by_its_titles(tiny_comparison, tmp_path, read):
    report(tiny_comparison, tmp_path / "x.html", effective_weights=False, extra=[plot_line()])
    page = read((tmp_path / "x.html").read_text(encoding="utf-8"))
    assert "My figure. Axes: rate [Hz] against time [s]." in page.values("aria-label")


def test_a_png_has_no_date(folder):
    data = (folder / "x_figures" / "tuning.png").read_bytes()
    assert io.BytesIO(data).read(8) == b"\x89PNG\r\n\x1a\n"
    assert b"Software" not in data
    assert b"CreationDate" not in (folder / "x_figures" / "tuning.pdf").read_bytes()
