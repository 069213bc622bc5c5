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
from tests.benchmarks.figures import FIGURES, Size


def main() -> None:
    """Measure what is asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", help=f"some of {', '.join(FIGURES)}; all unless given")
    parser.add_argument("--rounds", type=int, default=3, help="of each figure")
    parser.add_argument("--toy", action="store_true", help="tiny sizes, to see whether it works")
    parser.add_argument("--out", type=Path, default=Path("reports"), help="folder")
    asked = parser.parse_args()
    if set(asked.names) - set(FIGURES):
        parser.error(f"choose among {', '.join(FIGURES)}")
    found = []
    for name in asked.names or FIGURES:
        for figure in FIGURES[name](Size(asked.rounds, asked.toy)):
            value = "not measured" if figure.value is None else f"{figure.value:.3g}"
            said = "" if figure.met is None else ", reached" if figure.met else ", NOT reached"
            print(f"{figure.what}\n  {value} (goal {figure.goal}{said})  {figure.note}", flush=True)
            found.append(figure)
    where = document.machine()
    whole: dict[str, Any] = {
        "date": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "where": where,
        "figures": [_plain(dataclasses.asdict(f)) for f in found],
    }
    with write_atomically(asked.out / "bench.json", asked.out / "bench.html") as (text, page):
        text.write_text(json.dumps(whole, indent=2, allow_nan=False) + "\n", encoding="utf-8")
        page.write_text(render_html(document.make(found, where)), encoding="utf-8")
    print(f"{asked.out / 'bench.json'} {asked.out / 'bench.html'}")


def _plain(value: Any) -> Any:
    """Turn numbers that JSON has no word for into null."""
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(v) for v in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


if __name__ == "__main__":
    main()
