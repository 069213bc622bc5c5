"""Pages of the PDF are full: text flows around figures, and tables go on across pages."""

import io
from dataclasses import replace

import numpy as np
import pytest
from matplotlib.figure import Figure as Drawing
from matplotlib.image import imread

from bioann.reporting.document import Figure, Paragraph, Section, Table
from bioann.reporting.pdf import typeset_document
from bioann.reporting.sections import make_document
from bioann.reporting.svg import to_svg

#: Page and margins of the template in mm.
PAGE, TOP, BOTTOM = 297, 22, 24


def measure_feet(document):
    """Return the empty share at the foot of the text area of every page, and check it is upright.

    The footer stands below the text area.
    """
    feet = []
    for page in typeset_document(document, "png", pixels_per_inch=25):
        pixels = imread(io.BytesIO(page))[..., :3].min(axis=2)
        height, width = pixels.shape
        assert height > width, "a page on its side"
        area = pixels[round(height * TOP / PAGE) : round(height * (1 - BOTTOM / PAGE))]
        inked = np.flatnonzero((area < 0.8).any(axis=1))
        feet.append(1 - (inked[-1] + 1) / len(area) if inked.size else 1.0)
    return feet


@pytest.mark.slow
def test_the_report_of_a_run_has_no_half_empty_page(tiny_comparison):
    feet = measure_feet(make_document(tiny_comparison))
    assert len(feet) > 2
    assert max(feet[:-1]) <= 0.25, np.round(feet, 2)


def draw_box(key, height):
    figure = Drawing(figsize=(7, height))
    figure.subplots().plot([0, 1])
    return Figure(to_svg(figure, key), "alt", f"caption of {key}")


@pytest.mark.slow
@pytest.mark.parametrize(("heights", "n_rows"), [((3.5, 2.0), 3), ((6.0, 3.0), 12)])
def test_tall_figures_and_tables_of_any_length_leave_no_gap(make, heights, n_rows):
    row = ("a sentence that takes two or three lines of a narrow column " * 2, "0.5", "text")
    sections = tuple(
        Section(
            f"Section {k}",
            (
                Paragraph("A sentence. " * 10),
                *(draw_box(f"s{k}-{i}", height) for i, height in enumerate(heights)),
                Table(f"table {k}", ("name", "value", "note"), (row,) * n_rows),
            ),
        )
        for k in range(5)
    )
    # As in a report, a table ends the document, and fills the pages of the last figures.
    provenance = Table("provenance", ("item", "value"), (("version", "1.0"),) * 20)
    sections += (Section("Provenance", (provenance,)),)
    document = replace(make("short"), sections=sections, key_figure=draw_box("key", 3.0))
    feet = measure_feet(document)
    assert max(feet[:-1]) <= 0.25, np.round(feet, 2)


def test_a_table_wider_than_the_page_wraps_on_an_upright_page(make):
    columns = tuple(f"a long name of column {k}" for k in range(14))
    wide = Table("wide", columns, (tuple(f"value {k}" for k in range(14)),) * 5)
    document = replace(make("short"), sections=(Section("s", (wide,)),))
    assert measure_feet(document)
