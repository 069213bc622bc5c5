"""What a report says when a part of the run is not there."""

import dataclasses

from bioann.reporting.document import Figure, Notice
from bioann.reporting.figures.agreement import draw_agreement
from bioann.reporting.sections import draw_pair_figures


def without(comparison, *parts):
    return dataclasses.replace(
        comparison,
        run=comparison.run.drop_nodes([p for p in parts if p in comparison.run.children]),
        responses=comparison.responses.drop_vars(parts, errors="ignore"),
    )


def test_a_pair_draws_its_own_figures_only_with_its_controls(tiny_comparison):
    pair = dataclasses.replace(
        tiny_comparison.pair,
        figures=(draw_agreement,),
        controls={"other": tiny_comparison.pair.bio},
    )
    lacking = dataclasses.replace(tiny_comparison, pair=pair)
    (said,) = draw_pair_figures(lacking, "own")
    assert isinstance(said, Notice)
    assert "Without the controls (other)" in said.text
    whole = dataclasses.replace(lacking, pair=dataclasses.replace(pair, controls={}))
    (drawn,) = draw_pair_figures(whole, "own")
    assert isinstance(drawn, Figure)


def test_agreement_is_drawn_without_a_ceiling_where_biology_ran_once(tiny_comparison):
    drawing = draw_agreement(without(tiny_comparison, "ceiling", "chance"))
    names = drawing.figure.axes[0].get_legend_handles_labels()[1]
    assert not any("ceiling" in name for name in names)
    assert "second biological run" not in drawing.caption
    assert "ceiling band ±no value" in drawing.alt
