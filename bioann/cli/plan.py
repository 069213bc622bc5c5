"""``bioann plan``: how many trials the claims of a pair need, from a pilot run."""

from __future__ import annotations

import click

from bioann.cli.echo import echo
from bioann.cli.options import engine_option
from bioann.cli.startup import speed_up_imports


@click.command(
    epilog="\b\nExample:\n  bioann plan inverter\n  bioann plan decision --claims B12 --trials 40"
)
@click.argument("name", metavar="NAME|FILE.py")
@click.option("--claims", help="Labels of claims, separated by commas.  [default: all]")
@click.option(
    "--trials", type=int, default=20, show_default=True, help="Trials of the pilot run, at least 5."
)
@engine_option
def plan(name: str, claims: str | None, trials: int, engine: str) -> None:
    """Say how many trials each claim of a pair needs.

    Makes a pilot run, with a seed that no other run has, and prints for each claim and each part
    of its rule the value and the number of trials that decide it with a chance of 80 %, if the
    value is the true one; and the spread of the responses between trials, as a scale for margins.
    """
    with speed_up_imports():
        import bioann as ba
        from bioann.cli.plan_table import describe_plan
        from bioann.comparison.decide import choose_claims
        from bioann.comparison.plan_trials import run_pilot

    labels = tuple(filter(None, (label.strip() for label in (claims or "").split(","))))
    pair = ba.load(name)
    choose_claims(pair, labels, "plan")  # an unknown label is an error before the run
    echo("\n".join(describe_plan(run_pilot(pair, trials, engine=engine), labels)))
