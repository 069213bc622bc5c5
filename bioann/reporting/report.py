"""Write a comparison to files: HTML, PDF, JSON, CSV, netCDF, by the ending of each path."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from bioann.base.arguments import name_argument_errors
from bioann.base.errors import DescriptionError, unknown_name_error
from bioann.base.files import write_atomically
from bioann.claims.judged_run import JudgedRun
from bioann.comparison.comparison import Comparison, with_effective_weights
from bioann.comparison.comparison_diff import RunDiff
from bioann.comparison.run_history import RunHistory
from bioann.reporting.contents import Additions, figure_folder, render_contents
from bioann.reporting.diff_document import make_diff_document
from bioann.reporting.explanation_document import make_explanation_document
from bioann.reporting.extra_section import make_extra_sections
from bioann.reporting.figure_files import check_figure_formats, render_figure_files
from bioann.reporting.history_document import make_history_document
from bioann.reporting.html import render_html
from bioann.reporting.pdf import render_pdf
from bioann.reporting.written_reports import remember_report
from bioann.robustness.robustness import Robustness
from bioann.studies.result import StudyResult
from bioann.translate.explain.explanation import Explanation, explanation_to_json


@name_argument_errors
def report(
    comparison: Comparison | StudyResult | Explanation | RunDiff | RunHistory,
    *paths: str | Path,
    effective_weights: bool = True,
    figures: Sequence[str] = (),
    extra: Sequence[Any] = (),
    robustness: Robustness | None = None,
) -> None:
    """Write the report of a comparison; all files appear together, or none does.

    The effective weight of every connection is measured first (see
    `bioann.measure_effective_weights`) unless the comparison has it; that takes about as long as a
    run with few trials.

    Parameters
    ----------
    comparison : Comparison, StudyResult, Explanation, RunDiff or RunHistory
        The result of `bioann.compare`, `bioann.run_study`, `bioann.explain`,
        `bioann.batch.diff_runs` or `bioann.batch.read_history`.
    *paths : str or pathlib.Path
        Files to write; the ending selects the content: ``.html`` and ``.pdf`` the report, ``.json``
        scores, claims and provenance, ``.csv`` all scores, a line each, ``.nc`` the recording.
        Changes and histories are written as HTML and PDF, explanations also as JSON.
    effective_weights : bool, optional
        Whether to measure the effective weights of a comparison that has none.
    figures : sequence of {'svg', 'pdf', 'png'}, optional
        Formats in which each figure is written as a file of its own, with its data as CSV, into a
        folder beside the first path: ``x_figures`` beside ``x.html``, which links to the files.
    extra : sequence of str, matplotlib.figure.Figure, Drawing or callable, optional
        What to add as the last section of the report: Markdown texts (paragraphs, headings,
        emphasis and lists), and figures, the captions of which a `bioann.figures.Drawing` states.
    robustness : Robustness, optional
        What `bioann.check_robustness` returned for the pair or study, shown beside the verdicts.

    Raises
    ------
    UnknownNameError
        If an ending or a format is none of these.
    UserCodeError
        If a figure of the pair or of `extra` raises an exception.
    DescriptionError
        If an addition is neither a figure nor a text.
    OutputError
        If a file cannot be written.

    Examples
    --------
    >>> import bioann as ba
    >>> from brian2 import second
    >>> bio = ba.FunctionModel(
    ...     lambda stimulus, rng: stimulus.values + rng.normal(0, 0.05, stimulus.shape),
    ...     units=("unit",), channels=("x",), random=True,
    ... )
    >>> ann = ba.RateNetwork(("unit",), channels=("x",))
    >>> correspondence = ba.Correspondence((ba.Match("unit", "unit"),))
    >>> stimulus = ba.steps({"x": [0.0, 0.5, 1.0]}, duration=second)
    >>> pair = ba.Pair("identity", bio, ann, correspondence, stimulus=stimulus)
    >>> comparison = ba.compare(pair.run(trials=5, seed=1))
    >>> ba.report(comparison, "identity.json")
    """
    endings = {Path(path).suffix for path in paths}
    targets: dict[Path, bytes] = {}
    if not isinstance(comparison, Comparison | StudyResult):
        _refuse_additions(figures, extra)
        contents = render_document_contents(comparison, endings)
    else:
        measured: JudgedRun = comparison
        if effective_weights and endings & {".html", ".pdf", ".json"}:
            measured = complete_result(comparison)
        files = render_figure_files(measured, check_figure_formats(figures, "report, figures"))
        folder = figure_folder(Path(paths[0])) if paths else Path()
        sections = make_extra_sections(measured, extra)
        additions = Additions(tuple(files), folder.name, sections, robustness)
        contents = render_contents(measured, endings, additions)
        targets = {folder / name: data for name, data in files.items()}
    targets |= {Path(path): contents[Path(path).suffix] for path in paths}
    with write_atomically(*targets) as temporary_paths:
        for temporary_path, data in zip(temporary_paths, targets.values(), strict=True):
            temporary_path.write_bytes(data)
    remember_report(comparison, paths)


def _refuse_additions(figures: Sequence[str], extra: Sequence[Any]) -> None:
    """Raise `DescriptionError` for additions to a page that is no report of a comparison."""
    if len(figures) or len(extra):
        raise DescriptionError(
            "report of something other than a comparison",
            "neither figures as files nor additions",
            f"figures={figures!r}, extra={extra!r:.60}",
            "Leave both out; they belong to the report of a comparison.",
        )


def render_document_contents(
    result: Explanation | RunDiff | RunHistory, endings: Iterable[str]
) -> dict[str, bytes]:
    """Render the contents of the files of a result that has no recording.

    Parameters
    ----------
    result : Explanation, RunDiff or RunHistory
        Result whose document is rendered.
    endings : iterable of {'.html', '.pdf', '.json'}
        File endings that select the formats; JSON is written of an explanation only.

    Returns
    -------
    dict of str to bytes
        The whole file by its ending.
    """
    if isinstance(result, Explanation):
        document = make_explanation_document(result)
    elif isinstance(result, RunDiff):
        document = make_diff_document(result)
    else:
        document = make_history_document(result)
    renderers: dict[str, Callable[[], bytes]] = {
        ".html": lambda: render_html(document).encode(),
        ".pdf": lambda: render_pdf(document),
    }
    if isinstance(result, Explanation):
        renderers[".json"] = explanation_to_json(result).encode
    unique_endings = dict.fromkeys(endings)
    for ending in unique_endings:
        if ending not in renderers:
            obj = f"report of {type(result).__name__}"
            raise unknown_name_error(obj, "file ending", ending, renderers)
    return {ending: renderers[ending]() for ending in unique_endings}


@functools.singledispatch
def complete_result(comparison: Any) -> Any:
    """Return a comparison with effective weights; the result of a study as it is."""
    return with_effective_weights(comparison)


@complete_result.register(StudyResult)
def complete_study_result(result: StudyResult) -> StudyResult:
    """Return the result of a study, to which nothing is added."""
    return result
