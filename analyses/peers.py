"""What do conversions to spiking networks keep, and what do they assume about signs?

Converts the classifiers of `analyses/digits.py` (64-48-10, and a small convolutional network) with
SpikingJelly, sinabs and NengoDL, with two published recipes and with bioann, and compares accuracy,
decisions, spikes and time. The libraries are not part of bioann: with ``--install`` they are
installed from the package index into environments of their own in the user's cache folder (1 to 6
GB, 5 to 15 minutes). Without it only those are used that are there already, and nothing is
downloaded; a library that is missing is a row with its reason. Needs the extras ``train`` and
``data``. Usage::

    python analyses/peers.py --install --out reports
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import numpy as np

from bioann.analyses.command import CommaSeparated, analysis_command, report_results
from bioann.analyses.digits import estimate_interval
from bioann.analyses.digits_networks import (
    KINDS,
    N_HELD_OUT,
    load_digit_sets,
    train_classifiers,
)
from bioann.analyses.peers_converters import CONVERTERS, Classifier, Conversion, convert_all
from bioann.analyses.peers_report import build_peers_report


def summarise_conversions(conversions: list[Conversion]) -> list[dict[str, Any]]:
    """Summarise the conversions of each network by each converter over seeds.

    Parameters
    ----------
    conversions : list of Conversion
        Conversions of several networks of each kind, one for each seed.

    Returns
    -------
    list of dict
        One for each kind and converter: means, 95 % intervals of percentages from resampling seeds
        and images, and the smallest and largest agreement of a seed after each step.
    """
    groups: dict[tuple[str, str], list[Conversion]] = {}
    for conversion in conversions:
        groups.setdefault((conversion.kind, conversion.converter), []).append(conversion)
    rows = []
    for (kind, converter), group in groups.items():
        agreement = 100 * np.array([c.equal.mean(axis=1) for c in group])
        row: dict[str, Any] = {"network": kind, "converter": converter, "seeds": len(group)}
        for name, values in (
            ("accuracy", [c.correct for c in group]),
            ("lost_points", [c.lost for c in group]),
            ("agreement", [c.equal[-1] for c in group]),
        ):
            interval = estimate_interval(100 * np.array(values, dtype=float))
            row[name] = dict(zip(("mean", "low", "high"), interval, strict=True))
        for name in ("hidden_spikes", "spikes", "conversion_s", "run_s"):
            row[name] = float(np.mean([getattr(c, name) for c in group]))
        row["agreement_over_time"] = {
            "mean": agreement.mean(axis=0).tolist(),
            "low": agreement.min(axis=0).tolist(),
            "high": agreement.max(axis=0).tolist(),
        }
        rows.append(row)
    return rows


def train_all(kinds: tuple[str, ...], seeds: int) -> list[Classifier]:
    """Train one network of each kind for each seed."""
    training, held_out = load_digit_sets()
    return [
        Classifier(kind, seed, network, training, held_out)
        for kind in dict.fromkeys(kinds)
        for seed, network in enumerate(train_classifiers(kind, range(seeds)))
    ]


@analysis_command(__doc__, "python analyses/peers.py --install --seeds 2")
@click.option(
    "--seeds", type=click.IntRange(1), default=3, show_default=True, help="Networks of each kind."
)
@click.option(
    "--kinds", type=CommaSeparated(click.Choice(KINDS)), default=KINDS, help="Kinds of network."
)
@click.option(
    "--install",
    is_flag=True,
    help="Download libraries that are missing (1 to 6 GB) into environments of their own.",
)
def main(
    out: Path, seeds: int, engine: str, kinds: tuple[str, ...], install: bool, as_json: bool
) -> None:
    """Convert all networks in all ways, write the report, and print what each lost."""
    conversions, reasons = convert_all(
        train_all(kinds, seeds), CONVERTERS, install=install, engine=engine,
        report_progress=lambda name: click.echo(name, err=True),
    )  # fmt: skip
    rows = summarise_conversions(conversions)
    report = build_peers_report(rows, reasons, seeds, N_HELD_OUT)
    lines = [
        f"{row['network']}, {row['converter']}: {row['lost_points']['mean']:.2f} percentage points "
        f"lost, {row['agreement']['mean']:.1f} % of the decisions equal"
        for row in rows
    ]
    lines += [f"{name}: not compared, {reason}" for name, reason in reasons.items()]
    result = {"images": N_HELD_OUT, "seeds": seeds, "rows": rows, "not_compared": reasons}
    report_results(report, out, "peers", result, as_json=as_json, lines=tuple(lines))


if __name__ == "__main__":
    main()
