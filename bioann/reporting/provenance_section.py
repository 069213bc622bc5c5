"""The section of a report that says what was run, and by which versions."""

from __future__ import annotations

import json

import numpy as np

from bioann.base.text import format_setting, join_names
from bioann.comparison.comparison import Comparison
from bioann.recordings.wirings import describe_wirings
from bioann.reporting.document import Section, Table
from bioann.reporting.figures.summaries import describe_conditions


def make_provenance_section(comparison: Comparison) -> Section:
    """List what is needed to reproduce the run exactly."""
    attrs, run = comparison.run.attrs, comparison.run
    start, stop = comparison.window
    dt = float(attrs["dt"])
    time_step = "default" if np.isnan(dt) else format_setting(dt * 1e3, "ms")
    rows = [
        ("pair", str(attrs["pair"])),
        ("description and code", str(attrs["pair_hash"])),
        ("command", str(attrs.get("command", "from Python"))),
        ("seed", str(attrs["seed"])),
        ("stimulus", describe_conditions(run["stimulus"]["stimulus"])),
        ("trials", f"{attrs['trials']} per condition{describe_wirings(run['bio'])}"),
        ("engine", str(attrs["engine"]) or "default"),
        ("time step", time_step),
        ("read-out window", f"{format_setting(start * 1e3)} to {format_setting(stop * 1e3)} ms"),
    ]
    if unhashed := json.loads(attrs.get("unhashed", "[]")):
        rows.append(("code that cannot be read", join_names(unhashed, limit=20)))
    rows += [(f"{k} version", v) for k, v in json.loads(attrs["versions"]).items()]
    table = Table("Provenance", ("item", "value"), tuple(rows), align=("left", "left"))
    return Section("Provenance", (table,), is_open=False)
