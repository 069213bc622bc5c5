"""``python -m tests.benchmarks``: measure, and write bench.json and bench.html."""

from __future__ import annotations

import argparse
import dataclasses
import datetime
import json
import math
from pathlib import Path
from typing import Any

from bioann.base.files import write_atomically
from bioann.reporting.html import render_html
from tests.benchmarks import document
from tests.benchmarks.figures import FIGURES, BenchSize


def main() -> None:
    """Measure what is asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", help=f"some of {', '.join(FIGURES)}; all unless given")
    parser.add_argument("--rounds", type=int, default=3, help="of each figure")
    parser.add_argument("--toy", action="store_true", help="tiny sizes, to see whether it works")
    parser.add_argument("--out", type=Path, default=Path("reports"), help="folder")
    options = parser.parse_args()
    if set(options.names) - set(FIGURES):
        parser.error(f"choose among {', '.join(FIGURES)}")
    figures = []
    for name in options.names or FIGURES:
        for figure in FIGURES[name](BenchSize(options.rounds, options.toy)):
            value = "not measured" if figure.value is None else f"{figure.value:.3g}"
            verdict = "" if figure.met is None else ", reached" if figure.met else ", NOT reached"
            print(
                f"{figure.what}\n  {value} (goal {figure.goal}{verdict})  {figure.note}", flush=True
            )
            figures.append(figure)
    machine = document.describe_machine()
    contents: dict[str, Any] = {
        "date": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "where": machine,
        "figures": [_replace_non_finite(dataclasses.asdict(figure)) for figure in figures],
    }
    json_text = json.dumps(contents, indent=2, allow_nan=False)
    html = render_html(document.build_bench_document(figures, machine))
    json_path, html_path = options.out / "bench.json", options.out / "bench.html"
    with write_atomically(json_path, html_path) as (json_file, html_file):
        json_file.write_text(json_text + "\n", encoding="utf-8")
        html_file.write_text(html, encoding="utf-8")
    print(f"{json_path} {html_path}")


def _replace_non_finite(value: Any) -> Any:
    """Turn numbers that JSON has no word for into null."""
    if isinstance(value, dict):
        return {k: _replace_non_finite(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_replace_non_finite(v) for v in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


if __name__ == "__main__":
    main()
