"""What a report says when a part of the run is not there."""

import dataclasses

import pytest

import bioann as ba
from bioann.reporting.document import Figure, Notice
from bioann.reporting.figures.agreement import draw_agreement
from bioann.reporting.pair_figures import draw_pair_figures


def drop_parts(comparison, *names):
    recording = comparison.run.recording
    present = [name for name in names if name in recording.children]
    return dataclasses.replace(
        comparison,
        run=ba.Run(comparison.pair, recording.drop_nodes(present)),
        responses=comparison.responses.drop_vars(names, errors="ignore"),
    )


@pytest.mark.slow
def test_a_pair_draws_its_own_figures_only_with_its_controls(tiny_comparison):
    pair = dataclasses.replace(
        tiny_comparison.pair,
        figures=(draw_agreement,),
        controls={"other": tiny_comparison.pair.bio},
    )
    run = pair.run(trials=1, seed=1, engine="numpy", controls=False)
    incomplete = dataclasses.replace(tiny_comparison, run=run)
    (notice,) = draw_pair_figures(incomplete)
    assert isinstance(notice, Notice)
    assert "controls, which were not run: other" in notice.text
    without_controls = dataclasses.replace(pair, controls={})
    run = ba.Run(without_controls, tiny_comparison.run.recording)
    complete = dataclasses.replace(incomplete, run=run)
    (figure,) = draw_pair_figures(complete, with_key_figure=True)
    assert isinstance(figure, Figure)


def test_agreement_is_drawn_without_a_ceiling_where_biology_ran_once(tiny_comparison):
    drawing = draw_agreement(drop_parts(tiny_comparison, "ceiling", "chance"))
    names = drawing.figure.axes[0].get_legend_handles_labels()[1]
    assert not any("ceiling" in name for name in names)
    assert "second run" not in drawing.caption
    assert "noise ceiling ±no value" in drawing.alt
