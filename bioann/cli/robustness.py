"""``bioann robustness``: judge claims again with other parameters, half the step, another cell."""

from __future__ import annotations

from pathlib import Path

import click

from bioann.base.printable import clean_line, clean_text
from bioann.cli.echo import echo
from bioann.cli.options import engine_option, seed_option
from bioann.cli.startup import speed_up_imports


@click.command(
    "robustness",
    epilog="\b\nExample:\n  bioann robustness inverter xor\n  bioann robustness --points 20",
)
@click.argument("names", metavar="[NAME|FILE.py]...", nargs=-1)
@click.option(
    "--points",
    type=click.IntRange(0, 1000),
    default=8,
    show_default=True,
    help="Points of the Latin hypercube of parameters, for pairs.",
)
@click.option(
    "--study-points",
    type=click.IntRange(0, 1000),
    default=2,
    show_default=True,
    help="The same for studies, most of which train networks.",
)
@click.option(
    "--change",
    type=float,
    default=0.2,
    show_default=True,
    help="Largest relative change of a parameter.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("reports/robustness.csv"),
    show_default=True,
    help="CSV table in which the rows of these pairs are replaced.",
)
@click.option("--recompute", is_flag=True, help="Run pairs that the table has already, too.")
@click.option(
    "--trials", type=int, help="Repetitions of each condition.  [default: each pair's own number]"
)
@seed_option
@engine_option
@click.option(
    "--jobs", type=click.IntRange(1), help="Number of processes.  [default: 2, or 1 on one core]"
)
def robustness_command(
    names: tuple[str, ...],
    points: int,
    study_points: int,
    change: float,
    out: Path,
    recompute: bool,
    trials: int | None,
    seed: int,
    engine: str,
    jobs: int | None,
) -> None:
    """Judge claims again with other parameters, half the time step and another cell model.

    All pairs and studies unless some are named. Writes a table with the share of variants in which
    each verdict stays, and what turns the others; 'bioann run' and 'bioann atlas' show it beside
    the verdicts. A run that is stopped goes on where it was. The exit code is 1 if a pair failed.
    """
    with speed_up_imports():
        from tqdm import tqdm

        from bioann.base.files import check_writable
        from bioann.batch import run_robustness
        from bioann.batch.atlas import choose_pairs
        from bioann.batch.workers import count_usable_cores
        from bioann.robustness.check_robustness import check_options

    check_options(points, change)
    options = run_robustness.RobustnessOptions(points, study_points, change, seed, trials, engine)
    chosen_names = list(dict.fromkeys(names)) or choose_pairs(())
    check_writable(out.parent)
    finished_names: list[str] = []
    if not recompute:
        chosen_names, finished_names = run_robustness.choose_pending(chosen_names, out, options)
    if finished_names:
        echo(f"in the table already: {', '.join(finished_names)}")
    bar_format = "{desc}  {bar:24}  {n_fmt} of {total_fmt}, {elapsed}, left {remaining}"
    with tqdm(total=len(chosen_names), disable=None, leave=False, bar_format=bar_format) as bar:

        def report_entry(entry: run_robustness.RobustnessEntry) -> None:
            bar.set_description(entry.name)
            bar.update()
            if entry.robustness is None:
                bar.write(clean_text(f"{entry.name}  {entry.error}"))
                return
            bar.write(clean_text(f"{entry.name}  {entry.robustness.seconds:.0f} s"))
            for line in str(entry.robustness).splitlines():
                bar.write(f"  {clean_line(line)}")

        entries = run_robustness.collect_robustness(
            chosen_names, out, options, report_entry, jobs=jobs or count_usable_cores()
        )
    echo(f"wrote {out}" if entries else "nothing to run")
    click.get_current_context().exit(1 if any(e.error for e in entries) else 0)
