"""The figure and the slider of the parameter that a pair varies."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from bioann.base.printable import clean_text
from bioann.reporting.document import Block
from bioann.reporting.figure_blocks import to_figure_block
from bioann.reporting.figures.parameter_curves import ParameterCurves, arrange_parameter_curves
from bioann.reporting.figures.parameter_grid import draw_parameter_grid
from bioann.reporting.slider import MAX_BYTES, Slider, read_slider_script
from bioann.reporting.style import RATE_COLOUR, SPIKING_COLOUR


def make_parameter_blocks(comparison: Any) -> tuple[Block, ...]:
    """Build the figure of the varied parameter, and its slider.

    Parameters
    ----------
    comparison : Comparison
        Read: ``run`` and ``responses``.

    Returns
    -------
    tuple of Block
        Empty if the run has varied no parameter; without a slider if its numbers would be too
        large for a page.
    """
    curves = arrange_parameter_curves(comparison)
    if curves is None:
        return ()
    figure = to_figure_block(draw_parameter_grid(curves), "parameter_grid")
    data = encode_curves(curves)
    if len(data.encode()) + len(read_slider_script().encode()) > MAX_BYTES:
        return (figure,)
    distances = np.abs(np.array(curves.values) - curves.own_value)
    start = int(np.argmin(distances))
    return figure, Slider(clean_text(curves.label), curves.value_texts, start, data)


def encode_curves(curves: ParameterCurves) -> str:
    """Return the numbers of the curves as JSON for the script of the page.

    Parameters
    ----------
    curves : ParameterCurves
        The responses at each value of the parameter.

    Returns
    -------
    str
        ASCII: ``values``, ``x``, ``xLabel``, ``curves``, ``panels`` (title, limits, ``bio`` and
        ``ann`` by point, curve and level; null where no condition is), ``colours`` of both models.
    """
    panels = [
        {
            "title": clean_text(match),
            "limits": _round_nested(curves.limits[row]),
            "bio": _round_nested(curves.bio[:, row]),
            "ann": _round_nested(curves.ann[:, row]),
        }
        for row, match in enumerate(curves.matches)
    ]
    document = {
        "values": curves.value_texts,
        "x": _round_nested(curves.x),
        "xLabel": clean_text(curves.x_label),
        "curves": [clean_text(label) for label in curves.curves],
        "panels": panels,
        "colours": {"bio": SPIKING_COLOUR, "ann": RATE_COLOUR},
    }
    return json.dumps(document, separators=(",", ":"))


def _round_nested(values: np.ndarray) -> Any:
    """Return an array as nested lists with four significant digits; None for NaN."""
    if values.ndim:
        return [_round_nested(row) for row in values]
    return float(f"{values:.4g}") if np.isfinite(values) else None
