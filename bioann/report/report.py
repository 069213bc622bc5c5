"""Write a comparison to files: HTML, PDF, JSON, netCDF, by the ending of each path."""

from __future__ import annotations

from bioann.comparison import Comparison
from bioann.report.html import render_html
from bioann.report.pdf import render_pdf
from bioann.report.sections import make_document


def html_text(comparison: Comparison) -> str:
    """Render the report as one self-contained HTML page."""
    return render_html(make_document(comparison))


def pdf_bytes(comparison: Comparison) -> bytes:
    """Render the report as PDF."""
    return render_pdf(make_document(comparison))
