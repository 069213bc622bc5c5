"""Write the gallery: a page for each pair and study that ships, and the claims by source."""

from __future__ import annotations

import functools
import inspect
import shutil
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd
from key_figures import MOST_SEEDS, MOST_TRIALS, name_figure_file
from public_names import write_if_changed
from sphinx.application import Sphinx
from sphinx.config import Config

from bioann.base.text import format_count, format_number, join_names
from bioann.batch.atlas_sources import SourceGroup, group_by_source
from bioann.comparison import verdict_table
from bioann.pair_files.find import find_subject_file, list_studies, list_subjects
from bioann.pair_files.load import load_subject
from bioann.reporting.document import Badge, IndexRow

DOCS = Path(__file__).parent.parent
VERDICTS = DOCS.parent / "reports" / "verdicts.csv"
#: Colours of a badge by verdict.
TONES = {
    "supported": "success",
    "refuted": "danger",
    "depends": "warning",
    "undecided": "secondary",
}
#: Stands below a key figure, whose numbers may differ from those of the verdicts.
SHORT_RUN = (
    f"Drawn from a run of at most {MOST_TRIALS} trials, of a study {MOST_SEEDS} seeds; the "
    "verdicts are those of the atlas, from full runs."
)
#: Leaves out the contents beside the page: the cards need the width.
WIDE_PAGE = "---\nhtml_theme.sidebar_secondary.remove: true\n---\n\n"
#: Headings of sources that are not documents.
TITLES = {"ours": "This project"}
#: First paragraph of the overview.
INTRODUCTION = """Each picture is the key figure of a pair or study that ships, the one that opens
its report, drawn from a short run. {counts}.
[Claims by source](claims_by_source.md) has each claim under the document that states it."""


@functools.cache
def read_verdicts() -> pd.DataFrame:
    """Return the verdicts of the atlas: the part of each rule that decided stands first."""
    table = verdict_table.read_verdicts(VERDICTS)
    return table[table.outcome == table.verdict].drop_duplicates(["pair", "id"])


def format_row(text: str) -> str:
    """Return a text that a cell of a Markdown table can hold."""
    return " ".join(text.split()).replace("|", "\\|")


def format_badge(verdict: str) -> str:
    """Return the badge of a verdict."""
    return f"{{bdg-{TONES.get(verdict, 'light')}}}`{verdict}`"


def describe_number(row: Any) -> str:
    """Return the rule that decided a claim, and the number that it was decided by."""
    low, high = format_number(row.low), format_number(row.high)
    interval = "" if pd.isna(row.low) or pd.isna(row.high) else f" [{low}, {high}]"
    value = "" if pd.isna(row.value) else f"{format_number(row.value)}{interval} {row.unit}".strip()
    return format_row(f"{row.part}: {value}" if value else row.part)


def list_counts(verdicts: Iterable[str]) -> str:
    """Return the number of claims with each verdict, in words."""
    counts = Counter(verdicts)
    words = {"depends": "true up to a boundary"}
    texts = [f"{counts[v]} {words.get(v, v)}" for v in TONES if v in counts]
    return join_names(texts) or "no claims"


def count_claims(table: pd.DataFrame) -> str:
    """Return the number of claims, and that of each verdict, in words."""
    return f"{format_count(len(table), 'claim')}: {list_counts(table.verdict)}"


def find_figure(subject: Any) -> Path | None:
    """Return the key figure of a pair or study, if it is drawn."""
    path = name_figure_file(subject)
    return path if path.exists() else None


def write_subject_page(name: str, folder: Path) -> str:
    """Write the page of a pair or study, and return its card for the overview."""
    subject = load_subject(name)
    figure = find_figure(subject)
    image, card_image = "*The key figure was not drawn for this build.*\n", ""
    if figure:
        (folder / "figures").mkdir(parents=True, exist_ok=True)
        shutil.copyfile(figure, folder / "figures" / f"{name}.svg")
        message = figure.with_suffix(".txt").read_text("utf-8")
        image = f"```{{image}} figures/{name}.svg\n:alt: Key figure of {name}\n```\n\n"
        image += f"{message}\n\n*{SHORT_RUN}*\n"
        card_image = f":img-top: figures/{name}.svg\n"
    kind = "study" if name in list_studies() else "pair"
    source = find_subject_file(name)
    text = (
        f"# {name}\n\n**{subject.question}**\n\n{image}\n"
        f"{tabulate_claims(name)}\n## The models\n\n{read_docstring(source)}\n\n"
        f"## Run it\n\n```sh\nbioann run {name}\n```\n\n```python\nimport bioann as ba\n\n"
        f"{write_program(name, kind)}```\n\n"
        f"## Source code\n\n```{{literalinclude}} ../../{kind_folder(kind)}/{name}.py\n"
        f":language: python\n```\n"
    )
    write_if_changed(folder / f"{name}.md", text)
    title = name.replace("_", " ")  # a long name would break inside a word
    counts = list_counts(read_verdicts().query("pair == @name").verdict)
    return (
        f"````{{grid-item-card}} {title}\n:link: {name}\n:link-type: doc\n{card_image}\n"
        f"{format_row(subject.question)}\n\n"
        f"```{{card-footer}}\n{counts}\n```\n````\n"
    )


def kind_folder(kind: str) -> str:
    """Return the folder at the top of the repository that holds pairs, or studies."""
    return "analyses" if kind == "study" else "models"


def write_program(name: str, kind: str) -> str:
    """Return the lines of a program that runs a pair or a study."""
    if kind == "study":
        return f'result = ba.run_study(ba.load_study("{name}"))\n'
    return (
        f'pair = ba.load("{name}")\ncomparison = ba.compare(pair.run(trials=pair.trials, seed=1))\n'
    )


def read_docstring(source: Path) -> str:
    """Return the docstring of a file as Markdown, which has code in single backticks."""
    module = compile(source.read_text("utf-8"), str(source), "exec")
    docstring = module.co_consts[0]
    return inspect.cleandoc(docstring).replace("``", "`") if isinstance(docstring, str) else ""


def tabulate_claims(name: str) -> str:
    """Return the table of the claims of a pair or study, with their verdicts."""
    rows = read_verdicts().query("pair == @name")
    if rows.empty:
        return ""
    lines = [
        f"| {row.id} | {format_row(row.claim)} ({format_row(row.source)}) | "
        f"{format_badge(row.verdict)} | {describe_number(row)} |"
        for row in rows.itertuples()
    ]
    head = "| | claim | verdict | decided by |\n|---|---|---|---|\n"
    return f"## Claims\n\n{head}" + "\n".join(lines) + "\n"


def write_source_page(folder: Path) -> None:
    """Write the claims of the atlas, grouped by the document that states them."""
    rows = [
        IndexRow(
            row.pair,
            "",
            row.claim,
            Badge(row.verdict, "note"),
            describe_number(row),
            (),
            row.id,
            tuple(row.source.split("; ")),
        )
        for row in read_verdicts().itertuples()
    ]
    text = (
        "# Claims by source\n\n"
        "Every claim that the pairs and studies test, under the document that states it. "
        f"{count_claims(read_verdicts())}.\n"
    )
    for group in group_by_source(rows):
        text += f"\n## {TITLES.get(group.source, group.source)}\n\n{describe_group(group)}\n"
    write_if_changed(folder / "claims_by_source.md", text)


def describe_group(group: SourceGroup) -> str:
    """Return the title of a document, the count of its verdicts, and the table of its claims."""
    lines = [
        f"| {row.label} | {format_row(row.claim)} | {format_badge(row.verdict.text)} | "
        f"{{doc}}`{row.pair}` |"
        if row.pair in list_subjects()
        else f"| {row.label} | {format_row(row.claim)} | {format_badge(row.verdict.text)} | |"
        for row in group.rows
    ]
    title = f"*{group.title}* " if group.title else ""
    head = "| | claim | verdict | tested by |\n|---|---|---|---|\n"
    counts = list_counts(row.verdict.text for row in group.rows)
    return f"{title}{counts}.\n\n{head}" + "\n".join(lines) + "\n"


def order_names(names: list[str]) -> list[str]:
    """Return names of pairs or studies in the order of the labels of their claims."""
    labels = read_verdicts().groupby("pair").id.first()
    return sorted(names, key=lambda name: (verdict_table.atlas_order(labels.get(name, "~")), name))


def write_gallery(app: Sphinx, config: Config) -> None:
    """Write the pages of the gallery and its overview."""
    folder = Path(app.srcdir) / "gallery"
    pairs = [name for name in list_subjects() if name not in list_studies()]
    text = f"{WIDE_PAGE}# Gallery\n\n{INTRODUCTION.format(counts=count_claims(read_verdicts()))}\n"
    pages = ["claims_by_source"]
    for title, names in (("Pairs", pairs), ("Studies", list(list_studies()))):
        ordered = order_names(names)
        cards = "\n".join(write_subject_page(name, folder) for name in ordered)
        text += f"\n## {title}\n\n`````{{grid}} 1 2 3 3\n:gutter: 3\n\n{cards}`````\n"
        pages += ordered
    listing = "\n".join(pages)
    text += f"\n```{{toctree}}\n:hidden:\n{listing}\n```\n"
    write_if_changed(folder / "index.md", text)
    write_source_page(folder)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the gallery with Sphinx, before it looks for documents."""
    app.connect("config-inited", write_gallery)
    return {"parallel_read_safe": True}
