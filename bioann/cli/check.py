"""``bioann check``: check that a pair or study meets the requirements."""

from __future__ import annotations

import click

from bioann.cli.echo import echo


@click.command(epilog="\b\nExample:\n  bioann check path/to/mine.py")
@click.argument("name", metavar="NAME|FILE.py")
def check(name: str) -> None:
    """Check that a pair or study meets the requirements.

    Both models of a pair must run and be reproducible from the seed, results for a condition must
    not depend on which others run with it, and claims must name existing scores. A study must
    return what it declares, the same for the same seed. The exit code is 1 if any check fails.
    """
    from bioann.testing.check_file import check_file

    failed = 0
    for result in check_file(name):
        echo(f"{'ok' if result.passed else 'FAILED':6}  {result.name}")
        if not result.passed:
            failed += 1
        if result.message:
            echo(f"        {result.message}")
    echo(f"{name}: {f'{failed} FAILED' if failed else 'all requirements met'}")
    click.get_current_context().exit(1 if failed else 0)
