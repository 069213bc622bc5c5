"""Options that several commands have in common."""

import click

from bioann.base.seeds import DEFAULT_SEED

seed_option = click.option(
    "--seed",
    type=int,
    default=DEFAULT_SEED,
    show_default=True,
    help="Seed of all random numbers.",
)
