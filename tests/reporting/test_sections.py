"""What a report says when a part of the run is not there."""

import dataclasses

from bioann.reporting.document import Figure, Notice
from bioann.reporting.figures.agreement import draw_agreement
from bioann.reporting.sections import draw_pair_figures


def drop_parts(comparison, *names):
    return dataclasses.replace(
        comparison,
        run=comparison.run.drop_nodes([p for p in names if p in comparison.run.children]),
        responses=comparison.responses.drop_vars(names, errors="ignore"),
    )


def test_a_pair_draws_its_own_figures_only_with_its_controls(tiny_comparison):
    pair = dataclasses.replace(
        tiny_comparison.pair,
        figures=(draw_agreement,),
        controls={"other": tiny_comparison.pair.bio},
    )
    incomplete = dataclasses.replace(tiny_comparison, pair=pair)
    (notice,) = draw_pair_figures(incomplete, "own")
    assert isinstance(notice, Notice)
    assert "Without the controls (other)" in notice.text
    complete = dataclasses.replace(incomplete, pair=dataclasses.replace(pair, controls={}))
    (figure,) = draw_pair_figures(complete, "own")
    assert isinstance(figure, Figure)


def test_agreement_is_drawn_without_a_ceiling_where_biology_ran_once(tiny_comparison):
    drawing = draw_agreement(drop_parts(tiny_comparison, "ceiling", "chance"))
    names = drawing.figure.axes[0].get_legend_handles_labels()[1]
    assert not any("ceiling" in name for name in names)
    assert "second biological run" not in drawing.caption
    assert "ceiling band ±no value" in drawing.alt
