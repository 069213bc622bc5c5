"""``bioann sweep``: run a pair at many points of the space of its parameters."""

from __future__ import annotations

from pathlib import Path

import click

from bioann.base.printable import clean_text
from bioann.cli.echo import echo
from bioann.cli.options import engine_option, scheduler_option, seed_option, wirings_option
from bioann.cli.startup import speed_up_imports

DESIGNS = ("grid", "latin", "sobol")


@click.command(
    "sweep",
    epilog="\b\nExample:\n"
    "  bioann sweep inverter --vary 'projection exc -> out, weight=0.1..1nS:20' --out sweeps/a\n"
    "  bioann sweep inverter --vary 'population.out.cell.C=150..250pF' --design sobol --points 64",
)
@click.argument("name", metavar="NAME|FILE.py")
@click.option(
    "--vary",
    "axes",
    multiple=True,
    required=True,
    metavar="ADDRESS=VALUES",
    help="A parameter ('bioann show NAME --parameters' lists them) and its values: 0.1..1nS:20, "
    "0.1,0.5,1nS, or 0.1..10nS:20:log; for latin and sobol a range, 0.1..1nS. Repeatable.",
)
@click.option(
    "--design",
    type=click.Choice(DESIGNS),
    default="grid",
    show_default=True,
    help="All combinations of the values, or points of a Latin hypercube or a Sobol sequence.",
)
@click.option("--points", type=click.IntRange(1), help="Points of a latin or sobol design.")
@click.option(
    "--trials", type=int, help="Repetitions of each condition.  [default: the pair's own number]"
)
@wirings_option
@seed_option
@engine_option
@click.option(
    "--no-references",
    is_flag=True,
    help="Leave out noise ceiling, chance level and controls: two to three times as fast.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="Folder of the sweep; one with a part of it is completed.  [default: sweeps/NAME]",
)
@click.option(
    "--jobs", type=click.IntRange(1), help="Number of processes.  [default: 2, or 1 on one core]"
)
@click.option(
    "--lanes",
    type=click.IntRange(1),
    default=32,
    show_default=True,
    help="Points at most whose networks run as lanes of one run.",
)
@scheduler_option
@click.option(
    "--no-point-reports",
    is_flag=True,
    help="Do not run the best and the worst point again for reports of their own.",
)
@click.option("--retry-failed", is_flag=True, help="Run points that failed before again.")
def sweep_command(
    name: str,
    axes: tuple[str, ...],
    design: str,
    points: int | None,
    trials: int | None,
    wirings: int | None,
    seed: int,
    engine: str,
    no_references: bool,
    out: Path | None,
    jobs: int | None,
    lanes: int,
    scheduler: str | None,
    no_point_reports: bool,
    retry_failed: bool,
) -> None:
    """Run a pair at many points of the space of its parameters.

    Writes one file per point to DIR/points as soon as it has finished, and at the end
    DIR/results.nc, results.csv and index.html. The same command goes on where it was stopped, also
    on another machine that sees DIR. The exit code is 1 if a point failed.
    """
    with speed_up_imports():
        from bioann.batch.workers import count_usable_cores
        from bioann.cli.sweep_progress import SweepBar
        from bioann.sweeps.plan_sweep import plan_sweep
        from bioann.sweeps.point_result import RunSettings
        from bioann.sweeps.results import write_results
        from bioann.sweeps.sweep import run_sweep
        from bioann.sweeps.write_report import write_report

    space = read_space(axes, design, points, seed)
    settings = RunSettings(trials, seed, wirings, not no_references, engine)
    folder = out or Path("sweeps") / Path(name).stem
    planned = plan_sweep(name, space, settings, folder)
    if retry_failed:
        planned.forget_failed()
    with SweepBar() as bar:
        workers = jobs or count_usable_cores()
        progress = run_sweep(planned, bar.show_progress, workers, lanes, scheduler=scheduler)
    dataset = planned.collect()
    paths = [*write_results(dataset, folder)]
    paths.append(write_report(dataset, planned.task, folder, with_points=not no_point_reports))
    n_failed = int((dataset["status"] == "failed").sum())
    echo(
        f"{progress.total} points: {progress.finished} run now, {progress.stored} before; "
        f"{n_failed} failed"
    )
    if n_failed:
        message = next(text for text in dataset["error"].values.ravel() if text)
        echo(f"first error: {clean_text(str(message))}")
    echo(f"wrote {' '.join(map(str, paths))}")
    click.get_current_context().exit(1 if n_failed else 0)


def read_space(axes: tuple[str, ...], design: str, points: int | None, seed: int) -> object:
    """Return the design that the options describe."""
    with speed_up_imports():
        from bioann.sweeps import FullGrid, LatinHypercube, SobolSequence, read_axis

    if design == "grid":
        if points is not None:
            raise click.UsageError(
                "--points: wanted a latin or sobol design, got a grid, whose points follow from "
                "its values. Leave it out, or add --design sobol."
            )
        return FullGrid(tuple(read_axis(text) for text in axes))
    if points is None:
        raise click.UsageError(
            f"--points: wanted the number of points of a {design} design, got none. "
            "Write --points 64, for example."
        )
    ranges = tuple(read_axis(text, is_range=True) for text in axes)
    sampled = {"latin": LatinHypercube, "sobol": SobolSequence}[design]
    return sampled(ranges, points, seed)
